//! What was built of attention: model families in Hugging Face's layout, with Hugging Face's numbers.
//!
//! One file a family, its parts in a folder of that name, in reading order: configuration, blocks, model, head. A folder
//! that Python's `from_pretrained` reads is read by the family's own `from_pretrained`, and the logits, hidden states,
//! attention weights and gradients are those of `transformers`, to the last bit on the CPU.
//!
//! | family | where |
//! |---|---|
//! | GPT-2: a decoder that writes on | [`gpt2`] |
//! | Llama, Qwen2: the same with rotary positions and grouped heads | [`llama`] |
//! | BERT: an encoder that reads from both sides | [`bert`] |
//! | RoBERTa: the same with positions of its own | [`roberta`] |
//! | ViT: an encoder of pictures | [`vit`] |
//! | The Transformer of the paper | [`transformer`] |
//! | Marian and BART: encoder and decoder | [`seq2seq`], [`marian`], [`bart`] |
//!
//! A folder of any family is read by [`AutoModel`]; `save_pretrained` writes one that Python reads. What `peft` learned beside a model is read and written by
//! [`LoraAdapter`]. What each attention of
//! a forward pass was given is shown by [`watch`]. What the families share is in the other files: the reading of
//! `config.json` ([`ConfigJson`]), activations by name, masks, `transformers`' two attention implementations
//! ([`AttnImplementation`]) and its order of random draws.
//!
//! Source: [`transformers`](https://github.com/huggingface/transformers) 5, `models/*/modeling_*.py`.

mod activation;
mod attention;
mod auto;
pub mod bart;
pub mod bert;
mod config;
mod conv1d;
mod folder;
pub mod gpt2;
mod ids;
mod init;
pub mod llama;
mod lm_head;
mod loss;
pub mod marian;
mod mask;
mod output;
mod peft;
pub mod roberta;
mod saving;
pub mod seq2seq;
pub mod transformer;
pub mod vit;
mod writing;

pub use crate::attention::DynamicCache;
pub use attention::{AttnImplementation, Watched, watch};
pub use auto::AutoModel;
pub use bart::BartForConditionalGeneration;
pub use bert::{
    BertArgs, BertConfig, BertForMaskedLm, BertForQuestionAnswering, BertForSequenceClassification,
    BertForTokenClassification, BertHeadOutput, BertModel, BertModelOutput,
    QuestionAnsweringOutput,
};
pub use config::{AsRead, ConfigJson};
pub use conv1d::Conv1D;
pub use gpt2::{Gpt2Args, Gpt2Config, Gpt2LmHeadModel, Gpt2Model};
pub use llama::{
    LlamaArgs, LlamaConfig, LlamaForCausalLM, LlamaModel, RopeParameters, RopeType, Yarn,
};
pub use loss::ProblemType;
pub use marian::MarianMTModel;
pub use output::{CausalLmOutput, Outputs};
pub use peft::LoraAdapter;
pub use roberta::{
    RobertaConfig, RobertaForMaskedLm, RobertaForSequenceClassification, RobertaModel,
};
pub use saving::SaveArgs;
pub use seq2seq::{
    EncoderDecoderCache, Seq2SeqArgs, Seq2SeqConfig, Seq2SeqFamily, Seq2SeqLmModel,
    Seq2SeqLmOutput, Seq2SeqModel, shift_tokens_right,
};
pub use transformer::{TransformerModel, TransformerModelConfig};
pub use vit::{
    ImageClassifierOutput, ViTArgs, ViTConfig, ViTForImageClassification, ViTModel, ViTOutput,
};
pub use writing::{open_decoder, open_packed_decoder};
