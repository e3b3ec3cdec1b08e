//! GPT-2: a stack of decoder blocks that predicts the next token.
//!
//! ```text
//! B = batch size, L = tokens, P = tokens in the cache, S = P + L
//! E = n_embd, H = n_head, D = E / H, V = vocab_size
//! ```
//!
//! Source: [Radford et al. 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf);
//! `transformers/models/gpt2/modeling_gpt2.py`, whose names and order of operators these are.

mod blocks;
mod config;

use tch::{Kind, Tensor};

use self::blocks::Call;
pub use self::blocks::{Gpt2Attention, Gpt2Block, Gpt2Mlp};
pub use self::config::Gpt2Config;
use super::attention::check_attentions;
use super::folder::with_prefix;
use super::ids::check_ids;
use super::init::{init_weights, initialize_weights};
use super::lm_head::lm_head;
use super::loss::causal_lm_loss;
use super::mask::CausalMask;
use super::output::last_tokens;
use super::saving::{Pretrained, pretrained};
use super::{AttnImplementation, CausalLmOutput, DynamicCache, Outputs};
use crate::nn::{
    Dropout, Embedding, EmbeddingConfig, Forward, LayerNorm, Linear, Module, ModuleList, Path,
    init, module,
};
use crate::{Error, Result, StateDict};

/// What a call of [`Gpt2LmHeadModel`] takes besides the ids.
#[derive(Debug, Default)]
pub struct Gpt2Args<'a> {
    /// `[B, P + L]`: 0 = padding.
    pub attention_mask: Option<&'a Tensor>,
    /// `[B, L]` or `[1, L]`; by default P, P + 1, …
    pub position_ids: Option<&'a Tensor>,
    /// `[B, L]`: ids whose embeddings are added.
    pub token_type_ids: Option<&'a Tensor>,
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
    pub struct Gpt2Model {
        /// Token embeddings: `[V, E]`.
        pub wte: Embedding,
        /// Position embeddings: `[n_positions, E]`.
        pub wpe: Embedding,
        /// Of the embeddings.
        pub drop: Dropout,
        /// The blocks.
        pub h: ModuleList<Gpt2Block>,
        /// After the last block.
        pub ln_f: LayerNorm,
        /// Which kernels compute attention.
        pub attn_implementation: AttnImplementation,
        /// What it was made by.
        pub config: Gpt2Config,
    }
}

impl Gpt2Model {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// When heads do not divide `n_embd`, or the activation is not known.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &Gpt2Config) -> Result<Self> {
        config.check()?;
        let p = path.into();
        let model = Self {
            wte: Embedding::new(
                &p / "wte",
                EmbeddingConfig::new(config.vocab_size, config.n_embd),
            )?,
            wpe: Embedding::new(
                &p / "wpe",
                EmbeddingConfig::new(config.n_positions, config.n_embd),
            )?,
            drop: Dropout::new(config.embd_pdrop)?,
            h: (0..config.n_layer)
                .map(|i| Gpt2Block::new(&(&p / "h" / i), config, i))
                .collect::<Result<_>>()?,
            ln_f: LayerNorm::new(&p / "ln_f", config.norm())?,
            attn_implementation: config.attn_implementation,
            config: config.clone(),
            training: true,
        };
        if p.draws() {
            initialize_weights(&model, &|module| init_gpt2_weights(module, config))?;
        }
        Ok(model)
    }

    /// The last hidden state `[B, L, E]`, and what else was asked for.
    ///
    /// # Errors
    /// When ids or positions are out of range, or a mask does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: Gpt2Args) -> Result<(Tensor, Outputs)> {
        check_attentions(self.attn_implementation, args.output_attentions)?;
        let inputs_embeds = match args.inputs_embeds {
            Some(embeds) => embeds.shallow_clone(),
            None => {
                check_ids("input_ids", input_ids)?;
                self.wte.forward(input_ids)? // [B, L, E]
            }
        };
        let (b, l, _) = inputs_embeds.size3()?;
        let past = args.past_key_values.as_ref().map_or(0, |cache| cache.seq_length());
        let mut hidden =
            inputs_embeds.f_add(&self.positions(past, l, args.position_ids, &inputs_embeds)?)?;
        let mask = CausalMask {
            attn_implementation: self.attn_implementation,
            batch_size: b,
            q_length: l,
            past_length: past,
            kind: inputs_embeds.kind(),
            device: inputs_embeds.device(),
            attention_mask: args.attention_mask,
        };
        let mut call = Call {
            mask: mask.create()?,
            past_key_values: args.past_key_values,
            attn_implementation: self.attn_implementation,
        };
        if let Some(token_type_ids) = args.token_type_ids {
            hidden = hidden.f_add(&self.wte.forward(token_type_ids)?)?;
        }
        hidden = self.drop.forward(&hidden)?;
        let mut outputs = Outputs::default();
        for block in &self.h {
            if args.output_hidden_states {
                outputs.hidden_states.push(hidden.shallow_clone());
            }
            let (next, weights) = block.forward(&hidden, &mut call)?;
            hidden = next;
            outputs.attentions.extend(weights.filter(|_| args.output_attentions));
        }
        hidden = self.ln_f.forward(&hidden)?;
        if args.output_hidden_states {
            outputs.hidden_states.push(hidden.shallow_clone());
        }
        Ok((hidden, outputs))
    }

    /// The position embeddings, `[1, L, E]` or `[B, L, E]`.
    fn positions(
        &self,
        past: i64,
        l: i64,
        given: Option<&Tensor>,
        like: &Tensor,
    ) -> Result<Tensor> {
        if let Some(position_ids) = given {
            return self.wpe.forward(position_ids);
        }
        let most = self.wpe.weight.size()[0];
        if past + l > most {
            return Err(Error::value(format!(
                "the sequence has {} tokens, but the model has n_positions={most}",
                past + l
            ))
            .mend("cut the text: the last n_positions tokens are what the model can see"));
        }
        let ids = Tensor::f_arange_start(past, past + l, (Kind::Int64, like.device()))?;
        self.wpe.forward(&ids.f_unsqueeze(0)?)
    }
}

module! {
    /// The model with a head that says how likely each token comes next: ids `[B, L]` → logits `[B, L, V]`.
    ///
    /// ```
    /// use atencion::models::{Gpt2Config, Gpt2LmHeadModel};
    /// use atencion::nn::Path;
    /// use tch::{Device, Tensor};
    ///
    /// let config = Gpt2Config { n_layer: 2, n_head: 2, n_embd: 8, vocab_size: 10, ..Default::default() };
    /// let model = Gpt2LmHeadModel::new(Path::root(Device::Cpu), &config)?;
    /// let logits = model.forward(&Tensor::from_slice2(&[[1i64, 2, 3]]))?; // [B, L, V]
    /// assert_eq!(logits.size(), [1, 3, 10]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    pub struct Gpt2LmHeadModel {
        /// Everything below the head.
        pub transformer: Gpt2Model,
        /// `[V, E]`: the token embeddings once more, where they are tied.
        pub lm_head: Linear,
    }

    impl Module {
        fn name(&self) -> String {
            "GPT2LMHeadModel".into()
        }
    }
}

pretrained!(Gpt2LmHeadModel, Gpt2Config);

impl Pretrained for Gpt2LmHeadModel {
    type Config = Gpt2Config;

    const WRITES: bool = true;

    fn config(&self) -> &Gpt2Config {
        &self.transformer.config
    }

    fn tied(&self) -> &'static [(&'static str, &'static str)] {
        match self.transformer.config.tie_word_embeddings {
            true => &[("transformer.wte.weight", "lm_head.weight")],
            false => &[],
        }
    }
}

impl Gpt2LmHeadModel {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`Gpt2Model::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &Gpt2Config) -> Result<Self> {
        let p = path.into();
        let transformer = Gpt2Model::new(&p / "transformer", config)?;
        let (tied, std) = (config.tie_word_embeddings, config.initializer_range);
        let lm_head = lm_head(&p, &transformer.wte.weight, tied, std)?;
        Ok(Self { transformer, lm_head, training: true })
    }

    /// On a state_dict's tensors, with the `transformer.` of their names or without.
    ///
    /// # Errors
    /// As [`from_pretrained`](Self::from_pretrained).
    pub fn from_state_dict(state: StateDict, config: &Gpt2Config) -> Result<Self> {
        // Old files hold the causal mask as buffers.
        let state = state.ignore(&["*.attn.bias", "*.attn.masked_bias"]);
        let state = with_prefix(state, "transformer", &["lm_head"])?;
        let mut model = state.build("", |p| Self::new(p, config))?;
        model.eval();
        Ok(model)
    }

    /// The logits `[B, L, V]` of ids `[B, L]`.
    ///
    /// # Errors
    /// When an id is not in the vocabulary, or the sequence is longer than `n_positions`.
    pub fn forward(&self, input_ids: &Tensor) -> Result<Tensor> {
        Ok(self.forward_with(input_ids, Gpt2Args::default())?.logits)
    }

    /// With masks, positions, labels, a cache.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and when an argument does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: Gpt2Args) -> Result<CausalLmOutput> {
        let (labels, logits_to_keep) = (args.labels, args.logits_to_keep);
        let (hidden, outputs) = self.transformer.forward_with(input_ids, args)?;
        let hidden = last_tokens(&hidden, logits_to_keep)?;
        let logits = self.lm_head.forward(&hidden)?; // [B, L, V]
        let vocab_size = self.lm_head.weight.size()[0];
        let loss = labels.map(|labels| causal_lm_loss(&logits, labels, vocab_size)).transpose()?;
        Ok(CausalLmOutput { loss, logits, outputs })
    }
}

/// `GPT2PreTrainedModel._init_weights`: what is added to the residual stream starts smaller, the deeper the model.
fn init_gpt2_weights(module: &dyn Module, config: &Gpt2Config) -> Result<()> {
    init_weights(module, config.initializer_range)?;
    if matches!(module.name().as_str(), "Gpt2Attention" | "Gpt2Mlp") {
        let std = config.initializer_range / ((2 * config.n_layer) as f64).sqrt();
        let parts = module.parts();
        let c_proj = parts.children.iter().find(|(name, _)| name == "c_proj");
        for (_, weight) in c_proj.iter().flat_map(|(_, c_proj)| c_proj.parts().parameters) {
            if weight.dim() == 2 {
                init::normal_(weight, 0.0, std)?;
            }
        }
    }
    Ok(())
}
