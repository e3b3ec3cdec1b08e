//! f-strings, what is printed, and comprehensions.

use super::super::lines::ast::{Expr, ExprKind, Piece};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::twin::Porter;

impl Porter<'_> {
    /// An f-string's pieces as a format and its values.
    pub fn format(&mut self, pieces: &[Piece]) -> Said<(String, Vec<String>)> {
        let (mut format, mut values) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    format.push_str(
                        &format!("{text:?}")
                            .trim_matches('"')
                            .replace('{', "{{")
                            .replace('}', "}}"),
                    );
                }
                Piece::Value { value, label, conversion, spec } => {
                    if let Some(label) = label {
                        format.push_str(label);
                    }
                    if conversion.is_some() {
                        return Err("!r in an f-string".to_owned());
                    }
                    let spec = match spec.as_slice() {
                        [] => "",
                        [Piece::Text(text)] => &**text,
                        _ => return Err("a format of this form".to_owned()),
                    };
                    let code = self.expr(value)?;
                    let (hole, value) = printed(&code, spec)?;
                    format.push_str(&hole);
                    values.push(value);
                }
            }
        }
        Ok((format, values))
    }

    pub(super) fn comprehension(
        &mut self,
        expr: &Expr,
        made: &super::super::lines::ast::Comprehension,
    ) -> Said<Code> {
        use super::super::lines::ast::Makes;
        let [clause] = made.clauses.as_slice() else {
            return Err("a comprehension of this form".to_owned());
        };
        let ExprKind::Name(name) = &clause.target.kind else {
            return Err("a comprehension over several names".to_owned());
        };
        if made.makes != Makes::List || !clause.conditions.is_empty() {
            return Err("a comprehension of this form".to_owned());
        }
        let over = self.iterated(&clause.iterable)?;
        let rust = self.names.of(name);
        let before = self.scope().variables.get(&**name).cloned();
        let depth = self.scope().depth + 1;
        let variable =
            super::twin::Variable { rust: rust.clone(), shape: over.shape, form: over.form, depth };
        self.scope().variables.insert(name.to_string(), variable);
        let element = self.expr(&made.element);
        match before {
            Some(before) => self.scope().variables.insert(name.to_string(), before),
            None => self.scope().variables.remove(&**name),
        };
        let element = element?;
        if element.text.contains('?') {
            return Err("a comprehension that may fail".to_owned());
        }
        let shape = self.shape(expr)?;
        let over = if over.text.contains("..") { format!("({})", over.text) } else { over.text };
        let text =
            format!("{over}.into_iter().map(|{rust}| {}).collect::<Vec<_>>()", element.owned());
        Ok(Code::value(text, shape))
    }

    /// What a loop goes through, and the form of its items.
    pub fn iterated(&mut self, iterable: &Expr) -> Said<Code> {
        if let ExprKind::Call(function, arguments) = &iterable.kind
            && matches!(&function.kind, ExprKind::Name(name) if &**name == "range")
        {
            let numbers: Said<Vec<Code>> =
                arguments.iter().map(|argument| self.expr(&argument.value)).collect();
            let numbers = numbers?;
            let text = match numbers.as_slice() {
                [stop] => format!("0..{}", stop.operand(2)),
                [start, stop] => format!("{}..{}", start.operand(2), stop.operand(2)),
                [start, stop, step] => {
                    format!("({}..{}).step_by({})", start.operand(2), stop.operand(2), step.text)
                }
                _ => return Err("range".to_owned()),
            };
            return Ok(Code::value(text, Shape::Int));
        }
        let code = self.expr(iterable)?;
        match &code.shape {
            Shape::Tensor => Ok(Code {
                text: format!("{}.unbind(0)", code.receiver()),
                shape: Shape::Tensor,
                form: Form::Place,
            }),
            Shape::List(Some(inner)) => {
                let form = if matches!(**inner, Shape::Int | Shape::Float | Shape::Bool) {
                    Form::Place
                } else {
                    Form::Reference
                };
                let text = if form == Form::Place {
                    format!("{}.clone()", code.receiver())
                } else {
                    code.borrowed()
                };
                Ok(Code { text, shape: (**inner).clone(), form })
            }
            _ => Err("a loop over this".to_owned()),
        }
    }
}

/// The hole in a format for a value, and the value.
pub fn printed(code: &Code, spec: &str) -> Said<(String, String)> {
    let plain = spec.is_empty();
    Ok(match &code.shape {
        Shape::Tensor if plain => ("{}".to_owned(), format!("{}.printed()", code.receiver())),
        Shape::Size if plain => ("torch.Size({:?})".to_owned(), code.text.clone()),
        Shape::Str if plain => ("{}".to_owned(), code.text.clone()),
        Shape::Int if plain || spec.chars().all(|c| c.is_ascii_digit()) => {
            (if plain { "{}".to_owned() } else { format!("{{:{spec}}}") }, code.text.clone())
        }
        Shape::Float if plain => ("{:?}".to_owned(), code.text.clone()),
        Shape::Float if spec.ends_with('f') => {
            let spec = spec.trim_end_matches('f');
            if spec.chars().any(|c| !c.is_ascii_digit() && c != '.') {
                return Err("a format of this form".to_owned());
            }
            (format!("{{:{spec}}}"), code.text.clone())
        }
        Shape::List(Some(_)) | Shape::List(None)
            if plain && code.shape != Shape::List(Some(Box::new(Shape::Tensor))) =>
        {
            ("{:?}".to_owned(), code.text.clone())
        }
        _ => return Err("printing this".to_owned()),
    })
}
