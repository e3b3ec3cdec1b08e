//! Calls and attributes in Rust.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::super::lines::ops::{Op, Type};
use super::code::{Code, Form, Said};
use super::coerce::passed;
use super::template::filled;
use super::texts::printed;
use super::twin::{Porter, Ready};

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

    /// A statement that is an expression: what it does is what counts.
    pub(super) fn expression_statement(&mut self, expr: &Expr) -> Said<String> {
        if let ExprKind::Call(function, arguments) = &expr.kind {
            match &function.kind {
                ExprKind::Name(name) if &**name == "print" => return self.print(arguments),
                ExprKind::Attribute(object, name)
                    if matches!(&**name, "append" | "extend")
                        && matches!(self.shape(object), Ok(Shape::List(_))) =>
                {
                    let [value] = arguments.as_slice() else { return Err("append".to_owned()) };
                    let list = self.expr(object)?;
                    let Shape::List(Some(inner)) = &list.shape else {
                        return Err("a list that stays empty".to_owned());
                    };
                    if list.form != Form::Place {
                        return Err("a list that is changed by a function".to_owned());
                    }
                    return Ok(match &**name {
                        "append" => {
                            let value = self.expr_as(&value.value, inner)?;
                            format!("{}.push({value});\n", list.receiver())
                        }
                        _ => {
                            let value = self.expr_as(&value.value, &list.shape.clone())?;
                            format!("{}.extend({value});\n", list.receiver())
                        }
                    });
                }
                ExprKind::Attribute(object, name)
                    if matches!(self.shape(object), Ok(Shape::Object(_) | Shape::Modules(_)))
                        && self.changed_object(object, name, arguments)?.is_some() =>
                {
                    return self
                        .changed_object(object, name, arguments)
                        .map(Option::unwrap_or_default);
                }
                ExprKind::Attribute(object, name) if &**name == "seed" => {
                    // NumPy's and Python's draws are written out where they are few, and are not said elsewhere.
                    if matches!(super::changed::root(object), Some("np" | "numpy" | "random")) {
                        return Ok(String::new());
                    }
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
                    return self.buffer(name, value, arguments);
                }
                ExprKind::Attribute(object, name) if &**name == "manual_seed" => {
                    if super::changed::root(object) == Some("torch")
                        && self.text[object.bytes.0..object.bytes.1].contains("cuda")
                    {
                        return Ok(String::new());
                    }
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
        match &code.shape {
            // The last line of a cell: what a notebook shows.
            Shape::Tensor if code.form == Form::Place => {
                Ok(format!("println!(\"{{}}\", {}.printed());\n", code.text))
            }
            Shape::None => Ok(format!("{};\n", code.text)),
            _ if matches!(code.form, Form::Place | Form::Reference) => {
                Ok(format!("let _ = {};\n", code.borrowed()))
            }
            _ => Ok(format!("let _ = {};\n", code.text)),
        }
    }

    /// `self.register_buffer("mask", mask)`
    fn buffer(&mut self, name: &str, value: &Argument, rest: &[Argument]) -> Said<String> {
        let class = self.class.clone().unwrap_or_default();
        if self.plain.contains(&class) || self.scope().depth > 0 {
            return Err("register_buffer".to_owned());
        }
        let code = self.expr(&value.value)?;
        if code.shape != Shape::Tensor {
            return Err("a buffer that is no tensor".to_owned());
        }
        let is_kept = !rest.iter().any(|argument| {
            matches!(&argument.how, Given::Key(key) if &**key == "persistent")
                && matches!(argument.value.kind, ExprKind::Bool(false))
        });
        let rust = super::code::field_name(name);
        let is_taken = self.scope().variables.values().any(|variable| variable.rust == rust);
        let local = if is_taken { format!("own_{rust}") } else { rust.clone() };
        let text = format!(
            "let {local} = nn::Buffer {{ value: {}, persistent: {is_kept} }};\n",
            code.owned()
        );
        let field = super::twin::Field {
            python: name.to_owned(),
            rust,
            local,
            shape: Shape::Tensor,
            is_buffer: true,
        };
        self.fields.entry(class).or_default().push(field);
        Ok(text)
    }

    pub(super) fn print(&mut self, arguments: &[Argument]) -> Said<String> {
        let (mut formats, mut values) = (Vec::new(), Vec::new());
        let (mut end, mut between) = ("\n".to_owned(), " ".to_owned());
        for argument in arguments {
            if let Given::Key(key) = &argument.how {
                match (&**key, &argument.value.kind) {
                    ("end", ExprKind::Str(text)) => end = text.to_string(),
                    ("sep", ExprKind::Str(text)) => between = text.to_string(),
                    ("flush" | "file", _) => {}
                    _ => return Err("print with options".to_owned()),
                }
                continue;
            }
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
                    formats.push(super::texts::literal(text));
                }
                _ => {
                    let code = self.expr(&argument.value)?;
                    let (hole, value) = printed(&code, "")?;
                    formats.push(hole);
                    if !value.is_empty() {
                        values.push(value);
                    }
                }
            }
        }
        let values: String = values.iter().map(|value| format!(", {value}")).collect();
        let text = formats.join(&super::texts::literal(&between));
        Ok(match end.as_str() {
            "\n" => format!("println!(\"{text}\"{values});\n"),
            end => format!("print!(\"{text}{}\"{values});\n", super::texts::literal(end)),
        })
    }

    pub(super) fn call(
        &mut self,
        expr: &Expr,
        function: &Expr,
        arguments: &[Argument],
    ) -> Said<Code> {
        let shape = self.shape(expr)?;
        if let ExprKind::Name(name) = &function.kind
            && !self.scope().variables.contains_key(&**name)
        {
            if let Some(ready) = self.functions.get(&**name).cloned() {
                let arguments = self.given_to(&ready, arguments)?;
                return Ok(Code::value(format!("{}({})?", ready.rust, arguments), ready.returns));
            }
            if let Some(code) = self.builtin(name, arguments, &shape)? {
                return Ok(code);
            }
            if self.dropped.contains(&**name) && self.observed.op(expr).is_none() {
                return Err(format!("{name} is not ported"));
            }
        }
        if let Ok(Shape::Object(path)) = self.shape(function) {
            return self.called_object(&path, function, arguments, &shape);
        }
        let is_made = matches!(&function.kind, ExprKind::Name(_)) || !self.is_method(function);
        if matches!(shape, Shape::Object(_) | Shape::Modules(_)) && is_made {
            return self.constructed(expr, arguments);
        }
        if let ExprKind::Attribute(object, name) = &function.kind {
            if let Some(code) = self.own_method(object, name, arguments)? {
                return Ok(code);
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

    /// Whether a function is called as a value's method.
    fn is_method(&self, function: &Expr) -> bool {
        match &function.kind {
            ExprKind::Attribute(object, _) => {
                !matches!(self.shape(object), Ok(Shape::Other) | Err(_))
            }
            _ => false,
        }
    }

    /// A method of a class of the notebook.
    fn own_method(
        &mut self,
        object: &Expr,
        name: &str,
        arguments: &[Argument],
    ) -> Said<Option<Code>> {
        let (class, of) = match (&object.kind, self.class.clone()) {
            (ExprKind::Name(of), Some(class)) if &**of == "self" => {
                if !self.methods.contains_key(&format!("{class}.{name}")) {
                    return Ok(None);
                }
                if !self.scope().is_method || self.scope().in_init {
                    return Err(format!("self.{name} before self is made"));
                }
                (class, None)
            }
            _ => match self.shape(object) {
                Ok(Shape::Object(class)) => (class, Some(object)),
                _ => return Ok(None),
            },
        };
        let Some(ready) = self.methods.get(&format!("{class}.{name}")).cloned() else {
            return Ok(None);
        };
        let of = match of {
            Some(object) => self.expr(object)?.receiver(),
            None => "self".to_owned(),
        };
        let of = if ready.takes_self { format!("{of}.") } else { format!("{class}::") };
        let arguments = self.given_to(&ready, arguments)?;
        Ok(Some(Code::value(format!("{of}{}({arguments})?", ready.rust), ready.returns)))
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
        let is_method = self.is_method(function);
        if let (true, ExprKind::Attribute(object, _)) = (is_method, &function.kind) {
            places.push(self.expr(object)?);
        }
        let mut keys: Vec<(String, Code)> = Vec::new();
        let mut wants_grad = false;
        for argument in arguments {
            match &argument.how {
                Given::Place => places.push(self.expr(&argument.value)?),
                Given::Star => {
                    let code = self.expr(&argument.value)?;
                    if code.shape != Shape::Size || arguments.len() != 1 || is_method {
                        return Err("* in a call".to_owned());
                    }
                    places.push(code);
                }
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
        if arguments.iter().any(|argument| matches!(argument.how, Given::Star | Given::StarStar)) {
            return Err("* in a call".to_owned());
        }
        let mut places = arguments.iter().filter(|argument| argument.how == Given::Place);
        let mut out = Vec::new();
        for (name, shape, default) in &ready.parameters {
            let given = places.next().or_else(|| {
                arguments
                    .iter()
                    .find(|argument| matches!(&argument.how, Given::Key(key) if **key == **name))
            });
            let code = match given {
                Some(argument) => match (&argument.value.kind, shape) {
                    (ExprKind::List(_) | ExprKind::Dict(_), Shape::List(_) | Shape::Record(..)) => {
                        Code::value(self.expr_as(&argument.value, shape)?, shape.clone())
                    }
                    _ => self.expr(&argument.value)?,
                },
                None => default.clone().ok_or_else(|| format!("{name} is not given"))?,
            };
            out.push(self.argument(ready, name, shape, &code)?);
        }
        for (name, shape) in &ready.captured {
            let code = self.name(name)?;
            out.push(self.argument(ready, name, shape, &code)?);
        }
        Ok(out.join(", "))
    }

    fn argument(&mut self, ready: &Ready, name: &str, shape: &Shape, code: &Code) -> Said<String> {
        let is_changed = ready.changed.contains(name)
            && matches!(shape, Shape::Object(_) | Shape::Modules(_))
            && !super::code::is_copy(shape);
        if !is_changed {
            return passed(code, shape);
        }
        let problem = || format!("{name} is changed by its function");
        if code.shape != *shape {
            return Err(problem());
        }
        if code.form == Form::Mutable {
            return Ok(code.text.clone());
        }
        let last = self.scopes.len() - 1;
        let scope = &self.scopes[last];
        let is_own = scope
            .variables
            .iter()
            .any(|(name, known)| known.rust == code.text && scope.changed.contains(name));
        if code.form == Form::Place && (is_own || super::statements::is_stateful(shape)) {
            return Ok(format!("&mut {}", code.text));
        }
        Err(problem())
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

/// A function as it is spoken of.
pub(super) fn spoken(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Attribute(object, name) => format!("{}.{name}", spoken(object)),
        _ => "this".to_owned(),
    }
}
