//! Expressions.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::super::python::parse::{Unreadable, parts};
use super::super::ast::{
    Argument, Clause, Comprehension, Expr, ExprKind, Given, Makes, Stmt, StmtKind,
};
use super::{Read, Reader, made};

impl Reader<'_> {
    pub(super) fn expr(&mut self, node: Node) -> Read<Expr> {
        let kind = self.deeper(node, |reader| reader.kind(node))?;
        Ok(Expr { at: self.at(node), bytes: (node.start_byte(), node.end_byte()), kind })
    }

    fn boxed(&mut self, node: Node, field: &str) -> Read<Box<Expr>> {
        Ok(Box::new(self.field(node, field)?))
    }

    fn kind(&mut self, node: Node) -> Read<ExprKind> {
        Ok(match node.kind() {
            "none" => ExprKind::None,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "integer" => integer(self.text_of(node)),
            "float" => float(self.text_of(node)),
            "string" => self.string(node)?,
            "concatenated_string" => self.joined(node)?,
            "ellipsis" => ExprKind::Ellipsis,
            "identifier" | "keyword_identifier" => ExprKind::Name(self.name_of(node)),
            "parenthesized_expression" => match parts(node).first() {
                Some(&inner) => self.expr(inner)?.kind,
                None => ExprKind::Tuple(Vec::new()),
            },
            "tuple" | "expression_list" | "pattern_list" | "tuple_pattern" => {
                ExprKind::Tuple(self.all(parts(node))?)
            }
            "list" | "list_pattern" => ExprKind::List(self.all(parts(node))?),
            "set" => ExprKind::Set(self.all(parts(node))?),
            "dictionary" => self.dictionary(node)?,
            "unary_operator" => {
                let operator = self.text_of(node).chars().next().unwrap_or('-');
                ExprKind::Unary(operator, self.boxed(node, "argument")?)
            }
            "not_operator" => ExprKind::Not(self.boxed(node, "argument")?),
            "boolean_operator" => {
                let operator = node.child_by_field_name("operator");
                let (a, b) = (self.boxed(node, "left")?, self.boxed(node, "right")?);
                match operator.map(|operator| self.text_of(operator)) {
                    Some("and") => ExprKind::And(a, b),
                    _ => ExprKind::Or(a, b),
                }
            }
            "binary_operator" => {
                let operator = node.child_by_field_name("operator");
                let operator = operator.map_or(Rc::from(""), |node| self.name_of(node));
                ExprKind::Binary(operator, self.boxed(node, "left")?, self.boxed(node, "right")?)
            }
            "comparison_operator" => self.comparison(node)?,
            "conditional_expression" => {
                let mut three = self.all(parts(node))?.into_iter();
                match (three.next(), three.next(), three.next()) {
                    (Some(then), Some(test), Some(other)) => {
                        ExprKind::IfElse(Box::new(test), Box::new(then), Box::new(other))
                    }
                    _ => return Err(Unreadable::Syntax(node.start_position().row + 1)),
                }
            }
            "attribute" => {
                let name = node.child_by_field_name("attribute");
                let name = name.map_or(Rc::from(""), |name| self.name_of(name));
                ExprKind::Attribute(self.boxed(node, "object")?, name)
            }
            "subscript" => self.subscript(node)?,
            "slice" => self.slice(node)?,
            "call" => self.call(node)?,
            "lambda" => self.lambda(node)?,
            "list_comprehension" => self.comprehension(node, Makes::List)?,
            "set_comprehension" => self.comprehension(node, Makes::Set)?,
            "dictionary_comprehension" => self.comprehension(node, Makes::Dict)?,
            "generator_expression" => self.comprehension(node, Makes::Generator)?,
            "list_splat" | "list_splat_pattern" => match parts(node).first() {
                Some(&inner) => ExprKind::Starred(Box::new(self.expr(inner)?)),
                None => ExprKind::Unknown(Rc::from("*")),
            },
            "named_expression" => {
                let name = node.child_by_field_name("name");
                let name = name.map_or(Rc::from(""), |name| self.name_of(name));
                ExprKind::Walrus(name, self.boxed(node, "value")?)
            }
            "yield"
                if self
                    .text_of(node)
                    .trim_start_matches("yield")
                    .trim_start()
                    .starts_with("from ") =>
            {
                ExprKind::Unknown(Rc::from("yield from"))
            }
            "yield" => ExprKind::Yield(self.only(node)?.map(Box::new)),
            other => ExprKind::Unknown(Rc::from(other.replace('_', " "))),
        })
    }

    fn dictionary(&mut self, node: Node) -> Read<ExprKind> {
        let mut items = Vec::new();
        for part in parts(node) {
            if part.kind() == "pair" {
                items.push((Some(self.field(part, "key")?), self.field(part, "value")?));
            } else if let Some(&inner) = parts(part).first() {
                items.push((None, self.expr(inner)?));
            }
        }
        Ok(ExprKind::Dict(items))
    }

    /// The grammar has operands as named children and operators between them.
    fn comparison(&mut self, node: Node) -> Read<ExprKind> {
        let mut first = None;
        let mut rest: Vec<(Rc<str>, Expr)> = Vec::new();
        let mut operator = String::new();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.is_extra() {
                continue;
            }
            if !child.is_named() {
                if !operator.is_empty() {
                    operator.push(' ');
                }
                operator.push_str(
                    &self.text_of(child).split_whitespace().collect::<Vec<_>>().join(" "),
                );
            } else if first.is_none() {
                first = Some(self.expr(child)?);
            } else {
                rest.push((Rc::from(std::mem::take(&mut operator)), self.expr(child)?));
            }
        }
        match first {
            Some(first) => Ok(ExprKind::Compare(Box::new(first), rest)),
            None => Err(Unreadable::Syntax(node.start_position().row + 1)),
        }
    }

    fn subscript(&mut self, node: Node) -> Read<ExprKind> {
        let object = self.boxed(node, "value")?;
        let mut cursor = node.walk();
        let inside: Vec<Node> = node.children_by_field_name("subscript", &mut cursor).collect();
        // A comma after a single index makes it a tuple.
        let comma = (0..node.child_count())
            .filter_map(|at| node.child(at as u32))
            .any(|child| child.kind() == ",");
        let at = inside.first().map_or_else(|| self.at(node), |&first| self.at(first));
        let mut indices = self.all(inside)?;
        let bytes = (
            indices.first().map_or(node.start_byte(), |first| first.bytes.0),
            indices.last().map_or(node.end_byte(), |last| last.bytes.1),
        );
        let index = match indices.len() {
            1 if !comma => indices.remove(0),
            _ => Expr { at, bytes, kind: ExprKind::Tuple(indices) },
        };
        Ok(ExprKind::Subscript(object, Box::new(index)))
    }

    fn slice(&mut self, node: Node) -> Read<ExprKind> {
        let mut three = [None, None, None];
        let mut at = 0;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.kind() == ":" {
                at += 1;
            } else if child.is_named() && !child.is_extra() && at < 3 {
                three[at] = Some(Box::new(self.expr(child)?));
            }
        }
        let [start, stop, step] = three;
        Ok(ExprKind::Slice(start, stop, step))
    }

    fn call(&mut self, node: Node) -> Read<ExprKind> {
        let function = self.boxed(node, "function")?;
        let Some(list) = node.child_by_field_name("arguments") else {
            return Ok(ExprKind::Call(function, Vec::new()));
        };
        if list.kind() == "generator_expression" {
            let value = self.expr(list)?;
            return Ok(ExprKind::Call(function, vec![Argument { how: Given::Place, value }]));
        }
        let mut arguments = Vec::new();
        for part in parts(list) {
            let (how, value) = match part.kind() {
                "keyword_argument" => {
                    let name = part.child_by_field_name("name");
                    let name = name.map_or(Rc::from(""), |name| self.name_of(name));
                    (Given::Key(name), self.field(part, "value")?)
                }
                "list_splat" | "dictionary_splat" => {
                    let Some(&inner) = parts(part).first() else { continue };
                    let how =
                        if part.kind() == "list_splat" { Given::Star } else { Given::StarStar };
                    (how, self.expr(inner)?)
                }
                _ => (Given::Place, self.expr(part)?),
            };
            arguments.push(Argument { how, value });
        }
        Ok(ExprKind::Call(function, arguments))
    }

    fn lambda(&mut self, node: Node) -> Read<ExprKind> {
        let parameters = self.parameters(node.child_by_field_name("parameters"))?;
        let value = self.field(node, "body")?;
        let (at, bytes) = (value.at, value.bytes);
        let body = vec![Stmt { at, bytes, kind: StmtKind::Return(Some(value)) }];
        Ok(ExprKind::Lambda(Rc::new(made(Rc::from("<lambda>"), parameters, body, self.at(node)))))
    }

    fn comprehension(&mut self, node: Node, makes: Makes) -> Read<ExprKind> {
        let body = node.child_by_field_name("body");
        let (element, value) = match body {
            Some(pair) if pair.kind() == "pair" => {
                (self.field(pair, "key")?, Some(self.field(pair, "value")?))
            }
            Some(body) => (self.expr(body)?, None),
            None => return Err(Unreadable::Syntax(node.start_position().row + 1)),
        };
        let mut clauses: Vec<Clause> = Vec::new();
        for part in parts(node) {
            match part.kind() {
                "for_in_clause" => clauses.push(Clause {
                    target: self.field(part, "left")?,
                    iterable: self.field(part, "right")?,
                    conditions: Vec::new(),
                }),
                "if_clause" => {
                    if let (Some(clause), Some(&test)) = (clauses.last_mut(), parts(part).first()) {
                        clause.conditions.push(self.expr(test)?);
                    }
                }
                _ => {}
            }
        }
        Ok(ExprKind::Comprehension(Box::new(Comprehension { makes, element, value, clauses })))
    }
}

fn integer(text: &str) -> ExprKind {
    let text = text.replace('_', "").to_lowercase();
    let read = match text.get(..2) {
        Some("0x") => i64::from_str_radix(&text[2..], 16),
        Some("0b") => i64::from_str_radix(&text[2..], 2),
        Some("0o") => i64::from_str_radix(&text[2..], 8),
        _ => text.parse(),
    };
    read.map_or_else(|_| ExprKind::Unknown(Rc::from(short(&text))), ExprKind::Int)
}

fn float(text: &str) -> ExprKind {
    let text = text.replace('_', "");
    text.parse().map_or_else(|_| ExprKind::Unknown(Rc::from(short(&text))), ExprKind::Float)
}

/// Numbers that are too long to be said whole.
fn short(text: &str) -> String {
    if text.len() > 24 {
        format!("{}…", text.chars().take(20).collect::<String>())
    } else {
        text.to_owned()
    }
}
