//! Calls that Rust has a form of its own for: `len`, `range`, `torch.tensor`, methods of lists and text.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::calls::spoken;
use super::code::{Code, Form, Said};
use super::iterate::Item;
use super::twin::Porter;

impl Porter<'_> {
    /// Python's own functions.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        arguments: &[Argument],
        shape: &Shape,
    ) -> Said<Option<Code>> {
        if let Some(code) = self.folded(name, arguments, shape)? {
            return Ok(Some(code));
        }
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
            ("len", Shape::List(_) | Shape::Map(..) | Shape::Size | Shape::Modules(_)) => {
                Code::operation(format!("{}.len() as i64", code.receiver()), Shape::Int, 4)
            }
            ("len", Shape::Str) => {
                let text = format!("{}.chars().count() as i64", code.receiver());
                Code::operation(text, Shape::Int, 4)
            }
            ("len", Shape::Tuple(items)) => Code::value(items.len().to_string(), Shape::Int),
            ("int", Shape::Int) | ("str", Shape::Str) => code,
            ("int", Shape::Bool) => {
                Code::operation(format!("{} as i64", code.operand(4)), Shape::Int, 4)
            }
            ("int", Shape::Tensor) => {
                Code::value(format!("{}.int64_value(&[])", code.receiver()), Shape::Int)
            }
            ("str", Shape::Int) => {
                Code::value(format!("{}.to_string()", code.receiver()), Shape::Str)
            }
            ("abs", Shape::Int) => Code::value(format!("{}.abs()", self.i64(&code)), Shape::Int),
            ("list", Shape::Size) => Code::value(code.owned(), shape.clone()),
            ("list", Shape::Str) => {
                let text =
                    format!("{}.chars().map(String::from).collect::<Vec<_>>()", code.receiver());
                Code::value(text, shape.clone())
            }
            ("tuple", Shape::List(_)) => return Err("tuple of this".to_owned()),
            ("int", Shape::Float) => {
                Code::operation(format!("{} as i64", code.operand(4)), Shape::Int, 4)
            }
            ("float", Shape::Int | Shape::Float) => Code::operation(code.float()?, Shape::Float, 4),
            ("abs", Shape::Float) => {
                Code::value(format!("{}.abs()", code.receiver()), shape.clone())
            }
            ("list", Shape::List(_)) => Code::value(code.owned(), code.shape.clone()),
            ("float", Shape::Tensor) => {
                Code::value(format!("{}.double_value(&[])", code.receiver()), Shape::Float)
            }
            _ => return Err(format!("{name} of this")),
        }))
    }

    /// What goes through a list: `sum`, `max`, `list(range(..))`, `list(zip(..))`.
    fn folded(&mut self, name: &str, arguments: &[Argument], shape: &Shape) -> Said<Option<Code>> {
        if !matches!(name, "sum" | "max" | "min" | "list" | "any" | "all" | "sorted")
            || arguments.iter().any(|argument| argument.how != Given::Place)
        {
            return Ok(None);
        }
        let places: Vec<&Expr> = arguments.iter().map(|argument| &argument.value).collect();
        match (name, places.as_slice(), shape) {
            ("max" | "min", [a, b], Shape::Int | Shape::Float) => {
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                let text = match (&a.shape, &b.shape) {
                    (Shape::Int, Shape::Int) => {
                        format!("{}.{name}({})", self.i64(&a), b.text)
                    }
                    (Shape::Int | Shape::Float, Shape::Int | Shape::Float) => {
                        format!("f64::{name}({}, {})", a.float()?, b.float()?)
                    }
                    _ => return Err(format!("{name} of these")),
                };
                let both = a.shape == Shape::Int && b.shape == Shape::Int;
                Ok(Some(Code::value(text, if both { Shape::Int } else { Shape::Float })))
            }
            ("list", [one], Shape::List(Some(inner))) if is_made_by_call(one) => {
                let over = self.over(one)?;
                let text = format!("{}.into_iter()", super::iterate::grouped(&over.text));
                match (&over.item, &**inner) {
                    (Item::One(Shape::Int, _), Shape::Int) => {
                        let text = format!("{text}.collect::<Vec<i64>>()");
                        Ok(Some(Code::value(text, shape.clone())))
                    }
                    _ => Err("list of this".to_owned()),
                }
            }
            ("sum" | "max" | "min" | "any" | "all" | "sorted", [one], _) => {
                let Ok(code) = self.expr(one) else { return Ok(None) };
                let Shape::List(Some(inner)) = &code.shape else { return Ok(None) };
                let of = code.receiver();
                let text = match (name, &**inner) {
                    ("sum", Shape::Int) => format!("{of}.iter().sum::<i64>()"),
                    ("sum", Shape::Float) => format!("{of}.iter().sum::<f64>()"),
                    ("max" | "min", Shape::Int) => {
                        format!("{of}.iter().copied().{name}().unwrap_or_default()")
                    }
                    ("any" | "all", Shape::Bool) => format!("{of}.iter().{name}(|item| *item)"),
                    _ => return Err(format!("{name} of this")),
                };
                let shape =
                    if matches!(name, "any" | "all") { Shape::Bool } else { (**inner).clone() };
                Ok(Some(Code::value(text, shape)))
            }
            _ => Ok(None),
        }
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
        if name.ends_with('_') && spoken(object).rsplit('.').next() == Some("init") {
            return self.drawn_anew(name, arguments).map(Some);
        }
        if name == "Parameter" && matches!(spoken(object).as_str(), "nn" | "torch.nn") {
            return self.parameter(arguments).map(Some);
        }
        if let ExprKind::Name(module) = &object.kind
            && !self.scope().variables.contains_key(&**module)
        {
            return match (&**module, name) {
                ("torch", "tensor") => self.literal(expr, arguments).map(Some),
                ("torch", "device") => Ok(Some(Code::value("Device::Cpu", Shape::Device))),
                ("torch", "is_tensor") => Ok(None),
                ("torch", "from_numpy") => {
                    let [one] = arguments else { return Err("torch.from_numpy".to_owned()) };
                    let code = self.expr(&one.value)?;
                    if code.shape != Shape::Tensor {
                        return Err("torch.from_numpy of this".to_owned());
                    }
                    Ok(Some(Code::value(code.owned(), Shape::Tensor)))
                }
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
                _ => Ok(None),
            };
        }
        if matches!(self.shape(object), Ok(Shape::Object(_))) {
            let is_device = arguments.iter().all(|argument| self.is_device(&argument.value));
            return match name {
                "to" | "cuda" | "cpu" if is_device => self.expr(object).map(Some),
                "eval" if arguments.is_empty() => Err("eval inside of a line".to_owned()),
                "parameters" if arguments.is_empty() => {
                    let of = self.expr(object)?;
                    let text = format!("{}.parameters()", of.receiver());
                    Ok(Some(Code::value(text, Shape::List(Some(Box::new(Shape::Tensor))))))
                }
                _ => Ok(None),
            };
        }
        if matches!(self.shape(object), Ok(Shape::Str)) {
            return self.text_method(object, name, arguments);
        }
        if !matches!(self.shape(object), Ok(Shape::Tensor)) {
            return Ok(None);
        }
        let plain = arguments.is_empty();
        if !matches!(
            name,
            "size"
                | "item"
                | "dim"
                | "numel"
                | "requires_grad_"
                | "cpu"
                | "to"
                | "tolist"
                | "cuda"
                | "numpy"
                | "nelement"
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
            ("cpu" | "cuda", _) => of,
            ("numpy", _) if plain => of,
            ("nelement", _) => Code::operation(format!("{receiver}.numel() as i64"), Shape::Int, 4),
            ("tolist", Shape::List(Some(inner))) if plain && **inner == Shape::Int => {
                let text = format!("Vec::<i64>::try_from(&{receiver}.to_kind(Kind::Int64))?");
                Code::value(text, shape.clone())
            }
            ("tolist", Shape::List(Some(inner))) if plain && **inner == Shape::Float => {
                let text = format!("Vec::<f64>::try_from(&{receiver}.to_kind(Kind::Double))?");
                Code::value(text, shape.clone())
            }
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

    /// Methods of texts.
    fn text_method(
        &mut self,
        object: &Expr,
        name: &str,
        arguments: &[Argument],
    ) -> Said<Option<Code>> {
        let of = self.expr(object)?;
        let receiver = of.receiver();
        let mut places = Vec::new();
        for argument in arguments {
            places.push(self.expr(&argument.value)?);
        }
        let list = Shape::List(Some(Box::new(Shape::Str)));
        Ok(Some(match (name, places.as_slice()) {
            ("split", []) => {
                let text =
                    format!("{receiver}.split_whitespace().map(str::to_owned).collect::<Vec<_>>()");
                Code::value(text, list)
            }
            ("split", [by]) if by.shape == Shape::Str && by.form == Form::Reference => {
                let text =
                    format!("{receiver}.split({}).map(str::to_owned).collect::<Vec<_>>()", by.text);
                Code::value(text, list)
            }
            ("lower", []) => Code::value(format!("{receiver}.to_lowercase()"), Shape::Str),
            ("upper", []) => Code::value(format!("{receiver}.to_uppercase()"), Shape::Str),
            ("strip", []) => Code::value(format!("{receiver}.trim().to_owned()"), Shape::Str),
            ("join", [items]) if items.shape == list && of.form == Form::Reference => {
                Code::value(format!("{}.join({receiver})", items.receiver()), Shape::Str)
            }
            ("replace", [from, to])
                if from.form == Form::Reference && to.form == Form::Reference =>
            {
                Code::value(format!("{receiver}.replace({}, {})", from.text, to.text), Shape::Str)
            }
            _ => return Err(format!("str.{name}")),
        }))
    }
}

/// `range(..)`, `zip(..)`: what is gone through, but is no list.
fn is_made_by_call(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call(function, _)
        if matches!(&function.kind, ExprKind::Name(name)
            if matches!(&**name, "range" | "zip" | "enumerate" | "reversed")))
}
