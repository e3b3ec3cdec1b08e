//! `x[1:, None]` and `x.shape[0]` in Rust.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::twin::Porter;

impl Porter<'_> {
    pub(super) fn subscript(&mut self, expr: &Expr, object: &Expr, index: &Expr) -> Said<Code> {
        let of = self.expr(object)?;
        match &of.shape {
            Shape::Tensor => {
                let dims = self
                    .observed
                    .dims(object)
                    .ok_or("a tensor whose number of dimensions changes")?;
                let text = self.indexed(&of, dims, index)?;
                Ok(Code::value(text, Shape::Tensor))
            }
            Shape::Size => match (&index.kind, of.text.strip_suffix(".size()")) {
                (ExprKind::Unary('-', inner), Some(tensor))
                    if matches!(inner.kind, ExprKind::Int(_)) =>
                {
                    let ExprKind::Int(at) = inner.kind else { return Err("an index".to_owned()) };
                    Ok(Code::value(format!("{tensor}.size()[{tensor}.dim() - {at}]"), Shape::Int))
                }
                (ExprKind::Int(at), _) => {
                    Ok(Code::value(format!("{}[{at}]", of.receiver()), Shape::Int))
                }
                (ExprKind::Unary('-', inner), None)
                    if matches!(inner.kind, ExprKind::Int(_)) && of.form != Form::Value(5) =>
                {
                    let ExprKind::Int(at) = inner.kind else { return Err("an index".to_owned()) };
                    Ok(Code::value(format!("{0}[{0}.len() - {at}]", of.receiver()), Shape::Int))
                }
                (ExprKind::Slice(..), _) => {
                    let text = format!("{}.to_vec()", self.sliced(&of, index)?);
                    Ok(Code::value(text, Shape::List(Some(Box::new(Shape::Int)))))
                }
                (ExprKind::Name(_), _) => {
                    let at = self.expr(index)?;
                    Ok(Code::value(
                        format!("{}[{} as usize]", of.receiver(), at.operand(4)),
                        Shape::Int,
                    ))
                }
                _ => Err("an index into sizes".to_owned()),
            },
            Shape::Tuple(items) => match index.kind {
                ExprKind::Int(at) if of.form != Form::Vec => {
                    let shape = items.get(at as usize).cloned().ok_or("an index beyond the end")?;
                    Ok(Code { text: format!("{}.{at}", of.receiver()), shape, form: Form::Place })
                }
                ExprKind::Int(at) => Ok(Code {
                    text: format!("{}[{at}]", of.receiver()),
                    shape: Shape::Tensor,
                    form: Form::Place,
                }),
                _ => Err("an index into a tuple".to_owned()),
            },
            Shape::List(Some(inner)) => {
                let at = match &index.kind {
                    ExprKind::Int(at) => at.to_string(),
                    ExprKind::Unary('-', inner) => {
                        let at = self.expr(inner)?;
                        format!("{}.len() - {}", of.receiver(), at.text)
                    }
                    ExprKind::Slice(..) if super::code::is_clone(inner) => {
                        let text = format!("{}.to_vec()", self.sliced(&of, index)?);
                        return Ok(Code::value(text, of.shape.clone()));
                    }
                    ExprKind::Slice(..) => return Err("a slice of a list".to_owned()),
                    _ => {
                        let at = self.expr(index)?;
                        if at.shape != Shape::Int {
                            return Err("an index of this kind".to_owned());
                        }
                        format!("{} as usize", at.operand(4))
                    }
                };
                let shape = (**inner).clone();
                Ok(Code { text: format!("{}[{at}]", of.receiver()), shape, form: Form::Place })
            }
            Shape::Record(_, fields) => match &index.kind {
                ExprKind::Str(name) => {
                    let field = fields.iter().find(|(field, _)| **field == **name);
                    let (field, shape) = field.ok_or("a key that is not there")?;
                    let text = format!("{}.{}", of.receiver(), super::code::field_name(field));
                    let code = super::coerce::place(text, shape.clone());
                    let known = self.shape(expr)?;
                    self.not_none(code, &known)
                }
                _ => Err("a key that is not written out".to_owned()),
            },
            Shape::Map(key, value) => {
                let at = self.expr(index)?;
                if at.shape != **key {
                    return Err("a key of another kind".to_owned());
                }
                let text = format!("{}[{}]", of.receiver(), super::expressions::key_of(&at));
                Ok(super::coerce::place(text, (**value).clone()))
            }
            Shape::Modules(inner) => {
                let at = self.expr(index)?;
                let text = match at.text.parse::<usize>() {
                    Ok(at) => format!("{}[{at}]", of.receiver()),
                    Err(_) if at.shape == Shape::Int && !at.text.starts_with('-') => {
                        format!("{}[{} as usize]", of.receiver(), at.operand(4))
                    }
                    Err(_) => return Err("an index of this kind".to_owned()),
                };
                Ok(super::coerce::place(text, (**inner).clone()))
            }
            other => Err(format!("an index into this: {}", super::code::spoken(other))),
        }
    }

    /// `xs[a:b]` of a list or of sizes.
    fn sliced(&mut self, of: &Code, index: &Expr) -> Said<String> {
        let ExprKind::Slice(start, stop, None) = &index.kind else {
            return Err("a slice of a list with a step".to_owned());
        };
        let mut end = |bound: &Option<Box<Expr>>| -> Said<String> {
            let Some(bound) = bound else { return Ok(String::new()) };
            match &bound.kind {
                ExprKind::Unary('-', inner) => match (&inner.kind, of.form) {
                    (ExprKind::Int(back), Form::Place | Form::Reference) => {
                        Ok(format!("{}.len() - {back}", of.text))
                    }
                    (ExprKind::Int(back), _) if of.text.ends_with(".size()") => {
                        Ok(format!("{}.len() - {back}", of.text))
                    }
                    _ => Err("a slice of this kind".to_owned()),
                },
                ExprKind::Int(at) => Ok(at.to_string()),
                _ => {
                    let at = self.expr(bound)?;
                    if at.shape != Shape::Int {
                        return Err("a slice of this kind".to_owned());
                    }
                    // Python's slices end where the list does.
                    Ok(format!("({} as usize).min({}.len())", at.operand(4), of.receiver()))
                }
            }
        };
        let (start, stop) = (end(start)?, end(stop)?);
        Ok(format!("{}[{start}..{stop}]", of.receiver()))
    }

    /// A chain of `select`, `slice`, `unsqueeze`, or one `index`.
    pub(super) fn indexed(&mut self, of: &Code, dims: usize, index: &Expr) -> Said<String> {
        let indices: Vec<Expr> = match &index.kind {
            ExprKind::Tuple(items) => items.clone(),
            _ => vec![index.clone()],
        };
        let mut text = of.receiver();
        let mut advanced: Vec<Option<String>> = Vec::new();
        let mut dim = 0i64;
        let mut taken = 0;
        for index in &indices {
            taken += match &index.kind {
                ExprKind::None | ExprKind::Ellipsis => 0,
                _ => match self.shape(index) {
                    Ok(Shape::Tensor) => self.mask_dims(index).unwrap_or(1),
                    _ => 1,
                },
            };
        }
        for index in &indices {
            match &index.kind {
                ExprKind::None => {
                    text = format!("{text}.unsqueeze({dim})");
                    advanced.push(None);
                    dim += 1;
                }
                ExprKind::Ellipsis => {
                    for _ in 0..dims.saturating_sub(taken) {
                        advanced.push(None);
                        dim += 1;
                    }
                }
                ExprKind::Slice(None, None, None) => {
                    advanced.push(None);
                    dim += 1;
                }
                ExprKind::Slice(start, stop, step) => {
                    let start = self.bound(start.as_deref())?;
                    let stop = self.bound(stop.as_deref())?;
                    let step = match step {
                        Some(step) => self.expr(step)?.text,
                        None => "1".to_owned(),
                    };
                    text = format!("{text}.slice({dim}, {start}, {stop}, {step})");
                    advanced.push(None);
                    dim += 1;
                }
                _ => {
                    let code = self.expr(index)?;
                    match &code.shape {
                        Shape::Int => text = format!("{text}.select({dim}, {})", code.text),
                        Shape::Tensor => {
                            advanced.push(Some(code.borrowed()));
                            dim += self.mask_dims(index).unwrap_or(1) as i64;
                        }
                        Shape::List(Some(inner)) if **inner == Shape::Int => {
                            advanced.push(Some(format!(
                                "&Tensor::from_slice(&{})",
                                code.text.replacen("vec!", "", 1)
                            )));
                            dim += 1;
                        }
                        _ => return Err("an index of this kind".to_owned()),
                    }
                }
            }
        }
        while advanced.last().is_some_and(Option::is_none) {
            advanced.pop();
        }
        if !advanced.is_empty() {
            let items: Vec<String> = advanced
                .into_iter()
                .map(|item| item.map_or("None".to_owned(), |item| format!("Some({item})")))
                .collect();
            text = format!("{text}.index(&[{}])", items.join(", "));
        }
        if text == of.receiver() {
            text = format!("{text}.shallow_clone()");
        }
        Ok(text)
    }

    /// How many dimensions a mask takes; `None` for whole numbers.
    fn mask_dims(&self, index: &Expr) -> Option<usize> {
        let is_mask = match &index.kind {
            ExprKind::Compare(..) | ExprKind::Unary('~', _) => true,
            _ => self.observed.is_mask(index),
        };
        if is_mask { self.observed.dims(index) } else { None }
    }

    fn bound(&mut self, bound: Option<&Expr>) -> Said<String> {
        match bound {
            None => Ok("None::<i64>".to_owned()),
            Some(bound) => {
                let code = self.expr(bound)?;
                if code.shape != Shape::Int {
                    return Err("a slice of this kind".to_owned());
                }
                Ok(code.text)
            }
        }
    }
}
