//! Classes of the notebook as structs.

use std::rc::Rc;

use super::super::lines::ast::{ClassDef, Expr, ExprKind, Function, Stmt, StmtKind};
use super::super::lines::observe::Shape;
use super::code::{Said, field_name, type_name, type_of};
use super::functions::{first_of, with_no_grad};
use super::statements::is_no_grad;
use super::twin::{Field, Porter, ROOT, Ready, indented};

impl Porter<'_> {
    /// `class Name(nn.Module)`: a struct, its constructor and its methods.
    pub(super) fn class(&mut self, stmt: &Stmt, class: &Rc<ClassDef>) -> Said<String> {
        let base = match class.bases.as_slice() {
            [] => "object",
            [base] => match &base.kind {
                ExprKind::Attribute(_, name) | ExprKind::Name(name) => &**name,
                _ => "",
            },
            _ => "",
        };
        let is_module = base == "Module";
        // A dataset is a class with a length and items.
        let is_module = is_module && base == "Module";
        if !is_module && !matches!(base, "object" | "Dataset" | "ABC") {
            return Err("a class that is no nn.Module".to_owned());
        }
        self.forget_class(&class.name);
        let name = self.own_name(type_name(&class.name));
        self.classes.insert(class.name.to_string(), name.clone());
        if !is_module {
            self.plain.insert(name.clone());
        }
        let outer = self.class.replace(name.clone());
        self.fields.insert(name.clone(), Vec::new());
        let path = std::mem::replace(&mut self.path, "p".to_owned());
        let written = self.class_text(stmt, class, &name).and_then(|text| self.unless_copied(text));
        self.class = outer;
        self.path = path;
        let text = written.inspect_err(|_| {
            self.classes.remove(&*class.name);
            self.methods.retain(|method, _| !method.starts_with(&format!("{name}.")));
        })?;
        self.items.push_str(&text);
        self.said += 1;
        Ok(String::new())
    }

    /// A class that is declared anew: what was made of the old one has no type any more.
    fn forget_class(&mut self, python: &str) {
        let Some(old) = self.classes.remove(python) else { return };
        let of_old = |shape: &Shape| format!("{shape:?}").contains(&format!("Object({old:?})"));
        for scope in &mut self.scopes {
            let gone: Vec<String> = scope
                .variables
                .iter()
                .filter(|(_, variable)| of_old(&variable.shape))
                .map(|(name, _)| name.clone())
                .collect();
            for name in gone {
                scope.variables.remove(&name);
                self.dropped.insert(name);
            }
        }
    }

    fn class_text(&mut self, stmt: &Stmt, class: &ClassDef, name: &str) -> Said<String> {
        let mut methods = String::new();
        let mut forwards = String::new();
        // The constructor says the fields, and a method may call another that stands below it.
        let mut order: Vec<&Stmt> = class.body.iter().collect();
        order.sort_by_key(|stmt| match &stmt.kind {
            StmtKind::Def(function, _) if &*function.name == "__init__" => 0,
            StmtKind::Def(function, _) if matches!(&*function.name, "forward" | "__call__") => 2,
            _ => 1,
        });
        let has_init = order.first().is_some_and(
            |stmt| matches!(&stmt.kind, StmtKind::Def(function, _) if &*function.name == "__init__"),
        );
        if !has_init && self.plain.contains(name) {
            return Err("a class without __init__".to_owned());
        }
        if !has_init {
            methods.push_str(&self.empty_constructor(name));
        }
        self.has_forward = class.body.iter().any(
            |stmt| matches!(&stmt.kind, StmtKind::Def(function, _) if &*function.name == "forward"),
        );
        let mut waiting: Vec<&Stmt> = Vec::new();
        let mut constructor = None;
        for inner in order {
            match &inner.kind {
                StmtKind::Def(function, _) if &*function.name == "__init__" => {
                    constructor = Some(self.constructor(inner, function, name)?);
                }
                StmtKind::Def(..) => waiting.push(inner),
                StmtKind::Expr(Expr { kind: ExprKind::Str(_), .. }) | StmtKind::Pass => {}
                _ => return Err("a class with more than methods".to_owned()),
            }
        }
        // A method may call another that stands below it: those that fail are tried again after the others.
        let mut failed: Vec<(&Stmt, String)> = Vec::new();
        while !waiting.is_empty() {
            let before = waiting.len();
            failed.clear();
            for inner in std::mem::take(&mut waiting) {
                let StmtKind::Def(function, decorators) = &inner.kind else { continue };
                let (said, scopes, items) = (self.said, self.scopes.len(), self.items.len());
                let counts = (self.unsaid, self.passed, self.not_said.len());
                match self.method(inner, function, decorators, name) {
                    Ok((text, forward)) => {
                        methods.push_str(&text);
                        forwards.push_str(&forward);
                    }
                    Err(why) => {
                        self.said = said;
                        self.items.truncate(items);
                        self.scopes.truncate(scopes);
                        (self.unsaid, self.passed) = (counts.0, counts.1);
                        self.not_said.truncate(counts.2);
                        failed.push((inner, why));
                    }
                }
            }
            if failed.len() < before {
                waiting = failed.iter().map(|(stmt, _)| *stmt).collect();
            }
        }
        for (inner, why) in failed {
            methods.push_str(&self.left_method(inner, why));
        }
        if let Some((text, calls)) = constructor {
            let text = self.finished(text, &calls, name)?;
            methods.insert_str(0, &text);
        }
        let mut lines = String::new();
        for field in &self.fields[name] {
            let kind = match field.is_buffer {
                true if !self.plain.contains(name) => "nn::Buffer".to_owned(),
                _ => type_of(&field.shape)?,
            };
            lines.push_str(&format!("{}: {kind},\n", field.rust));
        }
        let head = self.comment(stmt.bytes.0, first_of(&class.body, stmt));
        let fields = indented(&lines);
        let declared = match self.plain.contains(name) {
            true => format!("{head}struct {name} {{\n{fields}}}\n\n"),
            false => {
                let declared = indented(&format!("struct {name} {{\n{fields}}}\n"));
                format!("{head}nn::module! {{\n{declared}}}\n\n")
            }
        };
        let methods = indented(methods.trim_end());
        Ok(format!("{declared}impl {name} {{\n{methods}}}\n\n{forwards}"))
    }

    /// A method that is not ported: whoever calls it is not, either.
    fn left_method(&mut self, stmt: &Stmt, why: String) -> String {
        let comment = self.comment(stmt.bytes.0, stmt.bytes.1);
        self.unsaid += super::changed::count(stmt);
        let text = format!("{comment}// not ported: {}\n\n", why.replace(['\n', '\r'], " "));
        self.not_said.push(why);
        text
    }

    fn empty_constructor(&mut self, name: &str) -> String {
        let ready = Ready {
            rust: "new".to_owned(),
            parameters: Vec::new(),
            returns: Shape::Object(name.to_owned()),
            captured: Vec::new(),
            changed: Default::default(),
            takes_self: false,
        };
        self.methods.insert(format!("{name}.new"), ready);
        "fn new(_: nn::Path) -> atencion::Result<Self> {\n    Ok(Self { training: true })\n}\n\n"
            .to_owned()
    }

    pub(super) fn constructor(
        &mut self,
        stmt: &Stmt,
        function: &Rc<Function>,
        name: &str,
    ) -> Said<(String, Vec<String>)> {
        let head = self.comment(stmt.bytes.0, first_of(&function.body, stmt));
        let mut ready = self.signature(function, true)?;
        ready.rust = "new".to_owned();
        ready.takes_self = false;
        let is_plain = self.plain.contains(name);
        let taken = ready.parameters.iter().any(|(name, _, _)| name == "p");
        self.path = if taken { "path" } else { "p" }.to_owned();
        // What is called on the object once it has its fields: it is made first.
        let (function, calls) = without_calls(function);
        let body = self.body(&function, &mut ready, true)?;
        let mut fields: Vec<String> = self.fields[name].iter().map(Field::given).collect();
        // Only a module's parameters have paths.
        let mut parameters = Vec::new();
        if !is_plain {
            parameters.push(format!("{}: nn::Path", self.path));
            fields.push("training: true".to_owned());
        }
        parameters.extend(self.parameters_text(&ready)?);
        self.said += 1;
        self.methods.insert(format!("{name}.new"), ready);
        let end = format!("Ok(Self {{ {} }})\n", fields.join(", "));
        let text = format!(
            "{head}fn new({}) -> atencion::Result<Self> {{\n{}}}\n\n",
            parameters.join(", "),
            indented(&(body + &end))
        );
        Ok((text, calls))
    }

    /// A constructor whose last lines call methods of what it makes.
    fn finished(&mut self, text: String, calls: &[String], name: &str) -> Said<String> {
        let Some(at) = text.rfind("    Ok(Self {").filter(|_| !calls.is_empty()) else {
            return Ok(text);
        };
        let made = text[at..].lines().next().unwrap_or_default().trim();
        let made = made.trim_start_matches("Ok(").trim_end_matches(')');
        let mut lines = format!("let made = {made};\n");
        for call in calls {
            let ready = self.methods.get(&format!("{name}.{call}"));
            let ready = ready.ok_or_else(|| format!("self.{call} is not ported"))?;
            if !ready.parameters.is_empty() || !ready.captured.is_empty() {
                return Err(format!("self.{call} before self is made"));
            }
            lines.push_str(&format!("// self.{call}()\nmade.{}()?;\n", ready.rust));
            self.said += 1;
        }
        lines.push_str("Ok(made)\n");
        Ok(format!("{}{}}}\n\n", &text[..at], indented(&lines)))
    }

    /// A method; and for `forward` of one tensor the trait that `Sequential` asks for.
    fn method(
        &mut self,
        stmt: &Stmt,
        function: &Rc<Function>,
        decorators: &[Expr],
        name: &str,
    ) -> Said<(String, String)> {
        let is_static = matches!(decorators, [Expr { kind: ExprKind::Name(of), .. }] if &**of == "staticmethod");
        let no_grad = !decorators.is_empty() && decorators.iter().all(is_no_grad);
        if !decorators.is_empty() && !is_static && !no_grad {
            return Err("a decorator".to_owned());
        }
        let head = self.comment(stmt.bytes.0, first_of(&function.body, stmt));
        let mut ready = self.signature(function, !is_static)?;
        ready.rust = match &*function.name {
            "__call__" if !self.has_forward => "forward".to_owned(),
            name => field_name(name.trim_matches('_')),
        };
        if !self.plain.contains(name)
            && matches!(ready.rust.as_str(), "new" | "parts" | "training_")
        {
            ready.rust.push('_');
        }
        let path = std::mem::replace(&mut self.path, ROOT.to_owned());
        let body = self.body(function, &mut ready, false);
        self.path = path;
        let body = body?;
        let body = if no_grad { with_no_grad(&body) } else { body };
        let text = self.signature_text(&ready)?;
        let text = self.unless_copied(format!("{head}{text} {{\n{}}}\n\n", indented(&body)))?;
        self.said += 1;
        let is_forward = ready.rust == "forward"
            && !self.plain.contains(name)
            && ready.captured.is_empty()
            && ready.returns == Shape::Tensor
            && matches!(ready.parameters.as_slice(), [(_, Shape::Tensor, _)]);
        let forward = match is_forward {
            true => format!(
                "impl Forward for {name} {{\n    fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {{\n        self.forward(input)\n    }}\n}}\n\n"
            ),
            false => String::new(),
        };
        if ready.rust == "forward" {
            self.methods.insert(format!("{name}.forward"), ready.clone());
        }
        self.methods.insert(format!("{name}.{}", function.name), ready);
        Ok((text, forward))
    }
}

/// A constructor without the calls of its own methods at its end, and their names.
fn without_calls(function: &Rc<Function>) -> (Rc<Function>, Vec<String>) {
    let own_call = |stmt: &Stmt| match &stmt.kind {
        StmtKind::Expr(Expr { kind: ExprKind::Call(function, arguments), .. })
            if arguments.is_empty() =>
        {
            match &function.kind {
                ExprKind::Attribute(of, name) if matches!(&of.kind, ExprKind::Name(of) if &**of == "self") => {
                    Some(name.to_string())
                }
                _ => None,
            }
        }
        _ => None,
    };
    let mut calls: Vec<String> = function.body.iter().rev().map_while(own_call).collect();
    calls.reverse();
    if calls.is_empty() {
        return (function.clone(), calls);
    }
    let body = function.body[..function.body.len() - calls.len()].to_vec();
    let without = Function {
        name: function.name.clone(),
        parameters: function.parameters.clone(),
        body,
        locals: function.locals.clone(),
        generator: function.generator,
        at: function.at,
    };
    (Rc::new(without), calls)
}
