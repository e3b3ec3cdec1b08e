//! Statements in Rust.

use super::super::lines::ast::{Expr, ExprKind, Stmt, StmtKind};
use super::super::lines::observe::Shape;
use super::changed::{count, is_picture, is_shown, touched};
use super::code::{Code, Form, Said};
use super::coerce::coerced;
use super::twin::{Porter, Variable, indented};

impl Porter<'_> {
    /// Statements, each under its Python.
    pub fn block(&mut self, body: &[Stmt]) -> String {
        let mut out = String::new();
        for stmt in body {
            let after = (stmt.bytes.1, self.text.len());
            match self.tried(stmt, after) {
                Ok(text) => out.push_str(&text),
                Err(why) => out.push_str(&self.left(stmt, why)),
            }
        }
        out
    }

    /// A statement; one that fails leaves nothing behind.
    fn tried(&mut self, stmt: &Stmt, after: (usize, usize)) -> Said<String> {
        let said = self.said;
        let items = self.items.len();
        // A line that binds names loses them when it fails; only what has lines inside may leave more.
        let has_more = count(stmt) > 1;
        let before = has_more.then(|| (self.scope().variables.clone(), self.functions.clone()));
        let (depth, scopes) = (self.scope().depth, self.scopes.len());
        let declared = self.declared_before(stmt, after);
        let text = self.statement(stmt).and_then(|text| self.unless_copied(text));
        text.map(|text| declared + &text).inspect_err(|_| {
            self.said = said;
            self.items.truncate(items);
            self.scopes.truncate(scopes);
            self.scope().depth = depth;
            if let Some((variables, functions)) = before {
                self.scope().variables = variables;
                self.functions = functions;
            }
        })
    }

    /// A statement that is not ported, as a comment; what it would have changed is not known from here on.
    fn left(&mut self, stmt: &Stmt, why: String) -> String {
        let comment = self.comment(stmt.bytes.0, stmt.bytes.1);
        let mut names: Vec<String> = super::super::lines::bound_names(stmt);
        names.extend(touched(stmt));
        for name in names {
            self.scope().variables.remove(&name);
            self.functions.remove(&name);
            self.dropped.insert(name);
        }
        if is_picture(stmt) {
            self.passed += 1;
            return format!("{comment}// not ported: a picture\n");
        }
        self.unsaid += count(stmt);
        self.not_said.push(why.clone());
        let why = why.replace(['\n', '\r'], " ");
        format!("{comment}// not ported: {why}\n")
    }

    /// What is first bound inside of a block and used after it, declared before it: Python's blocks have no scopes.
    fn declared_before(&mut self, stmt: &Stmt, after: (usize, usize)) -> String {
        if !matches!(stmt.kind, StmtKind::If(..) | StmtKind::For(..) | StmtKind::While(..)) {
            return String::new();
        }
        let mut out = String::new();
        let mut names = super::super::lines::bound_names(stmt);
        names.sort();
        for name in names {
            let is_top = self.scopes.len() == 1 && self.scope().depth == 0;
            let later = self.text.get(after.0..after.1).unwrap_or_default();
            let used = is_word(later, &name) || (is_top && is_word(self.rest(), &name));
            if !used || self.scope().variables.contains_key(&name) {
                continue;
            }
            let cell = stmt.at.cell;
            let shape =
                self.observed.name(cell, &name).or_else(|| self.observed.names(&name).next());
            let Some(shape) = shape.map(|shape| self.named(shape)) else { continue };
            let empty = match &shape {
                Shape::Tensor => "Tensor::new()",
                Shape::Int => "0_i64",
                Shape::Float => "0.0",
                Shape::Bool => "false",
                Shape::Str => "String::new()",
                _ => continue,
            };
            let rust = self.names.of(&name);
            let depth = self.scope().depth;
            out.push_str(&format!("let mut {rust} = {empty};\n"));
            let variable = Variable { rust, shape, form: Form::Place, depth };
            self.scope().variables.insert(name, variable);
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
                if !is_no_grad(context) {
                    return Err("with".to_owned());
                }
                // Python's `with` has no scope of its own.
                let body = self.block_of(body)?;
                Ok(format!("{head}let no_grad = tch::no_grad_guard();\n{body}drop(no_grad);\n"))
            }
            StmtKind::Break => Ok("break;\n".to_owned()),
            StmtKind::Continue => Ok("continue;\n".to_owned()),
            StmtKind::Return(value) => self.return_statement(value.as_ref()),
            StmtKind::Def(function, decorators) if decorators.iter().all(is_no_grad) => {
                self.function(stmt, function, !decorators.is_empty())
            }
            StmtKind::Class(class, decorators) if decorators.is_empty() => self.class(stmt, class),
            StmtKind::Assert(test, _) => Ok(format!("assert!({});\n", self.condition(test)?)),
            StmtKind::Delete(_) => Ok(String::new()),
            StmtKind::Try(tried) if tried.body.iter().all(is_import) => Ok(String::new()),
            StmtKind::Raise(_) => {
                let text = self.text.get(stmt.bytes.0..stmt.bytes.1).unwrap_or_default();
                Ok(format!("return Err(atencion::Error::value({text:?}));\n"))
            }
            _ => Err("this form of Python".to_owned()),
        }
    }

    /// Statements that must all be said: half a loop would compute something else.
    pub fn block_of(&mut self, body: &[Stmt]) -> Said<String> {
        let mut out = String::new();
        let end = body.last().map_or(0, |stmt| stmt.bytes.1);
        let end = end.max(self.scope().end);
        for stmt in body {
            let outer = std::mem::replace(&mut self.scope().end, end);
            let text = self.tried(stmt, (stmt.bytes.1, end));
            self.scope().end = outer;
            match text {
                Ok(text) => out.push_str(&text),
                Err(why) if is_shown(stmt) || is_picture(stmt) => {
                    out.push_str(&self.left(stmt, why));
                }
                // A field that is not ported: whoever uses it is not, either.
                Err(why) if self.scope().in_init && is_field(stmt) => {
                    out.push_str(&self.left(stmt, why));
                }
                Err(why) => return Err(why),
            }
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

    pub(super) fn augment(&mut self, target: &Expr, operator: &str, value: &Expr) -> Said<String> {
        let of = match &target.kind {
            ExprKind::Name(name) => {
                let variable = self.scope().variables.get(&**name).cloned();
                let Some(variable) = variable else {
                    return Err(format!("{name} is not ported"));
                };
                Code { text: variable.rust, shape: variable.shape, form: variable.form }
            }
            ExprKind::Subscript(object, index) => {
                return self.augment_item(target, object, index, operator, value);
            }
            ExprKind::Attribute(..) => self.expr(target)?,
            _ => return Err("an assignment of this form".to_owned()),
        };
        let code = self.expr(value)?;
        let rust = of.text;
        match (&of.shape, &code.shape) {
            _ if of.form == Form::Reference => {
                Err("a parameter that is changed in place".to_owned())
            }
            // What began as a number is not changed in place.
            (Shape::Tensor, Shape::Tensor)
                if matches!(operator, "+" | "-" | "*" | "/") && self.began_as_number(target) =>
            {
                Ok(format!("{rust} = &{rust} {operator} {};\n", code.operand(3)))
            }
            (Shape::Tensor, Shape::Tensor) if matches!(operator, "+" | "-" | "*" | "/") => {
                Ok(format!("{rust} {operator}= {};\n", code.borrowed()))
            }
            (Shape::Tensor, Shape::Int | Shape::Float)
                if matches!(operator, "+" | "-" | "*" | "/") =>
            {
                Ok(format!("{rust} {operator}= {};\n", code.text))
            }
            (Shape::Tensor, Shape::Tensor) if matches!(operator, "@") => {
                Ok(format!("{rust} = {rust}.matmul({});\n", code.borrowed()))
            }
            (Shape::Int, Shape::Int) if matches!(operator, "+" | "-" | "*") => {
                Ok(format!("{rust} {operator}= {};\n", code.text))
            }
            (Shape::Int, Shape::Int) if operator == "//" => {
                Ok(format!("{rust} = {rust}.div_euclid({});\n", code.text))
            }
            (Shape::Float, Shape::Int | Shape::Float)
                if matches!(operator, "+" | "-" | "*" | "/") =>
            {
                Ok(format!("{rust} {operator}= {};\n", code.float()?))
            }
            (Shape::Str, Shape::Str) if operator == "+" => {
                Ok(format!("{rust}.push_str({});\n", code.borrowed()))
            }
            (Shape::List(Some(_)), Shape::List(Some(_))) if operator == "+" => {
                let items = coerced(&code, &of.shape)?;
                Ok(format!("{rust}.extend({items});\n"))
            }
            _ => Err(format!("{operator}= on these")),
        }
    }

    fn began_as_number(&mut self, target: &Expr) -> bool {
        match &target.kind {
            ExprKind::Name(name) => self.scope().numbers.contains(&**name),
            _ => false,
        }
    }

    pub(super) fn return_statement(&mut self, value: Option<&Expr>) -> Said<String> {
        let returns = self.scope().returns.clone();
        let Some(value) = value else {
            return match returns {
                Some(Shape::None) => Ok("return Ok(());\n".to_owned()),
                _ => Err("a function that returns nothing, too".to_owned()),
            };
        };
        let Some(returns) = returns else { return Err("return outside of a function".to_owned()) };
        if returns == Shape::None {
            return Err("a function that returns None".to_owned());
        }
        Ok(format!("return Ok({});\n", self.expr_as(value, &returns)?))
    }
}

fn is_import(stmt: &Stmt) -> bool {
    matches!(stmt.kind, StmtKind::Import(_) | StmtKind::From(..) | StmtKind::Pass)
}

/// Whether a name stands in a text, as a word.
pub(super) fn is_word(text: &str, name: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(in_name) && !text[at + name.len()..].starts_with(in_name)
    })
}

/// `self.name = value`, on a condition perhaps.
fn is_field(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Assign(targets, _) => {
            matches!(targets.as_slice(), [Expr { kind: ExprKind::Attribute(of, _), .. }]
                if matches!(&of.kind, ExprKind::Name(name) if &**name == "self"))
        }
        StmtKind::If(branches, other) => {
            branches.iter().all(|(_, body)| body.iter().all(is_field)) && other.iter().all(is_field)
        }
        _ => false,
    }
}

/// Modules and optimisers are changed by their methods.
pub(super) fn is_stateful(shape: &Shape) -> bool {
    matches!(shape, Shape::Object(path)
        if !path.starts_with("torch.nn.") && !path.starts_with('?'))
        || matches!(shape, Shape::Modules(_))
}

/// `torch.no_grad()`, `torch.inference_mode()`
pub(super) fn is_no_grad(context: &Expr) -> bool {
    let ExprKind::Call(function, arguments) = &context.kind else { return false };
    let ExprKind::Attribute(_, name) = &function.kind else { return false };
    arguments.is_empty() && matches!(&**name, "no_grad" | "inference_mode")
}
