//! Encoder and decoder: torch's `nn.Transformer`.

mod config;
mod custom;

use tch::{Device, Kind, Tensor};

pub use config::{TransformerArgs, TransformerConfig};
pub use custom::{Decoder, Encoder};

use super::mask::square_subsequent_mask;
use super::{
    Build, Module, NormConfig, Path, TransformerDecoder, TransformerDecoderArgs,
    TransformerDecoderConfig, TransformerEncoder, TransformerEncoderArgs, TransformerEncoderConfig,
    check, init, module,
};
use crate::{Error, Result};

module! {
    /// The model of "Attention Is All You Need" between the embeddings and the output layer: `src` `[S, B, E]` and `tgt`
    /// `[T, B, E]`; with `batch_first` `[B, S, E]` and `[B, T, E]`; unbatched without B. The result has the shape of `tgt`.
    ///
    /// ```
    /// use atencion::nn::{Transformer, TransformerArgs, TransformerConfig};
    /// use tch::{Device, Kind, Tensor, nn::VarStore};
    ///
    /// let cpu = (Kind::Float, Device::Cpu);
    /// let vs = VarStore::new(Device::Cpu);
    /// let config = TransformerConfig {
    ///     d_model: 32, nhead: 4, dim_feedforward: 64, batch_first: true, ..TransformerConfig::default()
    /// };
    /// let transformer_model = Transformer::new(&vs.root(), config)?;
    /// let src = Tensor::randn([2, 10, 32], cpu); // [B, S, E]
    /// let tgt = Tensor::randn([2, 20, 32], cpu); // [B, T, E]
    /// let tgt_mask = <Transformer>::generate_square_subsequent_mask(20, cpu)?;
    /// let args = TransformerArgs { tgt_mask: Some(&tgt_mask), ..Default::default() };
    /// assert_eq!(transformer_model.forward_with(&src, &tgt, &args)?.size(), [2, 20, 32]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// Source: [torch.nn.Transformer](https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html);
    /// [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), section 3.1 and figure 1.
    pub struct Transformer<E: Encoder = TransformerEncoder, D: Decoder = TransformerDecoder> {
        /// Reads `src`.
        pub encoder: E,
        /// Writes `tgt`, attending to what the encoder read.
        pub decoder: D,
        /// E: size of the vectors.
        pub d_model: i64,
        /// H: number of heads.
        pub nhead: i64,
        /// Whether sequences are `[B, L, E]`.
        pub batch_first: bool,
    }
}

impl Transformer {
    /// Fresh parameters are drawn as PyTorch does: first each layer's own draws, then Xavier for every matrix.
    ///
    /// # Errors
    /// When an option is out of its range, or the path is taken.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: TransformerConfig) -> Result<Self> {
        let p = path.into().with_kind(config.dtype);
        let layer = config.layer();
        let norm = Some(NormConfig::LayerNorm(layer.norm()));
        check::positive("Transformer", "num_encoder_layers", config.num_encoder_layers)?;
        check::positive("Transformer", "num_decoder_layers", config.num_decoder_layers)?;
        let encoder = TransformerEncoderConfig {
            norm: norm.clone(),
            ..TransformerEncoderConfig::new(layer.clone(), config.num_encoder_layers)
        };
        let decoder = TransformerDecoderConfig {
            norm,
            ..TransformerDecoderConfig::new(layer, config.num_decoder_layers)
        };
        let transformer = Self {
            encoder: TransformerEncoder::new(&p / "encoder", encoder)?,
            decoder: TransformerDecoder::new(&p / "decoder", decoder)?,
            d_model: config.d_model,
            nhead: config.nhead,
            batch_first: config.batch_first,
            training: true,
        };
        if p.draws() {
            transformer.reset_parameters()?;
        }
        Ok(transformer)
    }

    /// `[sz, sz]`: −∞ above the diagonal, 0 on and below it.
    ///
    /// # Errors
    /// When `sz` is negative.
    pub fn generate_square_subsequent_mask(sz: i64, options: (Kind, Device)) -> Result<Tensor> {
        check::not_negative("generate_square_subsequent_mask", "sz", sz)?;
        square_subsequent_mask(sz, options)
    }
}

impl<E: Encoder, D: Decoder> Transformer<E, D> {
    /// With an encoder and a decoder of one's own. As in torch their matrices are drawn anew; to keep their values,
    /// write the struct out.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn custom(encoder: E, decoder: D, config: &TransformerConfig) -> Result<Self> {
        let TransformerConfig { d_model, nhead, batch_first, .. } = *config;
        let transformer = Self { encoder, decoder, d_model, nhead, batch_first, training: true };
        transformer.reset_parameters()?;
        Ok(transformer)
    }

    /// Draws every matrix anew, Xavier uniform, as torch's `_reset_parameters`.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn reset_parameters(&self) -> Result<()> {
        let parameters = self.parameters();
        let matrices = parameters.iter().filter(|parameter| parameter.dim() > 1);
        matrices.into_iter().try_for_each(init::xavier_uniform_)
    }

    /// Encodes `src` and decodes `tgt`: the shape of `tgt` stays.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward(&self, src: &Tensor, tgt: &Tensor) -> Result<Tensor> {
        self.forward_with(src, tgt, &TransformerArgs::default())
    }

    /// [`forward`](Self::forward) with masks.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    pub fn forward_with(
        &self,
        src: &Tensor,
        tgt: &Tensor,
        args: &TransformerArgs,
    ) -> Result<Tensor> {
        self.check(src, tgt)?;
        let encoder_args = TransformerEncoderArgs {
            mask: args.src_mask,
            src_key_padding_mask: args.src_key_padding_mask,
            is_causal: args.src_is_causal,
        };
        let memory = self.encoder.forward_with(src, &encoder_args)?;
        let decoder_args = TransformerDecoderArgs {
            tgt_mask: args.tgt_mask,
            memory_mask: args.memory_mask,
            tgt_key_padding_mask: args.tgt_key_padding_mask,
            memory_key_padding_mask: args.memory_key_padding_mask,
            tgt_is_causal: args.tgt_is_causal,
            memory_is_causal: args.memory_is_causal,
        };
        self.decoder.forward_with(tgt, &memory, &decoder_args)
    }

    fn check(&self, src: &Tensor, tgt: &Tensor) -> Result<()> {
        let (src_size, tgt_size) = (src.size(), tgt.size());
        let sizes = format!("src is {src_size:?} and tgt is {tgt_size:?}");
        let (2..=3, true) = (src_size.len(), src_size.len() == tgt_size.len()) else {
            return Err(Error::value(format!(
                "src and tgt should both be 3-D, or both 2-D (unbatched), but {sizes}"
            )));
        };
        let batch = if self.batch_first { 0 } else { 1 };
        if src_size.len() == 3 && src_size[batch] != tgt_size[batch] {
            return Err(Error::value(format!(
                "the batch number of src and tgt must be equal: {sizes}, and the batch is dimension {batch}"
            )));
        }
        for size in [&src_size, &tgt_size] {
            if size.last() != Some(&self.d_model) {
                return Err(Error::value(format!(
                    "the feature number of src and tgt must be equal to d_model={}: {sizes}",
                    self.d_model
                )));
            }
        }
        Ok(())
    }
}

impl Build for Transformer {
    type Config = TransformerConfig;

    fn build(parent: &Path<'_>, name: &str, config: TransformerConfig) -> Result<Self> {
        Self::new(parent / name, config)
    }
}
