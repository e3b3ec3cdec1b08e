//! One block of Llama: a norm by the mean square, attention of grouped heads, a gated feed-forward network.

use tch::{Kind, Tensor};

use super::super::activation::activation;
use super::super::attention::AttentionCall;
use super::super::output::cached_layout;
use super::rotary::apply_rotary_pos_emb;
use super::{AttnImplementation, DynamicCache, LlamaConfig};
use crate::Result;
use crate::nn::{Activation, Forward, Linear, LinearConfig, Path, init, module};
use crate::tensor::python_repr;

/// What every block of one call sees.
pub(super) struct Call<'a> {
    pub(super) mask: Option<Tensor>,
    /// Cosines and sines, each `[B, L, D]`.
    pub(super) position_embeddings: (Tensor, Tensor),
    pub(super) past_key_values: Option<&'a mut DynamicCache>,
    pub(super) attn_implementation: AttnImplementation,
}

module! {
    /// Divides by the root of the mean square: `[.., E]` → `[.., E]`. Unlike [`RmsNorm`](crate::nn::RmsNorm) it computes
    /// in float32, float64 too, and step by step.
    pub struct LlamaRMSNorm {
        /// `[E]`
        pub weight: Tensor,
        /// Added to the mean square.
        pub variance_epsilon: f64,
    }

    impl Module {
        fn extra_repr(&self) -> String {
            format!("({},), eps={}", self.weight.size()[0], python_repr(self.variance_epsilon))
        }
    }
}

impl LlamaRMSNorm {
    pub(super) fn new(p: &Path, config: &LlamaConfig) -> Result<Self> {
        let weight = p.parameter("weight", &[config.hidden_size])?;
        if p.draws() {
            init::constant_(&weight, 1.0)?;
        }
        Ok(Self { weight, variance_epsilon: config.rms_norm_eps, training: true })
    }
}

impl Forward for LlamaRMSNorm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let wide = x.f_to_kind(Kind::Float)?;
        let variance =
            wide.f_pow_tensor_scalar(2)?.f_mean_dim([-1i64].as_slice(), true, None::<Kind>)?;
        let normal = wide.f_mul(&variance.f_add_scalar(self.variance_epsilon)?.f_rsqrt()?)?;
        Ok(self.weight.f_mul(&normal.f_to_kind(x.kind())?)?)
    }
}

module! {
    /// Masked self-attention of H heads, whose keys and values come from G.
    pub struct LlamaAttention {
        /// `[H·D, E]`
        pub q_proj: Linear,
        /// `[G·D, E]`
        pub k_proj: Linear,
        /// `[G·D, E]`
        pub v_proj: Linear,
        /// The heads' outputs put together: `[E, H·D]`.
        pub o_proj: Linear,
        /// D
        pub head_dim: i64,
        /// Probability of dropping an attention weight.
        pub attention_dropout: f64,
        /// Which block this is, from 0.
        pub layer_idx: usize,
    }
}

impl LlamaAttention {
    fn new(p: &Path, config: &LlamaConfig, layer_idx: i64) -> Result<Self> {
        let (e, d) = (config.hidden_size, config.head_dim());
        let (heads, groups) = (config.num_attention_heads, config.num_key_value_heads());
        let all = config.attention_bias;
        let map = |name: &str, from: i64, to: i64, bias: bool| {
            Linear::new(p / name, LinearConfig { bias, ..LinearConfig::new(from, to) })
        };
        Ok(Self {
            q_proj: map("q_proj", e, heads * d, all || config.qkv_bias)?,
            k_proj: map("k_proj", e, groups * d, all || config.qkv_bias)?,
            v_proj: map("v_proj", e, groups * d, all || config.qkv_bias)?,
            o_proj: map("o_proj", heads * d, e, all)?,
            head_dim: d,
            attention_dropout: config.attention_dropout,
            layer_idx: layer_idx as usize,
            training: true,
        })
    }

    /// `[B, L, E]` → `[B, L, E]`, and with `eager` the weights `[B, H, L, S]`.
    fn forward(&self, x: &Tensor, call: &mut Call) -> Result<(Tensor, Option<Tensor>)> {
        let (b, l, _) = x.size3()?;
        let split = |proj: &Linear| -> Result<Tensor> {
            let heads = proj.weight.size()[0] / self.head_dim;
            Ok(proj.forward(x)?.f_view([b, l, heads, self.head_dim])?.f_transpose(1, 2)?)
        };
        let query = split(&self.q_proj)?; // [B, H, L, D]
        let key = split(&self.k_proj)?; // [B, G, L, D]
        let value = split(&self.v_proj)?;
        let (cos, sin) = &call.position_embeddings;
        let query = apply_rotary_pos_emb(&query, cos, sin)?;
        let key = apply_rotary_pos_emb(&key, cos, sin)?;
        let (key, value) = match call.past_key_values.as_deref_mut() {
            Some(cache) => cache.update(&key, &value, self.layer_idx)?, // [B, G, S, D]
            None => (cached_layout(&key)?, cached_layout(&value)?),
        };
        let attention = AttentionCall {
            query: &query,
            key: &key,
            value: &value,
            mask: call.mask.as_ref(),
            scaling: (self.head_dim as f64).powf(-0.5),
            dropout: if self.training { self.attention_dropout } else { 0.0 },
            is_causal: true,
            softmax_kind: Some(Kind::Float),
        };
        let (output, weights) = attention.compute(call.attn_implementation)?; // [B, L, H, D]
        let output = output.f_reshape([b, l, self.o_proj.weight.size()[1]])?.f_contiguous()?;
        Ok((self.o_proj.forward(&output)?, weights))
    }
}

module! {
    /// The feed-forward network, SwiGLU: one map of the token opens and shuts the gate for another.
    pub struct LlamaMLP {
        /// `[intermediate_size, E]`
        pub gate_proj: Linear,
        /// `[intermediate_size, E]`
        pub up_proj: Linear,
        /// `[E, intermediate_size]`
        pub down_proj: Linear,
        /// Of the gate.
        pub act_fn: Activation,
    }
}

impl LlamaMLP {
    fn new(p: &Path, config: &LlamaConfig) -> Result<Self> {
        let (e, inner) = (config.hidden_size, config.intermediate_size);
        let map = |name: &str, from: i64, to: i64| {
            let size = LinearConfig { bias: config.mlp_bias, ..LinearConfig::new(from, to) };
            Linear::new(p / name, size)
        };
        Ok(Self {
            gate_proj: map("gate_proj", e, inner)?,
            up_proj: map("up_proj", e, inner)?,
            down_proj: map("down_proj", inner, e)?,
            act_fn: activation(&config.hidden_act)?,
            training: true,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let gate = self.act_fn.apply(&self.gate_proj.forward(x)?)?; // [B, L, intermediate_size]
        self.down_proj.forward(&gate.f_mul(&self.up_proj.forward(x)?)?) // [B, L, E]
    }
}

module! {
    /// One block: `x + self_attn(input_layernorm(x))`, then `x + mlp(post_attention_layernorm(x))`.
    pub struct LlamaDecoderLayer {
        /// Looks back at the tokens before.
        pub self_attn: LlamaAttention,
        /// Each token on its own.
        pub mlp: LlamaMLP,
        /// Before the attention.
        pub input_layernorm: LlamaRMSNorm,
        /// Before the feed-forward network.
        pub post_attention_layernorm: LlamaRMSNorm,
    }
}

impl LlamaDecoderLayer {
    pub(super) fn new(p: &Path, config: &LlamaConfig, layer_idx: i64) -> Result<Self> {
        let norm = |name: &str| LlamaRMSNorm::new(&(p / name), config);
        Ok(Self {
            self_attn: LlamaAttention::new(&(p / "self_attn"), config, layer_idx)?,
            mlp: LlamaMLP::new(&(p / "mlp"), config)?,
            input_layernorm: norm("input_layernorm")?,
            post_attention_layernorm: norm("post_attention_layernorm")?,
            training: true,
        })
    }

    pub(super) fn forward(&self, x: &Tensor, call: &mut Call) -> Result<(Tensor, Option<Tensor>)> {
        let (attention, weights) =
            self.self_attn.forward(&self.input_layernorm.forward(x)?, call)?;
        let x = x.f_add(&attention)?;
        let mlp = self.mlp.forward(&self.post_attention_layernorm.forward(&x)?)?;
        Ok((x.f_add(&mlp)?, weights))
    }
}
