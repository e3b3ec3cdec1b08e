//! The fields of structs: made in the constructor, asked for, changed.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Said, field_name, type_of};
use super::twin::{Field, Porter};

impl Porter<'_> {
    /// `self.name = value`: a field where it is made, elsewhere a change of one.
    pub(super) fn assign_field(&mut self, object: &Expr, name: &str, value: &Expr) -> Said<String> {
        let is_self = matches!(&object.kind, ExprKind::Name(of) if &**of == "self");
        if is_self && self.scope().in_init && self.scope().depth == 0 {
            return self.made_field(name, value);
        }
        if is_self {
            return Err(format!("self.{name} is changed after it is made"));
        }
        let of = self.expr(object)?;
        let field = self.field_of(&of.shape, name)?;
        if field.is_buffer {
            return Err("a buffer that is given another value".to_owned());
        }
        let value = self.expr_as(value, &field.shape)?;
        Ok(format!("{}.{} = {value};\n", of.receiver(), field.rust))
    }

    fn made_field(&mut self, name: &str, value: &Expr) -> Said<String> {
        let class = self.class.clone().unwrap_or_default();
        let known = self
            .fields
            .get(&class)
            .and_then(|fields| fields.iter().find(|field| field.python == name).cloned());
        let outer = self.path.clone();
        self.path = format!("&{} / {name:?}", outer);
        let code = self.value(value);
        self.path = outer;
        let mut code = code?;
        let rust = field_name(name);
        let own_type = |shape: &Shape| match shape {
            // What is now a value and now None is so at another time.
            Shape::None => Shape::Optional(Box::new(Shape::Tensor)),
            shape => shape.clone(),
        };
        let shape = own_type(&code.shape);
        let shape = match shape {
            Shape::List(None) => return Err("a list that stays empty".to_owned()),
            shape => shape,
        };
        type_of(&shape)?;
        if known.as_ref().is_some_and(|known| known.shape != shape || known.is_buffer) {
            return Err("a field that changes its type".to_owned());
        }
        let is_plain = self.plain.contains(&class);
        let is_parameter = code.text.contains(".set_requires_grad(true)");
        let is_buffer = shape == Shape::Tensor && !is_parameter && !is_plain;
        if !is_plain && !self.can_be_field(&shape) {
            return Err(format!("a module's field of this kind: {}", super::code::spoken(&shape)));
        }
        // A parameter of that name may still be used.
        let is_same = code.text == rust && super::code::is_copy(&shape);
        let is_taken = self.scope().variables.values().any(|variable| variable.rust == rust);
        let local = match &known {
            Some(known) => known.local.clone(),
            None if is_taken && !is_same => format!("own_{rust}"),
            None => rust.clone(),
        };
        let fields = self.fields.entry(class).or_default();
        if known.is_none() {
            fields.push(Field {
                python: name.to_owned(),
                rust: rust.clone(),
                local: local.clone(),
                shape: shape.clone(),
                is_buffer,
            });
        }
        if matches!(shape, Shape::Object(_) | Shape::Modules(_)) {
            // A module belongs to the struct; what is a parameter of the constructor cannot be moved into it.
            code = self.moved(value, code)?;
        }
        let value = super::coerce::coerced(&code, &shape)?;
        let value = match is_buffer {
            true => format!("nn::Buffer {{ value: {value}, persistent: false }}"),
            false => value,
        };
        let annotation = match &shape {
            Shape::Int | Shape::List(_) | Shape::Optional(_) => format!(": {}", type_of(&shape)?),
            _ => String::new(),
        };
        Ok(format!("let {local}{annotation} = {value};\n"))
    }

    /// A module that is a value already, or a variable of the constructor.
    fn moved(&mut self, value: &Expr, mut code: super::code::Code) -> Said<super::code::Code> {
        use super::code::Form;
        if super::code::is_copy(&code.shape) || !matches!(code.form, Form::Place | Form::Reference)
        {
            return Ok(code);
        }
        if let ExprKind::Name(name) = &value.kind
            && code.form == Form::Place
            && self.scope().captured.iter().all(|(known, _)| **known != **name)
        {
            self.scope().variables.remove(&**name);
            self.dropped.insert(name.to_string());
            code.form = Form::Value(5);
            return Ok(code);
        }
        Err("a module that belongs to another".to_owned())
    }

    /// A field of an object, by Python's name.
    pub(super) fn field_of(&self, shape: &Shape, name: &str) -> Said<Field> {
        let found = match shape {
            Shape::Object(class) => self
                .fields
                .get(class)
                .and_then(|fields| fields.iter().find(|field| field.python == name).cloned()),
            _ => None,
        };
        found.ok_or_else(|| format!(".{name} is not ported"))
    }

    /// Whether `module!` takes such a field.
    fn can_be_field(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Int | Shape::Float | Shape::Bool | Shape::Str | Shape::Size => true,
            Shape::Device | Shape::Dtype(_) | Shape::Tensor | Shape::Modules(_) => true,
            Shape::Object(path) if path.starts_with("torch.") => super::layers::is_module(path),
            Shape::Object(class) => !self.plain.contains(class),
            Shape::List(Some(inner)) => matches!(**inner, Shape::Int | Shape::Str),
            Shape::Optional(inner) => self.can_be_field(inner),
            _ => false,
        }
    }
}
