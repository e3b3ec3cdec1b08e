//! tree-sitter's Python grammar. It neither recurses nor gives up at an error, however the text is nested.

use std::cell::RefCell;

use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

/// No person writes more code than this in a cell; what is longer is data.
const LONGEST_CODE: usize = 512 * 1024;
/// tree-sitter reports each hundred operations. Python takes less than one report for ten bytes; text that needs twice
/// that is being guessed at.
const FEWEST_STEPS: usize = 300;
/// How deep a tree is followed.
pub const DEEPEST: usize = 200;

/// Why a cell cannot be read as Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// A syntax error on that line.
    Syntax(usize),
    /// Brackets nested deeper than Python allows, from that line on.
    TooDeep(usize),
    /// More code than anybody writes.
    TooLong,
}

/// The syntax tree of a cell.
///
/// # Errors
/// When it is no Python, or too much of it.
pub fn parse(text: &str) -> Result<Tree, Unreadable> {
    thread_local!(static PARSER: RefCell<Option<Parser>> = RefCell::new(python()));
    if text.len() > LONGEST_CODE {
        return Err(Unreadable::TooLong);
    }
    let tree = PARSER.with_borrow_mut(|parser| match parser {
        Some(parser) => until_error(parser, text),
        None => Err(Unreadable::TooLong),
    })?;
    if tree.root_node().has_error() {
        return Err(Unreadable::Syntax(first_error(tree.root_node())));
    }
    Ok(tree)
}

/// Parses until every way to read the text has met an error: mending errors, which an editor needs, can take time
/// that grows with the square of the text.
fn until_error(parser: &mut Parser, text: &str) -> Result<Tree, Unreadable> {
    let (mut at, mut steps) = (0, 0);
    let mut watch = |state: &ParseState| {
        at = state.current_byte_offset();
        steps += 1;
        let enough = state.has_error() || steps > FEWEST_STEPS + text.len() / 5;
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut watch);
    let mut rest = |from: usize, _| text.as_bytes().get(from..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut rest, None, Some(options));
    tree.ok_or_else(|| {
        parser.reset();
        let before = text.as_bytes().iter().take(at);
        Unreadable::Syntax(before.filter(|&&byte| byte == b'\n').count() + 1)
    })
}

fn python() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    Some(parser)
}

/// The line of the first error, from 1.
fn first_error(root: Node) -> usize {
    let mut line = 1;
    walk(root, |node| {
        let found = node.is_error() || node.is_missing();
        if found {
            line = node.start_position().row + 1;
        }
        if found {
            Walk::Stop
        } else if node.has_error() {
            Walk::Into
        } else {
            Walk::Over
        }
    });
    line
}

/// Where a [`walk`] goes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// Into the node's children.
    Into,
    /// Past them.
    Over,
    /// Nowhere.
    Stop,
}

/// Visits a node and all below it, in the order of the text, without recursion.
pub fn walk<'tree>(root: Node<'tree>, mut visit: impl FnMut(Node<'tree>) -> Walk) {
    let mut cursor = root.walk();
    loop {
        let step = visit(cursor.node());
        if step == Walk::Stop {
            return;
        }
        if step == Walk::Into && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The children that are neither punctuation nor comments.
pub fn parts(node: Node) -> Vec<Node> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_a_line() {
        assert!(parse("a = 1\n# x\nb = [1,\n 2]\n").is_ok());
        assert!(matches!(parse("a = 1\nb = = 2\n"), Err(Unreadable::Syntax(1..=2))));
        assert!(matches!(parse("def f(:\n"), Err(Unreadable::Syntax(1))));
    }

    #[test]
    fn garbage_is_left_at_once() {
        let garbage = format!("x = 1\n{}", "<!--".repeat(50_000));
        assert!(matches!(parse(&garbage), Err(Unreadable::Syntax(_))));
        assert!(parse("x = 1").is_ok());
    }

    #[test]
    fn chains_do_not_overflow() {
        let sum = format!("x = 1{}", "+1".repeat(100_000));
        assert!(parse(&sum).is_ok());
    }
}
