//! Variables: declared, given another value, unpacked.

use super::super::lines::ast::{Expr, ExprKind};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::coerce::coerced;
use super::statements::is_stateful;
use super::twin::{Porter, Variable};

impl Porter<'_> {
    /// Declares a variable, or gives one from further out another value.
    pub fn bind(&mut self, python: &str, code: &Code) -> Said<String> {
        let shape = self.bound_shape(python, code)?;
        let changes = self.scope().changed.contains(python);
        let starts = shape == Shape::Tensor && code.shape != Shape::Tensor;
        match starts {
            true => self.scope().numbers.insert(python.to_owned()),
            false => self.scope().numbers.remove(python),
        };
        self.dropped.remove(python);
        self.functions.remove(python);
        let rust = self.names.of(python);
        self.not_a_field(&rust)?;
        let scope = self.scope();
        if let Some(outer) = scope.variables.get(python).cloned()
            && outer.depth < scope.depth
        {
            if outer.form == Form::Reference {
                return Err("a parameter that is given another value in a block".to_owned());
            }
            let value = coerced(code, &outer.shape)
                .map_err(|_| "a variable that changes its type".to_owned())?;
            return Ok(format!("{rust} = {value};\n"));
        }
        let mutable = if changes || is_stateful(&shape) { "mut " } else { "" };
        let depth = scope.depth;
        let is_named = matches!(code.form, Form::Place | Form::Reference | Form::Mutable);
        let (form, value, mutable) = match &shape {
            Shape::List(_) if is_named && changes => {
                return Err("a list under two names".to_owned());
            }
            Shape::Object(_) | Shape::Modules(_) | Shape::Record(..) | Shape::Map(..)
                if is_named && !super::code::is_copy(&shape) =>
            {
                (Form::Reference, code.borrowed(), "")
            }
            Shape::Str if code.form == Form::Reference && !changes => {
                (Form::Reference, code.text.clone(), "")
            }
            _ if code.form == Form::Vec => (Form::Vec, code.owned(), mutable),
            _ => (Form::Place, coerced(code, &shape)?, mutable),
        };
        // A number on its own may be of any type to Rust.
        let is_number = value.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
        let annotation = match &shape {
            Shape::Int if is_number => ": i64".to_owned(),
            Shape::List(Some(inner))
                if value.starts_with("vec![") || (!is_named && is_deep_int(inner)) =>
            {
                format!(": {}", super::code::type_of(&shape)?)
            }
            _ => String::new(),
        };
        let variable = Variable { rust: rust.clone(), shape, form, depth };
        self.scope().variables.insert(python.to_owned(), variable);
        Ok(format!("let {mutable}{rust}{annotation} = {value};\n"))
    }

    /// In a constructor the fields are variables until it ends.
    fn not_a_field(&mut self, rust: &str) -> Said<()> {
        let class = self.class.clone().filter(|_| self.scope().in_init);
        let fields = class.and_then(|class| self.fields.get(&class));
        match fields.is_some_and(|fields| fields.iter().any(|field| field.local == rust)) {
            true => Err("a variable under the name of a field".to_owned()),
            false => Ok(()),
        }
    }

    /// The kind of value that a variable holds: what is put into a list later counts, and what a number becomes.
    fn bound_shape(&mut self, python: &str, code: &Code) -> Said<Shape> {
        let known = self.observed.name(self.number, python).cloned();
        let known = known.map(|shape| self.named(&shape));
        let changes = self.scope().changed.contains(python);
        let shape = match (&code.shape, &known) {
            // `total = 0`, to which tensors are added.
            (Shape::Int | Shape::Float, Some(Shape::Tensor)) if changes => Shape::Tensor,
            (Shape::List(None), Some(Shape::List(Some(_)))) => known.unwrap_or(Shape::Other),
            (Shape::List(None), _) => {
                let later =
                    self.observed.names(python).find(|shape| matches!(shape, Shape::List(Some(_))));
                match later.cloned() {
                    Some(later) => self.named(&later),
                    None => return Err("a list that stays empty".to_owned()),
                }
            }
            (Shape::Int, Some(Shape::Float)) if changes => Shape::Float,
            (shape, _) => shape.clone(),
        };
        // What cannot be written down as a type is not kept.
        if code.form != Form::Vec {
            super::code::type_of(&shape)?;
        }
        if shape == Shape::None {
            return Err("a variable that is None".to_owned());
        }
        Ok(shape)
    }

    pub(super) fn assign(&mut self, target: &Expr, value: &Expr) -> Said<String> {
        match &target.kind {
            ExprKind::Name(name) => {
                if let ExprKind::Lambda(function) = &value.kind {
                    return self.lambda(name, function);
                }
                self.records.borrow_mut().hint = name.to_string();
                let code = self.value(value);
                self.records.borrow_mut().hint.clear();
                self.bind(name, &code?)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.unpack(targets, value),
            ExprKind::Subscript(object, index) => self.assign_item(object, index, value),
            ExprKind::Attribute(object, name) => self.assign_field(object, name, value),
            _ => Err("an assignment of this form".to_owned()),
        }
    }

    /// A value of the kind that it had when it was run, written out where Python writes it out.
    pub(super) fn value(&mut self, value: &Expr) -> Said<Code> {
        match &value.kind {
            ExprKind::Tuple(_) | ExprKind::Dict(_) => {
                let shape = self.shape(value)?;
                super::code::type_of(&shape)?;
                Ok(Code::value(self.expr_as(value, &shape)?, shape))
            }
            _ => self.expr(value),
        }
    }

    /// `a, b = value`
    pub(super) fn unpack(&mut self, targets: &[Expr], value: &Expr) -> Said<String> {
        let mut names = Vec::new();
        for target in targets {
            match &target.kind {
                ExprKind::Name(name) => names.push(name.to_string()),
                _ => return Err("unpacking of this form".to_owned()),
            }
        }
        if let ExprKind::Tuple(values) = &value.kind
            && values.len() == names.len()
        {
            let codes: Said<Vec<Code>> = values.iter().map(|value| self.value(value)).collect();
            let mut values = Vec::new();
            let mut shapes = Vec::new();
            for (name, code) in names.iter().zip(codes?) {
                let shape = self.bound_shape(name, &code)?;
                values.push(coerced(&code, &shape)?);
                shapes.push(shape);
            }
            return self.bind_all(&names, shapes, &super::coerce::tuple(&values));
        }
        let code = self.expr(value)?;
        let count = names.len();
        match &code.shape {
            Shape::Size if (2..=5).contains(&count) => {
                let Some(size) = code.text.strip_suffix(".size()") else {
                    return Err("these sizes".to_owned());
                };
                self.bind_all(&names, vec![Shape::Int; count], &format!("{size}.size{count}()?"))
            }
            Shape::List(Some(inner)) if **inner == Shape::Tensor => {
                let text = format!("{}.try_into().expect(\"{count} tensors\")", code.receiver());
                let pattern: Vec<String> = names.iter().map(|name| self.names.of(name)).collect();
                self.declare(&names, &vec![Shape::Tensor; count])?;
                Ok(format!("let [{}]: [Tensor; {count}] = {text};\n", pattern.join(", ")))
            }
            Shape::Tensor => {
                let pattern: Vec<String> = names.iter().map(|name| self.names.of(name)).collect();
                let text =
                    format!("{}.unbind(0).try_into().expect(\"{count} tensors\")", code.receiver());
                self.declare(&names, &vec![Shape::Tensor; count])?;
                Ok(format!("let [{}]: [Tensor; {count}] = {text};\n", pattern.join(", ")))
            }
            Shape::Tuple(shapes) if code.form == Form::Vec && shapes.len() == count => {
                let text = format!("{}.try_into().expect(\"{count} tensors\")", code.receiver());
                let pattern: Vec<String> = names.iter().map(|name| self.names.of(name)).collect();
                let shapes = shapes.clone();
                self.declare(&names, &shapes)?;
                Ok(format!("let [{}]: [Tensor; {count}] = {text};\n", pattern.join(", ")))
            }
            Shape::Tuple(shapes) if shapes.len() == count => {
                let shapes = shapes.clone();
                self.bind_all(&names, shapes, &code.owned())
            }
            _ => Err("unpacking of this kind of value".to_owned()),
        }
    }

    pub(super) fn bind_all(
        &mut self,
        names: &[String],
        shapes: Vec<Shape>,
        value: &str,
    ) -> Said<String> {
        for name in names {
            self.functions.remove(name);
            self.dropped.remove(name);
        }
        let scope = &self.scopes[self.scopes.len() - 1];
        let outer = names.iter().all(|name| {
            scope.variables.get(name).is_some_and(|variable| variable.depth < scope.depth)
        });
        let differs = names.iter().zip(&shapes).any(|(name, shape)| {
            let known = scope.variables.get(name);
            known.is_some_and(|known| known.shape != *shape || known.form != Form::Place)
        });
        if outer && differs {
            return Err("a variable that changes its type".to_owned());
        }
        let pattern: Vec<String> = names
            .iter()
            .map(|name| {
                let rust = self.names.of(name);
                if !outer && self.scope().changed.contains(name) {
                    format!("mut {rust}")
                } else {
                    rust
                }
            })
            .collect();
        if outer {
            return Ok(format!("{} = {value};\n", super::coerce::tuple(&pattern)));
        }
        self.declare(names, &shapes)?;
        let is_written = value.starts_with('(')
            && shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Int | Shape::Float | Shape::List(_)));
        let annotation = match is_written {
            true => {
                let types: Said<Vec<String>> = shapes.iter().map(super::code::type_of).collect();
                format!(": {}", super::coerce::tuple(&types?))
            }
            false => String::new(),
        };
        let pattern = super::coerce::tuple(&pattern);
        Ok(format!("let {pattern}{annotation} = {value};\n"))
    }

    pub(super) fn declare(&mut self, names: &[String], shapes: &[Shape]) -> Said<()> {
        for (name, shape) in names.iter().zip(shapes) {
            let rust = self.names.of(name);
            let depth = self.scope().depth;
            let known = self.scope().variables.get(name);
            if known.is_some_and(|known| known.depth < depth) {
                return Err("unpacking into variables from further out".to_owned());
            }
            super::code::type_of(shape)?;
            self.not_a_field(&rust)?;
            self.dropped.remove(name);
            self.functions.remove(name);
            let variable = Variable { rust, shape: shape.clone(), form: Form::Place, depth };
            self.scope().variables.insert(name.clone(), variable);
        }
        Ok(())
    }
}

/// Lists of lists of whole numbers: to Rust they may be of any type.
fn is_deep_int(shape: &Shape) -> bool {
    match shape {
        Shape::Int => true,
        Shape::List(Some(inner)) => is_deep_int(inner),
        _ => false,
    }
}
