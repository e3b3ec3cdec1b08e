//! Functions and classes of the notebook as functions and structs.

use std::rc::Rc;

use super::super::lines::ast::{ClassDef, Expr, ExprKind, Function, Stmt, StmtKind, Takes};
use super::super::lines::observe::{Shape, in_rust};
use super::code::{Code, Form, Said, type_of, type_of_parameter};
use super::twin::{Porter, Ready, Scope, Variable, indented};

impl Porter<'_> {
    /// `def`: a function before the notebook's own.
    pub(super) fn function(&mut self, stmt: &Stmt, function: &Rc<Function>) -> Said<String> {
        let ready = self.signature(function, false)?;
        let body = self.body(function, &ready, false)?;
        let head = self.comment(stmt.bytes.0, first_of(&function.body, stmt));
        let text = signature_text(&ready, "fn", false)?;
        self.items.push_str(&format!("{head}{text} {{\n{}}}\n\n", indented(&body)));
        self.functions.insert(function.name.to_string(), ready);
        self.said += 1;
        Ok(String::new())
    }

    /// What a function takes and gives, by what it was given and gave.
    fn signature(&mut self, function: &Function, is_method: bool) -> Said<Ready> {
        if function.generator {
            return Err("a generator".to_owned());
        }
        let mut parameters = Vec::new();
        for parameter in function.parameters.iter().skip(usize::from(is_method)) {
            if matches!(parameter.takes, Takes::Rest | Takes::Keys) {
                return Err("*args".to_owned());
            }
            let shape = self.observed.function(function.at, &parameter.name).map(in_rust);
            let shape = shape.ok_or_else(|| format!("{} was never called", function.name))?;
            let shape =
                if shape == Shape::None { Shape::Optional(Box::new(Shape::Tensor)) } else { shape };
            type_of_parameter(&shape)?;
            let default = match &parameter.default {
                Some(default) => self.expr(default).ok(),
                None => None,
            };
            parameters.push((parameter.name.to_string(), shape, default));
        }
        let returns = self.observed.function(function.at, "return").map_or(Shape::None, in_rust);
        type_of(&returns)?;
        Ok(Ready { rust: self.names.of(&function.name), parameters, returns })
    }

    fn body(&mut self, function: &Function, ready: &Ready, in_init: bool) -> Said<String> {
        let mut scope = Scope { in_init, returns: Some(ready.returns.clone()), ..Scope::default() };
        scope.changed = super::changed::changed(&function.body);
        for (name, shape, _) in &ready.parameters {
            let rust = self.names.of(name);
            let form = match shape {
                Shape::Int | Shape::Float | Shape::Bool | Shape::Optional(_) => Form::Place,
                _ => Form::Reference,
            };
            scope
                .variables
                .insert(name.clone(), Variable { rust, shape: shape.clone(), form, depth: 0 });
        }
        self.scopes.push(scope);
        let result = self.block_of(&function.body);
        self.scopes.pop();
        let mut text = result?;
        if ready.returns == Shape::None && !in_init {
            text.push_str("Ok(())\n");
        }
        Ok(text)
    }

    /// `class Name(nn.Module)`: a struct, its constructor and its methods.
    pub(super) fn class(&mut self, stmt: &Stmt, class: &Rc<ClassDef>) -> Said<String> {
        let is_module = matches!(class.bases.as_slice(), [base] if matches!(&base.kind, ExprKind::Attribute(_, name) if &**name == "Module"));
        let is_plain = class.bases.is_empty()
            || matches!(class.bases.as_slice(), [base] if matches!(&base.kind, ExprKind::Name(name) if &**name == "object"));
        if !is_module && !is_plain {
            return Err("a class that is no nn.Module".to_owned());
        }
        let name = class.name.to_string();
        if is_plain {
            self.plain.insert(name.clone());
        }
        self.class = Some(name.clone());
        self.fields.insert(name.clone(), Default::default());
        let written = self.class_text(stmt, class, &name);
        self.class = None;
        let text = written?;
        self.items.push_str(&text);
        self.said += 1;
        Ok(String::new())
    }

    fn class_text(&mut self, stmt: &Stmt, class: &ClassDef, name: &str) -> Said<String> {
        let mut methods = String::new();
        let mut order: Vec<&Stmt> = class.body.iter().collect();
        // The constructor says the fields, and a method may call another that stands below it.
        order.sort_by_key(
            |stmt| matches!(&stmt.kind, StmtKind::Def(function, _) if &*function.name == "forward"),
        );
        for inner in order {
            match &inner.kind {
                StmtKind::Def(function, decorators) if decorators.is_empty() => {
                    let head = self.comment(inner.bytes.0, first_of(&function.body, inner));
                    if &*function.name == "__init__" {
                        let mut ready = self.signature(function, true)?;
                        ready.rust = "new".to_owned();
                        let body = self.body(function, &ready, true)?;
                        let mut fields: Vec<String> = self.fields[name]
                            .keys()
                            .map(|field| {
                                self.names.of(&format!("self.{field}")).replace("self.", "")
                            })
                            .collect();
                        fields.sort();
                        let end = format!("Ok(Self {{ {} }})\n", fields.join(", "));
                        // Only a module's parameters have paths.
                        let is_plain = self.plain.contains(name);
                        let mut parameters: Vec<String> =
                            if is_plain { Vec::new() } else { vec!["p: Path".to_owned()] };
                        for (name, shape, _) in &ready.parameters {
                            parameters.push(format!(
                                "{}: {}",
                                self.names.of(name),
                                type_of_parameter(shape)?
                            ));
                        }
                        methods.push_str(&format!(
                            "{head}fn new({}) -> atencion::Result<Self> {{\n{}}}\n\n",
                            parameters.join(", "),
                            indented(&(body + &end))
                        ));
                        self.methods.insert(format!("{name}.new"), ready);
                    } else {
                        let mut ready = self.signature(function, true)?;
                        if &*function.name == "__call__" {
                            ready.rust = "forward".to_owned();
                        }
                        let body = self.body(function, &ready, false)?;
                        let text = signature_text(&ready, "fn", true)?;
                        methods.push_str(&format!("{head}{text} {{\n{}}}\n\n", indented(&body)));
                        if &*function.name == "__call__" {
                            self.methods.insert(format!("{name}.forward"), ready.clone());
                        }
                        self.methods.insert(format!("{name}.{}", function.name), ready);
                    }
                }
                StmtKind::Expr(Expr { kind: ExprKind::Str(_), .. }) | StmtKind::Pass => {}
                _ => return Err("a class with more than methods".to_owned()),
            }
        }
        let mut fields: Vec<(String, Shape)> = self.fields[name].clone().into_iter().collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        let mut lines = String::new();
        for (field, shape) in fields {
            lines.push_str(&format!(
                "{}: {},\n",
                self.names.of(&format!("self.{field}")).replace("self.", ""),
                type_of(&shape)?
            ));
        }
        let head = self.comment(stmt.bytes.0, first_of(&class.body, stmt));
        Ok(format!(
            "{head}struct {name} {{\n{}}}\n\nimpl {name} {{\n{}}}\n\n",
            indented(&lines),
            indented(methods.trim_end())
        ))
    }

    /// A value in `__init__` that may be a module: its parameters are named by the field.
    pub(super) fn module_or(&mut self, field: &str, value: &Expr) -> Said<Code> {
        if let ExprKind::Call(function, arguments) = &value.kind
            && let Ok(Shape::Object(_)) = self.shape(value)
        {
            return self.constructed(value, function, arguments, &format!("&p / {field:?}"));
        }
        self.expr(value)
    }
}

/// Where the first statement of a body begins, so that the head alone is said.
fn first_of(body: &[Stmt], whole: &Stmt) -> usize {
    body.first().map_or(whole.bytes.1, |first| first.bytes.0)
}

fn signature_text(ready: &Ready, word: &str, is_method: bool) -> Said<String> {
    let mut parameters: Vec<String> = Vec::new();
    if is_method {
        parameters.push("&self".to_owned());
    }
    for (name, shape, _) in &ready.parameters {
        let mut names = super::code::Names::default();
        parameters.push(format!("{}: {}", names.of(name), type_of_parameter(shape)?));
    }
    Ok(format!(
        "{word} {}({}) -> atencion::Result<{}>",
        ready.rust,
        parameters.join(", "),
        type_of(&ready.returns)?
    ))
}
