//! What the functional form computes with, and the check at its door.

use tch::Tensor;

use super::Expected;
use crate::nn::check;
use crate::{Error, Result};

/// The projections of query, key and value.
#[derive(Debug, Clone, Copy)]
pub enum InProjection<'a> {
    /// `[3·E, E]`: the three in one, in this order.
    Packed(&'a Tensor),
    /// Apart, because the sizes differ.
    Separate {
        /// `[E, E]`
        q_proj_weight: &'a Tensor,
        /// `[E, kdim]`
        k_proj_weight: &'a Tensor,
        /// `[E, vdim]`
        v_proj_weight: &'a Tensor,
    },
}

/// The parameters and settings that [`multi_head_attention_forward`](super::multi_head_attention_forward) computes with.
#[derive(Debug, Clone, Copy)]
pub struct MultiheadAttentionParameters<'a> {
    /// H
    pub num_heads: i64,
    /// The projections of query, key and value.
    pub in_proj: InProjection<'a>,
    /// `[3·E]`
    pub in_proj_bias: Option<&'a Tensor>,
    /// `[1, 1, E]` or `[E]`: one more key, the same for all.
    pub bias_k: Option<&'a Tensor>,
    /// `[1, 1, E]` or `[E]`: its value.
    pub bias_v: Option<&'a Tensor>,
    /// Whether a key and a value of zeros are added.
    pub add_zero_attn: bool,
    /// Probability of dropping a weight in training.
    pub dropout_p: f64,
    /// `[E, E]`
    pub out_proj_weight: &'a Tensor,
    /// `[E]`
    pub out_proj_bias: Option<&'a Tensor>,
    /// Whether dropout acts.
    pub training: bool,
    /// `[N·H, S, D]`, in place of the projected key.
    pub static_k: Option<&'a Tensor>,
    /// `[N·H, S, D]`, in place of the projected value.
    pub static_v: Option<&'a Tensor>,
}

impl MultiheadAttentionParameters<'_> {
    pub(super) fn expected(&self) -> Result<Expected> {
        let columns = |name: &str, weight: &Tensor| match weight.size().as_slice() {
            [_, columns] => Ok(*columns),
            other => Err(Error::value(format!("{name} should be 2-D, but is {other:?}"))),
        };
        let (embed_dim, kdim, vdim) = match self.in_proj {
            InProjection::Packed(weight) => {
                let embed_dim = columns("in_proj_weight", weight)?;
                (embed_dim, embed_dim, embed_dim)
            }
            InProjection::Separate { q_proj_weight, k_proj_weight, v_proj_weight } => (
                columns("q_proj_weight", q_proj_weight)?,
                columns("k_proj_weight", k_proj_weight)?,
                columns("v_proj_weight", v_proj_weight)?,
            ),
        };
        let (num_heads, dtype) = (self.num_heads, self.out_proj_weight.kind());
        Ok(Expected { embed_dim, kdim, vdim, num_heads, batch_first: false, dtype })
    }

    /// What a module guarantees by construction and a caller of the function may get wrong.
    pub(super) fn check(&self, query: &Tensor) -> Result<()> {
        let (e, h) = (query.size().last().copied().unwrap_or(0), self.num_heads);
        if h <= 0 || e % h != 0 {
            return Err(Error::value(format!("embed_dim={e} is not divisible by num_heads={h}")));
        }
        check::probability("dropout_p", self.dropout_p)?;
        let sized = |name: &str, tensor: Option<&Tensor>, wanted: &[i64]| match tensor {
            Some(tensor) if tensor.size() != wanted => Err(Error::value(format!(
                "{name} is {:?}, but should be {wanted:?}",
                tensor.size()
            ))),
            _ => Ok(()),
        };
        match self.in_proj {
            InProjection::Packed(weight) => sized("in_proj_weight", Some(weight), &[3 * e, e])?,
            InProjection::Separate { q_proj_weight: q, k_proj_weight: k, v_proj_weight: v } => {
                sized("q_proj_weight", Some(q), &[e, e])?;
                sized("k_proj_weight", Some(k), &[e, k.size()[1]])?;
                sized("v_proj_weight", Some(v), &[e, v.size()[1]])?;
            }
        }
        sized("in_proj_bias", self.in_proj_bias, &[3 * e])?;
        sized("out_proj_weight", Some(self.out_proj_weight), &[e, e])?;
        sized("out_proj_bias", self.out_proj_bias, &[e])?;
        for (name, bias) in [("bias_k", self.bias_k), ("bias_v", self.bias_v)] {
            sized(name, bias.filter(|bias| bias.size() != [e]), &[1, 1, e])?;
        }
        if self.bias_k.is_some() != self.bias_v.is_some() {
            return Err(Error::value("bias_k and bias_v must be given together"));
        }
        let batch = if query.dim() == 3 { query.size()[1] } else { 1 };
        for (name, fixed) in [("static_k", self.static_k), ("static_v", self.static_v)] {
            let Some(fixed) = fixed else { continue };
            if self.bias_k.is_some() {
                return Err(Error::value(format!("bias_k and bias_v cannot be added to {name}")));
            }
            let length = fixed.size().get(1).copied().unwrap_or(0);
            sized(name, Some(fixed), &[batch * h, length, e / h])?;
        }
        Ok(())
    }
}
