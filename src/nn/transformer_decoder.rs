//! A stack of decoder layers: torch's `nn.TransformerDecoder`.

use tch::Tensor;

use super::mask::detect_is_causal_mask;
use super::{
    Forward, ModuleList, NormConfig, Path, TransformerDecoderLayer, TransformerDecoderLayerArgs,
    TransformerLayerConfig, check, module,
};
use crate::{Error, Result};

/// The options of [`TransformerDecoder`]; [`TransformerDecoderConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct TransformerDecoderConfig {
    /// All layers are made like this.
    pub layer: TransformerLayerConfig,
    /// How many layers; all start with the same parameters, as in torch.
    pub num_layers: i64,
    /// The norm after the last layer.
    pub norm: Option<NormConfig>,
}

impl TransformerDecoderConfig {
    /// `num_layers` layers without a final norm.
    pub fn new(layer: TransformerLayerConfig, num_layers: i64) -> Self {
        Self { layer, num_layers, norm: None }
    }
}

/// What a call of [`TransformerDecoder`] takes besides `tgt` and `memory`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TransformerDecoderArgs<'a> {
    /// `[T, T]` or `[B·H, T, T]`: bool (true = may not attend) or float (added to the scores).
    pub tgt_mask: Option<&'a Tensor>,
    /// `[T, S]` or `[B·H, T, S]`, likewise.
    pub memory_mask: Option<&'a Tensor>,
    /// `[B, T]`, or `[T]` for unbatched input: bool (true = padding) or float (added to the scores).
    pub tgt_key_padding_mask: Option<&'a Tensor>,
    /// `[B, S]`, or `[S]` for unbatched input, likewise.
    pub memory_key_padding_mask: Option<&'a Tensor>,
    /// A hint that `tgt_mask` is the causal mask; `None` looks.
    pub tgt_is_causal: Option<bool>,
    /// A hint that `memory_mask` is the causal mask.
    pub memory_is_causal: bool,
}

module! {
    /// `num_layers` decoder layers and a final norm: `tgt` `[T, B, E]` and `memory` `[S, B, E]`; with `batch_first`
    /// `[B, T, E]` and `[B, S, E]`; unbatched without B. The result has the shape of `tgt`.
    ///
    /// ```
    /// use atencion::nn::{TransformerDecoder, TransformerDecoderConfig, TransformerLayerConfig};
    /// use tch::{Device, Kind, Tensor, nn::VarStore};
    ///
    /// let vs = VarStore::new(Device::Cpu);
    /// let layer = TransformerLayerConfig { dim_feedforward: 64, ..TransformerLayerConfig::new(32, 4) };
    /// let decoder = TransformerDecoder::new(&vs.root(), TransformerDecoderConfig::new(layer, 6))?;
    /// let memory = Tensor::randn([10, 2, 32], (Kind::Float, Device::Cpu)); // [S, B, E]
    /// let tgt = Tensor::randn([20, 2, 32], (Kind::Float, Device::Cpu)); // [T, B, E]
    /// assert_eq!(decoder.forward(&tgt, &memory)?.size(), [20, 2, 32]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// Source: [torch.nn.TransformerDecoder](https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html).
    pub struct TransformerDecoder from (config: TransformerDecoderConfig) {
        /// The layers, first to last.
        pub layers: ModuleList<TransformerDecoderLayer>,
        /// The norm after the last layer.
        pub norm: Option<Box<dyn Forward>>,
    }
}

impl TransformerDecoder {
    /// Fresh parameters are drawn as PyTorch does: one layer is drawn, and copied.
    ///
    /// # Errors
    /// When an option is out of its range, or the path is taken.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: TransformerDecoderConfig) -> Result<Self> {
        check::positive("a Transformer", "the number of layers", config.num_layers)?;
        let p = path.into().with_kind(config.layer.dtype);
        Ok(Self {
            layers: ModuleList::clones(&p / "layers", config.num_layers, |p| {
                TransformerDecoderLayer::new(p, config.layer.clone())
            })?,
            norm: config.norm.as_ref().map(|norm| norm.build(&p / "norm")).transpose()?,
            training: true,
        })
    }

    /// Computes the stack: the shape of `tgt` stays.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward(&self, tgt: &Tensor, memory: &Tensor) -> Result<Tensor> {
        self.forward_with(tgt, memory, &TransformerDecoderArgs::default())
    }

    /// [`forward`](Self::forward) with masks.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward_with(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        args: &TransformerDecoderArgs,
    ) -> Result<Tensor> {
        let first = self.layers.first().ok_or_else(|| Error::value("the decoder has no layers"))?;
        let length_dim = usize::from(tgt.dim() == 3 && first.self_attn.batch_first);
        let length = tgt.size().get(length_dim).copied().unwrap_or(0);
        let layer_args = TransformerDecoderLayerArgs {
            tgt_mask: args.tgt_mask,
            memory_mask: args.memory_mask,
            tgt_key_padding_mask: args.tgt_key_padding_mask,
            memory_key_padding_mask: args.memory_key_padding_mask,
            tgt_is_causal: detect_is_causal_mask(args.tgt_mask, args.tgt_is_causal, length)?,
            memory_is_causal: args.memory_is_causal,
        };
        let mut output = tgt.shallow_clone();
        for layer in &self.layers {
            output = layer.forward_with(&output, memory, &layer_args)?;
        }
        match &self.norm {
            Some(norm) => norm.forward(&output),
            None => Ok(output),
        }
    }
}
