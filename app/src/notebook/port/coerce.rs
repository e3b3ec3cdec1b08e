//! A value as the type that is wanted where it goes.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said, copied, field_name, is_copy, spoken};
use super::twin::Porter;

impl Porter<'_> {
    /// An expression as a value of its own, of the type that is wanted.
    pub(super) fn expr_as(&mut self, expr: &Expr, want: &Shape) -> Said<String> {
        match (&expr.kind, want) {
            (ExprKind::Tuple(items), Shape::Tuple(wanted)) if items.len() == wanted.len() => {
                let items = items.iter().zip(wanted);
                let items: Said<Vec<String>> =
                    items.map(|(item, want)| self.expr_as(item, want)).collect();
                Ok(tuple(&items?))
            }
            (ExprKind::List(items), Shape::List(Some(want))) => {
                let items: Said<Vec<String>> =
                    items.iter().map(|item| self.expr_as(item, want)).collect();
                Ok(format!("vec![{}]", items?.join(", ")))
            }
            (ExprKind::Dict(pairs), _) => self.dict(pairs, want),
            _ => coerced(&self.expr(expr)?, want),
        }
    }

    /// `{"a": 1, "b": 0.5}`
    fn dict(&mut self, pairs: &[(Option<Expr>, Expr)], want: &Shape) -> Said<String> {
        match want {
            Shape::Record(name, fields) if fields.len() == pairs.len() => {
                let mut texts = Vec::new();
                for ((key, value), (field, shape)) in pairs.iter().zip(fields) {
                    match key.as_ref().map(|key| &key.kind) {
                        Some(ExprKind::Str(key)) if **key == **field => {}
                        _ => return Err("a dict of this form".to_owned()),
                    }
                    texts.push(format!("{}: {}", field_name(field), self.expr_as(value, shape)?));
                }
                Ok(format!("{name} {{ {} }}", texts.join(", ")))
            }
            Shape::Map(key_shape, value_shape) => {
                let mut texts = Vec::new();
                for (key, value) in pairs {
                    let key = key.as_ref().ok_or("** in a dict")?;
                    let key = self.expr_as(key, key_shape)?;
                    texts.push(format!("({key}, {})", self.expr_as(value, value_shape)?));
                }
                Ok(format!("std::collections::HashMap::from([{}])", texts.join(", ")))
            }
            _ => Err("a dict of this kind".to_owned()),
        }
    }
}

/// `(a, b)`, or `(a,)`
pub(super) fn tuple(items: &[String]) -> String {
    match items {
        [one] => format!("({one},)"),
        many => format!("({})", many.join(", ")),
    }
}

/// A value of its own, of the type that is wanted.
pub(super) fn coerced(code: &Code, want: &Shape) -> Said<String> {
    let differs = || Err(format!("{} where {} is wanted", spoken(&code.shape), spoken(want)));
    match (&code.shape, want) {
        (given, want) if given == want => Ok(code.owned()),
        (Shape::Int, Shape::Float) => code.float(),
        (Shape::Int | Shape::Float, Shape::Tensor) => Ok(format!("scalar!({})", code.text)),
        (Shape::None, Shape::Optional(_)) => Ok("None".to_owned()),
        (_, Shape::Optional(inner)) => Ok(format!("Some({})", coerced(code, inner)?)),
        (Shape::List(None), Shape::List(_)) if code.text == "vec![]" => Ok(code.text.clone()),
        (Shape::List(Some(given)), Shape::List(Some(want)))
            if **given == Shape::Int && **want == Shape::Float =>
        {
            Ok(format!("{}.iter().map(|x| *x as f64).collect::<Vec<f64>>()", code.receiver()))
        }
        (Shape::Size, Shape::List(Some(want))) if **want == Shape::Int => Ok(code.owned()),
        (Shape::Tuple(given), Shape::Tuple(want))
            if given.len() == want.len() && code.form == Form::Place =>
        {
            let items = given.iter().zip(want).enumerate();
            let items: Said<Vec<String>> = items
                .map(|(at, (given, want))| {
                    let text = format!("{}.{at}", code.text);
                    coerced(&Code { text, shape: given.clone(), form: Form::Place }, want)
                })
                .collect();
            Ok(tuple(&items?))
        }
        _ => differs(),
    }
}

/// A value as an argument of that type: borrowed where Rust's types are.
pub(super) fn passed(code: &Code, want: &Shape) -> Said<String> {
    let differs = || Err(format!("{} where {} is wanted", spoken(&code.shape), spoken(want)));
    match (want, &code.shape) {
        (want, _) if is_copy(want) => coerced(code, want),
        (Shape::Optional(inner), Shape::Optional(given)) if inner == given => {
            Ok(match code.form {
                // A field or result owns its tensor; a parameter is a reference already.
                Form::Reference => code.text.clone(),
                _ => format!("{}.as_ref()", code.text),
            })
        }
        (Shape::Optional(_), Shape::None) => Ok("None".to_owned()),
        (Shape::Optional(inner), given) if **inner == *given => {
            Ok(format!("Some({})", code.borrowed()))
        }
        (Shape::List(Some(_)), Shape::List(None)) if code.text == "vec![]" => Ok("&[]".to_owned()),
        (Shape::Tensor, Shape::Tensor) => Ok(code.borrowed()),
        (want, given) if want == given => Ok(code.borrowed()),
        (Shape::List(Some(inner)), Shape::Size) if **inner == Shape::Int => Ok(code.borrowed()),
        (Shape::List(Some(_)), Shape::List(Some(_))) => Ok(format!("&{}", coerced(code, want)?)),
        _ => differs(),
    }
}

/// A place inside another: a field or item.
pub(super) fn place(text: String, shape: Shape) -> Code {
    Code { text, shape, form: Form::Place }
}

/// What is gone through by reference, as a value of its own.
pub(super) fn cloned(place: &str, shape: &Shape) -> String {
    match is_copy(shape) {
        true => format!("*{place}"),
        false => copied(place, shape),
    }
}
