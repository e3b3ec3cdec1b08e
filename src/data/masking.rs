//! Masked language modelling: which tokens BERT has to guess.

use tch::{Kind, Tensor};

use crate::{Error, Result};

/// Which tokens are chosen, and what becomes of them: 80 % `[MASK]`, 10 % any word, 10 % stay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaskTokens {
    /// `[MASK]`
    pub mask_token_id: i64,
    /// Words that a chosen token may become.
    pub vocab_size: i64,
    /// Tokens that are chosen.
    pub mlm_probability: f64,
}

impl MaskTokens {
    /// 15 % are chosen, as BERT was trained.
    pub fn new(mask_token_id: i64, vocab_size: i64) -> Self {
        Self { mask_token_id, vocab_size, mlm_probability: 0.15 }
    }

    /// `(inputs, labels)` for `ids`, `int64 [B, L]`; `special` is true where a token (`[CLS]`, padding) is never chosen.
    /// A label is −100 where there is nothing to guess. Drawn as `transformers` draws it.
    ///
    /// Source: `DataCollatorForLanguageModeling.torch_mask_tokens`; Devlin et al. 2019, section 3.1.
    ///
    /// # Errors
    /// When the shapes differ, or a probability is not in [0, 1].
    pub fn apply(&self, ids: &Tensor, special: &Tensor) -> Result<(Tensor, Tensor)> {
        if ids.size() != special.size() || ids.kind() != Kind::Int64 || special.kind() != Kind::Bool
        {
            return Err(Error::value(format!(
                "ids are {:?} {:?}, special tokens {:?} {:?}; they should be Int64 and Bool of one shape",
                ids.kind(),
                ids.size(),
                special.kind(),
                special.size()
            )));
        }
        let share = self.mlm_probability;
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::value(format!("mlm_probability is {share}, not between 0 and 1")));
        }
        let size = ids.size();
        let chance = |share: f64| Tensor::f_full(&size, share, (Kind::Float, ids.device()));
        let chosen = chance(share)?.f_masked_fill(special, 0.0)?;
        let chosen = chosen.f_bernoulli()?.f_to_kind(Kind::Bool)?;
        let labels = ids.f_masked_fill(&chosen.f_logical_not()?, -100)?;

        let replaced = chance(0.8)?.f_bernoulli()?.f_to_kind(Kind::Bool)?;
        let replaced = replaced.f_logical_and(&chosen)?;
        let inputs = ids.f_masked_fill(&replaced, self.mask_token_id)?;

        let rest = chance(0.5)?.f_bernoulli()?.f_to_kind(Kind::Bool)?;
        let random = rest.f_logical_and(&chosen)?.f_logical_and(&replaced.f_logical_not()?)?;
        let words = Tensor::f_randint(self.vocab_size, &size, (Kind::Int64, ids.device()))?;
        Ok((words.f_where_self(&random, &inputs)?, labels))
    }
}
