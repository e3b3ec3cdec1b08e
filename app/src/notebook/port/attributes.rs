//! Attributes: of tensors, of layers, of the notebook's own objects.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::twin::Porter;

impl Porter<'_> {
    /// `x.name`
    pub(super) fn attribute(&mut self, expr: &Expr, object: &Expr, name: &str) -> Said<Code> {
        let shape = self.shape(expr)?;
        if let ExprKind::Name(of) = &object.kind {
            if &**of == "self" && self.class.is_some() {
                let code = self.field(name)?;
                return self.not_none(code, &shape);
            }
            if let Some(code) = constant(of, name, &shape) {
                return Ok(code);
            }
            self.name(of)?;
        }
        if let Shape::Dtype(kind) = shape {
            return Ok(Code::value(format!("Kind::{kind:?}"), shape));
        }
        let of = self.expr(object)?;
        let receiver = of.receiver();
        match (&of.shape, name) {
            (Shape::Tensor, "shape") => Ok(Code::value(format!("{receiver}.size()"), Shape::Size)),
            (Shape::Tensor, "T") => {
                let is_matrix = self.observed.dims(object) == Some(2);
                Ok(Code::value(
                    format!("{receiver}.{}()", if is_matrix { "tr" } else { "numpy_t" }),
                    Shape::Tensor,
                ))
            }
            (Shape::Tensor, "mT") => Ok(Code::value(format!("{receiver}.mt()"), Shape::Tensor)),
            (Shape::Tensor, "grad") => Ok(Code::value(format!("{receiver}.grad()"), Shape::Tensor)),
            (Shape::Tensor, "data") => {
                Ok(Code::value(format!("{receiver}.detach()"), Shape::Tensor))
            }
            (Shape::Tensor, "ndim") => {
                Ok(Code::value(format!("{receiver}.dim() as i64"), Shape::Int))
            }
            (Shape::Tensor, "requires_grad") => {
                Ok(Code::value(format!("{receiver}.requires_grad()"), Shape::Bool))
            }
            (Shape::Tuple(items), "values" | "indices") if items.len() == 2 => {
                let at = usize::from(name == "indices");
                Ok(Code {
                    text: format!("{receiver}.{at}"),
                    shape: Shape::Tensor,
                    form: Form::Place,
                })
            }
            (Shape::Object(path), "weight" | "bias") if path.starts_with("torch.nn.") => {
                let text = format!("{receiver}.{name}");
                match (path.as_str(), name) {
                    ("torch.nn.Linear" | "torch.nn.Embedding", "weight") => {
                        Ok(super::coerce::place(text, Shape::Tensor))
                    }
                    ("torch.nn.Linear", _) | ("torch.nn.LayerNorm", _)
                        if shape == Shape::Tensor =>
                    {
                        let text = format!("{text}.as_ref().unwrap()");
                        Ok(Code { text, shape, form: Form::Reference })
                    }
                    _ => Err(format!(".{name}")),
                }
            }
            (Shape::Object(_), "training") => {
                Ok(Code::value(format!("{receiver}.training()"), Shape::Bool))
            }
            (Shape::Object(_), _) => {
                let field = self.field_of(&of.shape, name)?;
                let text = match field.is_buffer {
                    true => format!("{receiver}.{}.value", field.rust),
                    false => format!("{receiver}.{}", field.rust),
                };
                self.not_none(super::coerce::place(text, field.shape), &shape)
            }
            (Shape::Tensor, "real") => Ok(Code::value(format!("{receiver}.real()"), Shape::Tensor)),
            (Shape::Tensor, "is_cuda") => Ok(Code::value("false", Shape::Bool)),
            (Shape::Tensor, "device") => {
                Ok(Code::value(format!("{receiver}.device()"), Shape::Device))
            }
            _ => Err(format!(".{name}")),
        }
    }

    /// What may be `None`, where Python's was not.
    pub(super) fn not_none(&self, code: Code, known: &Shape) -> Said<Code> {
        match &code.shape {
            Shape::Optional(inner) if **inner == *known => {
                let is_copy = super::code::is_copy(inner);
                let unwrap = if is_copy { "unwrap()" } else { "as_ref().unwrap()" };
                let form = if is_copy { Form::Value(5) } else { Form::Reference };
                let text = format!("{}.{unwrap}", code.text);
                Ok(Code { text, shape: known.clone(), form })
            }
            _ => Ok(code),
        }
    }

    pub(super) fn field(&mut self, name: &str) -> Said<Code> {
        let class = self.class.clone().unwrap_or_default();
        if !self.scope().is_method {
            return Err("self of a function around this one".to_owned());
        }
        if name == "training" && !self.scope().in_init && !self.plain.contains(&class) {
            return Ok(Code::value("self.training", Shape::Bool));
        }
        let field = self.field_of(&Shape::Object(class), name);
        let field = field.map_err(|_| format!("self.{name} is not ported"))?;
        let of = match self.scope().in_init {
            true => field.local,
            false => format!("self.{}", field.rust),
        };
        let text = if field.is_buffer { format!("{of}.value") } else { of };
        Ok(super::coerce::place(text, field.shape))
    }
}

fn constant(module: &str, name: &str, shape: &Shape) -> Option<Code> {
    if !matches!(module, "torch" | "math" | "np" | "numpy" | "F" | "nn") {
        return None;
    }
    if let Shape::Dtype(kind) = shape {
        return Some(Code::value(format!("Kind::{kind:?}"), shape.clone()));
    }
    let text = match (module, name) {
        (_, "pi") => "std::f64::consts::PI",
        (_, "e") => "std::f64::consts::E",
        (_, "inf") => "f64::INFINITY",
        (_, "nan") => "f64::NAN",
        _ => return None,
    };
    (*shape == Shape::Float).then(|| Code::value(text, Shape::Float))
}
