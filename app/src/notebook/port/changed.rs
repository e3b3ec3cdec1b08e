//! The names that are given another value, and what statements there are.

use std::collections::HashSet;

use super::super::lines::ast::{Expr, ExprKind, Stmt, StmtKind};

/// Methods that change what they belong to, besides those whose name ends in `_`.
const CHANGES: &[&str] = &[
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "clear",
    "update",
    "sort",
    "reverse",
    "eval",
    "train",
    "step",
    "zero_grad",
    "load_state_dict",
    "apply",
    "add_module",
    "register_buffer",
];

/// The names that are given another value inside a block, or changed in place.
pub fn changed(body: &[Stmt]) -> HashSet<String> {
    let mut found = HashSet::new();
    within(body, 0, &mut found);
    found
}

/// The names that a statement gives a value or changes, at any depth.
pub fn touched(stmt: &Stmt) -> HashSet<String> {
    let mut found = HashSet::new();
    within(std::slice::from_ref(stmt), 1, &mut found);
    found
}

/// The name that an expression begins with: `x` of `x.y[0]`.
pub fn root(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Attribute(of, _) | ExprKind::Subscript(of, _) | ExprKind::Call(of, _) => root(of),
        _ => None,
    }
}

fn within(body: &[Stmt], depth: usize, found: &mut HashSet<String>) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::Assign(targets, value) => {
                targets.iter().for_each(|target| assigned(target, depth > 0, found));
                calls(value, found);
            }
            StmtKind::Annotated(target, _, Some(value)) => {
                assigned(target, depth > 0, found);
                calls(value, found);
            }
            StmtKind::Augment(target, _, _) => assigned(target, true, found),
            StmtKind::Expr(value) => calls(value, found),
            StmtKind::If(branches, other) => {
                branches.iter().for_each(|(_, body)| within(body, depth + 1, found));
                within(other, depth + 1, found);
            }
            StmtKind::For(target, _, body, _) => {
                if depth > 0 {
                    assigned(target, true, found);
                }
                within(body, depth + 1, found);
            }
            StmtKind::While(_, body, _) | StmtKind::With(_, body) => {
                within(body, depth + 1, found);
            }
            StmtKind::Try(tried) => within(&tried.body, depth + 1, found),
            _ => {}
        }
    }
}

fn assigned(target: &Expr, rebinds: bool, found: &mut HashSet<String>) {
    match &target.kind {
        ExprKind::Name(name) if rebinds => {
            found.insert(name.to_string());
        }
        ExprKind::Tuple(items) | ExprKind::List(items) => {
            items.iter().for_each(|item| assigned(item, rebinds, found));
        }
        ExprKind::Subscript(of, _) | ExprKind::Attribute(of, _) => {
            found.extend(root(of).map(str::to_owned));
        }
        _ => {}
    }
}

fn calls(value: &Expr, found: &mut HashSet<String>) {
    if let ExprKind::Call(function, _) = &value.kind
        && let ExprKind::Attribute(object, method) = &function.kind
        && (method.ends_with('_') || CHANGES.contains(&&**method))
    {
        found.extend(root(object).map(str::to_owned));
    }
}

/// How many lines a statement is: itself, and those inside.
pub fn count(stmt: &Stmt) -> usize {
    let all = |body: &[Stmt]| body.iter().map(count).sum::<usize>();
    1 + match &stmt.kind {
        StmtKind::If(branches, other) => {
            branches.iter().map(|(_, body)| all(body)).sum::<usize>() + all(other)
        }
        StmtKind::For(_, _, body, other) | StmtKind::While(_, body, other) => {
            all(body) + all(other)
        }
        StmtKind::With(_, body) => all(body),
        StmtKind::Def(function, _) => all(&function.body),
        StmtKind::Class(class, _) => all(&class.body),
        StmtKind::Try(tried) => all(&tried.body),
        _ => 0,
    }
}

/// What draws a picture.
const PICTURES: &[&str] = &[
    "plt",
    "ax",
    "axs",
    "axes",
    "ax1",
    "ax2",
    "ax3",
    "fig",
    "figure",
    "sns",
    "px",
    "go",
    "pyplot",
    "matplotlib",
    "cbar",
    "im",
    "cax",
];

/// What only shows something: left out, everything else is what it was.
const SHOWS: &[&str] = &[
    "print",
    "display",
    "pprint",
    "logging",
    "logger",
    "writer",
    "sys",
    "pbar",
    "bar",
    "warnings",
    "progress_bar",
    "summary",
    "time",
    "gc",
    "os",
    "HTML",
    "Image",
    "wandb",
    "tqdm",
];

/// Whether a statement draws a picture.
pub fn is_picture(stmt: &Stmt) -> bool {
    let begins = |expr: &Expr| root(expr).is_some_and(|name| PICTURES.contains(&name));
    match &stmt.kind {
        StmtKind::Expr(value) | StmtKind::Assign(_, value) => begins(value),
        _ => false,
    }
}

/// Whether a statement may be left out of a block without changing what the others compute.
pub fn is_shown(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Expr(value) => match &value.kind {
            ExprKind::Call(..) => root(value).is_some_and(|name| SHOWS.contains(&name)),
            ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Str(_) => true,
            _ => false,
        },
        StmtKind::Assert(..) | StmtKind::Delete(_) | StmtKind::Import(_) | StmtKind::From(..) => {
            true
        }
        StmtKind::If(branches, other) => {
            let all = |body: &[Stmt]| body.iter().all(|stmt| is_shown(stmt) || is_picture(stmt));
            branches.iter().all(|(_, body)| all(body)) && all(other)
        }
        _ => false,
    }
}
