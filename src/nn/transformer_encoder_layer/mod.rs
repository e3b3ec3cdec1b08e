//! Self-attention and a feed-forward network: torch's `nn.TransformerEncoderLayer`.

mod config;
mod fused;

use tch::Tensor;

pub use config::{TransformerEncoderLayerArgs, TransformerLayerConfig};

use super::mask::canonical_mask;
use super::{
    Activation, Dropout, Forward, LayerNorm, Linear, MultiheadAttention, MultiheadAttentionArgs,
    Path, module,
};
use crate::Result;

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
        /// What torch's fused kernel computes in its place: 1 ReLU, 2 exact GELU; 0: torch does not call the kernel. Set
        /// when the layer is made, and kept when `activation` is replaced, as in torch.
        pub activation_relu_or_gelu: i64,
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
            activation_relu_or_gelu: match config.activation {
                Activation::Relu => 1,
                Activation::Gelu => 2,
                _ => 0,
            },
            training: true,
        })
    }

    /// Computes the layer with masks: the shape of `src` stays.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward_with(&self, src: &Tensor, args: &TransformerEncoderLayerArgs) -> Result<Tensor> {
        let (inputs, expected) = (args.inputs(src), self.self_attn.expected());
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
}
