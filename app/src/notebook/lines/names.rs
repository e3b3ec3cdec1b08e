//! Which names a block assigns: a function's own names, and what becomes unknown when a block cannot be run.

use std::rc::Rc;

use super::ast::{Expr, ExprKind, Stmt, StmtKind};

/// The names that these statements bind, nested functions and classes left out; and the roots of what they change
/// (`a` in `a[0] = 1` and `a.b = 1`).
#[derive(Debug, Default)]
pub struct Bound {
    /// Bound as names.
    pub names: Vec<Rc<str>>,
    /// Changed through an attribute or an index, as the expression that is changed.
    pub changed: Vec<Expr>,
    /// `global` and `nonlocal`.
    pub outer: Vec<Rc<str>>,
    /// There is a `return`.
    pub returns: bool,
    /// There is a `break` or `continue` that leaves these statements.
    pub jumps: bool,
    /// There is a `yield`.
    pub yields: bool,
}

impl Bound {
    /// What the statements bind.
    pub fn by(body: &[Stmt]) -> Self {
        let mut bound = Self::default();
        bound.block(body, false);
        bound
    }

    /// What one statement binds.
    pub fn by_one(stmt: &Stmt) -> Self {
        Self::by(std::slice::from_ref(stmt))
    }

    fn block(&mut self, body: &[Stmt], in_loop: bool) {
        for stmt in body {
            self.stmt(stmt, in_loop);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, in_loop: bool) {
        match &stmt.kind {
            StmtKind::Assign(targets, value) => {
                targets.iter().for_each(|target| self.target(target));
                self.within(value);
            }
            StmtKind::Augment(target, _, value) => {
                self.target(target);
                self.within(value);
            }
            StmtKind::Annotated(target, _, value) => {
                self.target(target);
                value.iter().for_each(|value| self.within(value));
            }
            StmtKind::If(branches, other) => {
                for (test, body) in branches {
                    self.within(test);
                    self.block(body, in_loop);
                }
                self.block(other, in_loop);
            }
            StmtKind::For(target, _, body, other) => {
                self.target(target);
                self.block(body, true);
                self.block(other, in_loop);
            }
            StmtKind::While(test, body, other) => {
                self.within(test);
                self.block(body, true);
                self.block(other, in_loop);
            }
            StmtKind::Break | StmtKind::Continue => self.jumps |= !in_loop,
            StmtKind::Return(_) => self.returns = true,
            StmtKind::Def(function, _) => self.names.push(function.name.clone()),
            StmtKind::Class(class, _) => self.names.push(class.name.clone()),
            StmtKind::Import(names) => {
                self.names.extend(names.iter().map(|(_, name, _)| name.clone()));
            }
            StmtKind::From(_, names) => {
                self.names.extend(names.iter().map(|(_, name)| name.clone()));
            }
            StmtKind::With(items, body) => {
                items.iter().filter_map(|(_, target)| target.as_ref()).for_each(|t| self.target(t));
                self.block(body, in_loop);
            }
            StmtKind::Try(parts) => {
                self.block(&parts.body, in_loop);
                for (_, name, body) in &parts.handlers {
                    self.names.extend(name.clone());
                    self.block(body, in_loop);
                }
                self.block(&parts.other, in_loop);
                self.block(&parts.last, in_loop);
            }
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.target(target)),
            StmtKind::Global(names) | StmtKind::Nonlocal(names) => {
                self.outer.extend(names.iter().cloned());
            }
            StmtKind::Expr(expr) => self.expression(expr),
            _ => {}
        }
    }

    /// `a.append(x)` and `x.add_(y)` change what stands before the dot.
    fn expression(&mut self, expr: &Expr) {
        self.within(expr);
        if let ExprKind::Call(function, _) = &expr.kind
            && let ExprKind::Attribute(object, _) = &function.kind
        {
            self.changed.push((**object).clone());
        }
    }

    /// `yield` and `:=` inside an expression.
    fn within(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Yield(_) => self.yields = true,
            ExprKind::Walrus(name, value) => {
                self.names.push(name.clone());
                self.within(value);
            }
            ExprKind::Unary(_, a) | ExprKind::Not(a) | ExprKind::Attribute(a, _) => self.within(a),
            ExprKind::Binary(_, a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Subscript(a, b) => {
                self.within(a);
                self.within(b);
            }
            ExprKind::Compare(a, rest) => {
                self.within(a);
                rest.iter().for_each(|(_, b)| self.within(b));
            }
            ExprKind::Call(function, arguments) => {
                self.within(function);
                arguments.iter().for_each(|argument| self.within(&argument.value));
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.within(item));
            }
            ExprKind::Comprehension(made) => {
                made.clauses.iter().flat_map(|c| &c.conditions).for_each(|c| self.within(c));
            }
            _ => {}
        }
    }

    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.names.push(name.clone()),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.target(item));
            }
            ExprKind::Starred(inner) => self.target(inner),
            ExprKind::Attribute(..) | ExprKind::Subscript(..) => self.changed.push(target.clone()),
            _ => {}
        }
    }
}
