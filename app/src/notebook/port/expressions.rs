//! Expressions in Rust.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::template::filled;
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

    pub(super) fn unary(&mut self, expr: &Expr, operator: char, operand: &Expr) -> Said<Code> {
        let code = self.expr(operand)?;
        match (operator, &code.shape) {
            ('-', Shape::Tensor) => {
                Ok(Code::operation(format!("-{}", code.operand(3)), Shape::Tensor, 3))
            }
            ('-', Shape::Int | Shape::Float) => {
                Ok(Code::operation(format!("-{}", code.operand(3)), code.shape.clone(), 3))
            }
            ('~', Shape::Tensor) => {
                let op = self.observed.op(expr).ok_or_else(|| self.unreached(expr))?;
                Ok(Code::value(filled(op, &[Some(code)])?, Shape::Tensor))
            }
            _ => Err(format!("{operator} on this")),
        }
    }

    pub(super) fn binary(
        &mut self,
        expr: &Expr,
        operator: &str,
        left: &Expr,
        right: &Expr,
    ) -> Said<Code> {
        let (a, b) = (self.expr(left)?, self.expr(right)?);
        let shape = self.shape(expr)?;
        match (&a.shape, &b.shape) {
            (Shape::Tensor, _) | (_, Shape::Tensor) => self.tensors(expr, operator, &a, &b),
            (Shape::Int, Shape::Int) => self.whole(operator, &a, &b),
            (Shape::Int | Shape::Float, Shape::Int | Shape::Float) => {
                let (fa, fb) = (a.float()?, b.float()?);
                let paren = |text: String, code: &Code| match code.form {
                    Form::Value(own) if own < 4 && code.shape == Shape::Float => {
                        format!("({text})")
                    }
                    _ if text.contains(" as ") => format!("({text})"),
                    _ => text,
                };
                let (fa, fb) = (paren(fa, &a), paren(fb, &b));
                Ok(match operator {
                    "+" | "-" => Code::operation(format!("{fa} {operator} {fb}"), shape, 1),
                    "*" | "/" => Code::operation(format!("{fa} {operator} {fb}"), shape, 2),
                    "**" => {
                        let base = if fa.starts_with(|c: char| c.is_ascii_digit()) {
                            format!("{fa}_f64")
                        } else {
                            fa
                        };
                        let base = if base.starts_with('-') { format!("({base})") } else { base };
                        Code::value(format!("{base}.powf({})", b.float()?), shape)
                    }
                    _ => return Err(format!("{operator} on floats")),
                })
            }
            (Shape::Str, Shape::Str) if operator == "+" => Ok(Code::value(
                format!("format!(\"{{}}{{}}\", {}, {})", a.text, b.text),
                Shape::Str,
            )),
            (Shape::Str, Shape::Int) if operator == "*" => Ok(Code::value(
                format!("{}.repeat({} as usize)", a.receiver(), b.operand(4)),
                Shape::Str,
            )),
            (Shape::List(Some(one)), Shape::List(Some(two))) if operator == "+" && one == two => {
                Ok(Code::value(format!("[{}, {}].concat()", a.owned(), b.owned()), shape))
            }
            (Shape::List(Some(inner)), Shape::Int)
                if operator == "*" && super::code::is_copy(inner) =>
            {
                Ok(Code::value(
                    format!("{}.repeat({} as usize)", a.receiver(), b.operand(4)),
                    shape,
                ))
            }
            _ => Err(format!("{operator} on these")),
        }
    }

    pub(super) fn whole(&mut self, operator: &str, a: &Code, b: &Code) -> Said<Code> {
        Ok(match operator {
            "+" | "-" => Code::operation(
                format!("{} {operator} {}", a.operand(1), b.operand(2)),
                Shape::Int,
                1,
            ),
            "*" => Code::operation(format!("{} * {}", a.operand(2), b.operand(3)), Shape::Int, 2),
            "/" => Code::operation(
                format!("{} as f64 / {}", a.operand(5), b.float()?),
                Shape::Float,
                1,
            ),
            // With a divisor above zero, as sizes are, this is Python's.
            "//" => Code::value(format!("{}.div_euclid({})", self.i64(a), b.text), Shape::Int),
            "%" => Code::value(format!("{}.rem_euclid({})", self.i64(a), b.text), Shape::Int),
            "**" => match b.text.parse::<u32>() {
                Ok(power) => Code::value(format!("{}.pow({power})", self.i64(a)), Shape::Int),
                Err(_) => return Err("a power that is not written out".to_owned()),
            },
            _ => return Err(format!("{operator} on whole numbers")),
        })
    }

    pub(super) fn i64(&self, code: &Code) -> String {
        if code.text.chars().all(|c| c.is_ascii_digit()) {
            format!("{}_i64", code.text)
        } else {
            code.receiver()
        }
    }

    /// An operator with a tensor on at least one side.
    pub(super) fn tensors(
        &mut self,
        expr: &Expr,
        operator: &str,
        a: &Code,
        b: &Code,
    ) -> Said<Code> {
        let both = a.shape == Shape::Tensor && b.shape == Shape::Tensor;
        let is_number = |code: &Code| matches!(code.shape, Shape::Int | Shape::Float);
        if matches!(operator, "+" | "-" | "*" | "/") && (both || is_number(b)) {
            let tightness = if matches!(operator, "+" | "-") { 1 } else { 2 };
            let right = match b.form {
                Form::Value(own) if own <= tightness => format!("({})", b.text),
                _ => b.operand(tightness),
            };
            return Ok(Code::operation(
                format!("{} {operator} {right}", a.operand(tightness)),
                Shape::Tensor,
                tightness,
            ));
        }
        if is_number(a) && matches!(operator, "+" | "*" | "-") {
            let tightness = if operator == "*" { 2 } else { 1 };
            let right = match b.form {
                Form::Value(own) if own <= tightness => format!("({})", b.text),
                _ => b.operand(tightness),
            };
            // A number that is written out may be of any type to Rust.
            let is_written =
                a.text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | 'e'));
            let left = match a.shape {
                Shape::Float if is_written => format!("{}_f64", a.text),
                _ if is_written => format!("{}_i64", a.text),
                _ => a.operand(tightness),
            };
            return Ok(Code::operation(
                format!("{left} {operator} {right}"),
                Shape::Tensor,
                tightness,
            ));
        }
        if is_number(a) && operator == "/" {
            return Ok(Code::operation(
                format!("{}.reciprocal() * {}", b.receiver(), a.operand(2)),
                Shape::Tensor,
                2,
            ));
        }
        if is_number(a) && operator == "**" {
            return Ok(Code::value(
                format!("Tensor::pow_scalar({}, {})", a.text, b.borrowed()),
                Shape::Tensor,
            ));
        }
        if operator == "@" && both {
            let ExprKind::Binary(_, left, right) = &expr.kind else { return Err("@".to_owned()) };
            let (a, b) = (self.of_kind(expr, left, a), self.of_kind(expr, right, b));
            let text = format!("{}.matmul({})", a.receiver(), b.borrowed());
            return Ok(Code::value(text, Shape::Tensor));
        }
        let op = self.observed.op(expr).ok_or_else(|| self.unreached(expr))?;
        Ok(Code::value(filled(op, &[Some(a.clone()), Some(b.clone())])?, Shape::Tensor))
    }

    /// NumPy multiplies whole numbers with floats; libtorch asks for one dtype.
    pub(super) fn of_kind(&self, result: &Expr, side: &Expr, code: &Code) -> Code {
        match (self.observed.kind(result), self.observed.kind(side)) {
            (Some(kind), Some(own)) if kind != own && self.observed.is_array(result) => {
                let text = format!("{}.to_kind(Kind::{kind:?})", code.receiver());
                Code::value(text, Shape::Tensor)
            }
            _ => code.clone(),
        }
    }

    pub(super) fn compared_tensors(&mut self, expr: &Expr) -> Said<Code> {
        let ExprKind::Compare(left, rest) = &expr.kind else {
            return Err("and, or and not on tensors".to_owned());
        };
        let [(operator, right)] = rest.as_slice() else {
            return Err("a chain of comparisons of tensors".to_owned());
        };
        let (a, b) = (self.expr(left)?, self.expr(right)?);
        if self.observed.is_array(expr) {
            let word = match &**operator {
                "==" => "eq",
                "!=" => "ne",
                "<" => "lt",
                ">" => "gt",
                "<=" => "le",
                ">=" => "ge",
                _ => return Err(format!("{operator} on these")),
            };
            let text = match (&a.shape, &b.shape) {
                (Shape::Tensor, Shape::Tensor) => {
                    format!("{}.{word}_tensor({})", a.receiver(), b.borrowed())
                }
                (Shape::Tensor, _) => format!("{}.{word}({})", a.receiver(), b.text),
                _ => return Err("a number before an array".to_owned()),
            };
            return Ok(Code::value(text, Shape::Tensor));
        }
        let op = self.observed.op(expr).ok_or_else(|| self.unreached(expr))?;
        let (a, b) = if a.shape == Shape::Tensor { (a, b) } else { (b, a) };
        Ok(Code::value(filled(op, &[Some(a), Some(b)])?, Shape::Tensor))
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
