//! Multi-head attention: torch's `nn.MultiheadAttention`.

mod config;
mod functional;
mod fused;
mod in_projection;
mod inputs;
mod parameters;

use tch::Tensor;

pub use config::{MultiheadAttentionArgs, MultiheadAttentionConfig};
pub use functional::multi_head_attention_forward;
pub(super) use inputs::{AttentionInputs, Expected};
pub use parameters::{InProjection, MultiheadAttentionParameters};

use functional::forward_unchecked;

use super::{Linear, LinearConfig, NonDynamicallyQuantizableLinear, Path, fast_path, init, module};
use crate::{Error, Result};

module! {
    /// `Concat(head₁, …, head_H) Wᴼ` with `headᵢ = Attention(Q Wᵢ^Q, K Wᵢ^K, V Wᵢ^V)`.
    ///
    /// Query `[L, B, E]`, key `[S, B, kdim]`, value `[S, B, vdim]`; with `batch_first` `[B, L, E]`, `[B, S, kdim]`,
    /// `[B, S, vdim]`; unbatched without B.
    ///
    /// ```
    /// use atencion::nn::{MultiheadAttention, MultiheadAttentionConfig};
    /// use tch::{Device, Kind, Tensor, nn::VarStore};
    ///
    /// let vs = VarStore::new(Device::Cpu);
    /// let config = MultiheadAttentionConfig { batch_first: true, ..MultiheadAttentionConfig::new(512, 8) };
    /// let multihead_attn = MultiheadAttention::new(&vs.root(), config)?;
    /// let x = Tensor::randn([2, 10, 512], (Kind::Float, Device::Cpu)); // [B, L, E]
    /// let (output, weights) = multihead_attn.forward(&x, &x, &x)?;
    /// assert_eq!(output.size(), [2, 10, 512]);
    /// assert_eq!(weights.map(|w| w.size()), Some(vec![2, 10, 10]));
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// A query whose keys are all masked comes out as torch gives it: NaN with `need_weights`, and from the fused
    /// kernels the output projection of 0.
    ///
    /// In evaluation, without gradients, self-attention goes through the fused kernel that torch uses then
    /// ([`get_fastpath_enabled`](super::get_fastpath_enabled)).
    ///
    /// Source: [torch.nn.MultiheadAttention](https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html);
    /// [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), section 3.2.2.
    pub struct MultiheadAttention from (config: MultiheadAttentionConfig) {
        /// E
        pub embed_dim: i64,
        /// Size of the keys.
        pub kdim: i64,
        /// Size of the values.
        pub vdim: i64,
        /// H
        pub num_heads: i64,
        /// Probability of dropping an attention weight in training.
        pub dropout: f64,
        /// Whether sequences are `[B, L, E]`.
        pub batch_first: bool,
        /// Whether a key and a value of zeros are added.
        pub add_zero_attn: bool,
        /// `[3·E, E]`; `None` where `kdim` or `vdim` differ from E.
        pub in_proj_weight: Option<Tensor>,
        /// `[E, E]`, where `kdim` or `vdim` differ from E.
        pub q_proj_weight: Option<Tensor>,
        /// `[E, kdim]`, where `kdim` or `vdim` differ from E.
        pub k_proj_weight: Option<Tensor>,
        /// `[E, vdim]`, where `kdim` or `vdim` differ from E.
        pub v_proj_weight: Option<Tensor>,
        /// `[3·E]`
        pub in_proj_bias: Option<Tensor>,
        /// `[1, 1, E]`, with `add_bias_kv`.
        pub bias_k: Option<Tensor>,
        /// `[1, 1, E]`, with `add_bias_kv`.
        pub bias_v: Option<Tensor>,
        /// The output projection Wᴼ.
        pub out_proj: NonDynamicallyQuantizableLinear,
    }
}

impl MultiheadAttention {
    /// Fresh parameters are drawn as PyTorch does.
    ///
    /// # Errors
    /// When the heads do not divide `embed_dim`, an option is out of its range, or the path is taken.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: MultiheadAttentionConfig) -> Result<Self> {
        config.check()?;
        let p = path.into().with_kind(config.dtype);
        let e = config.embed_dim;
        let (kdim, vdim) = (config.kdim.unwrap_or(e), config.vdim.unwrap_or(e));
        let same = kdim == e && vdim == e;
        let out_config = LinearConfig { bias: config.bias, ..LinearConfig::new(e, e) };
        let attention = Self {
            embed_dim: e,
            kdim,
            vdim,
            num_heads: config.num_heads,
            dropout: config.dropout,
            batch_first: config.batch_first,
            add_zero_attn: config.add_zero_attn,
            q_proj_weight: p.optional(!same, "q_proj_weight", &[e, e])?,
            k_proj_weight: p.optional(!same, "k_proj_weight", &[e, kdim])?,
            v_proj_weight: p.optional(!same, "v_proj_weight", &[e, vdim])?,
            in_proj_weight: p.optional(same, "in_proj_weight", &[3 * e, e])?,
            in_proj_bias: p.optional(config.bias, "in_proj_bias", &[3 * e])?,
            // torch draws the output projection here, before its own _reset_parameters.
            out_proj: NonDynamicallyQuantizableLinear(Linear::new(&p / "out_proj", out_config)?),
            bias_k: p.optional(config.add_bias_kv, "bias_k", &[1, 1, e])?,
            bias_v: p.optional(config.add_bias_kv, "bias_v", &[1, 1, e])?,
            training: true,
        };
        if attention.out_proj.lora.is_some() {
            // torch's function takes the weight itself, and what was learned beside it would be lost.
            return Err(Error::value("out_proj of nn.MultiheadAttention cannot have LoRA")
                .mend("take it out of target_modules"));
        }
        if p.draws() {
            attention.reset_parameters()?;
        }
        Ok(attention)
    }

    /// Draws the parameters anew, as torch's `_reset_parameters`: the output projection's weight stays.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn reset_parameters(&self) -> Result<()> {
        let projections =
            [&self.in_proj_weight, &self.q_proj_weight, &self.k_proj_weight, &self.v_proj_weight];
        for weight in projections.into_iter().flatten() {
            init::xavier_uniform_(weight)?;
        }
        if let Some(in_proj_bias) = &self.in_proj_bias {
            init::constant_(in_proj_bias, 0.0)?;
            self.out_proj.bias.as_ref().map_or(Ok(()), |bias| init::constant_(bias, 0.0))?;
        }
        for bias in [&self.bias_k, &self.bias_v].into_iter().flatten() {
            init::xavier_normal_(bias)?;
        }
        Ok(())
    }

    /// Attends: `[L, B, E]` or, with `batch_first`, `[B, L, E]`; and the weights, `[B, L, S]` averaged over the heads
    /// (or, if asked for, `[B, H, L, S]`). In training they are the weights after dropout.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
    ) -> Result<(Tensor, Option<Tensor>)> {
        self.forward_with(query, key, value, &MultiheadAttentionArgs::default())
    }

    /// [`forward`](Self::forward) with masks, or without the weights.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward_with(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        args: &MultiheadAttentionArgs,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let inputs = AttentionInputs {
            query: ("query", query),
            key: ("key", key),
            value: ("value", value),
            attn_mask: ("attn_mask", args.attn_mask),
            key_padding_mask: ("key_padding_mask", args.key_padding_mask),
            is_causal: ("is_causal", args.is_causal),
            need_weights: args.need_weights,
        };
        let expected = self.expected();
        inputs.check(&expected)?;
        self.forward_unchecked(query, key, value, args)
            .map_err(|error| inputs.explain(&expected, error))
    }

    /// What the check at the door holds the inputs against.
    pub(crate) fn expected(&self) -> Expected {
        Expected {
            embed_dim: self.embed_dim,
            kdim: self.kdim,
            vdim: self.vdim,
            num_heads: self.num_heads,
            batch_first: self.batch_first,
            dtype: self.out_proj.weight.kind(),
        }
    }

    /// The computation, once the inputs are known to fit.
    pub(crate) fn forward_unchecked(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        args: &MultiheadAttentionArgs,
    ) -> Result<(Tensor, Option<Tensor>)> {
        if let Some(result) = self.fast_path(query, key, value, args)? {
            return Ok(result);
        }
        let swap = self.batch_first && query.dim() == 3;
        if !swap {
            return forward_unchecked(query, key, value, &self.functional()?, args);
        }
        // One tensor stays one tensor when it is transposed: the projections look at that.
        let q = query.f_transpose(1, 0)?;
        let (k, v) = match (fast_path::is_same(key, value), fast_path::is_same(query, key)) {
            (true, true) => (q.shallow_clone(), q.shallow_clone()),
            (true, false) => {
                let k = key.f_transpose(1, 0)?;
                (k.shallow_clone(), k)
            }
            (false, _) => (key.f_transpose(1, 0)?, value.f_transpose(1, 0)?),
        };
        let (output, weights) = forward_unchecked(&q, &k, &v, &self.functional()?, args)?;
        Ok((output.f_transpose(1, 0)?, weights))
    }

    fn functional(&self) -> Result<MultiheadAttentionParameters<'_>> {
        let separate = (&self.q_proj_weight, &self.k_proj_weight, &self.v_proj_weight);
        let in_proj = match (&self.in_proj_weight, separate) {
            (Some(weight), _) => InProjection::Packed(weight),
            (None, (Some(q), Some(k), Some(v))) => {
                InProjection::Separate { q_proj_weight: q, k_proj_weight: k, v_proj_weight: v }
            }
            _ => return Err(Error::value("the module has no input projections")),
        };
        Ok(MultiheadAttentionParameters {
            num_heads: self.num_heads,
            in_proj,
            in_proj_bias: self.in_proj_bias.as_ref(),
            bias_k: self.bias_k.as_ref(),
            bias_v: self.bias_v.as_ref(),
            add_zero_attn: self.add_zero_attn,
            dropout_p: self.dropout,
            out_proj_weight: &self.out_proj.weight,
            out_proj_bias: self.out_proj.bias.as_ref(),
            training: self.training,
            static_k: None,
            static_v: None,
        })
    }
}
