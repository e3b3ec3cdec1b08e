//! Self-attention and a feed-forward network: torch's `nn.TransformerEncoderLayer`.

use tch::{Kind, Tensor};

use super::attention_inputs::AttentionInputs;
use super::mask::{canonical_mask, merge_masks};
use super::{
    Activation, Dropout, Forward, LayerNorm, LayerNormConfig, Linear, LinearConfig,
    MultiheadAttention, MultiheadAttentionArgs, MultiheadAttentionConfig, Path, check, fast_path,
    module,
};
use crate::Result;

/// The options of an encoder or a decoder layer; [`TransformerLayerConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct TransformerLayerConfig {
    /// E: size of the vectors.
    pub d_model: i64,
    /// H: number of heads.
    pub nhead: i64,
    /// Size of the feed-forward network between its two linear maps.
    pub dim_feedforward: i64,
    /// Probability of dropping, in the attention, in the network and after each of them.
    pub dropout: f64,
    /// Between the two linear maps.
    pub activation: Activation,
    /// Added to the variance by the norms.
    pub layer_norm_eps: f64,
    /// Whether sequences are `[B, L, E]` rather than `[L, B, E]`.
    pub batch_first: bool,
    /// Whether each block normalises its input (pre-norm) rather than its output (post-norm).
    pub norm_first: bool,
    /// Whether linear maps and norms add biases.
    pub bias: bool,
    /// Kind of the parameters; `None` is the `VarStore`'s, or the given tensors'.
    pub dtype: Option<Kind>,
}

impl TransformerLayerConfig {
    /// `nhead` heads over vectors of `d_model`; feed-forward 2048, dropout 0.1, ReLU, post-norm.
    pub fn new(d_model: i64, nhead: i64) -> Self {
        Self {
            d_model,
            nhead,
            dim_feedforward: 2048,
            dropout: 0.1,
            activation: Activation::Relu,
            layer_norm_eps: 1e-5,
            batch_first: false,
            norm_first: false,
            bias: true,
            dtype: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.attention().check()?;
        check::positive("a Transformer layer", "dim_feedforward", self.dim_feedforward)
    }

    pub(crate) fn attention(&self) -> MultiheadAttentionConfig {
        MultiheadAttentionConfig {
            dropout: self.dropout,
            bias: self.bias,
            batch_first: self.batch_first,
            ..MultiheadAttentionConfig::new(self.d_model, self.nhead)
        }
    }

    pub(crate) fn linear1(&self) -> LinearConfig {
        LinearConfig { bias: self.bias, ..LinearConfig::new(self.d_model, self.dim_feedforward) }
    }

    pub(crate) fn linear2(&self) -> LinearConfig {
        LinearConfig { bias: self.bias, ..LinearConfig::new(self.dim_feedforward, self.d_model) }
    }

    pub(crate) fn norm(&self) -> LayerNormConfig {
        LayerNormConfig {
            eps: self.layer_norm_eps,
            bias: self.bias,
            ..LayerNormConfig::new(&[self.d_model])
        }
    }
}

/// What a call of [`TransformerEncoderLayer`] takes besides `src`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TransformerEncoderLayerArgs<'a> {
    /// `[L, L]` or `[B·H, L, L]`: bool (true = may not attend) or float (added to the scores).
    pub src_mask: Option<&'a Tensor>,
    /// `[B, L]`, or `[L]` for unbatched input: bool (true = padding) or float (added to the scores).
    pub src_key_padding_mask: Option<&'a Tensor>,
    /// A hint that `src_mask` is the causal mask.
    pub is_causal: bool,
}

module! {
    /// One layer of the encoder: `[L, B, E]`, with `batch_first` `[B, L, E]`, unbatched `[L, E]` → the same shape.
    ///
    /// ```
    /// use atencion::nn::{Forward, TransformerEncoderLayer, TransformerLayerConfig};
    /// use tch::{Device, Kind, Tensor, nn::VarStore};
    ///
    /// let vs = VarStore::new(Device::Cpu);
    /// let config = TransformerLayerConfig { batch_first: true, ..TransformerLayerConfig::new(512, 8) };
    /// let encoder_layer = TransformerEncoderLayer::new(&vs.root(), config)?;
    /// let src = Tensor::randn([2, 10, 512], (Kind::Float, Device::Cpu)); // [B, L, E]
    /// let out = encoder_layer.forward(&src)?;
    /// assert_eq!(out.size(), [2, 10, 512]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// In evaluation, without gradients, torch hands the whole layer to one fused kernel, and so does this one (with
    /// `batch_first`, biases, an even number of heads, and ReLU or GELU). That kernel reads every mask as bool: a float
    /// mask counts as "masked" wherever it is not 0.
    ///
    /// Source: [torch.nn.TransformerEncoderLayer](https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html);
    /// [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), section 3.1; pre-norm:
    /// [Xiong et al. 2020](https://arxiv.org/abs/2002.04745), figure 1.
    pub struct TransformerEncoderLayer from (config: TransformerLayerConfig) {
        /// The self-attention.
        pub self_attn: MultiheadAttention,
        /// `[E]` → `[dim_feedforward]`
        pub linear1: Linear,
        /// Inside the feed-forward network.
        pub dropout: Dropout,
        /// `[dim_feedforward]` → `[E]`
        pub linear2: Linear,
        /// Whether each block normalises its input.
        pub norm_first: bool,
        /// Of the self-attention block.
        pub norm1: LayerNorm,
        /// Of the feed-forward block.
        pub norm2: LayerNorm,
        /// After the self-attention.
        pub dropout1: Dropout,
        /// After the feed-forward network.
        pub dropout2: Dropout,
        /// Between the two linear maps.
        pub activation: Activation,
    }
}

impl Forward for TransformerEncoderLayer {
    /// Computes the layer without masks: the shape of `src` stays.
    fn forward(&self, src: &Tensor) -> Result<Tensor> {
        self.forward_with(src, &TransformerEncoderLayerArgs::default())
    }
}

impl TransformerEncoderLayer {
    /// Fresh parameters are drawn as PyTorch does.
    ///
    /// # Errors
    /// When the heads do not divide `d_model`, an option is out of its range, or the path is taken.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: TransformerLayerConfig) -> Result<Self> {
        config.check()?;
        let p = path.into().with_kind(config.dtype);
        let dropout = Dropout::new(config.dropout)?;
        Ok(Self {
            self_attn: MultiheadAttention::new(&p / "self_attn", config.attention())?,
            linear1: Linear::new(&p / "linear1", config.linear1())?,
            dropout: dropout.clone(),
            linear2: Linear::new(&p / "linear2", config.linear2())?,
            norm_first: config.norm_first,
            norm1: LayerNorm::new(&p / "norm1", config.norm())?,
            norm2: LayerNorm::new(&p / "norm2", config.norm())?,
            dropout1: dropout.clone(),
            dropout2: dropout,
            activation: config.activation.clone(),
            training: true,
        })
    }

    /// Computes the layer with masks: the shape of `src` stays.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward_with(&self, src: &Tensor, args: &TransformerEncoderLayerArgs) -> Result<Tensor> {
        let inputs = AttentionInputs {
            query: ("src", src),
            key: ("src", src),
            value: ("src", src),
            attn_mask: ("src_mask", args.src_mask),
            key_padding_mask: ("src_key_padding_mask", args.src_key_padding_mask),
            is_causal: ("is_causal", args.is_causal),
            need_weights: false,
        };
        let expected = self.self_attn.expected();
        inputs.check(&expected)?;
        self.forward_unchecked(src, args).map_err(|error| inputs.explain(&expected, error))
    }

    fn forward_unchecked(
        &self,
        src: &Tensor,
        args: &TransformerEncoderLayerArgs,
    ) -> Result<Tensor> {
        let src_mask = canonical_mask(args.src_mask, src.kind())?;
        let src_key_padding_mask = canonical_mask(args.src_key_padding_mask, src.kind())?;
        let args = TransformerEncoderLayerArgs {
            src_mask: src_mask.as_ref(),
            src_key_padding_mask: src_key_padding_mask.as_ref(),
            ..*args
        };
        if src.dim() == 3 && self.takes_fast_path(src) {
            return self.fast_path(src, &args);
        }
        if self.norm_first {
            let x = src.f_add(&self.sa_block(&self.norm1.forward(src)?, &args)?)?;
            Ok(x.f_add(&self.ff_block(&self.norm2.forward(&x)?)?)?)
        } else {
            let x = self.norm1.forward(&src.f_add(&self.sa_block(src, &args)?)?)?;
            self.norm2.forward(&x.f_add(&self.ff_block(&x)?)?)
        }
    }

    /// Self-attention block.
    fn sa_block(&self, x: &Tensor, args: &TransformerEncoderLayerArgs) -> Result<Tensor> {
        let args = MultiheadAttentionArgs {
            attn_mask: args.src_mask,
            key_padding_mask: args.src_key_padding_mask,
            need_weights: false,
            is_causal: args.is_causal,
            ..Default::default()
        };
        let (x, _) = self.self_attn.forward_unchecked(x, x, x, &args)?;
        self.dropout1.forward(&x)
    }

    /// Feed-forward block.
    fn ff_block(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.activation.apply(&self.linear1.forward(x)?)?;
        let x = self.linear2.forward(&self.dropout.forward(&x)?)?;
        self.dropout2.forward(&x)
    }

    /// Whether torch would call its fused kernel now, for batched input.
    pub(crate) fn takes_fast_path(&self, src: &Tensor) -> bool {
        fast_path::get_fastpath_enabled()
            && !self.training
            && self.self_attn.batch_first
            && self.self_attn.num_heads % 2 == 0
            && matches!(self.activation, Activation::Relu | Activation::Gelu)
            && self.norm1.eps == self.norm2.eps
            && self.self_attn.out_proj.weight.kind() == src.kind()
            && self.fused_weights().is_some_and(|weights| {
                fast_path::tensors_allow(&[src]) && fast_path::tensors_allow(&weights)
            })
    }

    /// The twelve tensors of the fused kernel, in its order, if the layer has them all.
    fn fused_weights(&self) -> Option<[&Tensor; 12]> {
        Some([
            self.self_attn.in_proj_weight.as_ref()?,
            self.self_attn.in_proj_bias.as_ref()?,
            &self.self_attn.out_proj.weight,
            self.self_attn.out_proj.bias.as_ref()?,
            self.norm1.weight.as_ref()?,
            self.norm1.bias.as_ref()?,
            self.norm2.weight.as_ref()?,
            self.norm2.bias.as_ref()?,
            &self.linear1.weight,
            self.linear1.bias.as_ref()?,
            &self.linear2.weight,
            self.linear2.bias.as_ref()?,
        ])
    }

    /// `torch._transformer_encoder_layer_fwd`, on canonical masks. `src` may be a nested tensor, without masks.
    pub(crate) fn fast_path(
        &self,
        src: &Tensor,
        args: &TransformerEncoderLayerArgs,
    ) -> Result<Tensor> {
        let Some([in_w, in_b, out_w, out_b, n1_w, n1_b, n2_w, n2_b, l1_w, l1_b, l2_w, l2_b]) =
            self.fused_weights()
        else {
            return Err(crate::Error::value("the fused encoder layer needs every weight and bias"));
        };
        let attention = &self.self_attn;
        let (mask, mask_type) =
            merge_masks(args.src_mask, args.src_key_padding_mask, attention.num_heads, src)?;
        Ok(Tensor::f_internal_transformer_encoder_layer_fwd(
            src,
            attention.embed_dim,
            attention.num_heads,
            in_w,
            in_b,
            out_w,
            out_b,
            matches!(self.activation, Activation::Gelu),
            self.norm_first,
            self.norm1.eps,
            n1_w,
            n1_b,
            n2_w,
            n2_b,
            l1_w,
            l1_b,
            l2_w,
            l2_b,
            mask,
            mask_type,
        )?)
    }
}
