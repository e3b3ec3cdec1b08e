//! The names that are given another value.

use std::collections::HashSet;

use super::super::lines::ast::{Expr, ExprKind, Stmt, StmtKind};

/// The names that are given another value inside a block, or changed in place.
pub fn changed(body: &[Stmt]) -> HashSet<String> {
    let mut found = HashSet::new();
    within(body, 0, &mut found);
    found
}

pub(super) fn within(body: &[Stmt], depth: usize, found: &mut HashSet<String>) {
    let mut name = |target: &Expr, always: bool| match &target.kind {
        ExprKind::Name(name) if depth > 0 || always => {
            found.insert(name.to_string());
        }
        ExprKind::Tuple(items) if depth > 0 => {
            for item in items {
                if let ExprKind::Name(name) = &item.kind {
                    found.insert(name.to_string());
                }
            }
        }
        _ => {}
    };
    for stmt in body {
        match &stmt.kind {
            StmtKind::Assign(targets, _) => targets.iter().for_each(|target| name(target, false)),
            StmtKind::Augment(target, _, _) => name(target, true),
            StmtKind::Expr(Expr { kind: ExprKind::Call(function, _), .. }) => {
                if let ExprKind::Attribute(object, method) = &function.kind
                    && (method.ends_with('_') || &**method == "append")
                {
                    name(object, true);
                }
            }
            _ => {}
        }
    }
    for stmt in body {
        match &stmt.kind {
            StmtKind::If(branches, other) => {
                branches.iter().for_each(|(_, body)| within(body, depth + 1, found));
                within(other, depth + 1, found);
            }
            StmtKind::For(_, _, body, _)
            | StmtKind::While(_, body, _)
            | StmtKind::With(_, body) => {
                within(body, depth + 1, found);
            }
            _ => {}
        }
    }
}
