//! Calls and attributes in Rust.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::texts::printed;
use super::twin::Porter;

impl Porter<'_> {
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
    pub(super) fn is_method(&self, function: &Expr) -> bool {
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
}

/// A function as it is spoken of.
pub(super) fn spoken(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Attribute(object, name) => format!("{}.{name}", spoken(object)),
        _ => "this".to_owned(),
    }
}
