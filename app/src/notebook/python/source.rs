//! Makes a cell's text plain Python: IPython's magics become `pass`, and very long lists of numbers a name.

use super::super::printed::{NumberList, number_list};

/// Python itself refuses more open brackets than this.
const DEEPEST: usize = 200;
/// Lists of numbers longer than this many bytes are lifted out: a syntax tree costs a hundred bytes a number.
const LIFTED_FROM: usize = 4096;

/// A cell's text, ready for the parser; lines keep their numbers.
#[derive(Debug, Default)]
pub struct Source {
    /// The Python.
    pub text: String,
    /// The lists that were lifted out; `lifted_0` is the first. `None` where a list is no tensor.
    pub lifted: Vec<Option<Lifted>>,
    /// The line on which brackets are nested deeper than Python allows.
    pub too_deep: Option<usize>,
}

/// A list of numbers that was lifted out.
#[derive(Debug)]
pub struct Lifted {
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f64>,
    /// Whether any of them was written as a float.
    pub floats: bool,
}

impl From<NumberList> for Lifted {
    fn from(list: NumberList) -> Self {
        Self { shape: list.shape, values: list.values, floats: list.floats }
    }
}

/// The name in the text of the lifted list of that number.
pub fn lifted_name(index: usize) -> String {
    format!("__lifted_{index}__")
}

/// Prepares a cell's text.
pub fn prepare(cell: &str) -> Source {
    if runs_other_language(cell) {
        return Source::default();
    }
    let mut lexer = Lexer::new(cell);
    lexer.read();
    lexer.into_source()
}

/// `%%bash` and the like make the whole cell something else; these leave it Python.
fn runs_other_language(cell: &str) -> bool {
    const STILL_PYTHON: [&str; 6] = ["time", "timeit", "capture", "prun", "python", "python3"];
    let first = cell.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim_start();
    first
        .strip_prefix("%%")
        .is_some_and(|magic| !STILL_PYTHON.contains(&magic.split_whitespace().next().unwrap_or("")))
}

/// Knows just enough of Python's tokens: strings, comments and brackets.
struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: usize,
    /// Where each open bracket stands.
    open: Vec<usize>,
    too_deep: Option<usize>,
    /// The last byte that cannot be part of a list of plain numbers.
    impure: Option<usize>,
    /// What is replaced, in order: a range and its replacement.
    edits: Vec<(std::ops::Range<usize>, Edit)>,
}

enum Edit {
    /// A magic becomes `pass`.
    Pass,
    /// A list of numbers becomes a name.
    Lift,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        let (bytes, open, edits) = (text.as_bytes(), Vec::new(), Vec::new());
        Self { text, bytes, at: 0, line: 1, open, too_deep: None, impure: None, edits }
    }

    fn read(&mut self) {
        self.logical_line();
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => self.newline(),
                b'#' => self.skip_to_newline(),
                b'\\' => self.impure(2),
                b'\'' | b'"' => self.string(byte),
                b'(' | b'[' | b'{' => self.opened(byte),
                b')' | b']' | b'}' => self.closed(byte),
                b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b',' | b' ' | b'\t' | b'\r' => {
                    self.at += 1;
                }
                _ => self.impure(1),
            }
        }
    }

    /// Passes over bytes that end any list of plain numbers.
    fn impure(&mut self, count: usize) {
        self.impure = Some(self.at);
        let end = (self.at + count).min(self.bytes.len());
        self.line += self.bytes[self.at..end].iter().filter(|&&byte| byte == b'\n').count();
        self.at = end;
    }

    fn newline(&mut self) {
        self.at += 1;
        self.line += 1;
        if self.open.is_empty() {
            self.logical_line();
        }
    }

    fn skip_to_newline(&mut self) {
        self.impure = Some(self.at);
        self.at = self.end_of_line();
    }

    fn end_of_line(&self) -> usize {
        let rest = &self.bytes[self.at..];
        rest.iter().position(|&byte| byte == b'\n').map_or(self.bytes.len(), |n| self.at + n)
    }

    /// At the start of a logical line: if it is a magic, notes it and passes over it.
    fn logical_line(&mut self) {
        let line = &self.text[self.at..self.end_of_line()];
        if is_magic(line) {
            let indent = line.len() - line.trim_start().len();
            self.edits.push((self.at + indent..self.at + line.len(), Edit::Pass));
            self.skip_to_newline();
        }
    }

    fn string(&mut self, quote: u8) {
        self.impure = Some(self.at);
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.impure(2),
                // A string that its line does not close is a syntax error, and the parser's to find.
                b'\n' if !triple => return,
                _ if byte == quote && !triple => return self.at += 1,
                _ if triple && self.bytes[self.at..].starts_with(&[quote; 3]) => {
                    return self.at += 3;
                }
                _ => self.impure(1),
            }
        }
    }

    fn opened(&mut self, bracket: u8) {
        self.open.push(self.at);
        if self.open.len() > DEEPEST && self.too_deep.is_none() {
            self.too_deep = Some(self.line);
        }
        if bracket == b'[' { self.at += 1 } else { self.impure(1) }
    }

    fn closed(&mut self, bracket: u8) {
        let start = self.open.pop();
        if bracket != b']' {
            return self.impure(1);
        }
        self.at += 1;
        if let Some(start) = start
            && self.at - start > LIFTED_FROM
            && self.impure.is_none_or(|impure| impure < start)
        {
            // The outer list takes the place of those inside it.
            self.edits.retain(|(range, _)| range.start < start);
            self.edits.push((start..self.at, Edit::Lift));
        }
    }

    fn into_source(self) -> Source {
        let mut source = Source { too_deep: self.too_deep, ..Source::default() };
        if source.too_deep.is_some() {
            return source;
        }
        let mut told = 0;
        for (range, edit) in &self.edits {
            source.text.push_str(&self.text[told..range.start]);
            let old = &self.text[range.clone()];
            match edit {
                Edit::Pass => source.text.push_str("pass"),
                Edit::Lift => source.lift(old),
            }
            told = range.end;
        }
        source.text.push_str(&self.text[told..]);
        source
    }
}

impl Source {
    /// Puts a name in place of the list; parentheses hold its line breaks.
    fn lift(&mut self, list: &str) {
        self.text.push('(');
        self.text.push_str(&lifted_name(self.lifted.len()));
        self.text.extend(list.matches('\n'));
        self.text.push(')');
        self.lifted.push(number_list(list).map(Lifted::from));
    }
}

/// `%timeit x`, `!pip install torch`, `?torch`, `torch.tensor?`, `files = !ls`, `x = %env HOME`.
fn is_magic(line: &str) -> bool {
    let line = line.trim();
    let asks = line.ends_with('?') && !line.contains(['#', '"', '\'']);
    line.starts_with(['%', '!', '?']) || asks || assigns_magic(line)
}

fn assigns_magic(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == ',' || c == ' ';
    name.chars().all(plain) && value.trim_start().starts_with(['!', '%'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magics_become_pass_and_lines_stay() {
        let cell = "%matplotlib inline\n!pip install 'torch\nif x:\n    %time y\nfiles = !ls\nx = (1\n% 2)\ntorch?\ns = '''\n%no\n'''";
        let text = prepare(cell).text;
        assert_eq!(
            text,
            "pass\npass\nif x:\n    pass\npass\nx = (1\n% 2)\npass\ns = '''\n%no\n'''"
        );
        assert_eq!(prepare("%%time\nx = 1").text, "pass\nx = 1");
        assert_eq!(prepare("\n%%bash\nls").text, "");
    }

    #[test]
    fn long_lists_are_lifted_with_their_line_breaks() {
        let row = format!("[{}]", vec!["0.5"; 2000].join(", "));
        let cell = format!("a = torch.tensor([{row},\n{row}])\nb = [x, {row}]");
        let source = prepare(&cell);
        assert_eq!(source.text, "a = torch.tensor((__lifted_0__\n))\nb = [x, (__lifted_1__)]");
        assert_eq!(source.lifted[0].as_ref().unwrap().shape, [2, 2000]);
        assert_eq!(source.lifted[1].as_ref().unwrap().shape, [2000]);
    }

    #[test]
    fn nesting_beyond_pythons_own_limit_is_noted() {
        let source = prepare(&format!("x = 1\ny = {}", "[".repeat(100_000)));
        assert_eq!((source.too_deep, source.text.as_str()), (Some(2), ""));
    }
}
