//! Llama: a decoder with rotary positions, grouped heads and a gated feed-forward network. TinyLlama, SmolLM2 and
//! Llama 3 are of this family; Qwen2 differs in where it has biases.
//!
//! ```text
//! B = batch size, L = tokens, P = tokens in the cache, S = P + L
//! E = hidden_size, H = num_attention_heads, G = num_key_value_heads, D = head_dim, V = vocab_size
//! ```
//!
//! Source: [Touvron et al. 2023](https://arxiv.org/abs/2302.13971), [Grattafiori et al. 2024](https://arxiv.org/abs/2407.21783);
//! `transformers/models/llama/modeling_llama.py`, whose names and order of operators these are.

use tch::{Kind, Tensor};

use super::attention::check_attentions;
use super::folder::with_prefix;
use super::ids::check_ids;
use super::init::{init_weights, initialize_weights};
use super::lm_head::lm_head;
use super::loss::causal_lm_loss;
use super::mask::CausalMask;
use super::output::last_tokens;
use super::saving::{Pretrained, pretrained};
use super::{AttnImplementation, CausalLmOutput, ConfigJson, DynamicCache, Outputs};
use crate::nn::Module;
use crate::nn::{Embedding, EmbeddingConfig, Forward, Linear, ModuleList, Path, module};
use crate::{Result, StateDict};

mod config;
mod layer;
mod rope;
mod rotary;

pub use config::LlamaConfig;
use layer::Call;
pub use layer::{LlamaAttention, LlamaDecoderLayer, LlamaMLP, LlamaRMSNorm};
pub use rope::{RopeParameters, RopeType, Yarn};
pub use rotary::LlamaRotaryEmbedding;

/// What a call of [`LlamaForCausalLM`] takes besides the ids.
#[derive(Debug, Default)]
pub struct LlamaArgs<'a> {
    /// `[B, P + L]`: 0 = padding.
    pub attention_mask: Option<&'a Tensor>,
    /// `[B, L]` or `[1, L]`; by default P, P + 1, …
    pub position_ids: Option<&'a Tensor>,
    /// `[B, L, E]`, in place of the ids' embeddings; the ids are then not looked at.
    pub inputs_embeds: Option<&'a Tensor>,
    /// `[B, L]`: gives a loss; −100 counts not.
    pub labels: Option<&'a Tensor>,
    /// How many of the last tokens get logits; 0: all of them.
    pub logits_to_keep: i64,
    /// The tokens before, to which these are added.
    pub past_key_values: Option<&'a mut DynamicCache>,
    /// Whether to give back every layer's output.
    pub output_hidden_states: bool,
    /// Whether to give back every layer's weights.
    pub output_attentions: bool,
}

module! {
    /// The model without a head: ids `[B, L]` → `[B, L, E]`.
    pub struct LlamaModel {
        /// Token embeddings: `[V, E]`.
        pub embed_tokens: Embedding,
        /// The blocks.
        pub layers: ModuleList<LlamaDecoderLayer>,
        /// After the last block.
        pub norm: LlamaRMSNorm,
        /// Where each token is.
        pub rotary_emb: LlamaRotaryEmbedding,
        /// Which kernels compute attention.
        pub attn_implementation: AttnImplementation,
        /// What it was made by.
        pub config: LlamaConfig,
    }
}

impl LlamaModel {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// When the heads do not fit, the activation is not known, or `pad_token_id` is not in the vocabulary.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &LlamaConfig) -> Result<Self> {
        config.check()?;
        let p = path.into();
        let tokens = EmbeddingConfig {
            padding_idx: config.pad_token_id,
            ..EmbeddingConfig::new(config.vocab_size, config.hidden_size)
        };
        let model = Self {
            embed_tokens: Embedding::new(&p / "embed_tokens", tokens)?,
            layers: (0..config.num_hidden_layers)
                .map(|i| LlamaDecoderLayer::new(&(&p / "layers" / i), config, i))
                .collect::<Result<_>>()?,
            norm: LlamaRMSNorm::new(&(&p / "norm"), config)?,
            rotary_emb: LlamaRotaryEmbedding::new(&(&p / "rotary_emb"), config)?,
            attn_implementation: config.attn_implementation,
            config: config.clone(),
            training: true,
        };
        if p.draws() {
            initialize_weights(&model, &|module| init_weights(module, config.initializer_range))?;
            model.embed_tokens.zero_padding()?;
        }
        Ok(model)
    }

    /// The last hidden state `[B, L, E]`, and what else was asked for. Labels are the head's.
    ///
    /// # Errors
    /// When ids are out of range, or a mask does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: LlamaArgs) -> Result<(Tensor, Outputs)> {
        check_attentions(self.attn_implementation, args.output_attentions)?;
        let mut hidden = match args.inputs_embeds {
            Some(embeds) => embeds.shallow_clone(),
            None => {
                check_ids("input_ids", input_ids)?;
                self.embed_tokens.forward(input_ids)? // [B, L, E]
            }
        };
        let (b, l, _) = hidden.size3()?;
        let past = args.past_key_values.as_ref().map_or(0, |cache| cache.seq_length());
        let position_ids = match args.position_ids {
            Some(ids) => ids.shallow_clone(),
            None => Tensor::f_arange_start(past, past + l, (Kind::Int64, hidden.device()))?
                .f_unsqueeze(0)?, // [1, L]
        };
        let mask = CausalMask {
            attn_implementation: self.attn_implementation,
            batch_size: b,
            q_length: l,
            past_length: past,
            kind: hidden.kind(),
            device: hidden.device(),
            attention_mask: args.attention_mask,
        };
        let mut call = Call {
            mask: mask.create()?,
            position_embeddings: self.rotary_emb.forward(&hidden, &position_ids)?,
            past_key_values: args.past_key_values,
            attn_implementation: self.attn_implementation,
        };
        let mut outputs = Outputs::default();
        for layer in &self.layers {
            outputs.hidden_states.extend(args.output_hidden_states.then(|| hidden.shallow_clone()));
            let (next, weights) = layer.forward(&hidden, &mut call)?;
            hidden = next;
            outputs.attentions.extend(weights.filter(|_| args.output_attentions));
        }
        hidden = self.norm.forward(&hidden)?;
        outputs.hidden_states.extend(args.output_hidden_states.then(|| hidden.shallow_clone()));
        Ok((hidden, outputs))
    }
}

module! {
    /// The model with a head that says how likely each token comes next: ids `[B, L]` → logits `[B, L, V]`.
    ///
    /// ```
    /// use atencion::models::{LlamaConfig, LlamaForCausalLM};
    /// use atencion::nn::Path;
    /// use tch::{Device, Tensor};
    ///
    /// let config = LlamaConfig {
    ///     vocab_size: 10, hidden_size: 16, intermediate_size: 40, num_hidden_layers: 2,
    ///     num_attention_heads: 4, num_key_value_heads: Some(2), ..Default::default()
    /// };
    /// let model = LlamaForCausalLM::new(Path::root(Device::Cpu), &config)?;
    /// let logits = model.forward(&Tensor::from_slice2(&[[1i64, 2, 3]]))?; // [B, L, V]
    /// assert_eq!(logits.size(), [1, 3, 10]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    pub struct LlamaForCausalLM {
        /// Everything below the head.
        pub model: LlamaModel,
        /// `[V, E]`: the token embeddings once more, where they are tied.
        pub lm_head: Linear,
    }

    impl Module {
        fn name(&self) -> String {
            match self.model.config.qkv_bias {
                true => "Qwen2ForCausalLM".into(),
                false => "LlamaForCausalLM".into(),
            }
        }
    }
}

pretrained!(LlamaForCausalLM, LlamaConfig);

impl Pretrained for LlamaForCausalLM {
    type Config = LlamaConfig;

    const WRITES: bool = true;

    fn config(&self) -> &LlamaConfig {
        &self.model.config
    }

    fn tied(&self) -> &'static [(&'static str, &'static str)] {
        match self.model.config.tie_word_embeddings {
            true => &[("model.embed_tokens.weight", "lm_head.weight")],
            false => &[],
        }
    }
}

impl LlamaForCausalLM {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`LlamaModel::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &LlamaConfig) -> Result<Self> {
        let p = path.into();
        let model = LlamaModel::new(&p / "model", config)?;
        let (tied, std) = (config.tie_word_embeddings, config.initializer_range);
        let lm_head = lm_head(&p, &model.embed_tokens.weight, tied, std)?;
        Ok(Self { model, lm_head, training: true })
    }

    /// On a state_dict's tensors, with the `model.` of their names or without.
    ///
    /// # Errors
    /// As [`from_pretrained`](Self::from_pretrained).
    pub fn from_state_dict(state: StateDict, config: &LlamaConfig) -> Result<Self> {
        // Old files hold the angles as buffers.
        let state = state.ignore(&["*rotary_emb.inv_freq"]);
        let state = with_prefix(state, "model", &["lm_head"])?;
        let mut model = state.build("", |p| Self::new(p, config))?;
        model.eval();
        Ok(model)
    }

    /// The logits `[B, L, V]` of ids `[B, L]`.
    ///
    /// # Errors
    /// When an id is not in the vocabulary.
    pub fn forward(&self, input_ids: &Tensor) -> Result<Tensor> {
        Ok(self.forward_with(input_ids, LlamaArgs::default())?.logits)
    }

    /// With masks, positions, labels, a cache.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and when an argument does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: LlamaArgs) -> Result<CausalLmOutput> {
        let (labels, logits_to_keep) = (args.labels, args.logits_to_keep);
        let (hidden, outputs) = self.model.forward_with(input_ids, args)?;
        let hidden = last_tokens(&hidden, logits_to_keep)?;
        let logits = self.lm_head.forward(&hidden)?; // [B, L, V]
        let vocab_size = self.lm_head.weight.size()[0];
        let loss = labels.map(|labels| causal_lm_loss(&logits, labels, vocab_size)).transpose()?;
        Ok(CausalLmOutput { loss, logits, outputs })
    }
}
