//! A stack of encoder layers: torch's `nn.TransformerEncoder`.

mod config;
mod nested;

use tch::Tensor;

pub use config::{TransformerEncoderArgs, TransformerEncoderConfig};

use super::mask::{canonical_mask, detect_is_causal_mask};
use super::multihead_attention::AttentionInputs;
use super::{
    Activation, Forward, ModuleList, Path, TransformerEncoderLayer, TransformerEncoderLayerArgs,
    check, module,
};
use crate::Result;

module! {
    /// `num_layers` encoder layers and a final norm: `[L, B, E]`, with `batch_first` `[B, L, E]`, unbatched `[L, E]` →
    /// the same shape.
    ///
    /// ```
    /// use atencion::nn::{Forward, TransformerEncoder, TransformerEncoderConfig, TransformerLayerConfig};
    /// use tch::{Device, Kind, Tensor, nn::VarStore};
    ///
    /// let vs = VarStore::new(Device::Cpu);
    /// let layer = TransformerLayerConfig { dim_feedforward: 64, ..TransformerLayerConfig::new(32, 4) };
    /// let encoder = TransformerEncoder::new(&vs.root(), TransformerEncoderConfig::new(layer, 6))?;
    /// let src = Tensor::randn([10, 2, 32], (Kind::Float, Device::Cpu)); // [L, B, E]
    /// assert_eq!(encoder.forward(&src)?.size(), [10, 2, 32]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// In evaluation, without gradients, with padding at the end of the sequences and no other mask, torch computes the
    /// real positions only (a nested tensor) and fills the padded ones with 0 before the final norm; so does this.
    ///
    /// Source: [torch.nn.TransformerEncoder](https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html).
    pub struct TransformerEncoder from (config: TransformerEncoderConfig) {
        /// The layers, first to last.
        pub layers: ModuleList<TransformerEncoderLayer>,
        /// The norm after the last layer.
        pub norm: Option<Box<dyn Forward>>,
        /// Whether padded positions are left out where the kernels can.
        pub use_nested_tensor: bool,
        /// Whether to look first if the padding is all at the end.
        pub mask_check: bool,
    }
}

impl Forward for TransformerEncoder {
    /// Computes the stack without masks: the shape of `src` stays.
    fn forward(&self, src: &Tensor) -> Result<Tensor> {
        self.forward_with(src, &TransformerEncoderArgs::default())
    }
}

impl TransformerEncoder {
    /// Fresh parameters are drawn as PyTorch does: one layer is drawn, and copied.
    ///
    /// # Errors
    /// When an option is out of its range, or the path is taken.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: TransformerEncoderConfig) -> Result<Self> {
        let layer = &config.layer;
        check::positive("a Transformer", "the number of layers", config.num_layers)?;
        let p = path.into().with_kind(layer.dtype);
        let layers = ModuleList::clones(&p / "layers", config.num_layers, |p| {
            TransformerEncoderLayer::new(p, layer.clone())
        })?;
        let fused_kernel_fits = !layer.norm_first
            && layer.batch_first
            && layer.bias
            && matches!(layer.activation, Activation::Relu | Activation::Gelu)
            && layer.nhead % 2 == 0;
        Ok(Self {
            layers,
            norm: config.norm.as_ref().map(|norm| norm.build(&p / "norm")).transpose()?,
            use_nested_tensor: config.enable_nested_tensor && fused_kernel_fits,
            mask_check: config.mask_check,
            training: true,
        })
    }

    /// Computes the stack with masks: the shape of `src` stays.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward_with(&self, src: &Tensor, args: &TransformerEncoderArgs) -> Result<Tensor> {
        self.check(src, args)?;
        let output = match self.nested_input(src, args)? {
            Some(nested) => self.forward_nested(nested, src)?,
            None => self.forward_padded(src, args)?,
        };
        match &self.norm {
            Some(norm) => norm.forward(&output),
            None => Ok(output),
        }
    }

    fn check(&self, src: &Tensor, args: &TransformerEncoderArgs) -> Result<()> {
        let inputs = AttentionInputs {
            query: ("src", src),
            key: ("src", src),
            value: ("src", src),
            attn_mask: ("mask", args.mask),
            key_padding_mask: ("src_key_padding_mask", args.src_key_padding_mask),
            is_causal: ("is_causal", args.is_causal == Some(true)),
            need_weights: false,
        };
        inputs.check(&self.first_layer()?.self_attn.expected())
    }

    fn first_layer(&self) -> Result<&TransformerEncoderLayer> {
        self.layers.first().ok_or_else(|| crate::Error::value("the encoder has no layers"))
    }

    fn forward_padded(&self, src: &Tensor, args: &TransformerEncoderArgs) -> Result<Tensor> {
        let src_key_padding_mask = canonical_mask(args.src_key_padding_mask, src.kind())?;
        let mask = canonical_mask(args.mask, src.kind())?;
        let length_dim = usize::from(src.dim() == 3 && self.first_layer()?.self_attn.batch_first);
        let layer_args = TransformerEncoderLayerArgs {
            src_mask: mask.as_ref(),
            src_key_padding_mask: src_key_padding_mask.as_ref(),
            is_causal: detect_is_causal_mask(
                mask.as_ref(),
                args.is_causal,
                src.size()[length_dim],
            )?,
        };
        let mut output = src.shallow_clone();
        for layer in &self.layers {
            output = layer.forward_with(&output, &layer_args)?;
        }
        Ok(output)
    }
}
