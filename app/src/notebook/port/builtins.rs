//! Calls that Rust has a form of its own for: `len`, `range`, `torch.tensor`, methods of lists and text.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::twin::Porter;

impl Porter<'_> {
    /// Python's own functions.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        arguments: &[Argument],
        shape: &Shape,
    ) -> Said<Option<Code>> {
        let one = match arguments {
            [one] if one.how == Given::Place => &one.value,
            _ => return Ok(None),
        };
        if name == "float"
            && let ExprKind::Str(text) = &one.kind
        {
            return Ok(match text.trim_start_matches('+') {
                "inf" => Some(Code::value("f64::INFINITY", Shape::Float)),
                "-inf" => Some(Code::value("f64::NEG_INFINITY", Shape::Float)),
                "nan" => Some(Code::value("f64::NAN", Shape::Float)),
                _ => None,
            });
        }
        if !matches!(name, "len" | "int" | "float" | "abs" | "str" | "list" | "tuple") {
            return Ok(None);
        }
        let code = self.expr(one)?;
        Ok(Some(match (name, &code.shape) {
            ("len", Shape::Tensor) => {
                Code::value(format!("{}.size()[0]", code.receiver()), Shape::Int)
            }
            ("len", Shape::List(_)) => {
                Code::operation(format!("{}.len() as i64", code.receiver()), Shape::Int, 4)
            }
            ("int", Shape::Float) => {
                Code::operation(format!("{} as i64", code.operand(4)), Shape::Int, 4)
            }
            ("float", Shape::Int | Shape::Float) => Code::operation(code.float()?, Shape::Float, 4),
            ("abs", Shape::Float) => {
                Code::value(format!("{}.abs()", code.receiver()), shape.clone())
            }
            ("list", Shape::List(_)) => code,
            ("float", Shape::Tensor) => {
                Code::value(format!("{}.double_value(&[])", code.receiver()), Shape::Float)
            }
            _ => return Err(format!("{name} of this")),
        }))
    }

    /// Methods and functions of modules that are not in the table.
    pub(super) fn known_method(
        &mut self,
        expr: &Expr,
        object: &Expr,
        name: &str,
        arguments: &[Argument],
        shape: &Shape,
    ) -> Said<Option<Code>> {
        if let ExprKind::Name(module) = &object.kind
            && !self.scope().variables.contains_key(&**module)
        {
            return match (&**module, name) {
                ("torch", "tensor") => self.literal(expr, arguments).map(Some),
                ("torch", "device") => Ok(Some(Code::value("Device::Cpu", Shape::Device))),
                ("math" | "np", "sqrt" | "exp" | "sin" | "cos" | "tanh" | "log")
                    if *shape == Shape::Float && arguments.len() == 1 =>
                {
                    let code = self.expr(&arguments[0].value)?;
                    let float = code.float()?;
                    let rust = if name == "log" { "ln" } else { name };
                    let is_written = float.chars().all(|c| c.is_ascii_digit() || c == '.');
                    let receiver = if is_written {
                        format!("{float}_f64")
                    } else if code.shape == Shape::Float
                        && !matches!(code.form, Form::Value(own) if own < 5)
                    {
                        float
                    } else {
                        format!("({float})")
                    };
                    Ok(Some(Code::value(format!("{receiver}.{rust}()"), Shape::Float)))
                }
                ("nn", "Parameter") => {
                    let [data] = arguments else { return Err("nn.Parameter".to_owned()) };
                    let code = self.expr(&data.value)?;
                    Ok(Some(Code::value(
                        format!("{}.set_requires_grad(true)", code.receiver()),
                        Shape::Tensor,
                    )))
                }
                _ => Ok(None),
            };
        }
        if !matches!(self.shape(object), Ok(Shape::Tensor)) {
            return Ok(None);
        }
        let plain = arguments.is_empty();
        if !matches!(
            name,
            "size" | "item" | "dim" | "numel" | "requires_grad_" | "cpu" | "to" | "tolist"
        ) {
            return Ok(None);
        }
        let of = self.expr(object)?;
        let receiver = of.receiver();
        Ok(Some(match (name, shape) {
            ("size", Shape::Size) => Code::value(format!("{receiver}.size()"), Shape::Size),
            ("size", _) => match arguments.first().map(|argument| &argument.value.kind) {
                Some(ExprKind::Int(at)) => {
                    Code::value(format!("{receiver}.size()[{at}]"), Shape::Int)
                }
                Some(ExprKind::Unary('-', inner)) => match inner.kind {
                    ExprKind::Int(at) => Code::value(
                        format!("{receiver}.size()[{receiver}.dim() - {at}]"),
                        Shape::Int,
                    ),
                    _ => return Err("size".to_owned()),
                },
                _ => return Err("size".to_owned()),
            },
            ("item", Shape::Float) if plain => {
                Code::value(format!("{receiver}.double_value(&[])"), Shape::Float)
            }
            ("item", Shape::Int) if plain => {
                Code::value(format!("{receiver}.int64_value(&[])"), Shape::Int)
            }
            ("dim", _) => Code::operation(format!("{receiver}.dim() as i64"), Shape::Int, 4),
            ("numel", _) => Code::operation(format!("{receiver}.numel() as i64"), Shape::Int, 4),
            ("requires_grad_", _) if plain => {
                Code::value(format!("{receiver}.set_requires_grad(true)"), Shape::Tensor)
            }
            ("cpu", _) => of,
            // The twin computes on the CPU, wherever the notebook did.
            ("to", _)
                if arguments.iter().all(|argument| {
                    matches!(self.shape(&argument.value), Ok(Shape::Device | Shape::Str))
                }) =>
            {
                of
            }
            _ => return Ok(None),
        }))
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
                    let is_whole = !self.text[data.value.bytes.0..data.value.bytes.1].contains('.');
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
            _ => format!("scalar!({})", self.item(&data.value)?),
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
