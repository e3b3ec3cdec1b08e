//! Prefill, then decode: the prompt goes through the model at once, and after it each token alone, from the cache.

use tch::{Kind, Tensor};

use super::{Decoder, DecoderArgs, Encoded};
use crate::Result;
use crate::attention::DynamicCache;

/// A model and what it has read.
pub(super) struct Feed<'a> {
    pub model: &'a dyn Decoder,
    pub encoded: Option<Encoded>,
    /// `None`: all tokens go through the model each time.
    pub cache: Option<DynamicCache>,
    pub cross_attention_cache: DynamicCache,
    /// `[B, max_length]`; `None`: nothing is padded.
    pub attention_mask: Option<Tensor>,
    /// `[B, max_length]`; `None` for an encoder–decoder.
    pub position_ids: Option<Tensor>,
}

impl Feed<'_> {
    /// The logits after all of `sequences [B, S]`, of which the model may have read some: float32 `[B, V]`.
    ///
    /// # Errors
    /// As the model's.
    pub fn next_logits(&mut self, sequences: &Tensor) -> Result<Tensor> {
        let length = sequences.size()[1];
        let read = self.cache.as_ref().map_or(0, DynamicCache::seq_length);
        let new = |t: &Tensor| t.f_narrow(1, read, length - read)?.f_contiguous();
        let input_ids = new(sequences)?;
        let position_ids = self.position_ids.as_ref().map(new).transpose()?;
        let mask = self.attention_mask.as_ref();
        let attention_mask = mask.map(|mask| mask.f_narrow(1, 0, length)).transpose()?;
        let args = DecoderArgs {
            attention_mask: attention_mask.as_ref(),
            position_ids: position_ids.as_ref(),
            // What was read without a cache is read again.
            cross_attention_cache: self.cache.is_some().then_some(&mut self.cross_attention_cache),
            past_key_values: self.cache.as_mut(),
            encoded: self.encoded.as_ref(),
        };
        Ok(self.model.next_logits(&input_ids, args)?.f_to_kind(Kind::Float)?)
    }

    /// Row i goes on from where row `rows[i]` was. Beams of one prompt share what the encoder read.
    ///
    /// # Errors
    /// When an index is no row.
    pub fn reorder(&mut self, rows: &Tensor) -> Result<()> {
        let stay = Tensor::f_arange(rows.size()[0], (Kind::Int64, rows.device()))?;
        match &mut self.cache {
            Some(cache) if !stay.equal(rows) => cache.batch_select_indices(rows),
            _ => Ok(()),
        }
    }
}
