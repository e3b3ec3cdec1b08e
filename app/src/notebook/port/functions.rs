//! Functions of the notebook as functions.

use std::rc::Rc;

use super::super::lines::ast::{Expr, ExprKind, Function, Stmt, StmtKind, Takes};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, NOT_COPIED, Said, is_copy, type_of, type_of_parameter};
use super::twin::{Porter, Ready, Scope, Variable, indented};

impl Porter<'_> {
    /// `def`: a function before the notebook's own.
    pub(super) fn function(
        &mut self,
        stmt: &Stmt,
        function: &Rc<Function>,
        is_no_grad: bool,
    ) -> Said<String> {
        self.functions.remove(&*function.name);
        let mut ready = self.signature(function, false)?;
        let body = self.body(function, &mut ready, false)?;
        ready.rust = self.own_name(ready.rust);
        let body = if is_no_grad { with_no_grad(&body) } else { body };
        let head = self.comment(stmt.bytes.0, first_of(&function.body, stmt));
        let text = self.signature_text(&ready)?;
        let text = self.unless_copied(format!("{head}{text} {{\n{}}}\n\n", indented(&body)))?;
        self.items.push_str(&text);
        let name = function.name.to_string();
        self.scope().variables.remove(&name);
        self.dropped.remove(&name);
        self.functions.insert(name, ready);
        self.said += 1;
        Ok(String::new())
    }

    /// `name = lambda x: ..`
    pub(super) fn lambda(&mut self, name: &str, function: &Rc<Function>) -> Said<String> {
        let mut ready = self.signature(function, false)?;
        let wanted = self.names.of(name);
        let body = self.body(function, &mut ready, false)?;
        ready.rust = self.own_name(wanted);
        let text = self.signature_text(&ready)?;
        let text = self.unless_copied(format!("{text} {{\n{}}}\n\n", indented(&body)))?;
        self.items.push_str(&text);
        self.scope().variables.remove(name);
        self.dropped.remove(name);
        self.functions.insert(name.to_owned(), ready);
        Ok(String::new())
    }

    /// What a function takes and gives, by what it was given and gave.
    pub(super) fn signature(&mut self, function: &Function, takes_self: bool) -> Said<Ready> {
        if function.generator {
            return Err("a generator".to_owned());
        }
        let mut parameters = Vec::new();
        for parameter in function.parameters.iter().skip(usize::from(takes_self)) {
            if matches!(parameter.takes, Takes::Rest | Takes::Keys) {
                return Err("*args".to_owned());
            }
            let shape = self.observed.function(function.at, &parameter.name).cloned();
            let shape = shape.ok_or_else(|| format!("{} was never called", function.name))?;
            let shape = match self.named(&shape) {
                Shape::None => Shape::Optional(Box::new(Shape::Tensor)),
                shape => shape,
            };
            // It may be left out, even if nobody does.
            let may_be_none = parameter
                .default
                .as_ref()
                .is_some_and(|default| matches!(default.kind, ExprKind::None));
            let shape = match shape {
                shape @ (Shape::Tensor | Shape::Int | Shape::Float | Shape::Bool)
                    if may_be_none =>
                {
                    Shape::Optional(Box::new(shape))
                }
                shape => shape,
            };
            type_of_parameter(&shape)?;
            let default = match &parameter.default {
                Some(default) if is_written(default) => self.expr(default).ok(),
                _ => None,
            };
            parameters.push((parameter.name.to_string(), shape, default));
        }
        let returns = self.observed.function(function.at, "return").cloned();
        let returns = returns.map_or(Shape::None, |shape| self.named(&shape));
        type_of(&returns)?;
        let changed = super::changed::changed(&function.body);
        Ok(Ready {
            rust: self.names.of(&function.name),
            parameters,
            returns,
            captured: Vec::new(),
            changed,
            takes_self,
        })
    }

    /// The body of a function; what it uses from further out becomes parameters.
    pub(super) fn body(
        &mut self,
        function: &Function,
        ready: &mut Ready,
        in_init: bool,
    ) -> Said<String> {
        let mut scope = Scope { in_init, returns: Some(ready.returns.clone()), ..Scope::default() };
        scope.is_method = in_init || ready.takes_self;
        scope.changed = ready.changed.clone();
        let mut head = String::new();
        for (name, shape, _) in &ready.parameters {
            let rust = self.names.of(name);
            let changes = ready.changed.contains(name);
            let form = if is_copy(shape) { Form::Place } else { Form::Reference };
            let form = match shape {
                _ if !changes => form,
                // A value of its own, under the same name; a tensor's numbers stay those of the caller.
                Shape::Tensor => {
                    head.push_str(&format!("let mut {rust} = {rust}.shallow_clone();\n"));
                    Form::Place
                }
                Shape::Optional(inner) if **inner == Shape::Tensor => {
                    head.push_str(&format!(
                        "let mut {rust} = {rust}.map(Tensor::shallow_clone);\n"
                    ));
                    Form::Place
                }
                shape if is_copy(shape) => {
                    head.push_str(&format!("let mut {rust} = {rust};\n"));
                    Form::Place
                }
                Shape::Object(_) | Shape::Modules(_) => Form::Mutable,
                _ => return Err(format!("{name} is changed by its function")),
            };
            let variable = Variable { rust, shape: shape.clone(), form, depth: 0 };
            scope.variables.insert(name.clone(), variable);
        }
        let (depth, class_path) = (self.scopes.len(), self.path.clone());
        self.scopes.push(scope);
        if !in_init {
            self.path = super::twin::ROOT.to_owned();
        }
        let result = self.block_of(&function.body);
        self.path = class_path;
        let scope = self.scopes.pop();
        self.scopes.truncate(depth);
        let mut text = head + &result?;
        ready.captured = scope.map(|scope| scope.captured).unwrap_or_default();
        if in_init {
            return Ok(text);
        }
        if ready.returns == Shape::None {
            text.push_str("Ok(())\n");
        } else if !always_returns(&function.body) {
            text.push_str("Err(atencion::Error::value(\"the function ended without a result\"))\n");
        }
        Ok(text)
    }

    /// `fn name(x: &Tensor) -> atencion::Result<Tensor>`
    pub(super) fn signature_text(&mut self, ready: &Ready) -> Said<String> {
        let mut parameters: Vec<String> = Vec::new();
        if ready.takes_self {
            parameters.push("&self".to_owned());
        }
        parameters.extend(self.parameters_text(ready)?);
        Ok(format!(
            "fn {}({}) -> atencion::Result<{}>",
            ready.rust,
            parameters.join(", "),
            type_of(&ready.returns)?
        ))
    }

    /// Each parameter with its type, those that are captured at the end.
    pub(super) fn parameters_text(&mut self, ready: &Ready) -> Said<Vec<String>> {
        let own = ready.parameters.iter().map(|(name, shape, _)| (name, shape));
        let captured = ready.captured.iter().map(|(name, shape)| (name, shape));
        let mut texts = Vec::new();
        for (name, shape) in own.chain(captured) {
            let mut text = type_of_parameter(shape)?;
            if text.contains(NOT_COPIED) {
                return Err("a parameter of this kind".to_owned());
            }
            if ready.changed.contains(name)
                && matches!(shape, Shape::Object(_) | Shape::Modules(_))
                && !is_copy(shape)
            {
                text = text.replacen('&', "&mut ", 1);
            }
            texts.push(format!("{}: {text}", self.names.of(name)));
        }
        Ok(texts)
    }

    /// A variable from further out than the function that is being said: from here on one of its parameters.
    pub(super) fn captured(&mut self, name: &str) -> Option<Code> {
        let last = self.scopes.len().checked_sub(1)?;
        let from =
            self.scopes[..last].iter().rposition(|scope| scope.variables.contains_key(name))?;
        let outer = self.scopes[from].variables[name].clone();
        if type_of_parameter(&outer.shape).is_err() || outer.form == Form::Vec {
            return None;
        }
        let form = if is_copy(&outer.shape) { Form::Place } else { Form::Reference };
        for scope in &mut self.scopes[from + 1..] {
            if scope.changed.contains(name) {
                return None;
            }
            let variable =
                Variable { rust: outer.rust.clone(), shape: outer.shape.clone(), form, depth: 0 };
            scope.variables.insert(name.to_owned(), variable);
            scope.captured.push((name.to_owned(), outer.shape.clone()));
        }
        Some(Code { text: outer.rust, shape: outer.shape, form })
    }
}

/// Whether a default is written out: anything else is computed once, where the function stands.
fn is_written(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::None
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_) => true,
        ExprKind::Unary(_, inner) => is_written(inner),
        ExprKind::Binary(_, left, right) => is_written(left) && is_written(right),
        ExprKind::Call(function, arguments) => {
            matches!(&function.kind, ExprKind::Name(name) if &**name == "float")
                && arguments.iter().all(|argument| is_written(&argument.value))
        }
        _ => false,
    }
}

/// Whether a body returns on every way through it.
pub(super) fn always_returns(body: &[Stmt]) -> bool {
    body.last().is_some_and(|last| match &last.kind {
        StmtKind::Return(_) | StmtKind::Raise(_) => true,
        StmtKind::If(branches, other) => {
            always_returns(other) && branches.iter().all(|(_, body)| always_returns(body))
        }
        StmtKind::With(_, body) => always_returns(body),
        _ => false,
    })
}

/// A body in which nothing is differentiated.
pub(super) fn with_no_grad(body: &str) -> String {
    format!("let _no_grad = tch::no_grad_guard();\n{body}")
}

/// Where the first statement of a body begins, so that the head alone is said.
pub(super) fn first_of(body: &[Stmt], whole: &Stmt) -> usize {
    body.first().map_or(whole.bytes.1, |first| first.bytes.0)
}
