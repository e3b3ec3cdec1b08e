//! Calls: functions of the notebook, methods, classes, and what is known by its path.

use std::rc::Rc;

use super::ast::{Function, Takes};
use super::machine::{Frame, Machine};
use super::ops::bind::Call;
use super::problem::{Step, Stop, raise, type_error};
use super::scope::Scope;
use super::statements::Flow;
use super::value::{Class, Closure, Value};

impl Machine {
    /// `function(..)`
    pub fn call(&mut self, function: &Value, call: Call) -> Step<Value> {
        self.tick()?;
        self.deeper(|machine| machine.call_inner(function, call))
    }

    fn call_inner(&mut self, function: &Value, mut call: Call) -> Step<Value> {
        match function {
            Value::Function(closure) => self.call_closure(closure, call, None),
            Value::Method(method) => {
                let (object, closure) = &**method;
                call.places.insert(0, object.clone());
                let class = closure.class.borrow().clone();
                let of = class.map(|class| (class, object.clone()));
                self.call_closure(closure, call, of)
            }
            Value::Class(class) => self.instantiate(class, call),
            Value::Object(object) => self.call_object(object, function, call),
            Value::Known(path) => self.call_known(path, call),
            Value::Bound(bound) => {
                let (object, name) = &**bound;
                self.call_method(object, name, call)
            }
            Value::Unknown(problem) => Err(Stop::Unknown(problem.clone())),
            other => type_error(format!("'{}' object is not callable", other.type_name())),
        }
    }

    /// Runs a function of the notebook.
    pub fn call_closure(
        &mut self,
        closure: &Rc<Closure>,
        call: Call,
        method: Option<(Rc<Class>, Value)>,
    ) -> Step<Value> {
        if self.frames.len() >= self.limits.depth {
            return raise("RecursionError", "maximum recursion depth exceeded");
        }
        self.expect(None);
        let function = &closure.function;
        let scope = Scope::new(Some(closure.scope.clone()), false);
        let name = match &method {
            Some((class, _)) => format!("{}.{}", class.name, function.name),
            None => function.name.to_string(),
        };
        self.bind_parameters(closure, &scope, call, &name)?;
        self.frames.push(Frame {
            scope,
            globals: Vec::new(),
            outer: Vec::new(),
            locals: Some(function.clone()),
            method,
            yielded: Vec::new(),
            name: Some(name),
        });
        let (at, partial) = (self.at, self.partial);
        let no_grad = closure.no_grad.get().then(tch::no_grad_guard);
        let result = self.block(&function.body);
        drop(no_grad);
        let frame = self.frames.pop();
        let flow = result?;
        self.at = at;
        // What is unknown inside a function shows in what it returns.
        self.partial = partial;
        if function.generator {
            return Ok(Value::iter(frame.map(|frame| frame.yielded).unwrap_or_default()));
        }
        if let Some(observed) = &mut self.observed {
            let none = Value::None;
            let value = if let Flow::Return(value) = &flow { value } else { &none };
            observed.note_function(function.at, "return", value);
        }
        match flow {
            Flow::Return(Value::Unknown(problem)) => Err(Stop::Unknown(problem)),
            Flow::Return(value) => Ok(value),
            _ => Ok(Value::None),
        }
    }

    /// A frame inside the present one, for a comprehension.
    pub fn inner_frame(&mut self, scope: Rc<Scope>) -> Frame {
        let frame = self.frame();
        Frame {
            scope,
            globals: frame.globals.clone(),
            outer: Vec::new(),
            locals: None,
            method: frame.method.clone(),
            yielded: Vec::new(),
            name: frame.name.clone(),
        }
    }

    fn bind_parameters(
        &mut self,
        closure: &Rc<Closure>,
        scope: &Scope,
        call: Call,
        called: &str,
    ) -> Step<()> {
        let function = &closure.function;
        let mut places = call.places.into_iter();
        let mut keys = call.keys;
        for (at, parameter) in function.parameters.iter().enumerate() {
            let name = &parameter.name;
            let key = keys.iter().position(|(key, _)| key == name);
            let value = match parameter.takes {
                Takes::Rest => Some(Value::tuple(places.by_ref().collect())),
                Takes::Keys => continue,
                Takes::Either => match (places.next(), key) {
                    (Some(_), Some(_)) => {
                        return type_error(format!(
                            "{}() got multiple values for argument '{name}'",
                            function.name
                        ));
                    }
                    (Some(value), None) => Some(value),
                    (None, Some(key)) => Some(keys.remove(key).1),
                    (None, None) => None,
                },
                Takes::Key => key.map(|key| keys.remove(key).1),
            };
            let value = value.or_else(|| closure.defaults.get(at).cloned().flatten());
            if let (Some(value), Some(observed)) = (&value, &mut self.observed) {
                observed.note_function(function.at, name, value);
            }
            match value {
                Some(value) => {
                    if let Value::Tensor(held) = &value {
                        self.note_parameter(name, held, function, called);
                    }
                    scope.set(name, value);
                }
                None => {
                    return type_error(format!(
                        "{}() missing 1 required positional argument: '{name}'",
                        function.name
                    ));
                }
            }
        }
        if places.next().is_some() {
            let takes = function.parameters.len();
            return type_error(format!(
                "{}() takes {takes} positional arguments but {} were given",
                function.name,
                takes + 1 + places.count()
            ));
        }
        match function.parameters.iter().find(|parameter| parameter.takes == Takes::Keys) {
            Some(rest) => {
                let mut dict = super::value::Dict::new();
                for (name, value) in keys {
                    let key = Value::Str(name);
                    dict.insert(self.key(&key)?, (key, value));
                }
                scope.set(&rest.name, Value::Dict(Rc::new(dict.into())));
                Ok(())
            }
            None => match keys.first() {
                Some((name, _)) => type_error(format!(
                    "{}() got an unexpected keyword argument '{name}'",
                    function.name
                )),
                None => Ok(()),
            },
        }
    }

    /// A parameter is a name of the tensor, too.
    fn note_parameter(
        &mut self,
        name: &str,
        held: &super::value::Held,
        function: &Function,
        called: &str,
    ) {
        if self.trace.names.len() < 100_000 {
            self.trace.names.push(super::trace::Named {
                name: name.to_owned(),
                node: held.node.get(),
                at: function.at,
                function: Some(called.to_owned()),
            });
        }
    }

    /// `@decorator` applied: those that change nothing here, and functions of the notebook.
    pub fn decorate(&mut self, decorator: &Value, value: Value) -> Step<Value> {
        self.call(decorator, Call::of(vec![value]))
    }
}
