//! Classes of the notebook: making them, their objects, `super()`, properties, dataclasses, exceptions.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;

use super::ast::{ClassDef, ExprKind, StmtKind};
use super::machine::{Frame, Machine};
use super::ops::bind::Call;
use super::problem::{Raised, Step, Stop, raise, type_error};
use super::scope::Scope;
use super::value::{Class, ClosureKind, Inner, Object, Value};

impl Machine {
    /// `class name(bases): ..`
    pub fn class(&mut self, definition: &Rc<ClassDef>) -> Step<Rc<Class>> {
        let mut bases = Vec::new();
        for base in &definition.bases {
            match self.expr(base)? {
                Value::Class(class) => bases.push(class),
                Value::Known(path) if matches!(&*path, "object" | "abc.ABC") => {}
                _ => return self.not_known(format!("class {}(…)", definition.name)),
            }
        }
        let scope = Scope::new(Some(self.frame().scope.clone()), true);
        self.frames.push(Frame {
            scope: scope.clone(),
            globals: Vec::new(),
            outer: Vec::new(),
            locals: None,
            method: None,
            yielded: Vec::new(),
            name: None,
        });
        let flow = self.block(&definition.body);
        self.frames.pop();
        flow?;
        let names: IndexMap<_, _> = scope.all().into_iter().collect();
        let class = Rc::new(Class {
            name: definition.name.clone(),
            bases,
            names: RefCell::new(names),
            native: None,
            fields: RefCell::new(None),
        });
        for value in class.names.borrow().values() {
            if let Value::Function(closure) = value {
                *closure.class.borrow_mut() = Some(class.clone());
            }
        }
        self.note_fields(definition, &class);
        Ok(class)
    }

    /// The annotated names of a class body, in order: what `@dataclass` makes of them.
    fn note_fields(&mut self, definition: &ClassDef, class: &Rc<Class>) {
        let mut fields = Vec::new();
        for stmt in &definition.body {
            if let StmtKind::Annotated(target, _, _) = &stmt.kind
                && let ExprKind::Name(name) = &target.kind
            {
                fields.push((name.clone(), class.names.borrow().get(name).cloned()));
            }
        }
        *class.fields.borrow_mut() = (!fields.is_empty()).then_some(fields);
    }

    /// `Class(..)`
    pub fn instantiate(&mut self, class: &Rc<Class>, call: Call) -> Step<Value> {
        let object = Rc::new(Object {
            class: class.clone(),
            names: RefCell::new(IndexMap::new()),
            inner: RefCell::new(Inner::Nothing),
        });
        let value = Value::Object(object.clone());
        if let Some(Value::Function(init)) = class.find("__init__") {
            let of = init.class.borrow().clone().unwrap_or_else(|| class.clone());
            let mut call = call;
            call.places.insert(0, value.clone());
            self.call_closure(&init, call, Some((of, value.clone())))?;
            return Ok(value);
        }
        match class.native() {
            Some(path) => self.native_init(&path, &object, call)?,
            None if class.names.borrow().contains_key("__dataclass__") => {
                self.dataclass_init(class, &object, call)?;
            }
            None if call.places.is_empty() && call.keys.is_empty() => {}
            None => return type_error(format!("{}() takes no arguments", class.name)),
        }
        Ok(value)
    }

    fn dataclass_init(&mut self, class: &Rc<Class>, object: &Rc<Object>, call: Call) -> Step<()> {
        let mut fields = Vec::new();
        for class in class.order().iter().rev() {
            fields.extend(class.fields.borrow().clone().unwrap_or_default());
        }
        let mut call = call;
        let mut places = std::mem::take(&mut call.places).into_iter();
        for (name, default) in fields {
            let given = places.next().or_else(|| call.take(&name));
            let Some(value) = given.or(default) else {
                return type_error(format!(
                    "{}.__init__() missing 1 required positional argument: '{name}'",
                    class.name
                ));
            };
            object.names.borrow_mut().insert(name, value);
        }
        if let Some((name, _)) = call.keys.first() {
            return type_error(format!(
                "{}.__init__() got an unexpected keyword argument '{name}'",
                class.name
            ));
        }
        if let Some(method) = class.find("__post_init__") {
            let method = self.bind_method(&Value::Object(object.clone()), method)?;
            self.call(&method, Call::default())?;
        }
        Ok(())
    }

    /// `object(..)`
    pub fn call_object(&mut self, object: &Rc<Object>, value: &Value, call: Call) -> Step<Value> {
        if let Some(method) = object.class.find("__call__") {
            let method = self.bind_method(value, method)?;
            return self.call(&method, call);
        }
        if object.class.is("torch.nn.Module") {
            if let Some(forward) = object.class.find("forward") {
                let forward = self.bind_method(value, forward)?;
                return self.call(&forward, call);
            }
            return self.native_forward(object, call);
        }
        if let Inner::NoGrad(keeps) = *object.inner.borrow() {
            // `@torch.no_grad()`
            return match call.places.into_iter().next() {
                Some(Value::Function(function)) => {
                    function.no_grad.set(!keeps);
                    Ok(Value::Function(function))
                }
                _ => type_error("a function is missing"),
            };
        }
        type_error(format!("'{}' object is not callable", object.class.name))
    }

    /// What a function of a class is, seen through an object.
    pub fn bind_method(&mut self, object: &Value, found: Value) -> Step<Value> {
        let Value::Function(closure) = &found else { return Ok(found) };
        match closure.kind.get() {
            ClosureKind::Plain => Ok(Value::Method(Rc::new((object.clone(), closure.clone())))),
            ClosureKind::Static => Ok(found),
            ClosureKind::OfClass => {
                let class = match object {
                    Value::Object(object) => Value::Class(object.class.clone()),
                    other => other.clone(),
                };
                Ok(Value::Method(Rc::new((class, closure.clone()))))
            }
            ClosureKind::Property => {
                let of = closure.class.borrow().clone().map(|class| (class, object.clone()));
                self.call_closure(closure, Call::of(vec![object.clone()]), of)
            }
        }
    }

    /// `super()`
    pub fn super_of_here(&mut self) -> Step<Value> {
        match self.frame().method.clone() {
            Some((class, object)) => Ok(Value::Super(Rc::new((class, object)))),
            None => raise("RuntimeError", "super(): no arguments"),
        }
    }

    /// `super().name`: what comes after the class in the object's order.
    pub fn super_attribute(
        &mut self,
        class: &Rc<Class>,
        object: &Value,
        name: &str,
    ) -> Step<Value> {
        let of = match object {
            Value::Object(object) => object.class.clone(),
            Value::Class(class) => class.clone(),
            _ => class.clone(),
        };
        let order = of.order();
        let after = order.iter().position(|one| Rc::ptr_eq(one, class)).map_or(0, |at| at + 1);
        for class in &order[after.min(order.len())..] {
            let found = class.names.borrow().get(name).cloned();
            if let Some(found) = found {
                return self.bind_method(object, found);
            }
            if class.native.is_some() {
                return Ok(Value::Bound(Rc::new((
                    Value::Super(Rc::new((class.clone(), object.clone()))),
                    Rc::from(name),
                ))));
            }
        }
        if name == "__init__" {
            return Ok(Value::known("object.__init__"));
        }
        raise("AttributeError", format!("'super' object has no attribute '{name}'"))
    }

    /// `raise value`
    pub fn raise_value(&mut self, value: Value) -> Step<()> {
        let value = match value {
            Value::Class(class) => self.instantiate(&class, Call::default())?,
            value => value,
        };
        let Value::Object(object) = &value else {
            return type_error("exceptions must derive from BaseException");
        };
        if !object.class.is("BaseException") {
            return type_error("exceptions must derive from BaseException");
        }
        let message = self.text_of(&value)?;
        let class = object.class.name.clone();
        Err(Stop::Raise(Box::new(Raised { class, message, value: Some(value), at: Some(self.at) })))
    }

    /// The object of an exception.
    pub fn exception(&mut self, raised: &Raised) -> Step<Value> {
        if let Some(value) = &raised.value {
            return Ok(value.clone());
        }
        let class = self.native_class(&raised.class).or_else(|| self.native_class("Exception"));
        match class {
            Some(class) => self.instantiate(&class, Call::of(vec![Value::str(&raised.message)])),
            None => Ok(Value::None),
        }
    }

    /// Whether `except classes` catches it.
    pub fn catches(&mut self, classes: &Value, raised: &Raised) -> Step<bool> {
        let classes = match classes {
            Value::Tuple(tuple) => tuple.items.clone(),
            other => vec![other.clone()],
        };
        let exception = self.exception(raised)?;
        let Value::Object(exception) = exception else { return Ok(false) };
        Ok(classes.iter().any(|class| match class {
            Value::Class(class) => exception.class.order().iter().any(|one| Rc::ptr_eq(one, class)),
            _ => false,
        }))
    }
}
