//! The Vision Transformer: a picture cut into pieces, each of them a token of an encoder.
//!
//! ```text
//! B = batch size, C = num_channels, [Y, X] = pixels, P = patch_size
//! N = (Y / P) · (X / P) pieces, L = N + 1: the class token stands before them
//! E = hidden_size, H = num_attention_heads, D = E / H, K = labels
//! ```
//!
//! Source: [Dosovitskiy et al. 2021](https://arxiv.org/abs/2010.11929); `transformers/models/vit/modeling_vit.py`, whose
//! names and order of operators these are.

use tch::Tensor;

use super::activation::activation;
use super::attention::check_attentions;
use super::init::{init_weights, initialize_weights};
use super::loss::classification_loss;
use super::mask::BidirectionalMask;
use super::{AttnImplementation, ConfigJson, Outputs, ProblemType};
use crate::nn::{
    Activation, Forward, LayerNorm, Linear, LinearConfig, Module, ModuleList, Path, init, module,
};
use crate::{Error, Result, StateDict};

mod config;
mod embeddings;
mod folder;
mod layer;

pub use config::ViTConfig;
pub use embeddings::{ViTEmbeddings, ViTPatchEmbeddings};
use folder::new_names;
use layer::Call;
pub use layer::{ViTAttention, ViTLayer, ViTMLP};

module! {
    /// The class token's last state, once more mapped: `[B, L, E]` → `[B, pooler_output_size]`.
    pub struct ViTPooler {
        /// `[pooler_output_size, E]`
        pub dense: Linear,
        /// After it.
        pub activation: Activation,
    }
}

impl Forward for ViTPooler {
    fn forward(&self, hidden_states: &Tensor) -> Result<Tensor> {
        let first = hidden_states.f_select(1, 0)?; // [B, E]
        self.activation.apply(&self.dense.forward(&first)?)
    }
}

/// What a call takes besides the pixels.
#[derive(Debug, Clone, Copy, Default)]
pub struct ViTArgs<'a> {
    /// Gives a loss: `[B]` of int64, or `[B, K]` of numbers.
    pub labels: Option<&'a Tensor>,
    /// `[B, L]`: 0 = not to be looked at.
    pub attention_mask: Option<&'a Tensor>,
    /// Takes pictures of another size than the model's.
    pub interpolate_pos_encoding: bool,
    /// Whether to give back every layer's output.
    pub output_hidden_states: bool,
    /// Whether to give back every layer's weights.
    pub output_attentions: bool,
}

module! {
    /// The model without a head: pixels `[B, C, Y, X]` → `[B, L, E]`.
    pub struct ViTModel {
        /// Pixels → tokens.
        pub embeddings: ViTEmbeddings,
        /// The blocks.
        pub layers: ModuleList<ViTLayer>,
        /// After the last block.
        pub layernorm: LayerNorm,
        /// Of the class token; a classifier has none.
        pub pooler: Option<ViTPooler>,
        /// Which kernels compute attention.
        pub attn_implementation: AttnImplementation,
        /// What it was made by.
        pub config: ViTConfig,
    }
}

/// `BaseModelOutputWithPooling`
#[derive(Debug)]
pub struct ViTOutput {
    /// `[B, L, E]`
    pub last_hidden_state: Tensor,
    /// `[B, pooler_output_size]`, where the model has a pooler.
    pub pooler_output: Option<Tensor>,
    /// What was asked for beside them; the last hidden state is here the one before the last norm.
    pub outputs: Outputs,
}

impl ViTModel {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's; with a pooler or without.
    ///
    /// # Errors
    /// When heads do not divide `hidden_size`, or an activation is not known.
    pub fn new<'a>(
        path: impl Into<Path<'a>>,
        config: &ViTConfig,
        add_pooling_layer: bool,
    ) -> Result<Self> {
        config.check()?;
        let p = path.into();
        let pooler = |p: Path| -> Result<ViTPooler> {
            let size = LinearConfig::new(config.hidden_size, config.pooler_output_size());
            let dense = Linear::new(&p / "dense", size)?;
            Ok(ViTPooler { dense, activation: activation(&config.pooler_act)?, training: true })
        };
        let model = Self {
            embeddings: ViTEmbeddings::new(&(&p / "embeddings"), config)?,
            layers: (0..config.num_hidden_layers)
                .map(|i| ViTLayer::new(&(&p / "layers" / i), config))
                .collect::<Result<_>>()?,
            layernorm: LayerNorm::new(&p / "layernorm", config.norm())?,
            pooler: add_pooling_layer.then(|| pooler(&p / "pooler")).transpose()?,
            attn_implementation: config.attn_implementation,
            config: config.clone(),
            training: true,
        };
        if p.draws() {
            model.init_weights(config)?;
        }
        Ok(model)
    }

    /// `ViTPreTrainedModel._init_weights`
    fn init_weights(&self, config: &ViTConfig) -> Result<()> {
        let std = config.initializer_range;
        initialize_weights(self, &|module| {
            init_weights(module, std)?;
            if module.name() == "ViTEmbeddings" {
                let ViTEmbeddings { position_embeddings, cls_token, .. } = &self.embeddings;
                init::trunc_normal_(position_embeddings, 0.0, std, -2.0, 2.0)?;
                init::trunc_normal_(cls_token, 0.0, std, -2.0, 2.0)?;
            }
            Ok(())
        })
    }

    /// On a state_dict's tensors; with a pooler where they have one. A classifier's head is left aside.
    ///
    /// # Errors
    /// When a tensor is missing, left over or misshapen.
    pub fn from_state_dict(state: StateDict, config: &ViTConfig) -> Result<Self> {
        let state = new_names(state.ignore(&["classifier.*"]))?
            .rename(|name| name.strip_prefix("vit.").unwrap_or(name).to_owned())?;
        let pooler = state.names().any(|name| name.starts_with("pooler."));
        let mut model = state.build("", |p| Self::new(p, config, pooler))?;
        model.eval();
        Ok(model)
    }

    /// The last hidden state, and what else was asked for. Labels are a head's.
    ///
    /// # Errors
    /// When the pixels are of another size or number of channels, or a mask does not fit.
    pub fn forward_with(&self, pixel_values: &Tensor, args: ViTArgs) -> Result<ViTOutput> {
        check_attentions(self.attn_implementation, args.output_attentions)?;
        let kind = self.embeddings.cls_token.kind();
        let pixel_values = pixel_values.f_to_kind(kind)?;
        self.check_pixels(&pixel_values)?;
        let mut hidden = self.embeddings.forward(&pixel_values, args.interpolate_pos_encoding)?; // [B, L, E]
        let (b, l, _) = hidden.size3()?;
        let mask = BidirectionalMask {
            attn_implementation: self.attn_implementation,
            batch_size: b,
            q_length: l,
            kv_length: l,
            kind,
            attention_mask: args.attention_mask,
        };
        let call = Call { mask: mask.create()?, attn_implementation: self.attn_implementation };
        let mut outputs = Outputs::default();
        for layer in &self.layers {
            outputs.hidden_states.extend(args.output_hidden_states.then(|| hidden.shallow_clone()));
            let (next, weights) = layer.forward(&hidden, &call)?;
            hidden = next;
            outputs.attentions.extend(weights.filter(|_| args.output_attentions));
        }
        outputs.hidden_states.extend(args.output_hidden_states.then(|| hidden.shallow_clone()));
        let last_hidden_state = self.layernorm.forward(&hidden)?;
        let pooler_output =
            self.pooler.as_ref().map(|pooler| pooler.forward(&last_hidden_state)).transpose()?;
        Ok(ViTOutput { last_hidden_state, pooler_output, outputs })
    }

    fn check_pixels(&self, pixel_values: &Tensor) -> Result<()> {
        let (size, c) =
            (pixel_values.size(), self.embeddings.patch_embeddings.projection.weight.size()[1]);
        match size[..] {
            [b, channels, _, _] if b > 0 && channels == c => Ok(()),
            _ => Err(Error::value(format!(
                "pixel_values is {size:?} but should be [B, num_channels={c}, height, width]"
            ))),
        }
    }
}

module! {
    /// What is to be seen in a picture: pixels `[B, C, Y, X]` → logits `[B, K]`.
    ///
    /// ```
    /// use atencion::models::{ViTForImageClassification, ViTConfig};
    /// use atencion::nn::Path;
    /// use tch::{Device, Kind, Tensor};
    ///
    /// let config = ViTConfig {
    ///     hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 16,
    ///     image_size: [32, 32], ..Default::default()
    /// };
    /// let model = ViTForImageClassification::new(Path::root(Device::Cpu), &config)?;
    /// let pixels = Tensor::zeros([1, 3, 32, 32], (Kind::Float, Device::Cpu));
    /// assert_eq!(model.forward(&pixels)?.size(), [1, 2]); // LABEL_0 and LABEL_1
    /// # Ok::<(), atencion::Error>(())
    /// ```
    pub struct ViTForImageClassification {
        /// Everything below the head.
        pub vit: ViTModel,
        /// `[K, E]`; without labels there is none.
        pub classifier: Option<Linear>,
        /// The labels' names: K of them.
        pub id2label: Vec<String>,
        /// What the labels are.
        pub problem_type: Option<ProblemType>,
    }
}

/// `ImageClassifierOutput`
#[derive(Debug)]
pub struct ImageClassifierOutput {
    /// Where labels were given.
    pub loss: Option<Tensor>,
    /// `[B, K]`
    pub logits: Tensor,
    /// What was asked for beside them.
    pub outputs: Outputs,
}

impl crate::nn::Field for Option<ProblemType> {}

impl ViTForImageClassification {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`ViTModel::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &ViTConfig) -> Result<Self> {
        let p = path.into();
        let vit = ViTModel::new(&p / "vit", config, false)?;
        let size = LinearConfig::new(config.hidden_size, config.id2label.len() as i64);
        let classifier = (!config.id2label.is_empty())
            .then(|| Linear::new(&p / "classifier", size))
            .transpose()?;
        if let Some(head) = classifier.as_ref().filter(|_| p.draws()) {
            init_weights(head, config.initializer_range)?;
        }
        Ok(Self {
            vit,
            classifier,
            id2label: config.id2label.clone(),
            problem_type: config.problem_type,
            training: true,
        })
    }

    /// On a state_dict's tensors, under their names of today or those of `transformers` 4.
    ///
    /// # Errors
    /// As [`from_pretrained`](Self::from_pretrained).
    pub fn from_state_dict(state: StateDict, config: &ViTConfig) -> Result<Self> {
        // Some files have a pooler from the time before the head was trained.
        let state = new_names(state.ignore(&["vit.pooler.*"]))?;
        let mut model = state.build("", |p| Self::new(p, config))?;
        model.eval();
        Ok(model)
    }

    /// The logits `[B, K]` of pixels `[B, C, Y, X]`.
    ///
    /// # Errors
    /// When the pixels are of another size or number of channels.
    pub fn forward(&self, pixel_values: &Tensor) -> Result<Tensor> {
        Ok(self.forward_with(pixel_values, ViTArgs::default())?.logits)
    }

    /// With labels, a mask, pictures of another size.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and when an argument does not fit.
    pub fn forward_with(
        &self,
        pixel_values: &Tensor,
        args: ViTArgs,
    ) -> Result<ImageClassifierOutput> {
        let ViTOutput { last_hidden_state, outputs, .. } =
            self.vit.forward_with(pixel_values, args)?;
        let first = last_hidden_state.f_select(1, 0)?; // [B, E]
        let logits = match &self.classifier {
            Some(classifier) => classifier.forward(&first)?, // [B, K]
            None => first,
        };
        let num_labels = self.classifier.as_ref().map_or(0, |head| head.weight.size()[0]);
        let loss = args
            .labels
            .map(|labels| classification_loss(&logits, labels, num_labels, self.problem_type));
        Ok(ImageClassifierOutput { loss: loss.transpose()?, logits, outputs })
    }
}
