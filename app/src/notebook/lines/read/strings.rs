//! Strings and f-strings.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::super::python::parse::parts;
use super::super::ast::{ExprKind, Piece};
use super::{Read, Reader};

impl Reader<'_> {
    pub(super) fn string(&mut self, node: Node) -> Read<ExprKind> {
        if self.prefix(node).contains('b') {
            return Ok(ExprKind::Unknown(Rc::from("bytes")));
        }
        Ok(whole(self.pieces(node)?))
    }

    /// `"a" "b"`
    pub(super) fn joined(&mut self, node: Node) -> Read<ExprKind> {
        let mut pieces = Vec::new();
        for part in parts(node) {
            if self.prefix(part).contains('b') {
                return Ok(ExprKind::Unknown(Rc::from("bytes")));
            }
            pieces.extend(self.pieces(part)?);
        }
        Ok(whole(pieces))
    }

    /// What stands before the quotes, in lower case.
    fn prefix(&self, node: Node) -> String {
        let start = node.child(0).map_or("", |start| self.text_of(start));
        start.trim_end_matches(['"', '\'']).to_lowercase()
    }

    fn pieces(&mut self, node: Node) -> Read<Vec<Piece>> {
        let raw = self.prefix(node).contains('r');
        let format = self.prefix(node).contains('f');
        let mut pieces = Vec::new();
        for part in parts(node) {
            match part.kind() {
                "string_content" => {
                    let text = self.text_of(part);
                    let text = if format {
                        text.replace("{{", "{").replace("}}", "}")
                    } else {
                        text.to_owned()
                    };
                    let text = if raw { text } else { unescaped(&text) };
                    pieces.push(Piece::Text(Rc::from(text)));
                }
                "interpolation" => pieces.push(self.interpolation(part)?),
                _ => {}
            }
        }
        Ok(pieces)
    }

    fn interpolation(&mut self, node: Node) -> Read<Piece> {
        let value = self.field(node, "expression")?;
        let inside = self.text.get(value.bytes.1..node.end_byte()).unwrap_or_default();
        // `{x=}` says the expression's own text; what stands between it and the equals sign belongs to it.
        let after = inside.trim_start();
        let label = after.starts_with('=').then(|| {
            let end = value.bytes.1 + inside.len() - after.len() + 1;
            let more = self.text[end..].len() - self.text[end..].trim_start_matches(' ').len();
            let start = node.start_byte() + 1;
            Rc::from(self.text.get(start..end + more).unwrap_or_default())
        });
        let (mut conversion, mut spec) = (None, Vec::new());
        for part in parts(node) {
            match part.kind() {
                "type_conversion" => conversion = self.text_of(part).chars().nth(1),
                "format_specifier" => spec = self.specifier(part)?,
                _ => {}
            }
        }
        Ok(Piece::Value { value, label, conversion, spec })
    }

    /// `:>{width}.2f`: text, with interpolations between.
    fn specifier(&mut self, node: Node) -> Read<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut from = node.start_byte() + 1;
        for part in parts(node) {
            if matches!(part.kind(), "interpolation" | "format_expression") {
                let before = self.text.get(from..part.start_byte()).unwrap_or_default();
                pieces.push(Piece::Text(Rc::from(before)));
                pieces.push(self.interpolation(part)?);
                from = part.end_byte();
            }
        }
        pieces
            .push(Piece::Text(Rc::from(self.text.get(from..node.end_byte()).unwrap_or_default())));
        Ok(pieces)
    }
}

/// Without interpolation it is a plain string.
fn whole(pieces: Vec<Piece>) -> ExprKind {
    let mut text = String::new();
    for piece in &pieces {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Value { .. } => return ExprKind::Format(pieces),
        }
    }
    ExprKind::Str(Rc::from(text))
}

/// Python's escapes; an unknown one stays as it is written.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\u{7}'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('\n') => {}
            Some(quote @ ('\\' | '\'' | '"')) => out.push(quote),
            Some(digit @ '0'..='7') => {
                let mut code = digit.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(next) = chars.peek().and_then(|next| next.to_digit(8)) else { break };
                    code = code * 8 + next;
                    chars.next();
                }
                out.extend(char::from_u32(code));
            }
            Some(kind @ ('x' | 'u' | 'U')) => {
                let length = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let mut code = 0;
                for _ in 0..length {
                    let Some(next) = chars.peek().and_then(|next| next.to_digit(16)) else { break };
                    code = code * 16 + next;
                    chars.next();
                }
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}
