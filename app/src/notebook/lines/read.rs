//! From tree-sitter's tree of a cell to the tree that is run: statements.

mod expressions;
mod strings;

use std::rc::Rc;

use tree_sitter::Node;

use super::super::python::parse::{DEEPEST, Unreadable, parse, parts};
use super::ast::{At, ClassDef, Expr, ExprKind, Function, Parameter, Stmt, StmtKind, Takes, Try};
use super::names::Bound;

/// The statements of a cell's prepared text.
///
/// # Errors
/// When it is no Python, or nested too deep.
pub fn read(cell: usize, text: &str) -> Result<Vec<Stmt>, Unreadable> {
    let tree = parse(text)?;
    Reader { cell, text, depth: 0 }.block(tree.root_node())
}

/// Turns nodes into the tree; `depth` bounds its recursion.
pub(super) struct Reader<'a> {
    cell: usize,
    text: &'a str,
    depth: usize,
}

type Read<T> = Result<T, Unreadable>;

impl<'a> Reader<'a> {
    fn at(&self, node: Node) -> At {
        let start = node.start_position();
        At { cell: self.cell, line: start.row + 1, column: start.column + 1 }
    }

    fn text_of(&self, node: Node) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn name_of(&self, node: Node) -> Rc<str> {
        Rc::from(self.text_of(node))
    }

    /// Runs `read` one level deeper.
    fn deeper<T>(&mut self, node: Node, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEEPEST {
            return Err(Unreadable::TooDeep(node.start_position().row + 1));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn block(&mut self, block: Node) -> Read<Vec<Stmt>> {
        self.deeper(block, |reader| parts(block).into_iter().map(|n| reader.stmt(n)).collect())
    }

    fn field_block(&mut self, node: Node, field: &str) -> Read<Vec<Stmt>> {
        match node.child_by_field_name(field) {
            Some(block) => self.block(block),
            None => Ok(Vec::new()),
        }
    }

    fn stmt(&mut self, node: Node) -> Read<Stmt> {
        let kind = match node.kind() {
            "expression_statement" => self.expression_statement(node)?,
            "if_statement" => self.if_statement(node)?,
            "for_statement" => StmtKind::For(
                self.field(node, "left")?,
                self.field(node, "right")?,
                self.field_block(node, "body")?,
                self.alternative(node)?,
            ),
            "while_statement" => StmtKind::While(
                self.field(node, "condition")?,
                self.field_block(node, "body")?,
                self.alternative(node)?,
            ),
            "break_statement" => StmtKind::Break,
            "continue_statement" => StmtKind::Continue,
            "pass_statement" => StmtKind::Pass,
            "return_statement" => StmtKind::Return(self.only(node)?),
            "function_definition" => StmtKind::Def(self.function(node)?, Vec::new()),
            "class_definition" => StmtKind::Class(self.class(node)?, Vec::new()),
            "decorated_definition" => self.decorated(node)?,
            "import_statement" => self.import(node),
            "import_from_statement" | "future_import_statement" => self.import_from(node),
            "with_statement" => self.with_statement(node)?,
            "try_statement" => self.try_statement(node)?,
            "raise_statement" => StmtKind::Raise(self.only(node)?),
            "assert_statement" => {
                let mut found = self.all(parts(node))?.into_iter();
                match found.next() {
                    Some(test) => StmtKind::Assert(test, found.next()),
                    None => StmtKind::Pass,
                }
            }
            "delete_statement" => {
                let targets = match self.only(node)? {
                    Some(Expr { kind: ExprKind::Tuple(items), .. }) => items,
                    other => other.into_iter().collect(),
                };
                StmtKind::Delete(targets)
            }
            "global_statement" => StmtKind::Global(self.names(node)),
            "nonlocal_statement" => StmtKind::Nonlocal(self.names(node)),
            other => StmtKind::Unknown(Rc::from(other.trim_end_matches("_statement"))),
        };
        Ok(Stmt { at: self.at(node), bytes: (node.start_byte(), node.end_byte()), kind })
    }

    fn names(&self, node: Node) -> Vec<Rc<str>> {
        parts(node).into_iter().map(|name| self.name_of(name)).collect()
    }

    /// The one expression below a node, if there is one.
    fn only(&mut self, node: Node) -> Read<Option<Expr>> {
        parts(node).first().map(|&inner| self.expr(inner)).transpose()
    }

    fn all(&mut self, nodes: Vec<Node>) -> Read<Vec<Expr>> {
        nodes.into_iter().map(|node| self.expr(node)).collect()
    }

    /// An expression in a field that the grammar requires.
    fn field(&mut self, node: Node, field: &str) -> Read<Expr> {
        match node.child_by_field_name(field) {
            Some(inner) => self.expr(inner),
            None => Err(Unreadable::Syntax(node.start_position().row + 1)),
        }
    }

    fn expression_statement(&mut self, node: Node) -> Read<StmtKind> {
        let inner = parts(node);
        let [first] = inner.as_slice() else {
            let (at, bytes) = (self.at(node), (node.start_byte(), node.end_byte()));
            let kind = ExprKind::Tuple(self.all(inner)?);
            return Ok(StmtKind::Expr(Expr { at, bytes, kind }));
        };
        match first.kind() {
            "assignment" => self.assignment(*first),
            "augmented_assignment" => {
                let operator = first.child_by_field_name("operator");
                let operator = operator.map_or("", |node| self.text_of(node));
                Ok(StmtKind::Augment(
                    self.field(*first, "left")?,
                    Rc::from(operator.trim_end_matches('=')),
                    self.field(*first, "right")?,
                ))
            }
            _ => Ok(StmtKind::Expr(self.expr(*first)?)),
        }
    }

    /// `a = b = value`: the grammar nests them on the right.
    fn assignment(&mut self, mut node: Node) -> Read<StmtKind> {
        if let Some(annotation) = node.child_by_field_name("type") {
            let target = self.field(node, "left")?;
            let value = node.child_by_field_name("right").map(|right| self.expr(right));
            return Ok(StmtKind::Annotated(target, self.name_of(annotation), value.transpose()?));
        }
        let mut targets = Vec::new();
        loop {
            targets.push(self.field(node, "left")?);
            match node.child_by_field_name("right") {
                Some(right) if right.kind() == "assignment" => node = right,
                _ => return Ok(StmtKind::Assign(targets, self.field(node, "right")?)),
            }
        }
    }

    fn if_statement(&mut self, node: Node) -> Read<StmtKind> {
        let first = (self.field(node, "condition")?, self.field_block(node, "consequence")?);
        let mut branches = vec![first];
        let mut other = Vec::new();
        for part in parts(node) {
            match part.kind() {
                "elif_clause" => branches
                    .push((self.field(part, "condition")?, self.field_block(part, "consequence")?)),
                "else_clause" => other = self.field_block(part, "body")?,
                _ => {}
            }
        }
        Ok(StmtKind::If(branches, other))
    }

    fn alternative(&mut self, node: Node) -> Read<Vec<Stmt>> {
        match node.child_by_field_name("alternative") {
            Some(clause) => self.field_block(clause, "body"),
            None => Ok(Vec::new()),
        }
    }

    fn decorated(&mut self, node: Node) -> Read<StmtKind> {
        let mut decorators = Vec::new();
        for part in parts(node) {
            if part.kind() == "decorator" {
                decorators.extend(self.only(part)?);
            }
        }
        match node.child_by_field_name("definition") {
            Some(inner) if inner.kind() == "class_definition" => {
                Ok(StmtKind::Class(self.class(inner)?, decorators))
            }
            Some(inner) => Ok(StmtKind::Def(self.function(inner)?, decorators)),
            None => Err(Unreadable::Syntax(node.start_position().row + 1)),
        }
    }

    fn function(&mut self, node: Node) -> Read<Rc<Function>> {
        let name = node.child_by_field_name("name").map_or(Rc::from(""), |name| self.name_of(name));
        let parameters = self.parameters(node.child_by_field_name("parameters"))?;
        let body = self.field_block(node, "body")?;
        Ok(Rc::new(made(name, parameters, body, self.at(node))))
    }

    fn class(&mut self, node: Node) -> Read<Rc<ClassDef>> {
        let name = node.child_by_field_name("name").map_or(Rc::from(""), |name| self.name_of(name));
        let bases = node.child_by_field_name("superclasses").map_or(Vec::new(), parts);
        let bases = bases.into_iter().filter(|base| base.kind() != "keyword_argument").collect();
        let bases = self.all(bases)?;
        Ok(Rc::new(ClassDef { name, bases, body: self.field_block(node, "body")? }))
    }

    fn parameters(&mut self, list: Option<Node>) -> Read<Vec<Parameter>> {
        let mut found = Vec::new();
        let mut takes = Takes::Either;
        for node in list.map_or(Vec::new(), parts) {
            match node.kind() {
                "keyword_separator" => takes = Takes::Key,
                "positional_separator" => {}
                _ => {
                    let parameter = self.parameter(node, takes)?;
                    if parameter.takes == Takes::Rest {
                        takes = Takes::Key;
                    }
                    found.push(parameter);
                }
            }
        }
        Ok(found)
    }

    fn parameter(&mut self, node: Node, takes: Takes) -> Read<Parameter> {
        let default =
            node.child_by_field_name("value").map(|value| self.expr(value)).transpose()?;
        let annotation = node.child_by_field_name("type").map(|kind| self.name_of(kind));
        let named = match node.kind() {
            "identifier" => node,
            "default_parameter" | "typed_default_parameter" => {
                node.child_by_field_name("name").unwrap_or(node)
            }
            // `x: int`, `*args: int`
            "typed_parameter" => parts(node).first().copied().unwrap_or(node),
            _ => node,
        };
        let (name, takes) = match named.kind() {
            "list_splat_pattern" => {
                (self.text_of(named).trim_start_matches(['*', ' ']), Takes::Rest)
            }
            "dictionary_splat_pattern" => {
                (self.text_of(named).trim_start_matches(['*', ' ']), Takes::Keys)
            }
            _ => (self.text_of(named), takes),
        };
        Ok(Parameter { name: Rc::from(name), takes, default, annotation })
    }

    fn import(&self, node: Node) -> StmtKind {
        let one = |part: Node| match part.kind() {
            "aliased_import" => {
                let path = part.child_by_field_name("name").map_or("", |name| self.text_of(name));
                let name = part.child_by_field_name("alias").map_or("", |name| self.text_of(name));
                (Rc::from(path), Rc::from(name), true)
            }
            _ => {
                let path = self.text_of(part);
                (Rc::from(path), Rc::from(path.split('.').next().unwrap_or(path)), false)
            }
        };
        StmtKind::Import(parts(node).into_iter().map(one).collect())
    }

    fn import_from(&self, node: Node) -> StmtKind {
        let module = node.child_by_field_name("module_name");
        let path = module.map_or("__future__", |module| self.text_of(module));
        let mut names = Vec::new();
        for part in parts(node).into_iter().filter(|part| Some(*part) != module) {
            match part.kind() {
                "wildcard_import" => names.push((Rc::from("*"), Rc::from("*"))),
                "aliased_import" => {
                    let name = part.child_by_field_name("name").map_or("", |n| self.text_of(n));
                    let alias = part.child_by_field_name("alias").map_or("", |n| self.text_of(n));
                    names.push((Rc::from(name), Rc::from(alias)));
                }
                _ => names.push((self.name_of(part), self.name_of(part))),
            }
        }
        StmtKind::From(Rc::from(path), names)
    }

    fn with_statement(&mut self, node: Node) -> Read<StmtKind> {
        let mut items = Vec::new();
        for clause in parts(node).into_iter().filter(|part| part.kind() == "with_clause") {
            for item in parts(clause) {
                let value = item.child_by_field_name("value").unwrap_or(item);
                if value.kind() == "as_pattern" {
                    let inside = parts(value);
                    let target = value.child_by_field_name("alias");
                    let target = target.and_then(|alias| parts(alias).first().copied());
                    let target = target.map(|target| self.expr(target)).transpose()?;
                    items.push((self.expr(inside.first().copied().unwrap_or(value))?, target));
                } else {
                    items.push((self.expr(value)?, None));
                }
            }
        }
        Ok(StmtKind::With(items, self.field_block(node, "body")?))
    }

    fn try_statement(&mut self, node: Node) -> Read<StmtKind> {
        let body = self.field_block(node, "body")?;
        let mut parts_of = Try { body, handlers: Vec::new(), other: Vec::new(), last: Vec::new() };
        for part in parts(node) {
            let inside = parts(part);
            let block = inside.iter().copied().find(|inner| inner.kind() == "block");
            match part.kind() {
                "except_clause" | "except_group_clause" => {
                    let (mut classes, mut name) = (None, None);
                    for inner in inside.into_iter().filter(|inner| inner.kind() != "block") {
                        if inner.kind() == "as_pattern" {
                            let caught = parts(inner);
                            classes = caught.first().map(|&class| self.expr(class)).transpose()?;
                            let alias = inner.child_by_field_name("alias");
                            name = alias.map(|alias| self.name_of(alias));
                        } else if classes.is_none() {
                            classes = Some(self.expr(inner)?);
                        } else {
                            name = Some(self.name_of(inner));
                        }
                    }
                    let block = block.map(|block| self.block(block)).transpose()?;
                    parts_of.handlers.push((classes, name, block.unwrap_or_default()));
                }
                "else_clause" => parts_of.other = self.field_block(part, "body")?,
                "finally_clause" => {
                    let block = block.map(|block| self.block(block)).transpose()?;
                    parts_of.last = block.unwrap_or_default();
                }
                _ => {}
            }
        }
        Ok(StmtKind::Try(Box::new(parts_of)))
    }
}

/// A function, with the names that are its own.
fn made(name: Rc<str>, parameters: Vec<Parameter>, body: Vec<Stmt>, at: At) -> Function {
    let bound = Bound::by(&body);
    let mut locals: Vec<Rc<str>> = parameters.iter().map(|p| p.name.clone()).collect();
    locals.extend(bound.names.into_iter().filter(|name| !bound.outer.contains(name)));
    locals.sort();
    locals.dedup();
    Function { name, parameters, body, locals, generator: bound.yields, at }
}
