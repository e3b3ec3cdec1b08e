//! Self-attention, attention to the encoder and a feed-forward network: torch's `nn.TransformerDecoderLayer`.

mod args;

use tch::Tensor;

pub use args::TransformerDecoderLayerArgs;

use super::{
    Activation, Dropout, Forward, LayerNorm, Linear, MultiheadAttention, MultiheadAttentionArgs,
    Path, TransformerLayerConfig, module,
};
use crate::Result;

module! {
    /// One layer of the decoder: `tgt` `[T, B, E]` and `memory` `[S, B, E]`; with `batch_first` `[B, T, E]` and
    /// `[B, S, E]`; unbatched `[T, E]` and `[S, E]`. The result has the shape of `tgt`.
    ///
    /// ```
    /// use atencion::nn::{TransformerDecoderLayer, TransformerLayerConfig};
    /// use tch::{Device, Kind, Tensor, nn::VarStore};
    ///
    /// let vs = VarStore::new(Device::Cpu);
    /// let decoder_layer = TransformerDecoderLayer::new(&vs.root(), TransformerLayerConfig::new(512, 8))?;
    /// let memory = Tensor::randn([10, 2, 512], (Kind::Float, Device::Cpu)); // [S, B, E]
    /// let tgt = Tensor::randn([20, 2, 512], (Kind::Float, Device::Cpu)); // [T, B, E]
    /// let out = decoder_layer.forward(&tgt, &memory)?;
    /// assert_eq!(out.size(), [20, 2, 512]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// Source: [torch.nn.TransformerDecoderLayer](https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html);
    /// [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), section 3.1.
    pub struct TransformerDecoderLayer from (config: TransformerLayerConfig) {
        /// The attention of the target to itself.
        pub self_attn: MultiheadAttention,
        /// The attention of the target to the memory.
        pub multihead_attn: MultiheadAttention,
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
        /// Of the block that attends to the memory.
        pub norm2: LayerNorm,
        /// Of the feed-forward block.
        pub norm3: LayerNorm,
        /// After the self-attention.
        pub dropout1: Dropout,
        /// After the attention to the memory.
        pub dropout2: Dropout,
        /// After the feed-forward network.
        pub dropout3: Dropout,
        /// Between the two linear maps.
        pub activation: Activation,
    }
}

impl TransformerDecoderLayer {
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
            multihead_attn: MultiheadAttention::new(&p / "multihead_attn", config.attention())?,
            linear1: Linear::new(&p / "linear1", config.linear1())?,
            dropout: dropout.clone(),
            linear2: Linear::new(&p / "linear2", config.linear2())?,
            norm_first: config.norm_first,
            norm1: LayerNorm::new(&p / "norm1", config.norm())?,
            norm2: LayerNorm::new(&p / "norm2", config.norm())?,
            norm3: LayerNorm::new(&p / "norm3", config.norm())?,
            dropout1: dropout.clone(),
            dropout2: dropout.clone(),
            dropout3: dropout,
            activation: config.activation.clone(),
            training: true,
        })
    }

    /// Computes the layer: the shape of `tgt` stays.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward(&self, tgt: &Tensor, memory: &Tensor) -> Result<Tensor> {
        self.forward_with(tgt, memory, &TransformerDecoderLayerArgs::default())
    }

    /// [`forward`](Self::forward) with masks.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward_with(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        args: &TransformerDecoderLayerArgs,
    ) -> Result<Tensor> {
        let (to_itself, to_memory) = args.inputs(tgt, memory);
        let (expected, memory_expected) =
            (self.self_attn.expected(), self.multihead_attn.expected());
        to_itself.check(&expected)?;
        to_memory.check(&memory_expected)?;
        self.forward_unchecked(tgt, memory, args)
            .map_err(|error| to_memory.explain(&memory_expected, error))
    }

    fn forward_unchecked(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        args: &TransformerDecoderLayerArgs,
    ) -> Result<Tensor> {
        if self.norm_first {
            let x = tgt.f_add(&self.sa_block(&self.norm1.forward(tgt)?, args)?)?;
            let x = x.f_add(&self.mha_block(&self.norm2.forward(&x)?, memory, args)?)?;
            Ok(x.f_add(&self.ff_block(&self.norm3.forward(&x)?)?)?)
        } else {
            let x = self.norm1.forward(&tgt.f_add(&self.sa_block(tgt, args)?)?)?;
            let x = self.norm2.forward(&x.f_add(&self.mha_block(&x, memory, args)?)?)?;
            self.norm3.forward(&x.f_add(&self.ff_block(&x)?)?)
        }
    }

    /// Self-attention block.
    fn sa_block(&self, x: &Tensor, args: &TransformerDecoderLayerArgs) -> Result<Tensor> {
        let args = MultiheadAttentionArgs {
            attn_mask: args.tgt_mask,
            key_padding_mask: args.tgt_key_padding_mask,
            is_causal: args.tgt_is_causal,
            need_weights: false,
            ..Default::default()
        };
        let (x, _) = self.self_attn.forward_unchecked(x, x, x, &args)?;
        self.dropout1.forward(&x)
    }

    /// Multi-head attention block: the target asks, the memory answers.
    fn mha_block(
        &self,
        x: &Tensor,
        memory: &Tensor,
        args: &TransformerDecoderLayerArgs,
    ) -> Result<Tensor> {
        let args = MultiheadAttentionArgs {
            attn_mask: args.memory_mask,
            key_padding_mask: args.memory_key_padding_mask,
            is_causal: args.memory_is_causal,
            need_weights: false,
            ..Default::default()
        };
        let (x, _) = self.multihead_attn.forward_unchecked(x, memory, memory, &args)?;
        self.dropout2.forward(&x)
    }

    /// Feed-forward block.
    fn ff_block(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.activation.apply(&self.linear1.forward(x)?)?;
        let x = self.linear2.forward(&self.dropout.forward(&x)?)?;
        self.dropout3.forward(&x)
    }
}
