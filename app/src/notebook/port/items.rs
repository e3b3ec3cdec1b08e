//! Items that are given another value: `x[i] = y`, `x[i] += y`.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Form, Said};
use super::twin::Porter;

impl Porter<'_> {
    /// `x[index] = value`
    pub(super) fn assign_item(
        &mut self,
        object: &Expr,
        index: &Expr,
        value: &Expr,
    ) -> Said<String> {
        let of = self.expr(object)?;
        let code = self.value(value)?;
        match &of.shape {
            Shape::Tensor => {}
            Shape::Record(_, fields) => {
                let ExprKind::Str(name) = &index.kind else {
                    return Err("a key that is not written out".to_owned());
                };
                let field = fields.iter().find(|(field, _)| **field == **name);
                let (field, shape) = field.cloned().ok_or("a key that is not there")?;
                if of.form != Form::Place {
                    return Err("a dict that is changed by a function".to_owned());
                }
                let value = self.expr_as(value, &shape)?;
                let field = super::code::field_name(&field);
                return Ok(format!("{}.{field} = {value};\n", of.receiver()));
            }
            Shape::Map(key, value_shape) => {
                if of.form != Form::Place {
                    return Err("a dict that is changed by a function".to_owned());
                }
                let at = self.expr_as(index, key)?;
                let value = self.expr_as(value, value_shape)?;
                return Ok(format!("{}.insert({at}, {value});\n", of.receiver()));
            }
            Shape::List(Some(inner)) if **inner == code.shape => {
                if of.form != Form::Place {
                    return Err("a list that is changed by a function".to_owned());
                }
                let at = self.expr(index)?;
                if at.shape != Shape::Int || at.text.starts_with('-') {
                    return Err("an index of this kind".to_owned());
                }
                return Ok(format!(
                    "{}[{} as usize] = {};\n",
                    of.receiver(),
                    at.text,
                    code.owned()
                ));
            }
            _ => return Err("an assignment to an item of this".to_owned()),
        }
        let dims =
            self.observed.dims(object).ok_or("a tensor whose number of dimensions changes")?;
        let target = self.indexed(&of, dims, index)?;
        // One index by a mask or by places: the values go where they are.
        if let Some((base, items)) = target.rsplit_once(".index(&[") {
            let items = items.trim_end_matches("])");
            let value = match code.shape {
                Shape::Tensor => code.borrowed(),
                Shape::Int | Shape::Float => {
                    format!("&Tensor::from({}).to_kind({base}.kind())", code.float()?)
                }
                _ => return Err("an assignment of this".to_owned()),
            };
            return Ok(format!(
                "let _ = {base}.shallow_clone().index_put_(&[{items}], {value}, false);\n"
            ));
        }
        match code.shape {
            Shape::Tensor => Ok(format!("{}.copy_({});\n", target, code.borrowed())),
            Shape::Int | Shape::Float => Ok(format!("let _ = {}.fill_({});\n", target, code.text)),
            _ => Err("an assignment of this".to_owned()),
        }
    }

    /// `x[index] += value`
    pub(super) fn augment_item(
        &mut self,
        target: &Expr,
        object: &Expr,
        index: &Expr,
        operator: &str,
        value: &Expr,
    ) -> Said<String> {
        let of = self.expr(object)?;
        let place = self.expr(target)?;
        let code = self.expr(value)?;
        if !matches!(operator, "+" | "-" | "*" | "/") {
            return Err(format!("{operator}= on these"));
        }
        match (&of.shape, &code.shape) {
            (Shape::Tensor, Shape::Tensor | Shape::Int | Shape::Float) => {
                let is_view = !place.text.contains(".index(");
                let plain = match &index.kind {
                    ExprKind::Tuple(items) => items.iter().all(is_plain_index),
                    _ => is_plain_index(index),
                };
                if !is_view || !plain {
                    return Err("an index that makes a copy".to_owned());
                }
                let value = match code.shape {
                    Shape::Tensor => code.borrowed(),
                    _ => code.text.clone(),
                };
                Ok(format!(
                    "{{\n    let mut item = {};\n    item {operator}= {value};\n}}\n",
                    place.text
                ))
            }
            (Shape::List(_) | Shape::Record(..), _)
                if of.form == Form::Place && place.shape == code.shape && operator != "/" =>
            {
                Ok(format!("{} {operator}= {};\n", place.text, code.operand(1)))
            }
            _ => Err(format!("{operator}= on an item of this")),
        }
    }
}

/// An index that gives a view.
fn is_plain_index(index: &Expr) -> bool {
    match &index.kind {
        ExprKind::Int(_) | ExprKind::Name(_) | ExprKind::Slice(..) | ExprKind::Ellipsis => true,
        ExprKind::Unary('-', inner) => matches!(inner.kind, ExprKind::Int(_)),
        ExprKind::Binary(..) => true,
        _ => false,
    }
}
