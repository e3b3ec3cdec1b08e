//! GPT-2: a stack of decoder blocks that predicts the next token.
//!
//! ```text
//! B = batch size, L = tokens, P = tokens in the cache, S = P + L
//! E = n_embd, H = n_head, D = E / H, V = vocab_size
//! ```
//!
//! Source: [Radford et al. 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf);
//! `transformers/models/gpt2/modeling_gpt2.py`, whose names and order of operators these are.

use std::path::Path as Folder;

use serde_json::json;
use tch::{Kind, Tensor};

use super::activation::activation;
use super::attention::{AttentionCall, check_attentions};
use super::folder::{open_weights, with_prefix};
use super::init::{init_weights, initialize_weights};
use super::loss::causal_lm_loss;
use super::mask::CausalMask;
use super::output::{cached_layout, last_tokens};
use super::{AttnImplementation, CausalLmOutput, ConfigJson, Conv1D, DynamicCache, Outputs};
use crate::nn::{
    Activation, Dropout, Embedding, EmbeddingConfig, Forward, LayerNorm, LayerNormConfig, Linear,
    LinearConfig, Module, ModuleList, Path, init, module,
};
use crate::{Error, Result, StateDict};

/// The options of `config.json`, under its names. [`default`](Self::default) is the small model of 124 million.
#[derive(Debug, Clone, PartialEq)]
pub struct Gpt2Config {
    /// V
    pub vocab_size: i64,
    /// The longest sequence.
    pub n_positions: i64,
    /// E
    pub n_embd: i64,
    /// Number of blocks.
    pub n_layer: i64,
    /// H
    pub n_head: i64,
    /// Width inside the feed-forward network; `None` is 4 · E.
    pub n_inner: Option<i64>,
    /// Its activation, by the name `ACT2FN` has for it.
    pub activation_function: String,
    /// Dropout after attention and feed-forward network.
    pub resid_pdrop: f64,
    /// Dropout of the embeddings.
    pub embd_pdrop: f64,
    /// Dropout of the attention weights.
    pub attn_pdrop: f64,
    /// Added to the variance by the norms.
    pub layer_norm_epsilon: f64,
    /// Standard deviation of fresh weights.
    pub initializer_range: f64,
    /// Whether scores are divided by √D.
    pub scale_attn_weights: bool,
    /// Whether they are divided by the block's number, too.
    pub scale_attn_by_inverse_layer_idx: bool,
    /// Whether `lm_head.weight` is `wte.weight`.
    pub tie_word_embeddings: bool,
    /// Which kernels compute attention.
    pub attn_implementation: AttnImplementation,
}

impl Default for Gpt2Config {
    fn default() -> Self {
        Self {
            vocab_size: 50257,
            n_positions: 1024,
            n_embd: 768,
            n_layer: 12,
            n_head: 12,
            n_inner: None,
            activation_function: "gelu_new".into(),
            resid_pdrop: 0.1,
            embd_pdrop: 0.1,
            attn_pdrop: 0.1,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
            scale_attn_weights: true,
            scale_attn_by_inverse_layer_idx: false,
            tie_word_embeddings: true,
            attn_implementation: AttnImplementation::default(),
        }
    }
}

impl Gpt2Config {
    /// From a `config.json`.
    ///
    /// # Errors
    /// When an option is not of its kind, or not known here.
    pub fn from_json(mut json: ConfigJson) -> Result<Self> {
        json.expect_model_type("gpt2")?;
        let default = Self::default();
        let config = Self {
            vocab_size: json.integer("vocab_size", default.vocab_size)?,
            n_positions: json.integer("n_positions", default.n_positions)?,
            n_embd: json.integer("n_embd", default.n_embd)?,
            n_layer: json.integer("n_layer", default.n_layer)?,
            n_head: json.integer("n_head", default.n_head)?,
            n_inner: json.optional_integer("n_inner")?,
            activation_function: json.text("activation_function", &default.activation_function)?,
            resid_pdrop: json.probability("resid_pdrop", default.resid_pdrop)?,
            embd_pdrop: json.probability("embd_pdrop", default.embd_pdrop)?,
            attn_pdrop: json.probability("attn_pdrop", default.attn_pdrop)?,
            layer_norm_epsilon: json.number("layer_norm_epsilon", default.layer_norm_epsilon)?,
            initializer_range: json.number("initializer_range", default.initializer_range)?,
            scale_attn_weights: json.flag("scale_attn_weights", true)?,
            scale_attn_by_inverse_layer_idx: json.flag("scale_attn_by_inverse_layer_idx", false)?,
            tie_word_embeddings: json.flag("tie_word_embeddings", true)?,
            attn_implementation: default.attn_implementation,
        };
        json.only("reorder_and_upcast_attn", &json!(false))?;
        json.only("add_cross_attention", &json!(false))?;
        // `n_ctx` is an old spelling of `n_positions`; the summary is of another head.
        json.not_looked_at(&["n_ctx", "pad_token_id", "summary_type", "summary_use_proj"]);
        json.not_looked_at(&[
            "summary_activation",
            "summary_proj_to_labels",
            "summary_first_dropout",
        ]);
        json.finish()?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if self.n_head == 0 || self.n_embd % self.n_head != 0 {
            return Err(Error::value(format!(
                "n_embd must be divisible by n_head, got n_embd={} and n_head={}",
                self.n_embd, self.n_head
            )));
        }
        activation(&self.activation_function).map(drop)
    }

    fn norm(&self) -> LayerNormConfig {
        LayerNormConfig { eps: self.layer_norm_epsilon, ..LayerNormConfig::new(&[self.n_embd]) }
    }
}

module! {
    /// Masked self-attention of several heads.
    pub struct Gpt2Attention {
        /// Q, K and V in one map: `[E, 3·E]`.
        pub c_attn: Conv1D,
        /// The heads' outputs put together: `[E, E]`.
        pub c_proj: Conv1D,
        /// Of the attention weights.
        pub attn_dropout: Dropout,
        /// Of the output.
        pub resid_dropout: Dropout,
        /// H
        pub num_heads: i64,
        /// What scores are multiplied by.
        pub scaling: f64,
        /// Which block this is, from 0.
        pub layer_idx: usize,
    }
}

impl Gpt2Attention {
    fn new(p: &Path, config: &Gpt2Config, layer_idx: i64) -> Result<Self> {
        let e = config.n_embd;
        let head_dim = e / config.n_head;
        let mut scaling =
            if config.scale_attn_weights { (head_dim as f64).powf(-0.5) } else { 1.0 };
        if config.scale_attn_by_inverse_layer_idx {
            scaling /= (layer_idx + 1) as f64;
        }
        Ok(Self {
            c_attn: Conv1D::new(p / "c_attn", 3 * e, e)?,
            c_proj: Conv1D::new(p / "c_proj", e, e)?,
            attn_dropout: Dropout::new(config.attn_pdrop)?,
            resid_dropout: Dropout::new(config.resid_pdrop)?,
            num_heads: config.n_head,
            scaling,
            layer_idx: layer_idx as usize,
            training: true,
        })
    }

    /// `[B, L, E]` → `[B, L, E]`, and with `eager` the weights `[B, H, L, S]`.
    fn forward(&self, x: &Tensor, call: &mut Call) -> Result<(Tensor, Option<Tensor>)> {
        let (b, l, e) = x.size3()?;
        let heads = [b, l, self.num_heads, e / self.num_heads];
        let split = self.c_attn.forward(x)?.f_split(e, 2)?; // 3 × [B, L, E]
        let [query, key, value] = [0, 1, 2].map(|i| split[i].f_view(heads)?.f_transpose(1, 2)); // [B, H, L, D]
        let (key, value) = match call.past_key_values.as_deref_mut() {
            Some(cache) => cache.update(&key?, &value?, self.layer_idx)?, // [B, H, S, D]
            None => (cached_layout(&key?)?, cached_layout(&value?)?),
        };
        let attention = AttentionCall {
            query: &query?,
            key: &key,
            value: &value,
            mask: call.mask.as_ref(),
            scaling: self.scaling,
            dropout: if self.training { self.attn_dropout.p } else { 0.0 },
            is_causal: true,
            softmax_kind: None,
        };
        let (output, weights) = attention.compute(call.attn_implementation)?; // [B, L, H, D]
        let output = output.f_reshape([b, l, e])?.f_contiguous()?;
        Ok((self.resid_dropout.forward(&self.c_proj.forward(&output)?)?, weights))
    }
}

module! {
    /// The feed-forward network: E → 4 · E → E.
    pub struct Gpt2Mlp {
        /// `[E, n_inner]`
        pub c_fc: Conv1D,
        /// `[n_inner, E]`
        pub c_proj: Conv1D,
        /// Between the two.
        pub act: Activation,
        /// Of the output.
        pub dropout: Dropout,
    }
}

impl Gpt2Mlp {
    fn new(p: &Path, config: &Gpt2Config) -> Result<Self> {
        let (e, inner) = (config.n_embd, config.n_inner.unwrap_or(4 * config.n_embd));
        Ok(Self {
            c_fc: Conv1D::new(p / "c_fc", inner, e)?,
            c_proj: Conv1D::new(p / "c_proj", e, inner)?,
            act: activation(&config.activation_function)?,
            dropout: Dropout::new(config.resid_pdrop)?,
            training: true,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.act.apply(&self.c_fc.forward(x)?)?; // [B, L, n_inner]
        self.dropout.forward(&self.c_proj.forward(&x)?) // [B, L, E]
    }
}

module! {
    /// One block: `x + attn(ln_1(x))`, then `x + mlp(ln_2(x))`.
    pub struct Gpt2Block {
        /// Before the attention.
        pub ln_1: LayerNorm,
        /// Looks back at the tokens before.
        pub attn: Gpt2Attention,
        /// Before the feed-forward network.
        pub ln_2: LayerNorm,
        /// Each token on its own.
        pub mlp: Gpt2Mlp,
    }
}

impl Gpt2Block {
    fn new(p: &Path, config: &Gpt2Config, layer_idx: i64) -> Result<Self> {
        Ok(Self {
            ln_1: LayerNorm::new(p / "ln_1", config.norm())?,
            attn: Gpt2Attention::new(&(p / "attn"), config, layer_idx)?,
            ln_2: LayerNorm::new(p / "ln_2", config.norm())?,
            mlp: Gpt2Mlp::new(&(p / "mlp"), config)?,
            training: true,
        })
    }

    fn forward(&self, x: &Tensor, call: &mut Call) -> Result<(Tensor, Option<Tensor>)> {
        let (attention, weights) = self.attn.forward(&self.ln_1.forward(x)?, call)?;
        let x = attention.f_add(x)?;
        Ok((x.f_add(&self.mlp.forward(&self.ln_2.forward(&x)?)?)?, weights))
    }
}

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

/// What every block of one call sees.
struct Call<'a> {
    mask: Option<Tensor>,
    past_key_values: Option<&'a mut DynamicCache>,
    attn_implementation: AttnImplementation,
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
    }
}

impl crate::nn::Field for AttnImplementation {}

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
            None => self.wte.forward(input_ids)?, // [B, L, E]
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

impl Gpt2LmHeadModel {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`Gpt2Model::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &Gpt2Config) -> Result<Self> {
        let p = path.into();
        let transformer = Gpt2Model::new(&p / "transformer", config)?;
        let head =
            LinearConfig { bias: false, ..LinearConfig::new(config.n_embd, config.vocab_size) };
        let place = &p / "lm_head";
        let place = match config.tie_word_embeddings {
            true => place.tied("weight", &transformer.wte.weight),
            false => place,
        };
        let mut lm_head = Linear::new(place, head)?;
        if p.draws() {
            init_weights(&lm_head, config.initializer_range)?;
        }
        if config.tie_word_embeddings {
            lm_head.weight = transformer.wte.weight.shallow_clone();
        }
        Ok(Self { transformer, lm_head, training: true })
    }

    /// From a folder in Hugging Face's layout, ready to be used: in evaluation mode, its weights memory-mapped.
    ///
    /// # Errors
    /// When the folder is of another family, an option is not known, or a tensor is missing, left over or misshapen.
    pub fn from_pretrained(folder: impl AsRef<Folder>) -> Result<Self> {
        let config = Gpt2Config::from_json(ConfigJson::load(folder.as_ref())?)?;
        Self::from_state_dict(open_weights(folder.as_ref())?, &config)
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
