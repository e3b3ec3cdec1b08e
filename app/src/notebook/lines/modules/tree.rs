//! A module's parameters, buffers and children, by name and in torch's order; deep copies.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::super::machine::Machine;
use super::super::problem::{Step, raise, type_error};
use super::super::trace::Input;
use super::super::value::{Class, Held, HeldKind, Inner, Object, Value};

/// Deeper trees are refused: a module that contains itself has no end.
const DEEPEST: usize = 60;

/// The own parameters of a module.
pub fn own_parameters(object: &Object) -> Vec<(Rc<str>, Rc<Held>)> {
    let names = object.names.borrow();
    let parameters = names.iter().filter_map(|(name, value)| match value {
        Value::Tensor(held) if held.kind == HeldKind::Parameter => {
            Some((name.clone(), held.clone()))
        }
        _ => None,
    });
    parameters.collect()
}

/// The children of a module.
pub fn children(object: &Object) -> Vec<(Rc<str>, Rc<Object>)> {
    let names = object.names.borrow();
    let children = names.iter().filter_map(|(name, value)| match value {
        Value::Object(child) if child.class.is("torch.nn.Module") => {
            Some((name.clone(), child.clone()))
        }
        _ => None,
    });
    children.collect()
}

/// The names of a module's buffers.
pub fn own_buffers(object: &Object) -> Vec<(Rc<str>, Rc<Held>)> {
    let names = object.names.borrow();
    let Some(Value::List(buffers)) = names.get("_buffers") else { return Vec::new() };
    let buffers = buffers.borrow();
    let found = buffers.iter().filter_map(|name| match name {
        Value::Str(name) => match names.get(&**name) {
            Some(Value::Tensor(held)) => Some((name.clone(), held.clone())),
            _ => None,
        },
        _ => None,
    });
    found.collect()
}

/// The module and all below it, by dotted name, each once.
pub fn modules(object: &Rc<Object>) -> Vec<(String, Rc<Object>)> {
    let mut found: Vec<(String, Rc<Object>)> = Vec::new();
    gather(object, String::new(), 0, &mut found);
    found
}

fn gather(object: &Rc<Object>, name: String, depth: usize, found: &mut Vec<(String, Rc<Object>)>) {
    if depth > DEEPEST
        || found.len() > 10_000
        || found.iter().any(|(_, seen)| Rc::ptr_eq(seen, object))
    {
        return;
    }
    found.push((name.clone(), object.clone()));
    for (inner, child) in children(object) {
        let full = if name.is_empty() { inner.to_string() } else { format!("{name}.{inner}") };
        gather(&child, full, depth + 1, found);
    }
}

/// All parameters by dotted name, each once, in torch's order.
pub fn named_parameters(object: &Rc<Object>) -> Vec<(String, Rc<Held>)> {
    named(object, own_parameters)
}

/// All buffers.
pub fn named_buffers(object: &Rc<Object>) -> Vec<(String, Rc<Held>)> {
    named(object, own_buffers)
}

/// What `state_dict()` has: each module's parameters, then its buffers.
pub fn state(object: &Rc<Object>) -> Vec<(String, Rc<Held>)> {
    let mut all = Vec::new();
    for (prefix, module) in modules(object) {
        for (name, held) in own_parameters(&module).into_iter().chain(own_buffers(&module)) {
            all.push((dotted(&prefix, &name), held));
        }
    }
    all
}

/// Tensors of one module, under its own names for them.
type Named = Vec<(Rc<str>, Rc<Held>)>;

fn named(object: &Rc<Object>, own: fn(&Object) -> Named) -> Vec<(String, Rc<Held>)> {
    let mut all: Vec<(String, Rc<Held>)> = Vec::new();
    for (prefix, module) in modules(object) {
        for (name, held) in own(&module) {
            if !all.iter().any(|(_, seen)| Rc::ptr_eq(seen, &held)) {
                all.push((dotted(&prefix, &name), held));
            }
        }
    }
    all
}

fn dotted(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// Whether a module is a list of modules, and so indexed, gone through and counted.
pub fn is_list(class: &Rc<Class>) -> bool {
    class.is("torch.nn.ModuleList")
        || class.is("torch.nn.Sequential")
        || class.is("torch.nn.ParameterList")
}

impl Machine {
    /// The items of a ModuleList, Sequential or ModuleDict (its keys), in order.
    pub fn children_in_order(&mut self, object: &Rc<Object>) -> Option<Vec<Value>> {
        if object.class.find("__iter__").is_some() || object.class.find("__len__").is_some() {
            return None;
        }
        if object.class.is("torch.nn.ModuleDict") {
            return Some(children(object).into_iter().map(|(name, _)| Value::Str(name)).collect());
        }
        if object.class.is("torch.nn.ParameterList") {
            return Some(
                own_parameters(object).into_iter().map(|(_, held)| Value::Tensor(held)).collect(),
            );
        }
        is_list(&object.class)
            .then(|| children(object).into_iter().map(|(_, child)| Value::Object(child)).collect())
    }

    /// `modules[index]`
    pub fn child_at(&mut self, object: &Rc<Object>, index: &Value) -> Step<Option<Value>> {
        if object.class.find("__getitem__").is_some() {
            return Ok(None);
        }
        if object.class.is("torch.nn.ModuleDict") {
            let name = self.text_of(index)?;
            let found = object.names.borrow().get(name.as_str()).cloned();
            return match found {
                Some(found) => Ok(Some(found)),
                None => raise("KeyError", super::super::repr::quoted(&name)),
            };
        }
        let Some(items) = self.children_in_order(object) else { return Ok(None) };
        match index {
            Value::Slice(_) => {
                let list = self.item(&Value::list(items), index)?;
                let path = object.class.native().unwrap_or_else(|| Rc::from("torch.nn.ModuleList"));
                let Some(class) = self.native_class(&path) else { return Ok(None) };
                let items = self.items(&list)?;
                let call = if &*path == "torch.nn.Sequential" {
                    super::super::ops::bind::Call::of(items)
                } else {
                    super::super::ops::bind::Call::of(vec![Value::list(items)])
                };
                self.instantiate(&class, call).map(Some)
            }
            _ => self.item(&Value::list(items), index).map(Some),
        }
    }

    /// `modules[index] = module`; whether it is a list of modules.
    pub fn set_child(&mut self, object: &Rc<Object>, index: &Value, value: &Value) -> Step<bool> {
        let name = match index {
            Value::Str(name) if object.class.is("torch.nn.ModuleDict") => name.clone(),
            Value::Int(at) if is_list(&object.class) => {
                let count = children(object).len() as i64;
                let at = if *at < 0 { at + count } else { *at };
                if at < 0 || at >= count {
                    return raise("IndexError", format!("index {at} is out of range"));
                }
                Rc::from(at.to_string())
            }
            _ => return Ok(false),
        };
        object.names.borrow_mut().insert(name, value.clone());
        Ok(true)
    }

    /// `copy.copy(x)` and `copy.deepcopy(x)`
    pub fn copied(&mut self, value: &Value, deep: bool, depth: usize) -> Step<Value> {
        self.tick()?;
        if depth > DEEPEST {
            return raise("RecursionError", "maximum recursion depth exceeded");
        }
        let each = |machine: &mut Self, items: Vec<Value>| -> Step<Vec<Value>> {
            machine.charge_items(items.len())?;
            if !deep {
                return Ok(items);
            }
            items.iter().map(|item| machine.copied(item, deep, depth + 1)).collect()
        };
        Ok(match value {
            Value::List(items) => {
                let items = items.borrow().clone();
                Value::list(each(self, items)?)
            }
            Value::Tuple(tuple) => {
                let items = each(self, tuple.items.clone())?;
                Value::Tuple(Rc::new(super::super::value::Tuple {
                    items,
                    kind: tuple.kind.clone(),
                }))
            }
            Value::Dict(dict) => {
                let mut copy = super::super::value::Dict::new();
                for (key, (name, value)) in dict.borrow().clone() {
                    let value = if deep { self.copied(&value, deep, depth + 1)? } else { value };
                    copy.insert(key, (name, value));
                }
                Value::Dict(Rc::new(copy.into()))
            }
            Value::Set(set) => Value::Set(Rc::new(set.borrow().clone().into())),
            Value::Tensor(held) if deep => Value::Tensor(self.tensor_copied(held)?),
            Value::Object(object) => {
                if !matches!(&*object.inner.borrow(), Inner::Nothing) {
                    return self.not_known("copy.deepcopy");
                }
                let names = object.names.borrow().clone();
                let mut copy = indexmap::IndexMap::new();
                for (name, value) in names {
                    let value = if deep { self.copied(&value, deep, depth + 1)? } else { value };
                    copy.insert(name, value);
                }
                Value::Object(Rc::new(Object {
                    class: object.class.clone(),
                    names: RefCell::new(copy),
                    inner: RefCell::new(Inner::Nothing),
                }))
            }
            other => other.clone(),
        })
    }

    fn tensor_copied(&mut self, held: &Rc<Held>) -> Step<Rc<Held>> {
        if held.tensor.requires_grad() && !self.torch(|| held.tensor.f_is_leaf())? {
            return type_error(
                "Only Tensors created explicitly by the user support the deepcopy protocol",
            );
        }
        let grad = held.tensor.requires_grad();
        let tensor = self.torch(|| {
            let copy = super::super::ops::take::copied(&held.tensor.f_detach()?)?;
            copy.f_set_requires_grad(grad)
        })?;
        let inputs = vec![("input".to_owned(), Input::Tensor(held.node.get()))];
        let node = self.note(&tensor, "copy.deepcopy", inputs, false);
        Ok(Rc::new(Held { tensor, node: Cell::new(node), base: None, kind: held.kind }))
    }
}
