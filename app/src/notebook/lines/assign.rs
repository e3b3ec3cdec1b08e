//! Assignment: names, unpacking, attributes, items; `+=` and its like.

use super::ast::{Expr, ExprKind};
use super::machine::Machine;
use super::problem::{Step, type_error, value_error};
use super::trace::Named;
use super::value::Value;

impl Machine {
    /// `target = value`
    pub fn assign(&mut self, target: &Expr, value: Value) -> Step<()> {
        self.observe(target, &value);
        match &target.kind {
            ExprKind::Name(name) => {
                self.note_name(name.to_string(), &value);
                self.bind(name, value);
                Ok(())
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.unpack(targets, &value),
            ExprKind::Attribute(object, name) => {
                let of = self.expr(object)?;
                self.note_name(format!("{}.{name}", spoken(object)), &value);
                self.set_attribute(&of, name, value)
            }
            ExprKind::Subscript(object, index) => {
                let of = self.expr(object)?;
                let index = self.expr(index)?;
                self.set_item(&of, &index, value)
            }
            ExprKind::Starred(_) => {
                value_error("starred assignment target must be in a list or tuple")
            }
            _ => self.not_known("="),
        }
    }

    /// `a, *b, c = value`
    fn unpack(&mut self, targets: &[Expr], value: &Value) -> Step<()> {
        let mut items = self.items(value)?;
        let star = targets.iter().position(|target| matches!(target.kind, ExprKind::Starred(_)));
        let wanted = targets.len();
        match star {
            None if items.len() > wanted => {
                return value_error(format!(
                    "too many values to unpack (expected {wanted}, got {})",
                    items.len()
                ));
            }
            None if items.len() < wanted => {
                return value_error(format!(
                    "not enough values to unpack (expected {wanted}, got {})",
                    items.len()
                ));
            }
            Some(_) if items.len() + 1 < wanted => {
                return value_error(format!(
                    "not enough values to unpack (expected at least {}, got {})",
                    wanted - 1,
                    items.len()
                ));
            }
            Some(at) => {
                let end = items.len() - (wanted - 1 - at);
                let rest: Vec<Value> = items.splice(at..end, [Value::None]).collect();
                items[at] = Value::list(rest);
            }
            None => {}
        }
        for (target, item) in targets.iter().zip(items) {
            match &target.kind {
                ExprKind::Starred(inner) => self.assign(inner, item)?,
                _ => self.assign(target, item)?,
            }
        }
        Ok(())
    }

    /// `target += value`: tensors and lists are changed in place.
    pub fn augment(&mut self, target: &Expr, operator: &str, value: &Expr) -> Step<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                let before = self.expr(target)?;
                let value = self.expr(value)?;
                let after = self.in_place(operator, before, value)?;
                self.note_name(name.to_string(), &after);
                self.bind(name, after);
                Ok(())
            }
            ExprKind::Attribute(object, name) => {
                let of = self.expr(object)?;
                let before = self.attribute(&of, name)?;
                let value = self.expr(value)?;
                let after = self.in_place(operator, before, value)?;
                self.set_attribute(&of, name, after)
            }
            ExprKind::Subscript(object, index) => {
                let of = self.expr(object)?;
                let index = self.expr(index)?;
                let before = self.item(&of, &index)?;
                let value = self.expr(value)?;
                let after = self.in_place(operator, before, value)?;
                self.set_item(&of, &index, after)
            }
            _ => type_error("this cannot be assigned to"),
        }
    }

    /// Notes in the trace that a name stands for a tensor.
    fn note_name(&mut self, name: String, value: &Value) {
        let Value::Tensor(held) = value else { return };
        if self.trace.names.len() < 100_000 {
            let function = self.function_name();
            self.trace.names.push(Named { name, node: held.node.get(), at: self.at, function });
        }
    }
}

/// An expression as it is spoken of in the trace.
fn spoken(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Attribute(object, name) => format!("{}.{name}", spoken(object)),
        _ => "…".to_owned(),
    }
}
