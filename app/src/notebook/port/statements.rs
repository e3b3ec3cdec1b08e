//! Statements in Rust.

use super::super::lines::ast::{Expr, ExprKind, Stmt, StmtKind};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said};
use super::twin::{Porter, Variable, indented};

impl Porter<'_> {
    /// Statements, each under its Python.
    pub fn block(&mut self, body: &[Stmt]) -> String {
        let mut out = String::new();
        for stmt in body {
            match self.statement(stmt) {
                Ok(text) => out.push_str(&text),
                Err(why) => {
                    out.push_str(&self.comment(stmt.bytes.0, stmt.bytes.1));
                    out.push_str(&format!("// not ported: {why}\n"));
                    self.not_said.push(why.clone());
                    for name in super::super::lines::bound_names(stmt) {
                        self.scope().variables.remove(&name);
                        self.functions.remove(&name);
                        self.dropped.insert(name);
                    }
                }
            }
        }
        out
    }

    pub(super) fn statement(&mut self, stmt: &Stmt) -> Said<String> {
        let head = match &stmt.kind {
            StmtKind::If(_, _) | StmtKind::For(..) | StmtKind::While(..) | StmtKind::With(..) => {
                String::new()
            }
            StmtKind::Def(..) | StmtKind::Class(..) => String::new(),
            _ => self.comment(stmt.bytes.0, stmt.bytes.1),
        };
        let text = self.said_statement(stmt)?;
        if !head.is_empty() {
            self.said += 1;
        }
        Ok(head + &text)
    }

    pub(super) fn said_statement(&mut self, stmt: &Stmt) -> Said<String> {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.expression_statement(expr),
            StmtKind::Assign(targets, value) => match targets.as_slice() {
                [target] => self.assign(target, value),
                many => {
                    let mut out = String::new();
                    for target in many {
                        out.push_str(&self.assign(target, value)?);
                    }
                    Ok(out)
                }
            },
            StmtKind::Annotated(target, _, Some(value)) => self.assign(target, value),
            StmtKind::Annotated(_, _, None)
            | StmtKind::Pass
            | StmtKind::Import(_)
            | StmtKind::From(..) => Ok(String::new()),
            StmtKind::Augment(target, operator, value) => self.augment(target, operator, value),
            StmtKind::If(branches, other) => self.if_statement(stmt, branches, other),
            StmtKind::For(target, iterable, body, other) if other.is_empty() => {
                self.for_statement(stmt, target, iterable, body)
            }
            StmtKind::While(test, body, other) if other.is_empty() => {
                let head = self.comment(stmt.bytes.0, test.bytes.1 + 1);
                let test = self.condition(test)?;
                let body = self.inner(body)?;
                Ok(format!("{head}while {test} {{\n{}}}\n", indented(&body)))
            }
            StmtKind::With(items, body) => {
                let [(context, None)] = items.as_slice() else { return Err("with".to_owned()) };
                let head = self.comment(stmt.bytes.0, context.bytes.1 + 1);
                let is_no_grad = matches!(&context.kind, ExprKind::Call(function, arguments)
                    if arguments.is_empty() && matches!(&function.kind, ExprKind::Attribute(_, name) if &**name == "no_grad"));
                if !is_no_grad {
                    return Err("with".to_owned());
                }
                // Python's `with` has no scope of its own.
                let body = self.block_of(body)?;
                Ok(format!("{head}let no_grad = tch::no_grad_guard();\n{body}drop(no_grad);\n"))
            }
            StmtKind::Break => Ok("break;\n".to_owned()),
            StmtKind::Continue => Ok("continue;\n".to_owned()),
            StmtKind::Return(value) => self.return_statement(value.as_ref()),
            StmtKind::Def(function, decorators) if decorators.is_empty() => {
                self.function(stmt, function)
            }
            StmtKind::Class(class, decorators) if decorators.is_empty() => self.class(stmt, class),
            StmtKind::Assert(test, _) => Ok(format!("assert!({});\n", self.condition(test)?)),
            _ => Err("this form of Python".to_owned()),
        }
    }

    /// Statements that must all be said: half a loop would compute something else.
    pub fn block_of(&mut self, body: &[Stmt]) -> Said<String> {
        let mut out = String::new();
        for stmt in body {
            out.push_str(&self.statement(stmt)?);
        }
        Ok(out)
    }

    /// The same, one block deeper.
    pub(super) fn inner(&mut self, body: &[Stmt]) -> Said<String> {
        self.scope().depth += 1;
        let result = self.block_of(body);
        let scope = self.scope();
        let depth = scope.depth;
        scope.variables.retain(|_, variable| variable.depth < depth);
        scope.depth -= 1;
        result
    }

    /// Declares a variable, or gives one from further out another value.
    pub fn bind(&mut self, python: &str, code: &Code) -> Said<String> {
        let shape = code.shape.clone();
        if matches!(
            shape,
            Shape::Mixed | Shape::Dict | Shape::Array | Shape::Function | Shape::Other
        ) {
            return Err(format!("a value of this kind: {}", super::code::spoken(&shape)));
        }
        self.dropped.remove(python);
        let rust = self.names.of(python);
        let scope = self.scope();
        if let Some(outer) = scope.variables.get(python)
            && outer.depth < scope.depth
        {
            let value = match (&outer.shape, &shape) {
                (a, b) if a == b => code.owned(),
                (Shape::Float, Shape::Int) => code.float()?,
                (Shape::List(None), Shape::List(_)) => code.owned(),
                _ => return Err("a variable that changes its type".to_owned()),
            };
            if outer.form == Form::Reference {
                return Err("a parameter that is given another value in a block".to_owned());
            }
            return Ok(format!("{rust} = {value};\n"));
        }
        let mutable = if scope.changed.contains(python) { "mut " } else { "" };
        let depth = scope.depth;
        let (form, value) = match code.form {
            Form::Vec => (Form::Vec, code.owned()),
            _ => (Form::Place, code.owned()),
        };
        scope
            .variables
            .insert(python.to_owned(), Variable { rust: rust.clone(), shape, form, depth });
        // A number on its own may be of any type to Rust.
        let is_number = value.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
        let annotation = match self.scope().variables[python].shape {
            Shape::Int if is_number => ": i64",
            _ => "",
        };
        Ok(format!("let {mutable}{rust}{annotation} = {value};\n"))
    }

    pub(super) fn assign(&mut self, target: &Expr, value: &Expr) -> Said<String> {
        match &target.kind {
            ExprKind::Name(name) => {
                let code = self.expr(value)?;
                self.bind(name, &code)
            }
            ExprKind::Tuple(targets) => self.unpack(targets, value),
            ExprKind::Subscript(object, index) => self.assign_item(object, index, value),
            ExprKind::Attribute(object, name)
                if matches!(&object.kind, ExprKind::Name(of) if &**of == "self")
                    && self.scope().in_init =>
            {
                let code = self.module_or(name, value)?;
                let class = self.class.clone().unwrap_or_default();
                self.fields.entry(class).or_default().insert(name.to_string(), code.shape.clone());
                self.bind(&format!("self.{name}"), &code).map(|text| text.replace("self.", ""))
            }
            _ => Err("an assignment of this form".to_owned()),
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
            let codes: Said<Vec<Code>> = values.iter().map(|value| self.expr(value)).collect();
            let codes = codes?;
            let values: Vec<String> = codes.iter().map(Code::owned).collect();
            let shapes: Vec<Shape> = codes.into_iter().map(|code| code.shape).collect();
            return self.bind_all(&names, shapes, &format!("({})", values.join(", ")));
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
            Shape::Tuple(shapes) if code.form == Form::Vec => {
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
        let outer = names.iter().all(|name| {
            let scope = &self.scopes[self.scopes.len() - 1];
            scope.variables.get(name).is_some_and(|variable| variable.depth < scope.depth)
        });
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
            return Ok(format!("({}) = {value};\n", pattern.join(", ")));
        }
        self.declare(names, &shapes)?;
        Ok(format!("let ({}) = {value};\n", pattern.join(", ")))
    }

    pub(super) fn declare(&mut self, names: &[String], shapes: &[Shape]) -> Said<()> {
        for (name, shape) in names.iter().zip(shapes) {
            let rust = self.names.of(name);
            let depth = self.scope().depth;
            let known = self.scope().variables.get(name);
            if known.is_some_and(|known| known.depth < depth) {
                return Err("unpacking into variables from further out".to_owned());
            }
            let variable = Variable { rust, shape: shape.clone(), form: Form::Place, depth };
            self.scope().variables.insert(name.clone(), variable);
        }
        Ok(())
    }

    pub(super) fn augment(&mut self, target: &Expr, operator: &str, value: &Expr) -> Said<String> {
        let ExprKind::Name(name) = &target.kind else {
            return Err("an assignment of this form".to_owned());
        };
        let Some(variable) = self.scope().variables.get(&**name).cloned() else {
            return Err(format!("{name} is not ported"));
        };
        let code = self.expr(value)?;
        let rust = variable.rust;
        match (&variable.shape, &code.shape) {
            _ if variable.form == Form::Reference => {
                Err("a parameter that is changed in place".to_owned())
            }
            (Shape::Tensor, Shape::Tensor) if matches!(operator, "+" | "-" | "*" | "/") => {
                Ok(format!("{rust} {operator}= {};\n", code.borrowed()))
            }
            (Shape::Tensor, Shape::Int | Shape::Float)
                if matches!(operator, "+" | "-" | "*" | "/") =>
            {
                Ok(format!("{rust} {operator}= {};\n", code.text))
            }
            (Shape::Int, Shape::Int) if matches!(operator, "+" | "-" | "*") => {
                Ok(format!("{rust} {operator}= {};\n", code.text))
            }
            (Shape::Float, Shape::Int | Shape::Float)
                if matches!(operator, "+" | "-" | "*" | "/") =>
            {
                Ok(format!("{rust} {operator}= {};\n", code.float()?))
            }
            _ => Err(format!("{operator}= on these")),
        }
    }

    pub(super) fn return_statement(&mut self, value: Option<&Expr>) -> Said<String> {
        let Some(value) = value else { return Ok("return Ok(());\n".to_owned()) };
        let code = self.expr(value)?;
        let returns = self.scope().returns.clone();
        if returns.as_ref() != Some(&code.shape) && returns.is_some() {
            return Err("a function that returns different things".to_owned());
        }
        Ok(format!("return Ok({});\n", code.owned()))
    }
}
