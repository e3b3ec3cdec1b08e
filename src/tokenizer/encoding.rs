//! A text as numbers, and several of them padded to one length.

use tch::{Device, Kind, Tensor};

use crate::{Error, Result};

/// One side of a sequence: where it is padded or truncated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// At its beginning.
    Left,
    /// At its end.
    #[default]
    Right,
}

/// A text, or a pair of them, as a model takes it; all lists have the same length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoding {
    /// `input_ids`.
    pub ids: Vec<i64>,
    /// The vocabulary's own spelling of each id.
    pub tokens: Vec<String>,
    /// Where each token stands in the text: the first character and the one past its last, counted in characters as
    /// Python does; `(0, 0)` for a token that the tokenizer added.
    pub offsets: Vec<(usize, usize)>,
    /// 0 for the first text, 1 for the second one of a pair.
    pub type_ids: Vec<i64>,
    /// 1 for a token, 0 for padding.
    pub attention_mask: Vec<i64>,
    /// 1 for a token that the tokenizer added.
    pub special_tokens_mask: Vec<i64>,
}

impl Encoding {
    /// The number of tokens, padding included.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// `input_ids` for a model: int64, `[1, S]`.
    pub fn input_ids(&self) -> Tensor {
        row(&self.ids)
    }

    /// `token_type_ids` for a model: int64, `[1, S]`.
    pub fn token_type_ids(&self) -> Tensor {
        row(&self.type_ids)
    }

    /// Makes it `length` tokens long.
    pub(super) fn pad(&mut self, length: usize, side: Side, id: i64, token: &str) {
        let missing = length.saturating_sub(self.len());
        extend(&mut self.ids, missing, side, id);
        extend(&mut self.tokens, missing, side, token.to_owned());
        extend(&mut self.offsets, missing, side, (0, 0));
        extend(&mut self.type_ids, missing, side, 0);
        extend(&mut self.attention_mask, missing, side, 0);
        extend(&mut self.special_tokens_mask, missing, side, 1);
    }
}

fn row(values: &[i64]) -> Tensor {
    Tensor::from_slice(values).unsqueeze(0)
}

fn extend<T: Clone>(list: &mut Vec<T>, missing: usize, side: Side, value: T) {
    let at = if side == Side::Left { 0 } else { list.len() };
    list.splice(at..at, std::iter::repeat_n(value, missing));
}

/// Several encodings of one length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// One encoding a text.
    pub encodings: Vec<Encoding>,
}

impl Batch {
    /// `input_ids`: int64, `[B, S]`.
    ///
    /// # Errors
    /// When the texts have different lengths: the batch was not padded.
    pub fn input_ids(&self) -> Result<Tensor> {
        self.stack(|encoding| &encoding.ids)
    }

    /// `attention_mask`: int64, `[B, S]`, 1 for a token and 0 for padding.
    ///
    /// # Errors
    /// As [`Batch::input_ids`].
    pub fn attention_mask(&self) -> Result<Tensor> {
        self.stack(|encoding| &encoding.attention_mask)
    }

    /// `token_type_ids`: int64, `[B, S]`.
    ///
    /// # Errors
    /// As [`Batch::input_ids`].
    pub fn token_type_ids(&self) -> Result<Tensor> {
        self.stack(|encoding| &encoding.type_ids)
    }

    fn stack(&self, column: impl Fn(&Encoding) -> &Vec<i64>) -> Result<Tensor> {
        let rows: Vec<&Vec<i64>> = self.encodings.iter().map(column).collect();
        let length = rows.first().map_or(0, |row| row.len());
        if let Some(other) = rows.iter().find(|row| row.len() != length) {
            let what = format!("texts of {length} and of {} tokens are no tensor", other.len());
            return Err(Error::value(what).mend("encode them with padding"));
        }
        if length == 0 {
            return Ok(Tensor::zeros([rows.len() as i64, 0], (Kind::Int64, Device::Cpu)));
        }
        let flat: Vec<i64> = rows.iter().flat_map(|row| row.iter().copied()).collect();
        Ok(Tensor::from_slice(&flat).view([rows.len() as i64, length as i64]))
    }
}
