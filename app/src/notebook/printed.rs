//! Tensors that were printed: `tensor([[..]])`, `array([[..]])` and bare lists, found in any text.
//!
//! One pass, no recursion, and every byte is looked at once: what cannot be a tensor is left behind where it broke.

use tch::Kind;

use super::array::{MAX_DIMENSIONS, kind_of_name};
use super::precision::Precision;

/// More numbers than this are no exercise; reading them would only cost memory.
const MOST_NUMBERS: usize = 4_000_000;

/// More tensors than this in one text are no exercise either.
const MOST_TENSORS: usize = 1000;

/// A tensor found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// The line it begins on, from 1.
    pub line: usize,
    /// The text between the tensor before it and this one, which often names it.
    pub before: String,
    /// The length of each dimension. Empty where `summarised`.
    pub shape: Vec<usize>,
    /// The numbers, last dimension fastest.
    pub values: Vec<f64>,
    /// The digits they were printed with.
    pub precision: Precision,
    /// `dtype=`, where it was printed.
    pub kind: Option<Kind>,
    /// Whether `...` stands in place of most of it.
    pub summarised: bool,
}

/// The tensors in the text, in order; the first thousand.
pub fn tensors(text: &str) -> Vec<Printed> {
    let mut found = Vec::new();
    let mut scanner = Scanner { text, at: 0, line: 1, told_until: 0 };
    while let Some(start) = scanner.next_bracket() {
        if let Some(tensor) = scanner.tensor(start) {
            found.push(tensor);
        }
        if found.len() == MOST_TENSORS {
            break;
        }
    }
    found
}

/// A list of numbers as Python writes it.
pub struct NumberList {
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f64>,
    /// Whether any of them was written with a point or an exponent.
    pub floats: bool,
}

/// Reads nested lists of plain numbers, commas between them; `None` where they are no tensor.
///
/// A syntax tree costs a hundred bytes a number, this costs eight: for the literals too long to be parsed.
pub fn number_list(text: &str) -> Option<NumberList> {
    let mut lists = Lists::new(text.as_bytes(), true);
    let complete = lists.read() && lists.at == text.len() && !lists.summarised;
    let full = complete && lists.full();
    let floats = lists.any_point || lists.scientific;
    full.then_some(NumberList { shape: lists.shape, values: lists.values, floats })
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    /// Where the tensor before this one ended.
    told_until: usize,
}

/// The wrapper in front of the first bracket.
#[derive(PartialEq)]
enum Wrapper {
    Tensor,
    Array,
    None,
}

impl Scanner<'_> {
    /// Goes to the next `[`.
    fn next_bracket(&mut self) -> Option<usize> {
        let offset = self.text.as_bytes()[self.at..].iter().position(|&byte| byte == b'[')?;
        self.advance(self.at + offset);
        Some(self.at)
    }

    fn advance(&mut self, to: usize) {
        let passed = &self.text.as_bytes()[self.at..to];
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.at = to;
    }

    /// Reads the tensor that begins at the bracket, if one does, and moves on past it in any case.
    fn tensor(&mut self, start: usize) -> Option<Printed> {
        let line = self.line;
        let mut lists = Lists::new(&self.text.as_bytes()[start..], false);
        let complete = lists.read();
        self.advance(start + lists.at.max(1));
        if !complete || !(lists.full() || lists.summarised) {
            return None;
        }
        let before = &self.text[self.told_until..start];
        let wrapper = wrapper(before);
        let tail = self.tail(&wrapper);
        self.told_until = self.at;
        Some(Printed {
            line,
            before: last_words(before),
            precision: lists.precision(&wrapper),
            kind: tail.as_deref().and_then(dtype),
            summarised: lists.summarised,
            shape: if lists.summarised { Vec::new() } else { lists.shape },
            values: lists.values,
        })
    }

    /// What follows the last bracket up to the closing parenthesis: `, dtype=torch.float64, grad_fn=<..>`.
    fn tail(&mut self, wrapper: &Wrapper) -> Option<String> {
        if *wrapper == Wrapper::None {
            return None;
        }
        let rest = &self.text[self.at..];
        let near: String = rest.chars().take(200).collect();
        let end = near.find("\n\n").unwrap_or(near.len());
        let close = near[..end].find(')').unwrap_or(0);
        let tail = near[..close].to_owned();
        self.advance(self.at + close);
        Some(tail)
    }
}

fn wrapper(before: &str) -> Wrapper {
    let before = before.trim_end();
    if before.ends_with("tensor(") || before.ends_with("Parameter containing:\ntensor(") {
        Wrapper::Tensor
    } else if before.ends_with("array(") {
        Wrapper::Array
    } else {
        Wrapper::None
    }
}

/// The last 80 characters, on one line, without the wrapper.
fn last_words(before: &str) -> String {
    let words = before.trim_end().trim_end_matches("tensor(").trim_end_matches("array(").trim();
    let skip = words.chars().count().saturating_sub(80);
    words.chars().skip(skip).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn dtype(tail: &str) -> Option<Kind> {
    let (_, name) = tail.split_once("dtype=")?;
    let name: String =
        name.chars().take_while(|c| c.is_alphanumeric() || *c == '.' || *c == '_').collect();
    kind_of_name(&name)
}

/// Nested lists of numbers, read with a stack of counts in place of recursion.
struct Lists<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many items each open list has so far.
    open: Vec<usize>,
    deepest: usize,
    /// The depth of the numbers.
    leaf: usize,
    shape: Vec<usize>,
    values: Vec<f64>,
    decimals: u8,
    scientific: bool,
    any_point: bool,
    summarised: bool,
    /// Python needs commas; NumPy prints none.
    commas: bool,
    after_comma: bool,
}

impl<'a> Lists<'a> {
    fn new(bytes: &'a [u8], commas: bool) -> Self {
        Self {
            commas,
            after_comma: true,
            bytes,
            at: 0,
            open: Vec::new(),
            deepest: 0,
            leaf: 0,
            shape: Vec::new(),
            values: Vec::new(),
            decimals: 0,
            scientific: false,
            any_point: false,
            summarised: false,
        }
    }

    /// Reads up to the bracket that closes the first; `false` where it is no tensor.
    fn read(&mut self) -> bool {
        while let Some(&byte) = self.bytes.get(self.at) {
            let fine = match byte {
                b'[' => self.open_list(),
                b']' => self.close_list(),
                b' ' | b'\n' | b'\t' | b'\r' => {
                    self.at += 1;
                    true
                }
                b',' => {
                    self.at += 1;
                    !(self.commas && std::mem::replace(&mut self.after_comma, true))
                }
                b'.' if self.bytes[self.at..].starts_with(b"...") => {
                    self.summarised = true;
                    self.at += 3;
                    true
                }
                _ => self.number(),
            };
            if !fine {
                return false;
            }
            if self.open.is_empty() {
                return true;
            }
        }
        false
    }

    /// Whether the numbers fill the shape; of lists that were not closed, it is not yet known.
    fn full(&self) -> bool {
        let count = self.shape.iter().try_fold(1usize, |count, &n| count.checked_mul(n));
        !self.shape.is_empty() && count == Some(self.values.len())
    }

    /// Whether an item may stand here.
    fn separated(&mut self) -> bool {
        std::mem::replace(&mut self.after_comma, false) || !self.commas
    }

    fn open_list(&mut self) -> bool {
        self.at += 1;
        if !self.separated() {
            return false;
        }
        self.after_comma = true;
        if let Some(items) = self.open.last_mut() {
            *items += 1;
        }
        self.open.push(0);
        self.deepest = self.deepest.max(self.open.len());
        if self.open.len() > MAX_DIMENSIONS {
            // Nor is what lies still deeper.
            let deeper = self.bytes[self.at..].iter().take_while(|byte| b"[ \n".contains(byte));
            self.at += deeper.count();
            return false;
        }
        // Beside a number there can be no list.
        self.values.is_empty() || self.open.len() <= self.leaf
    }

    fn close_list(&mut self) -> bool {
        self.at += 1;
        let Some(items) = self.open.pop() else { return false };
        let depth = self.open.len();
        self.after_comma = false;
        if self.shape.is_empty() {
            self.shape = vec![usize::MAX; self.deepest];
        }
        match self.shape.get_mut(depth) {
            // Numbers and lists at one depth, or a deeper list after a shallow one.
            None => false,
            Some(length) if *length == usize::MAX => {
                *length = items;
                true
            }
            Some(length) => *length == items || self.summarised,
        }
    }

    fn number(&mut self) -> bool {
        let token = self.token();
        let Some(number) = parse_number(token) else { return false };
        if !self.separated() {
            return false;
        }
        let Some(items) = self.open.last_mut() else { return false };
        *items += 1;
        if self.values.len() == MOST_NUMBERS || self.open.len() < self.deepest {
            return false;
        }
        self.leaf = self.open.len();
        self.values.push(number.value);
        self.decimals = self.decimals.max(number.decimals);
        self.scientific |= number.scientific;
        self.any_point |= number.point;
        self.at += token.len();
        true
    }

    fn token(&self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&b| b",[] \n\t\r()".contains(&b)).unwrap_or(rest.len());
        &rest[..end]
    }

    /// torch and NumPy print whole floats as `1.` only where nothing was rounded away.
    fn precision(&self, wrapper: &Wrapper) -> Precision {
        match (self.scientific, self.decimals) {
            (true, digits) => Precision::Scientific(digits),
            (false, 0) if *wrapper != Wrapper::None || self.any_point => Precision::Full,
            (false, 0) => Precision::Decimals(0),
            (false, digits) => Precision::Decimals(digits),
        }
    }
}

/// One printed number.
struct Number {
    value: f64,
    decimals: u8,
    scientific: bool,
    point: bool,
}

fn parse_number(token: &[u8]) -> Option<Number> {
    let text = std::str::from_utf8(token).ok()?;
    let special = |value| Number { value, decimals: 0, scientific: false, point: false };
    match text {
        "nan" => return Some(special(f64::NAN)),
        "inf" => return Some(special(f64::INFINITY)),
        "-inf" => return Some(special(f64::NEG_INFINITY)),
        "True" => return Some(special(1.0)),
        "False" => return Some(special(0.0)),
        _ => {}
    }
    // Rust would also read `infinity` and the like.
    if !text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    let (mantissa, scientific) = match text.split_once(['e', 'E']) {
        Some((mantissa, _)) => (mantissa, true),
        None => (text, false),
    };
    let decimals = mantissa.split_once('.').map(|(_, digits)| digits.len());
    Some(Number {
        value,
        decimals: u8::try_from(decimals.unwrap_or(0)).unwrap_or(u8::MAX),
        scientific,
        point: decimals.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Printed {
        let mut found = tensors(text);
        assert_eq!(found.len(), 1, "{text:?} → {found:?}");
        found.remove(0)
    }

    #[test]
    fn what_torch_prints() {
        let t = one("tensor([[0.2500, 0.5000, 0.5000],\n        [0.1892, 0.5432, 0.5857]])");
        assert_eq!(
            (t.shape.as_slice(), &t.precision),
            ([2, 3].as_slice(), &Precision::Decimals(4))
        );
        assert_eq!(t.values[5], 0.5857);
        let t =
            one("tensor([[1.8924e-01, -1.0000e+09]], dtype=torch.float64, grad_fn=<MmBackward0>)");
        assert_eq!((t.kind, &t.precision), (Some(Kind::Double), &Precision::Scientific(4)));
        let t = one("tensor([[1., 0.],\n        [-inf, nan]])");
        assert_eq!(t.precision, Precision::Full);
        assert!(t.values[2] == f64::NEG_INFINITY && t.values[3].is_nan());
        assert_eq!(one("tensor([[ True, False]])").values, [1.0, 0.0]);
    }

    #[test]
    fn what_numpy_and_python_print() {
        let t =
            one("array([[0.25      , 0.5       ],\n       [0.18924873, 0.5432]], dtype=float32)");
        assert_eq!((t.kind, &t.precision), (Some(Kind::Float), &Precision::Decimals(8)));
        let t = one("[[0.25 0.5 ]\n [1.   2.  ]]");
        assert_eq!((t.shape, t.values), (vec![2, 2], vec![0.25, 0.5, 1.0, 2.0]));
        assert_eq!(one("[[0.25, 0.5]]").shape, [1, 2]);
    }

    #[test]
    fn a_summary_is_said_to_be_one() {
        let t = one("tensor([[0., 1., ..., 3.],\n        ...,\n        [0., 1., ..., 2.]])");
        assert!(t.summarised);
        let t = one("tensor([0., 1.,  ..., 3.])");
        assert!(t.summarised);
    }

    #[test]
    fn what_is_no_tensor_is_left_behind() {
        assert!(tensors("[1, [2]] [[1], [2, 3]] [a] [] [[[ 5 x").iter().all(|t| t.shape == [0]));
        let found = tensors("[Epoch 1] pesos:\ntensor([1.5]) y tensor([2.5])");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].before.as_str()), (2, "[Epoch 1] pesos:"));
        assert_eq!(found[1].before, ") y");
    }

    #[test]
    fn python_wants_commas() {
        let list = number_list("[[1, 2.5], [-3, 4e2,],]").unwrap();
        assert_eq!((list.shape, list.values), (vec![2, 2], vec![1.0, 2.5, -3.0, 400.0]));
        assert!(number_list("[1 2]").is_none() && number_list("[1,,2]").is_none());
        assert!(number_list("[[1], [2, 3]]").is_none() && number_list("[1] ").is_none());
    }

    #[test]
    fn deep_nesting_is_read_in_one_pass() {
        let text = "[".repeat(100_000);
        assert!(tensors(&text).is_empty());
        let closed = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(tensors(&closed).is_empty());
    }
}
