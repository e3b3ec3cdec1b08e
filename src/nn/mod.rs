//! torch.nn's attention and Transformer modules, one file a module, torch's names and keys.
//!
//! Every module is a plain struct of tensors with public fields under torch's names, declared once by [`module!`]. One
//! constructor, `new(path, config)`, serves two ways of making it; the [`Path`] says which:
//!
//! - fresh: `&vs.root()` of a [`tch::nn::VarStore`], or [`Path::root`]. Parameters are drawn as PyTorch draws them, in
//!   PyTorch's order: after the same `manual_seed` they are equal to the Python module's, bit for bit.
//! - given: [`state.build(prefix, |p| Linear::new(p, config))`](crate::StateDict::build) shares the tensors' storage, so
//!   that gradients land in them. It is strict: whatever does not fit is named, all at once.
//!
//! `forward` is the ordinary call, `forward_with` the one with masks and options. Either checks what it is given once,
//! and past that line it reads like the Python.
//!
//! | what | where |
//! |---|---|
//! | declaring a module of one's own | [`module!`] |
//! | parameters by name, `state_dict`, `train`, printing | [`Module`] |
//! | modules in a list, one after the other | [`ModuleList`], [`Sequential`] |
//! | one tensor in, one tensor out | [`Forward`] |
//! | how parameters are drawn | [`init`] |
//! | layers | [`Linear`], [`Embedding`], [`Conv2d`], [`LayerNorm`], [`RmsNorm`], [`Dropout`], [`Activation`] |
//! | learning beside weights that stay as they are | [`lora`] |
//! | several heads | [`MultiheadAttention`], [`multi_head_attention_forward`] |
//! | one layer | [`TransformerEncoderLayer`], [`TransformerDecoderLayer`] |
//! | where a position is said | [`PositionalEncoding`], [`LearnedPositionalEncoding`], [`RotaryEmbedding`] |
//! | stacks | [`TransformerEncoder`], [`TransformerDecoder`], [`Transformer`] |
//! | losses | [`CrossEntropyLoss`], [`NllLoss`], [`KlDivLoss`] |
//!
//! Masks follow `torch.nn`: a bool mask says `true` = masked, the opposite of
//! [`scaled_dot_product_attention`](crate::attention::scaled_dot_product_attention); a float mask is added.

mod activation;
mod buffer;
mod check;
mod conv2d;
mod declare;
mod dropout;
mod embedding;
mod fast_path;
pub mod init;
mod layer_norm;
mod linear;
pub mod lora;
pub mod loss;
mod mask;
mod module;
mod module_list;
mod multihead_attention;
mod norm_config;
mod packed;
mod path;
pub mod positional;
mod problems;
mod repr;
mod rms_norm;
mod sequential;
mod transformer;
mod transformer_decoder;
mod transformer_decoder_layer;
mod transformer_encoder;
mod transformer_encoder_layer;

pub use crate::module;
pub use activation::{Activation, Custom, Gelu, Relu, Silu, Tanh};
pub use buffer::Buffer;
pub(crate) use check::dtype_name;
pub use conv2d::{Conv2d, Conv2dConfig};
pub use declare::{Build, Field};
pub use dropout::Dropout;
pub use embedding::{Embedding, EmbeddingConfig};
pub use fast_path::{get_fastpath_enabled, set_fastpath_enabled};
pub use layer_norm::{LayerNorm, LayerNormConfig};
pub use linear::{Linear, LinearConfig, NonDynamicallyQuantizableLinear};
pub use lora::{Lora, LoraConfig};
pub use loss::{CrossEntropyLoss, KlDivLoss, KlReduction, NllLoss, Reduction};
pub use module::{Forward, Module, Parts};
pub use module_list::ModuleList;
pub use multihead_attention::{
    InProjection, MultiheadAttention, MultiheadAttentionArgs, MultiheadAttentionConfig,
    MultiheadAttentionParameters, multi_head_attention_forward,
};
pub use norm_config::NormConfig;
pub use packed::Packed;
pub use path::Path;
pub use positional::{
    Layout, LearnedPositionalEncoding, PositionalEncoding, PositionalEncodingConfig,
    RotaryEmbedding, RotaryEmbeddingConfig, sinusoids,
};
pub use rms_norm::{RmsNorm, RmsNormConfig};
pub use sequential::{Layer, Sequential, layer};
pub use transformer::{Decoder, Encoder, Transformer, TransformerArgs, TransformerConfig};
pub use transformer_decoder::{
    TransformerDecoder, TransformerDecoderArgs, TransformerDecoderConfig,
};
pub use transformer_decoder_layer::{TransformerDecoderLayer, TransformerDecoderLayerArgs};
pub use transformer_encoder::{
    TransformerEncoder, TransformerEncoderArgs, TransformerEncoderConfig,
};
pub use transformer_encoder_layer::{
    TransformerEncoderLayer, TransformerEncoderLayerArgs, TransformerLayerConfig,
};
