//! Calls and attributes in Rust.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::super::lines::ops::{Op, Type};
use super::code::{Code, Form, Said};
use super::template::filled;
use super::texts::printed;
use super::twin::{Porter, Ready};

impl Porter<'_> {
    /// `x.name`
    pub(super) fn attribute(&mut self, expr: &Expr, object: &Expr, name: &str) -> Said<Code> {
        let shape = self.shape(expr)?;
        if let ExprKind::Name(of) = &object.kind {
            if &**of == "self" && self.class.is_some() {
                return self.field(name);
            }
            if !self.scope().variables.contains_key(&**of) {
                return constant(of, name, &shape).ok_or_else(|| format!("{of}.{name}"));
            }
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
            (Shape::Object(_), "weight") => {
                Ok(Code { text: format!("{receiver}.weight"), shape, form: Form::Place })
            }
            _ => Err(format!(".{name}")),
        }
    }

    pub(super) fn field(&mut self, name: &str) -> Said<Code> {
        let class = self.class.clone().unwrap_or_default();
        let Some(shape) = self.fields.get(&class).and_then(|fields| fields.get(name)).cloned()
        else {
            return Err(format!("self.{name} is not ported"));
        };
        let rust = self.names.of(&format!("self.{name}")).replace("self.", "");
        let text = if self.scope().in_init { rust } else { format!("self.{rust}") };
        Ok(Code { text, shape, form: Form::Place })
    }

    /// A statement that is an expression: what it does is what counts.
    pub(super) fn expression_statement(&mut self, expr: &Expr) -> Said<String> {
        if let ExprKind::Call(function, arguments) = &expr.kind {
            match &function.kind {
                ExprKind::Name(name) if &**name == "print" => return self.print(arguments),
                ExprKind::Attribute(object, name) if &**name == "append" => {
                    let [value] = arguments.as_slice() else { return Err("append".to_owned()) };
                    let list = self.expr(object)?;
                    let value = self.expr(&value.value)?;
                    if let ExprKind::Name(list) = &object.kind
                        && let Some(variable) = self.scope().variables.get_mut(&**list)
                        && variable.shape == Shape::List(None)
                    {
                        variable.shape = Shape::List(Some(Box::new(value.shape.clone())));
                    }
                    return Ok(format!("{}.push({});\n", list.receiver(), value.owned()));
                }
                ExprKind::Attribute(object, name) if &**name == "__init__" => {
                    let is_super = matches!(&object.kind, ExprKind::Call(inner, _) if matches!(&inner.kind, ExprKind::Name(name) if &**name == "super"));
                    if is_super {
                        return Ok(String::new());
                    }
                }
                ExprKind::Attribute(_, name)
                    if &**name == "register_buffer" && self.scope().in_init =>
                {
                    let [name, value, ..] = arguments.as_slice() else {
                        return Err("register_buffer".to_owned());
                    };
                    let ExprKind::Str(name) = &name.value.kind else {
                        return Err("register_buffer".to_owned());
                    };
                    let code = self.expr(&value.value)?;
                    let class = self.class.clone().unwrap_or_default();
                    let fields = self.fields.entry(class).or_default();
                    fields.insert(name.to_string(), code.shape.clone());
                    let bound = self.bind(&format!("self.{name}"), &code);
                    return bound.map(|text| text.replace("self.", ""));
                }
                ExprKind::Attribute(object, name) if &**name == "manual_seed" => {
                    if let (ExprKind::Name(module), [seed]) = (&object.kind, arguments.as_slice())
                        && &**module == "torch"
                    {
                        return Ok(format!(
                            "tch::manual_seed({});\n",
                            self.expr(&seed.value)?.text
                        ));
                    }
                }
                ExprKind::Attribute(object, name)
                    if &**name == "backward" && arguments.is_empty() =>
                {
                    return Ok(format!("{}.backward();\n", self.expr(object)?.receiver()));
                }
                _ => {}
            }
        }
        if matches!(expr.kind, ExprKind::Str(_)) {
            return Ok(String::new());
        }
        let code = self.expr(expr)?;
        match code.shape {
            // The last line of a cell: what a notebook shows.
            Shape::Tensor if code.form == Form::Place => {
                Ok(format!("println!(\"{{}}\", {}.printed());\n", code.text))
            }
            Shape::None => Ok(format!("{};\n", code.text)),
            _ => Ok(format!("let _ = {};\n", code.owned())),
        }
    }

    pub(super) fn print(&mut self, arguments: &[Argument]) -> Said<String> {
        let (mut formats, mut values) = (Vec::new(), Vec::new());
        for argument in arguments {
            if argument.how != Given::Place {
                return Err("print with options".to_owned());
            }
            match &argument.value.kind {
                ExprKind::Format(pieces) => {
                    let (format, more) = self.format(pieces)?;
                    formats.push(format);
                    values.extend(more);
                }
                ExprKind::Str(text) => {
                    formats.push(
                        format!("{text:?}").trim_matches('"').replace('{', "{{").replace('}', "}}"),
                    );
                }
                _ => {
                    let code = self.expr(&argument.value)?;
                    let (hole, value) = printed(&code, "")?;
                    formats.push(hole);
                    values.push(value);
                }
            }
        }
        let values: String = values.iter().map(|value| format!(", {value}")).collect();
        Ok(format!("println!(\"{}\"{values});\n", formats.join(" ")))
    }

    pub(super) fn call(
        &mut self,
        expr: &Expr,
        function: &Expr,
        arguments: &[Argument],
    ) -> Said<Code> {
        let shape = self.shape(expr)?;
        if let ExprKind::Name(name) = &function.kind {
            if let Some(ready) = self.functions.get(&**name).cloned() {
                let arguments = self.given_to(&ready, arguments)?;
                return Ok(Code::value(format!("{}({})?", ready.rust, arguments), ready.returns));
            }
            if let Some(code) = self.builtin(name, arguments, &shape)? {
                return Ok(code);
            }
        }
        if let Ok(Shape::Object(path)) = self.shape(function) {
            return self.called_object(&path, function, arguments);
        }
        if matches!(shape, Shape::Object(_)) {
            return self.constructed(expr, function, arguments, "Path::root(Device::Cpu)");
        }
        if let ExprKind::Attribute(object, name) = &function.kind {
            if let ExprKind::Name(of) = &object.kind
                && &**of == "self"
                && let Some(class) = self.class.clone()
                && let Some(ready) = self.methods.get(&format!("{class}.{name}")).cloned()
            {
                let arguments = self.given_to(&ready, arguments)?;
                return Ok(Code::value(
                    format!("self.{}({arguments})?", ready.rust),
                    ready.returns,
                ));
            }
            if let Ok(Shape::Object(class)) = self.shape(object)
                && let Some(ready) = self.methods.get(&format!("{class}.{name}")).cloned()
            {
                let of = self.expr(object)?;
                let arguments = self.given_to(&ready, arguments)?;
                let text = format!("{}.{}({arguments})?", of.receiver(), ready.rust);
                return Ok(Code::value(text, ready.returns));
            }
            if let Some(code) = self.known_method(expr, object, name, arguments, &shape)? {
                return Ok(code);
            }
            if let Some(code) = self.numpy_call(expr, function, arguments)? {
                return Ok(code);
            }
            if self.observed.is_array(object) {
                return self.numpy_method(expr, object, name, arguments);
            }
        }
        let Some(op) = self.observed.op(expr) else {
            return Err(format!("{} is not in the table", spoken(function)));
        };
        self.table(op, function, arguments, shape)
    }

    /// A row of the table.
    pub(super) fn table(
        &mut self,
        op: &'static Op,
        function: &Expr,
        arguments: &[Argument],
        shape: Shape,
    ) -> Said<Code> {
        let mut places: Vec<Code> = Vec::new();
        let is_method = match &function.kind {
            ExprKind::Attribute(object, _) => {
                !matches!(self.shape(object), Ok(Shape::Other) | Err(_))
            }
            _ => false,
        };
        if let (true, ExprKind::Attribute(object, _)) = (is_method, &function.kind) {
            places.push(self.expr(object)?);
        }
        let mut keys: Vec<(String, Code)> = Vec::new();
        let mut wants_grad = false;
        for argument in arguments {
            match &argument.how {
                Given::Place => places.push(self.expr(&argument.value)?),
                Given::Key(name) if matches!(&**name, "device" | "requires_grad") => {
                    let on = matches!(argument.value.kind, ExprKind::Bool(true));
                    wants_grad |= &**name == "requires_grad" && on;
                }
                Given::Key(name) => keys.push((name.to_string(), self.expr(&argument.value)?)),
                _ => return Err("* in a call".to_owned()),
            }
        }
        let mut places = places.into_iter();
        let mut given: Vec<Option<Code>> = Vec::new();
        for param in op.params {
            let rest = places.as_slice();
            let gather = match (param.takes, rest) {
                (Type::Sizes, [first, ..]) => first.shape == Shape::Int,
                (Type::Tensors, [first, ..]) => first.shape == Shape::Tensor,
                _ => false,
            };
            if gather {
                let items: Vec<String> = places.by_ref().map(|code| code.owned()).collect();
                let shape = Shape::List(None);
                given.push(Some(Code::value(format!("[{}]", items.join(", ")), shape)));
                continue;
            }
            let code = places.next().or_else(|| {
                let at = keys.iter().position(|(key, _)| {
                    key == param.name
                        || (key == "axis" && param.name == "dim")
                        || (key == "keepdims" && param.name == "keepdim")
                })?;
                Some(keys.remove(at).1)
            });
            given.push(code.map(|code| as_sizes(code, param.takes)));
        }
        if !keys.is_empty() || places.next().is_some() {
            return Err(format!("{} with these arguments", op.name));
        }
        let mut text = filled(op, &given)?;
        if wants_grad {
            text.push_str(".set_requires_grad(true)");
        }
        if let (Shape::Tuple(_), true) = (&shape, is_vec(op)) {
            return Ok(Code { text, shape, form: Form::Vec });
        }
        Ok(Code::value(text, shape))
    }

    /// The arguments of a function of the notebook, its defaults filled in.
    pub(super) fn given_to(&mut self, ready: &Ready, arguments: &[Argument]) -> Said<String> {
        let mut places = arguments.iter().filter(|argument| argument.how == Given::Place);
        let mut out = Vec::new();
        for (name, shape, default) in &ready.parameters {
            let given = places.next().or_else(|| {
                arguments
                    .iter()
                    .find(|argument| matches!(&argument.how, Given::Key(key) if **key == **name))
            });
            let code = match given {
                Some(argument) => self.expr(&argument.value)?,
                None => default.clone().ok_or_else(|| format!("{name} is not given"))?,
            };
            out.push(match (shape, &code.shape) {
                (Shape::Optional(_), Shape::None) => "None".to_owned(),
                (Shape::Optional(_), Shape::Optional(_)) => code.text,
                (Shape::Optional(_), _) => format!("Some({})", code.borrowed()),
                (Shape::Float, Shape::Int) => code.float()?,
                (Shape::Int | Shape::Float | Shape::Bool, _) => code.text,
                (Shape::Str, _) => code.text,
                _ => code.borrowed(),
            });
        }
        Ok(out.join(", "))
    }
}

/// `[2, 3]` rather than `vec![2, 3]` or `(2, 3)`, where sizes are asked for.
fn as_sizes(code: Code, takes: Type) -> Code {
    let is_list =
        matches!(takes, Type::Ints | Type::OptInts | Type::Sizes | Type::Pair | Type::Tensors);
    if !is_list {
        return code;
    }
    if let Some(inside) = code.text.strip_prefix("vec![") {
        return Code { text: format!("[{inside}"), ..code };
    }
    if let (Shape::Tuple(_), Some(inside)) = (&code.shape, code.text.strip_prefix('('))
        && code.form != Form::Vec
    {
        return Code { text: format!("[{}]", inside.strip_suffix(')').unwrap_or(inside)), ..code };
    }
    code
}

/// What gives a `Vec` where Python has a tuple.
fn is_vec(op: &Op) -> bool {
    matches!(
        op.name,
        "split"
            | "chunk"
            | "unbind"
            | "tensor_split"
            | "hsplit"
            | "vsplit"
            | "dsplit"
            | "meshgrid"
            | "broadcast_tensors"
            | "split_with_sizes"
            | "unsafe_chunk"
    ) || (op.name == "where" && op.params.len() == 1)
}

fn constant(module: &str, name: &str, shape: &Shape) -> Option<Code> {
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

/// A function as it is spoken of.
pub(super) fn spoken(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Attribute(object, name) => format!("{}.{name}", spoken(object)),
        _ => "this".to_owned(),
    }
}
