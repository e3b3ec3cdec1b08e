//! Tensors that are made of what is written out, and parameters.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::twin::Porter;

impl Porter<'_> {
    /// `nn.init.xavier_uniform_(w)`
    pub(super) fn drawn_anew(&mut self, name: &str, arguments: &[Argument]) -> Said<Code> {
        let (rust, names): (&str, &[&'static str]) = match name {
            "xavier_uniform_" | "xavier_normal_" => (name, &["tensor"]),
            "normal_" => (name, &["tensor", "mean", "std"]),
            "uniform_" => (name, &["tensor", "a", "b"]),
            "constant_" => (name, &["tensor", "val"]),
            "zeros_" | "ones_" => ("constant_", &["tensor"]),
            _ => return Err(format!("nn.init.{name}")),
        };
        let given = self.by_name(name, names, arguments)?;
        let tensor = given.get("tensor").ok_or("nn.init of nothing")?;
        if tensor.shape != Shape::Tensor {
            return Err("nn.init of this".to_owned());
        }
        let mut texts = vec![tensor.borrowed()];
        for key in &names[1..] {
            texts.push(match (given.get(key), *key) {
                (Some(code), _) => code.float()?,
                (None, "mean" | "a") => "0.0".to_owned(),
                (None, _) => "1.0".to_owned(),
            });
        }
        match name {
            "zeros_" => texts.push("0.0".to_owned()),
            "ones_" => texts.push("1.0".to_owned()),
            _ => {}
        }
        Ok(Code::value(format!("nn::init::{rust}({})?", texts.join(", ")), Shape::None))
    }

    /// `nn.Parameter(..)`
    pub(super) fn parameter(&mut self, arguments: &[Argument]) -> Said<Code> {
        let [data, rest @ ..] = arguments else { return Err("nn.Parameter".to_owned()) };
        let mut trains = true;
        for argument in rest {
            match (&argument.how, &argument.value.kind) {
                (Given::Key(key), ExprKind::Bool(value)) if &**key == "requires_grad" => {
                    trains = *value;
                }
                _ => return Err("nn.Parameter with these arguments".to_owned()),
            }
        }
        let code = self.expr(&data.value)?;
        if code.shape != Shape::Tensor {
            return Err("nn.Parameter of this".to_owned());
        }
        let of = match code.form {
            Form::Value(_) => code.receiver(),
            // A parameter of its own: Python's other name keeps what it is.
            _ => format!("{}.detach()", code.receiver()),
        };
        Ok(Code::value(format!("{of}.set_requires_grad({trains})"), Shape::Tensor))
    }

    /// `torch.tensor(..)` of what is written out.
    pub(super) fn literal(&mut self, expr: &Expr, arguments: &[Argument]) -> Said<Code> {
        let Some(data) = arguments.iter().find(|argument| argument.how == Given::Place) else {
            return Err("torch.tensor".to_owned());
        };
        let mut after = String::new();
        for argument in arguments {
            match &argument.how {
                Given::Place => {}
                Given::Key(key) if &**key == "requires_grad" => {
                    after.push_str(".set_requires_grad(true)")
                }
                Given::Key(key) if &**key == "device" => {}
                Given::Key(key) if &**key == "dtype" => {
                    let code = self.expr(&argument.value)?;
                    // tensor! rounds floats to float32 first.
                    let is_whole = !self.text[data.value.bytes.0..data.value.bytes.1].contains('.')
                        || !matches!(data.value.kind, ExprKind::List(_) | ExprKind::Float(_));
                    if !is_whole
                        && !matches!(code.shape, Shape::Dtype(tch::Kind::Float | tch::Kind::Half))
                    {
                        return Err("torch.tensor of floats with this dtype".to_owned());
                    }
                    after = format!(".to_kind({}){after}", code.text);
                }
                _ => return Err("torch.tensor with these arguments".to_owned()),
            }
        }
        let text = match &data.value.kind {
            ExprKind::List(items) | ExprKind::Tuple(items) => {
                let items: Said<Vec<String>> = items.iter().map(|item| self.item(item)).collect();
                format!("tensor![{}]", items?.join(", "))
            }
            _ => match self.shape(&data.value)? {
                Shape::List(Some(inner)) if matches!(*inner, Shape::Int | Shape::Float) => {
                    let code = self.expr(&data.value)?;
                    let kind = match (&*inner, code.shape == Shape::List(Some(inner.clone()))) {
                        (_, false) => return Err("torch.tensor of this".to_owned()),
                        (Shape::Int, _) => "",
                        _ => ".to_kind(Kind::Float)",
                    };
                    format!("Tensor::from_slice({}){kind}", code.borrowed())
                }
                Shape::List(Some(inner))
                    if matches!(&*inner, Shape::List(Some(inner))
                    if matches!(**inner, Shape::Int | Shape::Float)) =>
                {
                    let code = self.expr(&data.value)?;
                    let kind = match *inner {
                        Shape::List(Some(inner)) if *inner == Shape::Float => {
                            ".to_kind(Kind::Float)"
                        }
                        _ => "",
                    };
                    format!("Tensor::from_slice2({}){kind}", code.borrowed())
                }
                Shape::Tensor => format!("{}.detach().copy()", self.expr(&data.value)?.receiver()),
                _ => format!("scalar!({})", self.item(&data.value)?),
            },
        };
        let _ = expr;
        Ok(Code::value(format!("{text}{after}"), Shape::Tensor))
    }

    pub(super) fn item(&mut self, item: &Expr) -> Said<String> {
        match &item.kind {
            ExprKind::List(items) | ExprKind::Tuple(items) => {
                let items: Said<Vec<String>> = items.iter().map(|item| self.item(item)).collect();
                Ok(format!("[{}]", items?.join(", ")))
            }
            _ => {
                let code = self.expr(item)?;
                match code.shape {
                    Shape::Int | Shape::Float | Shape::Bool => Ok(code.text),
                    _ => Err("torch.tensor of this".to_owned()),
                }
            }
        }
    }
}
