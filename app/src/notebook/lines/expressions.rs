//! Expressions.

use std::rc::Rc;

use indexmap::IndexMap;

use super::ast::{Argument, Comprehension, Expr, ExprKind, Given, Makes, Piece};
use super::iterate::Items;
use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Limit, Step, Why, type_error};
use super::value::{Dict, Value};

impl Machine {
    /// The value of an expression.
    pub fn expr(&mut self, expr: &Expr) -> Step<Value> {
        self.tick()?;
        let value = self.deeper(|machine| machine.evaluate(expr))?;
        if self.observed.is_some() {
            self.observe(expr, &value);
        }
        Ok(value)
    }

    fn evaluate(&mut self, expr: &Expr) -> Step<Value> {
        Ok(match &expr.kind {
            ExprKind::None => Value::None,
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Int(value) => Value::Int(*value),
            ExprKind::Float(value) => Value::Float(*value),
            ExprKind::Str(text) => Value::Str(text.clone()),
            ExprKind::Ellipsis => Value::Ellipsis,
            ExprKind::Name(name) => {
                self.at = expr.at;
                self.look_up(name)?
            }
            ExprKind::Format(pieces) => {
                let text = self.pieces(pieces)?;
                Value::str(text)
            }
            ExprKind::Tuple(items) => Value::tuple(self.all(items)?),
            ExprKind::List(items) => Value::list(self.all(items)?),
            ExprKind::Set(items) => {
                let items = self.all(items)?;
                self.set_of(items)?
            }
            ExprKind::Dict(items) => self.dict(items)?,
            ExprKind::Unary(operator, operand) => {
                let operand = self.expr(operand)?;
                self.at = expr.at;
                self.expect(Some(expr));
                self.unary(*operator, operand)?
            }
            ExprKind::Binary(operator, left, right) => {
                let left = self.expr(left)?;
                let right = self.expr(right)?;
                self.at = expr.at;
                self.expect(Some(expr));
                self.binary(operator, left, right)?
            }
            ExprKind::And(left, right) => {
                let left = self.expr(left)?;
                if self.truth(&left)? { self.expr(right)? } else { left }
            }
            ExprKind::Or(left, right) => {
                let left = self.expr(left)?;
                if self.truth(&left)? { left } else { self.expr(right)? }
            }
            ExprKind::Not(operand) => Value::Bool(!self.test(operand)?),
            ExprKind::Compare(first, rest) => self.comparison(expr, first, rest)?,
            ExprKind::IfElse(test, then, other) => {
                if self.test(test)? {
                    self.expr(then)?
                } else {
                    self.expr(other)?
                }
            }
            ExprKind::Attribute(object, name) => {
                let object = self.expr(object)?;
                self.at = expr.at;
                self.attribute(&object, name)?
            }
            ExprKind::Subscript(object, index) => {
                let object = self.expr(object)?;
                let index = self.expr(index)?;
                self.at = expr.at;
                self.item(&object, &index)?
            }
            ExprKind::Slice(start, stop, step) => {
                let mut three = [Value::None, Value::None, Value::None];
                for (at, part) in [start, stop, step].into_iter().enumerate() {
                    if let Some(part) = part {
                        three[at] = self.expr(part)?;
                    }
                }
                Value::Slice(Rc::new(three))
            }
            ExprKind::Call(function, arguments) => {
                self.call_expression(expr, function, arguments)?
            }
            ExprKind::Lambda(function) => Value::Function(self.closure(function)?),
            ExprKind::Comprehension(made) => self.comprehension(made)?,
            ExprKind::Starred(_) => return self.not_known("*"),
            ExprKind::Walrus(name, value) => {
                let value = self.expr(value)?;
                self.bind(name, value.clone());
                value
            }
            ExprKind::Yield(value) => {
                let value = match value {
                    Some(value) => self.expr(value)?,
                    None => Value::None,
                };
                self.charge_items(1)?;
                if self.frame().yielded.len() > 1 << 20 {
                    return self.unknown(Why::Limit(Limit::Memory));
                }
                self.frame().yielded.push(value);
                Value::None
            }
            ExprKind::Unknown(what) => {
                self.at = expr.at;
                if what.starts_with(|first: char| first.is_ascii_digit())
                    && what.chars().all(|c| c.is_ascii_digit() || c == '…')
                {
                    return self.unknown(Why::Limit(Limit::Integer));
                }
                return self.not_known(what.to_string());
            }
        })
    }

    /// The items of a list or tuple; `*x` gives its own.
    fn all(&mut self, items: &[Expr]) -> Step<Vec<Value>> {
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Starred(inner) => {
                    let inner = self.expr(inner)?;
                    all.extend(self.items(&inner)?);
                }
                _ => all.push(self.expr(item)?),
            }
        }
        self.charge_items(all.len())?;
        Ok(all)
    }

    fn dict(&mut self, items: &[(Option<Expr>, Expr)]) -> Step<Value> {
        let mut made: Dict = IndexMap::new();
        for (key, written) in items {
            let mut value = self.expr(written)?;
            match key {
                Some(key) => {
                    let key = self.expr(key)?;
                    if let Value::Str(name) = &key {
                        value = self.sized(name, written, value);
                    }
                    made.insert(self.key(&key)?, (key, value));
                }
                None => match value {
                    Value::Dict(inner) => made.extend(inner.borrow().clone()),
                    _ => return type_error("argument after ** must be a mapping"),
                },
            }
        }
        Ok(Value::Dict(Rc::new(made.into())))
    }

    /// `a < b < c`: each side once, and no further than the first that is false.
    fn comparison(&mut self, expr: &Expr, first: &Expr, rest: &[(Rc<str>, Expr)]) -> Step<Value> {
        let mut left = self.expr(first)?;
        for (at, (operator, right)) in rest.iter().enumerate() {
            let right = self.expr(right)?;
            self.at = expr.at;
            self.expect(Some(expr));
            let result = self.compare(operator, &left, &right)?;
            if at + 1 == rest.len() || !self.truth(&result)? {
                return Ok(result);
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    /// The pieces of an f-string, put together.
    pub fn pieces(&mut self, pieces: &[Piece]) -> Step<String> {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Value { value, label, conversion, spec } => {
                    let value = self.expr(value)?;
                    let spec = self.pieces(spec)?;
                    if let Some(label) = label {
                        out.push_str(label);
                    }
                    let conversion = match (conversion, label) {
                        (None, Some(_)) if spec.is_empty() => Some('r'),
                        (conversion, _) => *conversion,
                    };
                    let value = match conversion {
                        Some('r' | 'a') => Value::str(self.repr(&value)?),
                        Some('s') => Value::str(self.text_of(&value)?),
                        _ => value,
                    };
                    out.push_str(&self.format(&value, &spec)?);
                }
            }
            self.charge_text(out.len())?;
        }
        Ok(out)
    }

    fn call_expression(
        &mut self,
        expr: &Expr,
        function: &Expr,
        arguments: &[Argument],
    ) -> Step<Value> {
        let function = match &function.kind {
            ExprKind::Name(name) if &**name == "super" && arguments.is_empty() => {
                self.at = expr.at;
                return self.super_of_here();
            }
            _ => self.expr(function)?,
        };
        let mut call = Call::default();
        for argument in arguments {
            let value = self.expr(&argument.value)?;
            match &argument.how {
                Given::Place => call.places.push(value),
                Given::Key(name) => {
                    let value = self.sized(name, &argument.value, value);
                    call.keys.push((name.clone(), value));
                }
                Given::Star => call.places.extend(self.items(&value)?),
                Given::StarStar => match value {
                    Value::Dict(inner) => {
                        for (key, value) in inner.borrow().values() {
                            match key {
                                Value::Str(name) => call.keys.push((name.clone(), value.clone())),
                                _ => return type_error("keywords must be strings"),
                            }
                        }
                    }
                    _ => return type_error("argument after ** must be a mapping"),
                },
            }
        }
        self.at = expr.at;
        if let (Value::Known(path), [Value::Class(class), object]) =
            (&function, call.places.as_slice())
            && &**path == "super"
        {
            return Ok(Value::Super(Rc::new((class.clone(), object.clone()))));
        }
        self.expect(Some(expr));
        let result = self.call(&function, call);
        self.expect(None);
        result
    }

    /// Notes for a port which expression runs the next operation.
    pub fn expect(&mut self, expr: Option<&Expr>) {
        if let Some(observed) = &mut self.observed {
            observed.expect(expr);
        }
    }

    fn comprehension(&mut self, made: &Comprehension) -> Step<Value> {
        // It has a scope of its own, so that its targets do not leak.
        let scope = super::scope::Scope::new(Some(self.frame().scope.clone()), false);
        let frame = self.inner_frame(scope);
        self.frames.push(frame);
        let mut found = Vec::new();
        let result = self.clause(made, 0, &mut found);
        self.frames.pop();
        result?;
        Ok(match made.makes {
            Makes::List => Value::list(found.into_iter().map(|(value, _)| value).collect()),
            Makes::Generator => Value::iter(found.into_iter().map(|(value, _)| value).collect()),
            Makes::Set => {
                let items = found.into_iter().map(|(value, _)| value).collect();
                self.set_of(items)?
            }
            Makes::Dict => {
                let mut dict: Dict = IndexMap::new();
                for (key, value) in found {
                    dict.insert(self.key(&key)?, (key, value));
                }
                Value::Dict(Rc::new(dict.into()))
            }
        })
    }

    fn clause(
        &mut self,
        made: &Comprehension,
        at: usize,
        found: &mut Vec<(Value, Value)>,
    ) -> Step<()> {
        let Some(clause) = made.clauses.get(at) else {
            let element = self.expr(&made.element)?;
            let value = match &made.value {
                Some(value) => self.expr(value)?,
                None => Value::None,
            };
            if found.len() > 1 << 22 {
                return self.unknown(Why::Limit(Limit::Memory));
            }
            found.push((element, value));
            return Ok(());
        };
        let iterable = self.expr(&clause.iterable)?;
        let mut items: Items = self.iterate(&iterable)?;
        'items: while let Some(item) = items.next(self)? {
            self.tick()?;
            self.assign(&clause.target, item)?;
            for condition in &clause.conditions {
                if !self.test(condition)? {
                    continue 'items;
                }
            }
            self.deeper(|machine| machine.clause(made, at + 1, found))?;
        }
        Ok(())
    }
}
