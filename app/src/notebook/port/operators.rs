//! Operators, on numbers and on tensors.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::template::filled;
use super::twin::Porter;

impl Porter<'_> {
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
}
