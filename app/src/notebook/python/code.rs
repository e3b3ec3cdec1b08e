//! What the code cells assign, use and print, in the order of the text.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use tree_sitter::Node;

use super::super::array::Array;
use super::eval::{Evaluator, Names, Value};
use super::parse::{DEEPEST, Unreadable, Walk, parse, parts, walk};
use super::source::prepare;

/// A place in a cell's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The cell, from 0.
    pub cell: usize,
    /// The line in it, from 1.
    pub line: usize,
}

/// One simple statement, wherever it stands.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Where.
    pub place: Place,
    /// Its text; of a long one, the beginning.
    pub text: String,
    /// The names it assigns.
    pub assigns: Vec<String>,
}

/// Something given a literal value.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// Where.
    pub place: Place,
    /// The name.
    pub name: String,
    /// The numbers.
    pub array: Rc<Array>,
}

/// What stood in the inputs' names at one moment.
pub type Snapshot = HashMap<String, Assignment>;

/// All that the cells say.
#[derive(Debug, Default)]
pub struct Code {
    /// The simple statements, in order.
    pub statements: Vec<Statement>,
    /// The tensors written as literals, in order.
    pub assignments: Vec<Assignment>,
    /// For each cell, from its number: the inputs by name as its outputs saw them.
    pub seen: BTreeMap<usize, Rc<Snapshot>>,
    /// For each cell, what its statements print: the text of each `print(..)` and of a last expression.
    pub printed: HashMap<usize, Vec<String>>,
    /// The cells that are no Python.
    pub unreadable: Vec<(usize, Unreadable)>,
}

/// Reads the cells' code, each with its number; of the names that may be inputs, the last value before use counts.
pub fn read<'a>(
    cells: impl Iterator<Item = (usize, &'a str)>,
    may_be_input: &dyn Fn(&str) -> bool,
) -> Code {
    let mut reader = Reader {
        code: Code::default(),
        names: Names::default(),
        bound: HashMap::new(),
        used: HashMap::new(),
        cell: 0,
        may_be_input,
        seen: Rc::default(),
    };
    for (cell, source) in cells {
        reader.cell = cell;
        reader.cell(source);
    }
    reader.code
}

struct Reader<'a> {
    code: Code,
    names: Names,
    may_be_input: &'a dyn Fn(&str) -> bool,
    /// What the last cell saw; most cells see the same.
    seen: Rc<Snapshot>,
    /// The inputs by name, as of now.
    bound: Snapshot,
    /// The same, as of when each was last used.
    used: Snapshot,
    cell: usize,
}

impl Reader<'_> {
    fn cell(&mut self, source: &str) {
        let source = prepare(source);
        let tree = match source.too_deep {
            Some(line) => Err(Unreadable::TooDeep(line)),
            None => parse(&source.text),
        };
        match tree {
            Err(why) => self.code.unreadable.push((self.cell, why)),
            Ok(tree) => {
                self.names.lift(source.lifted);
                self.block(tree.root_node(), &source.text, 0, true);
                self.last_expression(tree.root_node(), &source.text);
            }
        }
        // What was used counts; what was not yet used counts as it stands.
        let mut seen = self.bound.clone();
        seen.extend(self.used.iter().map(|(name, value)| (name.clone(), value.clone())));
        if seen != *self.seen {
            self.seen = Rc::new(seen);
        }
        self.code.seen.insert(self.cell, self.seen.clone());
    }

    /// Walks the statements; those inside a function are noted, but not evaluated.
    fn block(&mut self, block: Node, text: &str, depth: usize, runs: bool) {
        if depth > DEEPEST {
            return;
        }
        for node in parts(block) {
            match node.kind() {
                "function_definition" | "class_definition" => {
                    self.block(node, text, depth + 1, false);
                }
                kind if is_simple(kind) => {
                    self.note(node, text);
                    if runs {
                        self.run(node, text);
                    }
                }
                _ => self.block(node, text, depth + 1, runs),
            }
        }
    }

    fn place(&self, node: Node) -> Place {
        Place { cell: self.cell, line: node.start_position().row + 1 }
    }

    fn note(&mut self, node: Node, text: &str) {
        let assigns = targets(node, text).into_iter().map(|(name, _)| name).collect();
        self.code.statements.push(Statement {
            place: self.place(node),
            text: text[node.byte_range()].chars().take(200).collect(),
            assigns,
        });
    }

    fn run(&mut self, node: Node, text: &str) {
        let targets = targets(node, text);
        let assigned: Vec<&str> = targets.iter().map(|(name, _)| name.as_str()).collect();
        self.note_use(node, text, &assigned);
        for (name, value) in &targets {
            let value = value.as_ref().and_then(|value| value.evaluate(text, &self.names));
            self.assign(node, name, value);
        }
        self.default_dtype(node, text);
        self.printing(node, text);
    }

    /// A statement that reads a tensor without giving it another value is a use of it.
    fn note_use(&mut self, node: Node, text: &str, assigned: &[&str]) {
        let (bound, used) = (&self.bound, &mut self.used);
        walk(node, |part| {
            if matches!(part.kind(), "lambda" | "function_definition" | "class_definition") {
                return Walk::Over;
            }
            if part.kind() == "identifier" {
                let name = &text[part.byte_range()];
                if !assigned.contains(&name)
                    && let Some(value) = bound.get(name)
                {
                    used.insert(name.to_owned(), value.clone());
                }
            }
            Walk::Into
        });
    }

    fn assign(&mut self, node: Node, name: &str, value: Option<Value>) {
        match &value {
            Some(Value::Tensor(array)) => {
                let place = self.place(node);
                let assignment = Assignment { place, name: name.to_owned(), array: array.clone() };
                if (self.may_be_input)(name) {
                    self.bound.insert(name.to_owned(), assignment.clone());
                }
                self.code.assignments.push(assignment);
            }
            _ => {
                self.bound.remove(name);
            }
        }
        self.names.set(name, value);
    }

    /// `torch.set_default_dtype(torch.float64)`.
    fn default_dtype(&mut self, node: Node, text: &str) {
        let Some(call) = parts(node).into_iter().find(|part| part.kind() == "call") else { return };
        let evaluator = Evaluator { text, names: &self.names };
        let function = call.child_by_field_name("function").map(|node| &text[node.byte_range()]);
        let argument = call.child_by_field_name("arguments").and_then(|list| {
            let first = *parts(list).first()?;
            evaluator.value(first)
        });
        if function.is_some_and(|name| name.ends_with("set_default_dtype"))
            && let Some(Value::Dtype(kind)) = argument
        {
            self.names.set_default(kind);
        }
    }

    fn printing(&mut self, node: Node, text: &str) {
        let call = parts(node).into_iter().find(|part| part.kind() == "call");
        let function = call.and_then(|call| call.child_by_field_name("function"));
        if let (Some(call), Some(function)) = (call, function)
            && matches!(&text[function.byte_range()], "print" | "display")
        {
            self.prints(&text[call.byte_range()]);
        }
    }

    fn last_expression(&mut self, root: Node, text: &str) {
        let Some(last) = parts(root).into_iter().next_back() else { return };
        let is_call = parts(last).first().is_some_and(|part| {
            part.kind() == "call" && matches!(text[part.byte_range()].get(..5), Some("print"))
        });
        if last.kind() == "expression_statement" && !is_call && targets(last, text).is_empty() {
            self.prints(&text[last.byte_range()]);
        }
    }

    fn prints(&mut self, what: &str) {
        let what = what.chars().take(200).collect();
        self.code.printed.entry(self.cell).or_default().push(what);
    }
}

fn is_simple(kind: &str) -> bool {
    matches!(
        kind,
        "expression_statement" | "return_statement" | "assert_statement" | "delete_statement"
    )
}

/// Where the value of an assigned name comes from.
enum Source<'tree> {
    /// An expression.
    Expression(Node<'tree>),
    /// One of the items of an expression: `Q, K = a, b`.
    Item(Node<'tree>, usize),
    /// `Q *= 2`: the name, the operator without `=`, the expression.
    Augmented(String, String, Node<'tree>),
}

impl Source<'_> {
    fn evaluate(&self, text: &str, names: &Names) -> Option<Value> {
        let evaluator = Evaluator { text, names };
        match self {
            Source::Expression(node) => evaluator.value(*node),
            Source::Item(node, index) => match evaluator.value(*node)? {
                Value::List(items) => items.get(*index).cloned(),
                _ => None,
            },
            Source::Augmented(name, operator, node) => {
                super::eval::combine(operator, names.get(name)?, &evaluator.value(*node)?)
            }
        }
    }
}

/// The names that a statement assigns, each with where its value comes from (`None`: unknown).
fn targets<'tree>(statement: Node<'tree>, text: &str) -> Vec<(String, Option<Source<'tree>>)> {
    let mut found = Vec::new();
    let mut next = parts(statement).into_iter().next();
    // `Q = K = torch.tensor(..)` nests to the right.
    while let Some(node) = next.take() {
        let left = node.child_by_field_name("left");
        let right = node.child_by_field_name("right");
        let value = innermost(right);
        match (node.kind(), left) {
            ("assignment", Some(left)) => {
                targets_of(left, value, text, &mut found);
                next = right.filter(|right| right.kind() == "assignment");
            }
            ("augmented_assignment", Some(left)) if left.kind() == "identifier" => {
                let name = text[left.byte_range()].to_owned();
                let operator = node
                    .child_by_field_name("operator")
                    .map(|node| text[node.byte_range()].trim_end_matches('=').to_owned());
                let source = operator
                    .zip(right)
                    .map(|(operator, right)| Source::Augmented(name.clone(), operator, right));
                found.push((name, source));
            }
            _ => {}
        }
    }
    found
}

fn innermost(right: Option<Node>) -> Option<Node> {
    let mut value = right?;
    while value.kind() == "assignment" {
        value = value.child_by_field_name("right")?;
    }
    Some(value)
}

fn targets_of<'tree>(
    left: Node<'tree>,
    value: Option<Node<'tree>>,
    text: &str,
    found: &mut Vec<(String, Option<Source<'tree>>)>,
) {
    match left.kind() {
        "identifier" => {
            found.push((text[left.byte_range()].to_owned(), value.map(Source::Expression)));
        }
        "pattern_list" | "tuple_pattern" | "list_pattern" => {
            for (index, part) in parts(left).into_iter().enumerate() {
                if part.kind() == "identifier" {
                    let source = value.map(|value| Source::Item(value, index));
                    found.push((text[part.byte_range()].to_owned(), source));
                }
            }
        }
        // `Q[0, 1] = 5` leaves Q with numbers that are not known here.
        "subscript" => {
            if let Some(base) = left.child_by_field_name("value")
                && base.kind() == "identifier"
            {
                found.push((text[base.byte_range()].to_owned(), None));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(cells: &[&str]) -> Code {
        read(cells.iter().copied().enumerate(), &|_| true)
    }

    fn value(code: &Code, cell: usize, name: &str) -> Option<f64> {
        code.seen[&cell].get(name).map(|found| found.array.values[0])
    }

    #[test]
    fn the_last_value_before_use_counts() {
        let code = code(&[
            "Q = torch.tensor([1.])\nQ = torch.tensor([2.])\nout = Q @ K\nQ = torch.tensor([3.])",
            "out",
            "def f(Q):\n    return Q * 2\ny = Q + 1",
        ]);
        assert_eq!(value(&code, 0, "Q"), Some(2.0));
        assert_eq!(value(&code, 1, "Q"), Some(2.0));
        assert_eq!(value(&code, 2, "Q"), Some(3.0));
    }

    #[test]
    fn all_ways_to_assign() {
        let code = code(&[
            "a, b = torch.tensor([1.]), torch.tensor([2.])\nQ: torch.Tensor = a\nK = L = b\nL *= 2\nif True:\n    M = b",
            "Q[0] = 5\nx = 1\nx += 1\nZ = torch.tensor([1.]) * x",
        ]);
        assert_eq!(value(&code, 0, "Q"), Some(1.0));
        assert_eq!(value(&code, 0, "K"), Some(2.0));
        assert_eq!(value(&code, 0, "L"), Some(4.0));
        assert_eq!(value(&code, 0, "M"), Some(2.0));
        assert_eq!(value(&code, 1, "Q"), None);
        assert_eq!(value(&code, 1, "Z"), Some(2.0));
    }

    #[test]
    fn a_broken_cell_is_noted_and_the_others_count() {
        let code = code(&[
            "Q = torch.tensor([1.])",
            "x = = 1",
            "K = torch.tensor([2.])\nprint('k', K)\nK",
        ]);
        assert_eq!(code.unreadable.len(), 1);
        assert_eq!(value(&code, 2, "K"), Some(2.0));
        assert_eq!(code.printed[&2], ["print('k', K)", "K"]);
    }

    #[test]
    fn statements_inside_functions_are_noted() {
        let code =
            code(&["def f(q, k):\n    scores = q @ k.T\n    return softmax(scores, dim=-1)"]);
        assert_eq!(code.statements[0].assigns, ["scores"]);
        assert!(code.statements[1].text.contains("softmax"));
        assert_eq!(code.statements[1].place, Place { cell: 0, line: 3 });
    }
}
