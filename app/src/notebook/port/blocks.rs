//! `if` and `for`.

use super::super::lines::ast::{Expr, ExprKind, Stmt, StmtKind};
use super::super::lines::observe::Shape;
use super::code::{Form, Said};
use super::twin::{Porter, Variable, indented};

impl Porter<'_> {
    pub(super) fn if_statement(
        &mut self,
        stmt: &Stmt,
        branches: &[(Expr, Vec<Stmt>)],
        other: &[Stmt],
    ) -> Said<String> {
        let mut out = String::new();
        for (at, (test, body)) in branches.iter().enumerate() {
            if at == 0 {
                out.push_str(&self.comment(stmt.bytes.0, test.bytes.1 + 1));
            }
            let word = if at == 0 { "if" } else { " else if" };
            let (test, optional) = self.test_of(test)?;
            let before =
                optional.as_ref().and_then(|name| self.scope().variables.get(name).cloned());
            if let (Some(name), Some(variable)) = (&optional, &before)
                && let Shape::Optional(inner) = &variable.shape
            {
                let depth = self.scope().depth + 1;
                let known = Variable {
                    shape: (**inner).clone(),
                    form: Form::Reference,
                    depth,
                    rust: variable.rust.clone(),
                };
                self.scope().variables.insert(name.clone(), known);
            }
            // A branch that was never taken has no types to be said with.
            let never = body.first().is_some_and(|first| !self.was_reached(first));
            let text = if never {
                Ok("// not ported: this was never reached\n".to_owned())
            } else {
                self.inner(body)
            };
            if let (Some(name), Some(variable)) = (optional, before) {
                self.scope().variables.insert(name, variable);
            }
            out.push_str(&format!("{word} {test} {{\n{}}}", indented(&text?)));
        }
        if !other.is_empty() {
            let never = !self.was_reached(&other[0]);
            let text = if never {
                "// not ported: this was never reached\n".to_owned()
            } else {
                self.inner(other)?
            };
            out.push_str(&format!(" else {{\n{}}}", indented(&text)));
        }
        Ok(out + "\n")
    }

    /// Whether a statement was run at all.
    pub(super) fn was_reached(&self, stmt: &Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Expr(expr) | StmtKind::Assign(_, expr) | StmtKind::Augment(_, _, expr) => {
                self.observed.get(expr).is_some()
            }
            StmtKind::Return(Some(expr)) => self.observed.get(expr).is_some(),
            StmtKind::If(branches, _) => {
                branches.first().is_none_or(|(test, _)| self.observed.get(test).is_some())
            }
            StmtKind::For(_, iterable, _, _) => self.observed.get(iterable).is_some(),
            _ => true,
        }
    }

    /// A condition, and the name that it says is not `None`.
    pub(super) fn test_of(&mut self, test: &Expr) -> Said<(String, Option<String>)> {
        if let ExprKind::Compare(left, rest) = &test.kind
            && let (ExprKind::Name(name), [(operator, right)]) = (&left.kind, rest.as_slice())
            && matches!(right.kind, ExprKind::None)
            && let Some(variable) = self.scope().variables.get(&**name).cloned()
            && matches!(variable.shape, Shape::Optional(_) | Shape::None)
        {
            return Ok(match &**operator {
                "is not" => (format!("let Some({0}) = {0}", variable.rust), Some(name.to_string())),
                _ => (format!("{}.is_none()", variable.rust), None),
            });
        }
        Ok((self.condition(test)?, None))
    }

    pub(super) fn for_statement(
        &mut self,
        stmt: &Stmt,
        target: &Expr,
        iterable: &Expr,
        body: &[Stmt],
    ) -> Said<String> {
        let head = self.comment(stmt.bytes.0, iterable.bytes.1 + 1);
        if let ExprKind::Tuple(names) = &target.kind {
            return self.for_counted(&head, names, iterable, body);
        }
        let ExprKind::Name(name) = &target.kind else {
            return Err("for over several names".to_owned());
        };
        let over = self.iterated(iterable)?;
        let rust = self.names.of(name);
        let depth = self.scope().depth + 1;
        let before = self.scope().variables.get(&**name).cloned();
        let variable =
            Variable { rust: rust.clone(), shape: over.shape.clone(), form: over.form, depth };
        self.scope().variables.insert(name.to_string(), variable);
        let body = self.inner(body)?;
        if let Some(before) = before {
            self.scope().variables.insert(name.to_string(), before);
        }
        Ok(format!("{head}for {rust} in {} {{\n{}}}\n", over.text, indented(&body)))
    }

    /// `for i, x in enumerate(xs)`
    fn for_counted(
        &mut self,
        head: &str,
        names: &[Expr],
        iterable: &Expr,
        body: &[Stmt],
    ) -> Said<String> {
        let several = || "for over several names".to_owned();
        let ExprKind::Call(function, arguments) = &iterable.kind else { return Err(several()) };
        let is_enumerate = matches!(&function.kind, ExprKind::Name(name) if &**name == "enumerate");
        let ([count, item], [over], true) = (names, arguments.as_slice(), is_enumerate) else {
            return Err(several());
        };
        let (ExprKind::Name(count), ExprKind::Name(item)) = (&count.kind, &item.kind) else {
            return Err(several());
        };
        let over = self.iterated(&over.value)?;
        let depth = self.scope().depth + 1;
        let before: Vec<_> = [count, item]
            .map(|name| (name.to_string(), self.scope().variables.get(&**name).cloned()))
            .into();
        let (at, of) = (self.names.of(count), self.names.of(item));
        let counted = Variable { rust: at.clone(), shape: Shape::Int, form: Form::Place, depth };
        let each = Variable { rust: of.clone(), shape: over.shape.clone(), form: over.form, depth };
        self.scope().variables.insert(count.to_string(), counted);
        self.scope().variables.insert(item.to_string(), each);
        let body = self.inner(body)?;
        for (name, variable) in before {
            if let Some(variable) = variable {
                self.scope().variables.insert(name, variable);
            }
        }
        let over = if over.text.contains("..") || over.text.starts_with('&') {
            format!("({})", over.text)
        } else {
            over.text
        };
        Ok(format!("{head}for ({at}, {of}) in (0_i64..).zip({over}) {{\n{}}}\n", indented(&body)))
    }
}
