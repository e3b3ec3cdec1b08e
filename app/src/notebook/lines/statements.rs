//! Statements.

use std::rc::Rc;

use super::ast::{ClassDef, Expr, ExprKind, Function, Stmt, StmtKind, Try};
use super::machine::Machine;
use super::names::Bound;
use super::problem::{Problem, Raised, Step, Stop, Why, raise, type_error};
use super::value::{Closure, ClosureKind, Value};

/// How a statement leaves off.
pub enum Flow {
    /// On to the next.
    Next,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return`
    Return(Value),
}

impl Machine {
    /// Runs statements. One that needs what is not known makes unknown what it would have set, and the next is run.
    pub fn block(&mut self, body: &[Stmt]) -> Step<Flow> {
        for stmt in body {
            let flow = self.deeper(|machine| machine.statement(stmt));
            match flow {
                Ok(Flow::Next) => {}
                Ok(flow) => return Ok(flow),
                Err(Stop::Unknown(problem)) => self.leave_unknown(stmt, problem)?,
                Err(mut stop) => {
                    if let Stop::Raise(raised) = &mut stop {
                        raised.at.get_or_insert(self.at);
                    }
                    return Err(stop);
                }
            }
        }
        Ok(Flow::Next)
    }

    /// What a statement would have set is unknown; so is everything after it, if it might have left the block.
    fn leave_unknown(&mut self, stmt: &Stmt, problem: Rc<Problem>) -> Step<()> {
        let bound = Bound::by_one(stmt);
        for name in &bound.names {
            self.bind(name, Value::Unknown(problem.clone()));
        }
        for target in &bound.changed {
            self.spoil(target, &problem);
        }
        self.partial = true;
        if bound.returns || bound.jumps {
            return Err(Stop::Unknown(problem));
        }
        Ok(())
    }

    /// `a.b = ?` makes the attribute unknown; `a[i] = ?` and `a.append(?)` the whole of `a`, if it is a list, dict
    /// or tensor.
    fn spoil(&mut self, target: &Expr, problem: &Rc<Problem>) {
        match &target.kind {
            ExprKind::Attribute(object, name) => {
                if let Ok(Value::Object(object)) = self.expr(object) {
                    object.names.borrow_mut().insert(name.clone(), Value::Unknown(problem.clone()));
                }
            }
            ExprKind::Subscript(object, _) => self.spoil(object, problem),
            ExprKind::Name(name) => {
                let value = self.look_up(name);
                if matches!(
                    value,
                    Ok(Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Tensor(_))
                ) {
                    self.bind(name, Value::Unknown(problem.clone()));
                }
            }
            _ => {}
        }
    }

    fn statement(&mut self, stmt: &Stmt) -> Step<Flow> {
        self.at = stmt.at;
        self.tick()?;
        match &stmt.kind {
            StmtKind::Expr(expr) => {
                self.expr(expr)?;
            }
            StmtKind::Assign(targets, written) => {
                let value = self.expr(written)?;
                for target in targets {
                    let value = match &target.kind {
                        ExprKind::Name(name) => self.sized(name, written, value.clone()),
                        _ => value.clone(),
                    };
                    self.assign(target, value)?;
                }
            }
            StmtKind::Augment(target, operator, value) => self.augment(target, operator, value)?,
            StmtKind::Annotated(target, _, Some(written)) => {
                let mut value = self.expr(written)?;
                if let ExprKind::Name(name) = &target.kind {
                    value = self.sized(name, written, value);
                }
                self.assign(target, value)?;
            }
            StmtKind::Annotated(_, _, None) | StmtKind::Pass => {}
            StmtKind::If(branches, other) => {
                for (test, body) in branches {
                    if self.test(test)? {
                        return self.block(body);
                    }
                }
                return self.block(other);
            }
            StmtKind::For(target, iterable, body, other) => {
                return self.for_loop(target, iterable, body, other);
            }
            StmtKind::While(test, body, other) => {
                while self.test(test)? {
                    self.tick()?;
                    match self.block(body)? {
                        Flow::Break => return Ok(Flow::Next),
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::Next | Flow::Continue => {}
                    }
                }
                return self.block(other);
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::Return(None) => return Ok(Flow::Return(Value::None)),
            StmtKind::Return(Some(value)) => return Ok(Flow::Return(self.expr(value)?)),
            StmtKind::Def(function, decorators) => self.define(function, decorators)?,
            StmtKind::Class(class, decorators) => self.define_class(class, decorators)?,
            StmtKind::Import(names) => self.import(names)?,
            StmtKind::From(module, names) => self.import_from(module, names)?,
            StmtKind::With(items, body) => return self.with(items, body),
            StmtKind::Try(parts) => return self.try_block(parts),
            StmtKind::Raise(value) => self.raise_statement(value.as_ref())?,
            StmtKind::Assert(test, message) => {
                if !self.test(test)? {
                    let text = match message {
                        Some(message) => {
                            let message = self.expr(message)?;
                            self.text_of(&message)?
                        }
                        None => String::new(),
                    };
                    return raise("AssertionError", text);
                }
            }
            StmtKind::Delete(targets) => {
                targets.iter().try_for_each(|target| self.delete(target))?;
            }
            StmtKind::Global(names) => self.frame().globals.extend(names.iter().cloned()),
            StmtKind::Nonlocal(names) => self.frame().outer.extend(names.iter().cloned()),
            StmtKind::Unknown(what) => return self.not_known(what.to_string()),
        }
        Ok(Flow::Next)
    }

    /// Whether an expression is true.
    pub fn test(&mut self, test: &Expr) -> Step<bool> {
        let value = self.expr(test)?;
        self.truth(&value)
    }

    fn for_loop(
        &mut self,
        target: &Expr,
        iterable: &Expr,
        body: &[Stmt],
        other: &[Stmt],
    ) -> Step<Flow> {
        let iterable = self.expr(iterable)?;
        let mut items = self.iterate(&iterable)?;
        while let Some(item) = items.next(self)? {
            self.tick()?;
            self.assign(target, item)?;
            match self.block(body)? {
                Flow::Break => return Ok(Flow::Next),
                Flow::Return(value) => return Ok(Flow::Return(value)),
                Flow::Next | Flow::Continue => {}
            }
        }
        self.block(other)
    }

    /// A function with its defaults and scope; class bodies are not seen by the functions in them.
    pub fn closure(&mut self, function: &Rc<Function>) -> Step<Rc<Closure>> {
        let mut defaults = Vec::new();
        for parameter in &function.parameters {
            defaults.push(match &parameter.default {
                Some(default) => {
                    let value = self.expr(default)?;
                    Some(self.sized(&parameter.name, default, value))
                }
                None => None,
            });
        }
        let mut scope = self.frame().scope.clone();
        while scope.is_class {
            match scope.outer.clone() {
                Some(outer) => scope = outer,
                None => break,
            }
        }
        Ok(Rc::new(Closure {
            function: function.clone(),
            defaults,
            scope,
            class: Default::default(),
            kind: std::cell::Cell::new(ClosureKind::Plain),
            no_grad: std::cell::Cell::new(false),
        }))
    }

    fn define(&mut self, function: &Rc<Function>, decorators: &[Expr]) -> Step<()> {
        let closure = self.closure(function)?;
        let mut value = Value::Function(closure.clone());
        for decorator in decorators.iter().rev() {
            match &decorator.kind {
                ExprKind::Name(name) if &**name == "staticmethod" => {
                    closure.kind.set(ClosureKind::Static);
                }
                ExprKind::Name(name) if &**name == "classmethod" => {
                    closure.kind.set(ClosureKind::OfClass);
                }
                ExprKind::Name(name) if &**name == "property" => {
                    closure.kind.set(ClosureKind::Property);
                }
                _ => {
                    let decorator = self.expr(decorator)?;
                    value = self.decorate(&decorator, value)?;
                }
            }
        }
        self.bind(&function.name, value);
        Ok(())
    }

    fn define_class(&mut self, class: &Rc<ClassDef>, decorators: &[Expr]) -> Step<()> {
        let made = self.class(class)?;
        let mut value = Value::Class(made);
        for decorator in decorators.iter().rev() {
            let decorator = self.expr(decorator)?;
            value = self.decorate(&decorator, value)?;
        }
        self.bind(&class.name, value);
        Ok(())
    }

    fn with(&mut self, items: &[(Expr, Option<Expr>)], body: &[Stmt]) -> Step<Flow> {
        let mut entered = Vec::new();
        for (context, target) in items {
            let context = self.expr(context)?;
            let value = self.enter(&context)?;
            entered.push(context);
            if let Some(target) = target {
                self.assign(target, value)?;
            }
        }
        let flow = self.block(body);
        for context in entered.iter().rev() {
            self.exit(context)?;
        }
        flow
    }

    fn try_block(&mut self, parts: &Try) -> Step<Flow> {
        let result = match self.block(&parts.body) {
            Err(Stop::Raise(raised)) => self.handle(parts, *raised),
            Ok(Flow::Next) => self.block(&parts.other),
            other => other,
        };
        match self.block(&parts.last)? {
            Flow::Next => result,
            flow => Ok(flow),
        }
    }

    fn handle(&mut self, parts: &Try, raised: Raised) -> Step<Flow> {
        for (classes, name, body) in &parts.handlers {
            let caught = match classes {
                Some(classes) => {
                    let classes = self.expr(classes)?;
                    self.catches(&classes, &raised)?
                }
                None => true,
            };
            if caught {
                if let Some(name) = name {
                    let value = self.exception(&raised)?;
                    self.bind(name, value);
                }
                self.handling.push(raised);
                let flow = self.block(body);
                self.handling.pop();
                return flow;
            }
        }
        Err(Stop::Raise(Box::new(raised)))
    }

    fn raise_statement(&mut self, value: Option<&Expr>) -> Step<()> {
        let Some(value) = value else {
            return match self.handling.last() {
                Some(raised) => Err(Stop::Raise(Box::new(raised.clone()))),
                None => raise("RuntimeError", "No active exception to reraise"),
            };
        };
        let value = self.expr(value)?;
        self.raise_value(value)
    }

    fn delete(&mut self, target: &Expr) -> Step<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                if self.frame().scope.remove(name) {
                    return Ok(());
                }
                raise("NameError", format!("name '{name}' is not defined"))
            }
            ExprKind::Subscript(object, index) => {
                let (object, index) = (self.expr(object)?, self.expr(index)?);
                self.delete_item(&object, &index)
            }
            ExprKind::Attribute(object, name) => match self.expr(object)? {
                Value::Object(object) => {
                    if object.names.borrow_mut().shift_remove(name).is_none() {
                        return raise("AttributeError", name.to_string());
                    }
                    Ok(())
                }
                _ => type_error("the attribute cannot be deleted"),
            },
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().try_for_each(|item| self.delete(item))
            }
            _ => self.not_known("del"),
        }
    }

    /// Ends a cell: an exception that nothing caught is a problem of the cell.
    pub fn uncaught(&mut self, raised: &Raised) -> Rc<Problem> {
        self.at = raised.at.unwrap_or(self.at);
        self.problem(Why::Raised {
            class: raised.class.to_string(),
            message: raised.message.clone(),
        })
    }
}
