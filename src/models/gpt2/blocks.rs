//! GPT-2's blocks: attention, feed-forward network, and both with their norms.

use tch::Tensor;

use super::Gpt2Config;
use crate::Result;
use crate::libtorch::After;
use crate::libtorch::attend::{attend_next, can_attend_next};
use crate::libtorch::norm::{By, can_norm, norm};
use crate::models::activation::activation_at;
use crate::models::attention::{AttentionCall, is_watched};
use crate::models::output::cached_layout;
use crate::models::{AttnImplementation, Conv1D, DynamicCache};
use crate::nn::{Activation, Dropout, Forward, LayerNorm, Path, module};

/// What every block of one call sees.
pub(super) struct Call<'a> {
    pub mask: Option<Tensor>,
    pub past_key_values: Option<&'a mut DynamicCache>,
    pub attn_implementation: AttnImplementation,
}

module! {
    /// Masked self-attention of several heads.
    pub struct Gpt2Attention {
        /// Q, K and V in one map: `[E, 3·E]`.
        pub c_attn: Conv1D,
        /// The heads' outputs put together: `[E, E]`.
        pub c_proj: Conv1D,
        /// Of the attention weights.
        pub attn_dropout: Dropout,
        /// Of the output.
        pub resid_dropout: Dropout,
        /// H
        pub num_heads: i64,
        /// What scores are multiplied by.
        pub scaling: f64,
        /// Which block this is, from 0.
        pub layer_idx: usize,
    }
}

impl Gpt2Attention {
    fn new(p: &Path, config: &Gpt2Config, layer_idx: i64) -> Result<Self> {
        let e = config.n_embd;
        let head_dim = e / config.n_head;
        let mut scaling =
            if config.scale_attn_weights { (head_dim as f64).powf(-0.5) } else { 1.0 };
        if config.scale_attn_by_inverse_layer_idx {
            scaling /= (layer_idx + 1) as f64;
        }
        Ok(Self {
            c_attn: Conv1D::new(p / "c_attn", 3 * e, e)?,
            c_proj: Conv1D::new(p / "c_proj", e, e)?,
            attn_dropout: Dropout::new(config.attn_pdrop)?,
            resid_dropout: Dropout::new(config.resid_pdrop)?,
            num_heads: config.n_head,
            scaling,
            layer_idx: layer_idx as usize,
            training: true,
        })
    }

    /// `[B, L, E]` → `[B, L, E]`, and with `eager` the weights `[B, H, L, S]`.
    fn forward(&self, x: &Tensor, call: &mut Call) -> Result<(Tensor, Option<Tensor>)> {
        let (output, weights) = self.heads(&self.c_attn.forward(x)?, call)?;
        Ok((self.resid_dropout.forward(&self.c_proj.forward(&output)?)?, weights))
    }

    /// What the heads see, put together: Q, K and V side by side, `[B, L, 3·E]` → `[B, L, E]`.
    fn heads(&self, qkv: &Tensor, call: &mut Call) -> Result<(Tensor, Option<Tensor>)> {
        let (b, l, width) = qkv.size3()?;
        let e = width / 3;
        let heads = [b, l, self.num_heads, e / self.num_heads];
        let split = qkv.f_split(e, 2)?; // 3 × [B, L, E]
        let [query, key, value] = [0, 1, 2].map(|i| split[i].f_view(heads)?.f_transpose(1, 2)); // [B, H, L, D]
        let (key, value) = match call.past_key_values.as_deref_mut() {
            Some(cache) => cache.update(&key?, &value?, self.layer_idx)?, // [B, H, S, D]
            None => (cached_layout(&key?)?, cached_layout(&value?)?),
        };
        let attention = AttentionCall {
            query: &query?,
            key: &key,
            value: &value,
            mask: call.mask.as_ref(),
            scaling: self.scaling,
            dropout: if self.training { self.attn_dropout.p } else { 0.0 },
            is_causal: true,
            softmax_kind: None,
        };
        let (output, weights) = attention.compute(call.attn_implementation)?; // [B, L, H, D]
        Ok((output.f_reshape([b, l, e])?.f_contiguous()?, weights))
    }
}

module! {
    /// The feed-forward network: E → 4 · E → E.
    pub struct Gpt2Mlp {
        /// `[E, n_inner]`
        pub c_fc: Conv1D,
        /// `[n_inner, E]`
        pub c_proj: Conv1D,
        /// Between the two.
        pub act: Activation,
        /// Of the output.
        pub dropout: Dropout,
    }
}

impl Gpt2Mlp {
    fn new(p: &Path, config: &Gpt2Config) -> Result<Self> {
        let (e, inner) = (config.n_embd, config.n_inner.unwrap_or(4 * config.n_embd));
        Ok(Self {
            c_fc: Conv1D::new(p / "c_fc", inner, e)?,
            c_proj: Conv1D::new(p / "c_proj", e, inner)?,
            act: activation_at(p, &config.activation_function)?,
            dropout: Dropout::new(config.resid_pdrop)?,
            training: true,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.act.apply(&self.c_fc.forward(x)?)?; // [B, L, n_inner]
        self.dropout.forward(&self.c_proj.forward(&x)?) // [B, L, E]
    }
}

module! {
    /// One block: `x + attn(ln_1(x))`, then `x + mlp(ln_2(x))`.
    pub struct Gpt2Block {
        /// Before the attention.
        pub ln_1: LayerNorm,
        /// Looks back at the tokens before.
        pub attn: Gpt2Attention,
        /// Before the feed-forward network.
        pub ln_2: LayerNorm,
        /// Each token on its own.
        pub mlp: Gpt2Mlp,
    }
}

impl Gpt2Block {
    pub(super) fn new(p: &Path, config: &Gpt2Config, layer_idx: i64) -> Result<Self> {
        Ok(Self {
            ln_1: LayerNorm::new(p / "ln_1", config.norm())?,
            attn: Gpt2Attention::new(&(p / "attn"), config, layer_idx)?,
            ln_2: LayerNorm::new(p / "ln_2", config.norm())?,
            mlp: Gpt2Mlp::new(&(p / "mlp"), config)?,
            training: true,
        })
    }

    pub(super) fn forward(&self, x: &Tensor, call: &mut Call) -> Result<(Tensor, Option<Tensor>)> {
        if self.writes(call) {
            return Ok((self.forward_packed(x, call)?, None));
        }
        let (attention, weights) = self.attn.forward(&self.ln_1.forward(x)?, call)?;
        let x = attention.f_add(x)?;
        Ok((x.f_add(&self.mlp.forward(&self.ln_2.forward(&x)?)?)?, weights))
    }
}

/// The same on packed weights, in fewer calls: what a token costs besides the reading of the weights is
/// calls.
impl Gpt2Block {
    /// Whether that is what it was built for.
    fn writes(&self, call: &Call) -> bool {
        self.attn.c_attn.packed.is_some()
            && !self.training
            && matches!(self.mlp.act, Activation::GeluTanh)
            && call.attn_implementation == AttnImplementation::Fast
    }

    fn forward_packed(&self, x: &Tensor, call: &mut Call) -> Result<Tensor> {
        let onto = |residual| After { gelu: false, residual: Some(residual) };
        let qkv = self.attn.c_attn.forward(&normal(&self.ln_1, x)?)?; // [B, L, 3·E]
        let seen = match self.attn.next(&qkv, call)? {
            Some(seen) => seen,
            None => self.attn.heads(&qkv, call)?.0,
        };
        let x = x.f_contiguous()?;
        let x = self.attn.c_proj.forward_then(&seen, onto(&x))?;
        let gelu = After { gelu: true, residual: None };
        let inner = self.mlp.c_fc.forward_then(&normal(&self.ln_2, &x)?, gelu)?; // [B, L, n_inner]
        self.mlp.c_proj.forward_then(&inner, onto(&x))
    }
}

impl Gpt2Attention {
    /// What one more token sees, itself among the others; `None` where that is not one kernel's work.
    fn next(&self, qkv: &Tensor, call: &mut Call) -> Result<Option<Tensor>> {
        let Some(cache) = call.past_key_values.as_deref_mut().filter(|_| call.mask.is_none())
        else {
            return Ok(None);
        };
        if qkv.size()[1] != 1 || is_watched() {
            return Ok(None);
        }
        let Some(kept) = cache.room_for_next(self.layer_idx)? else { return Ok(None) };
        if !can_attend_next(qkv, self.num_heads, &kept) {
            return Ok(None);
        }
        let seen = attend_next(qkv, self.num_heads, &kept, self.scaling)?;
        cache.has_next(self.layer_idx);
        Ok(Some(seen))
    }
}

fn normal(ln: &LayerNorm, x: &Tensor) -> Result<Tensor> {
    match &ln.weight {
        Some(weight) if can_norm(x, weight, ln.bias.as_ref()) => {
            norm(x, weight, ln.bias.as_ref(), ln.eps, By::Deviation)
        }
        _ => ln.forward(x),
    }
}
