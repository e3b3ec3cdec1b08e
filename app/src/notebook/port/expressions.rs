//! Expressions in Rust.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::twin::Porter;

impl Porter<'_> {
    /// An expression.
    pub fn expr(&mut self, expr: &Expr) -> Said<Code> {
        Ok(match &expr.kind {
            ExprKind::None => Code::value("None", Shape::None),
            ExprKind::Bool(value) => Code::value(value.to_string(), Shape::Bool),
            ExprKind::Int(value) => Code::value(value.to_string(), Shape::Int),
            ExprKind::Float(value) => Code::value(float(*value), Shape::Float),
            // A text that is written out is borrowed.
            ExprKind::Str(text) => {
                Code { text: format!("{text:?}"), shape: Shape::Str, form: Form::Reference }
            }
            ExprKind::Name(name) => self.name_of(expr, name)?,
            ExprKind::Tuple(items) => {
                let items: Said<Vec<Code>> = items.iter().map(|item| self.expr(item)).collect();
                let items = items?;
                let texts: Vec<String> = items.iter().map(Code::owned).collect();
                Code::value(
                    super::coerce::tuple(&texts),
                    Shape::Tuple(items.into_iter().map(|item| item.shape).collect()),
                )
            }
            ExprKind::Dict(_) => self.value(expr)?,
            ExprKind::IfElse(test, a, b) => self.either(expr, test, a, b)?,
            ExprKind::List(items) => self.list(expr, items)?,
            ExprKind::Unary(operator, operand) => self.unary(expr, *operator, operand)?,
            ExprKind::Binary(operator, left, right) => self.binary(expr, operator, left, right)?,
            ExprKind::Compare(..) | ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Not(..) => {
                if self.shape(expr)? == Shape::Tensor {
                    return self.compared_tensors(expr);
                }
                Code::operation(self.condition(expr)?, Shape::Bool, 0)
            }
            ExprKind::Attribute(object, name) => self.attribute(expr, object, name)?,
            ExprKind::Subscript(object, index) => self.subscript(expr, object, index)?,
            ExprKind::Call(function, arguments) => self.call(expr, function, arguments)?,
            ExprKind::Format(pieces) => {
                let (format, values) = self.format(pieces)?;
                let values: String = values.iter().map(|value| format!(", {value}")).collect();
                Code::value(format!("format!(\"{format}\"{values})"), Shape::Str)
            }
            ExprKind::Comprehension(made) => self.comprehension(expr, made)?,
            _ => return Err("this form of Python".to_owned()),
        })
    }

    /// A variable: of this function, or of further out.
    pub(super) fn name(&mut self, name: &str) -> Said<Code> {
        let found = self.scope().variables.get(name).cloned();
        match found {
            Some(variable) => {
                Ok(Code { text: variable.rust, shape: variable.shape, form: variable.form })
            }
            None => self.captured(name).ok_or_else(|| format!("{name} is not ported")),
        }
    }

    /// The same, known not to be `None` where Python's was not.
    fn name_of(&mut self, expr: &Expr, name: &str) -> Said<Code> {
        let code = self.name(name)?;
        let Shape::Optional(inner) = &code.shape else { return Ok(code) };
        if self.shape(expr).is_ok_and(|shape| shape == **inner) {
            let (text, form) = match (super::code::is_copy(inner), code.form) {
                (true, _) => (format!("{}.unwrap()", code.text), Form::Value(5)),
                (false, Form::Reference) => (format!("{}.unwrap()", code.text), Form::Reference),
                _ => (format!("{}.as_ref().unwrap()", code.text), Form::Reference),
            };
            return Ok(Code { text, shape: (**inner).clone(), form });
        }
        Ok(code)
    }

    /// `a if test else b`
    fn either(&mut self, expr: &Expr, test: &Expr, a: &Expr, b: &Expr) -> Said<Code> {
        let shape = self.shape(expr)?;
        // The twin computes on the CPU, wherever the notebook did.
        let asks = |test: &Expr| {
            self.text
                .get(test.bytes.0..test.bytes.1)
                .is_some_and(|text| text.contains(".is_available"))
        };
        if asks(test) {
            return match self.observed.get(b).is_some() {
                true => self.expr(b),
                false => self.expr(a),
            };
        }
        let (taken, other) = (self.observed.get(a).is_some(), self.observed.get(b).is_some());
        let (test, optional) = self.test_of(test)?;
        if !(taken && other) || optional.is_some() {
            return Err("a choice of which one side was never taken".to_owned());
        }
        let (a, b) = (self.expr_as(a, &shape)?, self.expr_as(b, &shape)?);
        Ok(Code::operation(format!("if {test} {{ {a} }} else {{ {b} }}"), shape, 0))
    }

    pub(super) fn list(&mut self, expr: &Expr, items: &[Expr]) -> Said<Code> {
        let shape = self.shape(expr)?;
        let Shape::List(Some(inner)) = &shape else {
            return Ok(Code::value("vec![]", shape));
        };
        if !matches!(**inner, Shape::Mixed | Shape::Other) {
            super::code::type_of(inner)?;
        }
        let items: Said<Vec<String>> = items.iter().map(|item| self.expr_as(item, inner)).collect();
        Ok(Code::value(format!("vec![{}]", items?.join(", ")), shape))
    }

    /// `x in xs`
    fn contained(&mut self, left: &Code, operator: &str, right: &Expr) -> Said<String> {
        let of = self.expr(right)?;
        let text = match (&of.shape, &left.shape) {
            (Shape::Map(key, _), given) if **key == *given => {
                format!("{}.contains_key({})", of.receiver(), key_of(left))
            }
            (Shape::List(Some(inner)), Shape::Int) if **inner == Shape::Int => {
                format!("{}.contains(&{})", of.receiver(), left.operand(5))
            }
            (Shape::List(Some(inner)), Shape::Str) if **inner == Shape::Str => {
                format!("{}.iter().any(|item| *item == {})", of.receiver(), left.operand(5))
            }
            (Shape::Str, Shape::Str) => match left.form {
                Form::Reference => format!("{}.contains({})", of.receiver(), left.text),
                _ => format!("{}.contains({}.as_str())", of.receiver(), left.receiver()),
            },
            _ => return Err(format!("{operator} on these")),
        };
        Ok(if operator == "in" { text } else { format!("!{text}") })
    }

    /// A condition on Python's own values.
    pub fn condition(&mut self, expr: &Expr) -> Said<String> {
        Ok(match &expr.kind {
            ExprKind::And(a, b) => format!("{} && {}", self.condition(a)?, self.condition(b)?),
            ExprKind::Or(a, b) => format!("({} || {})", self.condition(a)?, self.condition(b)?),
            ExprKind::Not(a) => format!("!({})", self.condition(a)?),
            ExprKind::Compare(first, rest) => {
                let mut left = self.expr(first)?;
                let mut parts = Vec::new();
                for (operator, right) in rest {
                    if matches!(&**operator, "in" | "not in") {
                        parts.push(self.contained(&left, operator, right)?);
                        break;
                    }
                    if matches!(&**operator, "is" | "is not") {
                        parts.push(is_none(&left, operator, right)?);
                        break;
                    }
                    let right = self.expr(right)?;
                    let (a, b) = match (&left.shape, &right.shape) {
                        (Shape::Int, Shape::Int)
                        | (Shape::Str, Shape::Str)
                        | (Shape::Bool, Shape::Bool) => (left.operand(1), right.operand(1)),
                        (Shape::Size, Shape::Size) => (left.text.clone(), right.text.clone()),
                        (Shape::Tensor, Shape::Int | Shape::Float)
                            if self.observed.dims(first) == Some(0) =>
                        {
                            (format!("{}.double_value(&[])", left.receiver()), right.float()?)
                        }
                        (Shape::Int | Shape::Float, Shape::Int | Shape::Float) => {
                            (left.float()?, right.float()?)
                        }
                        _ => return Err(format!("{operator} on these")),
                    };
                    if !matches!(&**operator, "<" | ">" | "<=" | ">=" | "==" | "!=") {
                        return Err(format!("{operator} on these"));
                    }
                    parts.push(format!("{a} {operator} {b}"));
                    left = right;
                }
                parts.join(" && ")
            }
            _ => {
                let code = self.expr(expr)?;
                match code.shape {
                    Shape::Bool => code.text,
                    Shape::Int => format!("{} != 0", code.operand(1)),
                    Shape::Tensor if self.observed.dims(expr) == Some(0) => {
                        format!("{}.int64_value(&[]) != 0", code.receiver())
                    }
                    Shape::List(_) | Shape::Str => format!("!{}.is_empty()", code.receiver()),
                    _ => return Err("a condition of this kind".to_owned()),
                }
            }
        })
    }
}

/// A key as a map is asked for it.
pub(super) fn key_of(code: &Code) -> String {
    match (&code.shape, code.form) {
        (Shape::Str, Form::Reference) => code.text.clone(),
        (Shape::Str, _) => format!("{}.as_str()", code.receiver()),
        _ => format!("&{}", code.operand(5)),
    }
}

/// `x is None`
fn is_none(left: &Code, operator: &str, right: &Expr) -> Said<String> {
    match (&left.shape, &right.kind) {
        (shape, ExprKind::None) if !matches!(shape, Shape::Optional(_) | Shape::None) => {
            Ok((operator == "is not").to_string())
        }
        (Shape::Optional(_), ExprKind::None) => Ok(match operator {
            "is" => format!("{}.is_none()", left.receiver()),
            _ => format!("{}.is_some()", left.receiver()),
        }),
        _ => Err(format!("{operator} on these")),
    }
}

/// A float as Rust writes it.
pub fn float(value: f64) -> String {
    if value.is_infinite() { "f64::INFINITY".to_owned() } else { format!("{value:?}") }
}
