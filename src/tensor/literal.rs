//! [`Literal`]: nested lists of numbers read from a file, before it is known whether they make a tensor.

use tch::{Kind, Tensor};

use super::number::{Number, tensor_of, tensor_of_kind};
use crate::{Error, Result};

/// `torch.tensor` takes no more.
const MOST_DIMS: usize = 128;

/// A number, or lists of numbers nested to any depth, as Python or JSON writes them.
///
/// It lies flat in memory, so that neither a million numbers nor a hundred thousand brackets are a burden:
/// nothing here recurses, dropping included. Made by [`LiteralBuilder`], by [`Literal::list`], from a [`Number`], or
/// by any serde format (`serde_json::from_str`).
///
/// ```
/// use atencion::tensor::Literal;
/// let literal: Literal = serde_json::from_str("[[1, 2.5], [3, 4]]")?;
/// assert_eq!(literal.try_into_tensor()?.size(), [2, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Number(Number),
    /// A list of so many items, which follow.
    List(usize),
}

impl<N: Into<Number>> From<N> for Literal {
    fn from(number: N) -> Self {
        Self { tokens: vec![Token::Number(number.into())] }
    }
}

impl Literal {
    /// `[a, b, ..]`
    pub fn list(items: impl IntoIterator<Item = Literal>) -> Self {
        let mut tokens = vec![Token::List(0)];
        let mut length = 0;
        for item in items {
            tokens.extend(item.tokens);
            length += 1;
        }
        tokens[0] = Token::List(length);
        Self { tokens }
    }

    /// All its numbers, from left to right.
    pub fn numbers(&self) -> impl Iterator<Item = Number> + Clone + '_ {
        self.tokens.iter().filter_map(|token| match token {
            Token::Number(number) => Some(*number),
            Token::List(_) => None,
        })
    }

    /// The shape of the tensor that it makes: `[]` for a number.
    ///
    /// # Errors
    /// `ValueError` when lists side by side differ in length or there are more than 128 dimensions, `TypeError` when
    /// numbers and lists stand side by side.
    pub fn shape(&self) -> Result<Vec<i64>> {
        let mut shape = Shape::default();
        self.tokens.iter().try_for_each(|token| match token {
            Token::Number(_) => shape.number(),
            Token::List(length) => shape.list(*length),
        })?;
        Ok(shape.sizes.iter().map(|&size| size as i64).collect())
    }

    /// The tensor that `torch.tensor` makes of it: `int64` if all is whole, `float32` if there is a float or nothing
    /// at all, `bool` if all is `true` and `false`.
    ///
    /// # Errors
    /// As [`shape`](Self::shape).
    pub fn try_into_tensor(self) -> Result<Tensor> {
        let shape = self.shape()?;
        Ok(tensor_of(self.numbers())?.f_reshape(&shape)?)
    }

    /// The tensor that `torch.tensor(.., dtype=kind)` makes of it.
    ///
    /// # Errors
    /// As [`shape`](Self::shape).
    pub fn try_into_tensor_of(self, kind: Kind) -> Result<Tensor> {
        let shape = self.shape()?;
        Ok(tensor_of_kind(self.numbers(), kind)?.f_reshape(&shape)?)
    }
}

/// The shape as far as it is known, and where in the lists we stand.
#[derive(Default)]
struct Shape {
    sizes: Vec<usize>,
    /// The first number or empty list has been seen: `sizes` is complete.
    complete: bool,
    /// How many items are still to come in each open list.
    open: Vec<usize>,
}

impl Shape {
    fn number(&mut self) -> Result<()> {
        let dim = self.open.len();
        if self.complete && dim < self.sizes.len() {
            return Err(Error::kind_mismatch(format!(
                "expected a list at dim {dim}, got a number"
            ))
            .mend("numbers and lists cannot stand side by side"));
        }
        self.complete = true;
        self.item_done();
        Ok(())
    }

    fn list(&mut self, length: usize) -> Result<()> {
        let dim = self.open.len();
        if dim == MOST_DIMS {
            return Err(Error::value(format!("too many dimensions: at most {MOST_DIMS}"))
                .mend("take away some of the brackets"));
        }
        match self.sizes.get(dim) {
            Some(&size) if size != length => return Err(ragged(size, dim, length)),
            Some(_) => {}
            None if self.complete => {
                return Err(Error::kind_mismatch(format!(
                    "expected a number at dim {dim}, got a list"
                ))
                .mend("numbers and lists cannot stand side by side"));
            }
            None => self.sizes.push(length),
        }
        if length == 0 {
            self.complete = true;
            self.item_done();
        } else {
            self.open.push(length);
        }
        Ok(())
    }

    fn item_done(&mut self) {
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                return;
            }
            self.open.pop();
        }
    }
}

fn ragged(size: usize, dim: usize, length: usize) -> Error {
    // torch's own words.
    Error::value(format!("expected sequence of length {size} at dim {dim} (got {length})"))
        .mend("lists side by side must have the same length")
}

/// Makes a [`Literal`] bracket by bracket, as a parser meets them, without recursion.
///
/// ```
/// use atencion::tensor::LiteralBuilder;
/// let mut builder = LiteralBuilder::new(); // [1, 2.5]
/// builder.open();
/// builder.number(1);
/// builder.number(2.5);
/// builder.close()?;
/// assert_eq!(builder.finish()?.shape()?, [2]);
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct LiteralBuilder {
    tokens: Vec<Token>,
    /// Where the open lists begin, and how many items each has.
    open: Vec<(usize, usize)>,
    values: usize,
}

impl LiteralBuilder {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// `[`
    pub fn open(&mut self) {
        self.count_item();
        self.open.push((self.tokens.len(), 0));
        self.tokens.push(Token::List(0));
    }

    /// A number, `true` or `false`.
    pub fn number(&mut self, number: impl Into<Number>) {
        self.count_item();
        self.tokens.push(Token::Number(number.into()));
    }

    /// `]`
    ///
    /// # Errors
    /// When no list is open.
    pub fn close(&mut self) -> Result<()> {
        let (at, length) = self.open.pop().ok_or_else(|| Error::value("unexpected ]"))?;
        self.tokens[at] = Token::List(length);
        Ok(())
    }

    /// The literal.
    ///
    /// # Errors
    /// When a list is still open, or there is not exactly one value.
    pub fn finish(self) -> Result<Literal> {
        if !self.open.is_empty() {
            return Err(Error::value(format!("{} lists are not closed", self.open.len()))
                .mend("add the missing ]"));
        }
        if self.values != 1 {
            return Err(Error::value(format!("expected one value, got {}", self.values)));
        }
        Ok(Literal { tokens: self.tokens })
    }

    fn count_item(&mut self) {
        match self.open.last_mut() {
            Some((_, length)) => *length += 1,
            None => self.values += 1,
        }
    }
}
