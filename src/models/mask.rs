//! Who may look at whom: `transformers/masking_utils.py`.

use tch::{Device, Kind, Tensor};

use super::AttnImplementation;
use crate::{Error, Result};

/// What a mask without an order is made for: an encoder's, or a decoder's view of the encoder.
pub(crate) struct BidirectionalMask<'a> {
    pub attn_implementation: AttnImplementation,
    /// B
    pub batch_size: i64,
    /// L: who looks.
    pub q_length: i64,
    /// S: who is looked at.
    pub kv_length: i64,
    /// Kind of the embeddings.
    pub kind: Kind,
    /// `[B, S]`, 0 or `false` = padding; or `[B, 1, L, S]`, ready to be used.
    pub attention_mask: Option<&'a Tensor>,
}

impl BidirectionalMask<'_> {
    /// `create_bidirectional_mask`: `[B, 1, L, S]` as [`CausalMask::create`] makes it; `None` where nothing is padding.
    ///
    /// # Errors
    /// When the given mask is of another length.
    pub fn create(&self) -> Result<Option<Tensor>> {
        let padding = match self.attention_mask {
            None => return Ok(None),
            Some(mask) if mask.dim() == 4 => return Ok(Some(mask.shallow_clone())),
            Some(mask) => padding(mask, self.batch_size, self.kv_length, 0)?,
        };
        if padding.all().int64_value(&[]) != 0 {
            return Ok(None);
        }
        let allowed = padding
            .f_view([-1, 1, 1, self.kv_length])?
            .f_expand([self.batch_size, -1, self.q_length, self.kv_length], false)?;
        for_implementation(allowed, self.attn_implementation, self.kind).map(Some)
    }
}

/// What a causal mask is made for.
pub(crate) struct CausalMask<'a> {
    pub attn_implementation: AttnImplementation,
    /// B
    pub batch_size: i64,
    /// L: the tokens of this call.
    pub q_length: i64,
    /// P: the tokens in the cache.
    pub past_length: i64,
    /// Kind of the embeddings.
    pub kind: Kind,
    pub device: Device,
    /// `[B, P + L]`, 0 or `false` = padding; or `[B, 1, L, P + L]`, ready to be used.
    pub attention_mask: Option<&'a Tensor>,
}

impl CausalMask<'_> {
    /// `create_causal_mask`: `[B, 1, L, P + L]`, bool (true = may attend) for `sdpa`, for `eager` the number that is added
    /// to the scores. `None`: SDPA's own `is_causal` says it.
    ///
    /// # Errors
    /// When the given mask is of another length.
    pub fn create(&self) -> Result<Option<Tensor>> {
        let kv_length = self.past_length + self.q_length;
        let padding = match self.attention_mask {
            Some(mask) if mask.dim() == 4 => return Ok(Some(mask.shallow_clone())),
            Some(mask) => Some(padding(mask, self.batch_size, kv_length, self.past_length)?),
            None => None,
        };
        if self.attn_implementation != AttnImplementation::Eager
            && (self.q_length == 1 || self.past_length == 0)
            && padding.as_ref().is_none_or(|padding| padding.all().int64_value(&[]) != 0)
        {
            return Ok(None);
        }
        let rows = Tensor::f_arange(self.q_length, (Kind::Int64, self.device))?
            .f_add_scalar(self.past_length)?
            .f_view([1, 1, -1, 1])?;
        let columns =
            Tensor::f_arange(kv_length, (Kind::Int64, self.device))?.f_view([1, 1, 1, -1])?;
        let mut allowed = columns.f_le_tensor(&rows)?; // [1, 1, L, P + L]
        if let Some(padding) = padding {
            allowed = allowed.f_logical_and(&padding.f_view([-1, 1, 1, kv_length])?)?;
        }
        let allowed = allowed.f_expand([self.batch_size, -1, self.q_length, kv_length], false)?;
        for_implementation(allowed, self.attn_implementation, self.kind).map(Some)
    }
}

/// Who may be looked at (true), as the implementation takes it: bool, or the number that is added to the scores.
fn for_implementation(allowed: Tensor, how: AttnImplementation, kind: Kind) -> Result<Tensor> {
    match how {
        AttnImplementation::Sdpa | AttnImplementation::Fast => Ok(allowed),
        AttnImplementation::Eager => {
            let options = (kind, allowed.device());
            let zero = Tensor::f_zeros([0i64; 0], options)?;
            let low = Tensor::f_full([0i64; 0], lowest(kind), options)?;
            Ok(zero.f_where_self(&allowed, &low)?)
        }
    }
}

/// The padding mask as bool, `[B, S]`, `past` of the S in the cache.
fn padding(mask: &Tensor, batch_size: i64, kv_length: i64, past: i64) -> Result<Tensor> {
    let size = mask.size();
    if size != [batch_size, kv_length] {
        let past = match past {
            0 => String::new(),
            past => format!(", of which {past} in the cache"),
        };
        return Err(Error::value(format!(
            "attention_mask is {size:?} but should be [B={batch_size}, L={kv_length}]{past}"
        )));
    }
    Ok(mask.f_to_kind(Kind::Bool)?)
}

/// `torch.finfo(dtype).min`
fn lowest(kind: Kind) -> f64 {
    match kind {
        Kind::Double => f64::MIN,
        Kind::Half => -65504.0,
        Kind::BFloat16 => -3.389_531_389_251_535_5e38,
        _ => f64::from(f32::MIN),
    }
}
