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
        if let Some(text) = self.device_chosen(stmt, branches, other) {
            return text;
        }
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
                let is_copy = super::code::is_copy(inner);
                let known = Variable {
                    shape: (**inner).clone(),
                    form: if is_copy { Form::Place } else { Form::Reference },
                    depth,
                    rust: variable.rust.clone(),
                };
                self.scope().variables.insert(name.clone(), known);
            }
            // A branch that was never taken has no types to be said with.
            let never = body.first().is_some_and(|first| !self.was_reached(first));
            let text = if never { Ok(self.never(body)) } else { self.inner(body) };
            if let (Some(name), Some(variable)) = (optional, before) {
                self.scope().variables.insert(name, variable);
            }
            out.push_str(&format!("{word} {test} {{\n{}}}", indented(&text?)));
        }
        if !other.is_empty() {
            let never = !self.was_reached(&other[0]);
            let text = if never { self.never(other) } else { self.inner(other)? };
            out.push_str(&format!(" else {{\n{}}}", indented(&text)));
        }
        self.said += 1;
        Ok(out + "\n")
    }

    /// `if torch.cuda.is_available(): ..`: the branch that was taken, on the CPU.
    fn device_chosen(
        &mut self,
        stmt: &Stmt,
        branches: &[(Expr, Vec<Stmt>)],
        other: &[Stmt],
    ) -> Option<Said<String>> {
        let asks = |test: &Expr| {
            let text = self.text.get(test.bytes.0..test.bytes.1).unwrap_or_default();
            text.contains(".is_available()")
        };
        if !branches.iter().all(|(test, _)| asks(test)) {
            return None;
        }
        let mut bodies = branches.iter().map(|(_, body)| body.as_slice()).chain([other]);
        let taken = bodies.find(|body| body.first().is_some_and(|first| self.was_reached(first)));
        let head = self.comment(stmt.bytes.0, branches[0].0.bytes.1 + 1);
        self.said += 1;
        let taken = taken.unwrap_or_default();
        Some(self.block_of(taken).map(|text| format!("{head}{text}")))
    }

    /// A branch that was never taken has no types to be said with: the twin says so where it comes there.
    fn never(&mut self, body: &[Stmt]) -> String {
        self.unsaid += body.iter().map(super::changed::count).sum::<usize>();
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return String::new() };
        let comment = self.comment(first.bytes.0, last.bytes.1);
        let why = "this was never reached";
        let stop = format!("Err(atencion::Error::value(\"{why}\"))");
        match self.scopes.len() {
            1 => format!("{comment}// not ported: {why}\n{stop}?;\n"),
            _ => format!("{comment}// not ported: {why}\nreturn {stop};\n"),
        }
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
            let is_owned = variable.form == Form::Place && !super::code::is_copy(&variable.shape);
            let of = if is_owned { "&" } else { "" };
            if variable.shape == Shape::None {
                return Err("what is always None".to_owned());
            }
            return Ok(match &**operator {
                "is not" => {
                    (format!("let Some({0}) = {of}{0}", variable.rust), Some(name.to_string()))
                }
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
        let outer = self.scope().variables.clone();
        let (pattern, over) = self.each(target, iterable)?;
        let bound: Vec<String> = self
            .scope()
            .variables
            .iter()
            .filter(|(name, variable)| {
                outer.get(*name).is_none_or(|known| known.depth != variable.depth)
            })
            .map(|(name, _)| name.clone())
            .collect();
        let body = self.inner(body)?;
        // After the loop Python's name has the last item; Rust's would have what it was before.
        for name in bound {
            self.scope().variables.remove(&name);
            self.dropped.insert(name);
        }
        let over = over_counted(&pattern, over, &body);
        self.said += 1;
        Ok(format!("{head}for {pattern} in {over} {{\n{}}}\n", indented(&body)))
    }
}

/// A range of numbers that are written out has a type where a method asks for one.
pub(super) fn over_counted(pattern: &str, over: String, body: &str) -> String {
    let asks = ["rem_euclid", "div_euclid", "pow", "abs", "max", "min"]
        .iter()
        .any(|method| body.contains(&format!("{pattern}.{method}(")));
    match over.strip_prefix("0..") {
        Some(stop) if asks => format!("0_i64..{stop}"),
        _ => over,
    }
}
