//! What multi-head attention is made of, and what it is called with.

use tch::{Kind, Tensor};

use crate::nn::check;
use crate::{Error, Result};

/// The options of [`MultiheadAttention`](super::MultiheadAttention); [`MultiheadAttentionConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct MultiheadAttentionConfig {
    /// E: size of the query, and of the output.
    pub embed_dim: i64,
    /// H: `embed_dim` is split across the heads.
    pub num_heads: i64,
    /// Probability of dropping an attention weight in training.
    pub dropout: f64,
    /// Whether the input and output projections add biases.
    pub bias: bool,
    /// Whether one learned key and value are added to the sequence.
    pub add_bias_kv: bool,
    /// Whether one key and value of zeros are added to the sequence.
    pub add_zero_attn: bool,
    /// Size of the keys; `None` is `embed_dim`.
    pub kdim: Option<i64>,
    /// Size of the values; `None` is `embed_dim`.
    pub vdim: Option<i64>,
    /// Whether sequences are `[B, L, E]` rather than `[L, B, E]`.
    pub batch_first: bool,
    /// Kind of the parameters; `None` is the `VarStore`'s, or the given tensors'.
    pub dtype: Option<Kind>,
}

impl MultiheadAttentionConfig {
    /// `num_heads` heads over vectors of `embed_dim`; everything else as in torch.
    pub fn new(embed_dim: i64, num_heads: i64) -> Self {
        Self {
            embed_dim,
            num_heads,
            dropout: 0.0,
            bias: true,
            add_bias_kv: false,
            add_zero_attn: false,
            kdim: None,
            vdim: None,
            batch_first: false,
            dtype: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let (embed_dim, num_heads) = (self.embed_dim, self.num_heads);
        if embed_dim <= 0 || num_heads <= 0 {
            return Err(Error::value(format!(
                "embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )));
        }
        if embed_dim % num_heads != 0 {
            return Err(Error::value(format!(
                "embed_dim must be divisible by num_heads, got embed_dim={embed_dim} and num_heads={num_heads}"
            )));
        }
        check::positive("MultiheadAttention", "kdim", self.kdim.unwrap_or(1))?;
        check::positive("MultiheadAttention", "vdim", self.vdim.unwrap_or(1))?;
        check::probability("dropout", self.dropout)
    }
}

/// What a call of [`MultiheadAttention`](super::MultiheadAttention)(super::MultiheadAttention) takes besides query, key and value; its
/// `default()` is torch's.
#[derive(Debug, Clone, Copy)]
pub struct MultiheadAttentionArgs<'a> {
    /// `[N, S]`, or `[S]` for unbatched input: bool (true = the key is padding) or float (added to its scores).
    pub key_padding_mask: Option<&'a Tensor>,
    /// Whether the weights are returned too. Without them the fused attention kernels are used.
    pub need_weights: bool,
    /// `[L, S]` or `[N·H, L, S]`: bool (true = may not attend) or float (added to the scores).
    pub attn_mask: Option<&'a Tensor>,
    /// Whether the returned weights are averaged over the heads.
    pub average_attn_weights: bool,
    /// A hint that `attn_mask` is the causal mask. Where the kernels take the hint they ignore the mask.
    pub is_causal: bool,
}

impl Default for MultiheadAttentionArgs<'_> {
    fn default() -> Self {
        Self {
            key_padding_mask: None,
            need_weights: true,
            attn_mask: None,
            average_attn_weights: true,
            is_causal: false,
        }
    }
}
