//! Modules from a case's config.

use std::collections::HashMap;

use atencion::nn::*;
use atencion::{Result, StateDict};
use serde_json::Value;
use tch::Tensor;

/// Any of the modules.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // a test has one of them at a time
pub enum Built {
    MultiheadAttention(MultiheadAttention),
    EncoderLayer(TransformerEncoderLayer),
    Encoder(TransformerEncoder),
    DecoderLayer(TransformerDecoderLayer),
    Decoder(TransformerDecoder),
    Transformer(Transformer),
    Forward(Box<dyn Forward>),
    Activation(Activation, Dropout),
}

impl Built {
    pub fn module(&mut self) -> &mut dyn Module {
        match self {
            Self::MultiheadAttention(module) => module,
            Self::EncoderLayer(module) => module,
            Self::Encoder(module) => module,
            Self::DecoderLayer(module) => module,
            Self::Decoder(module) => module,
            Self::Transformer(module) => module,
            Self::Forward(module) => &mut **module,
            // An activation has no parameters and no mode; a module without parameters stands in for it.
            Self::Activation(_, module) => module,
        }
    }
}

/// The case's module on these parameters.
pub fn given(case: &Value, parameters: &HashMap<String, Tensor>) -> Built {
    let names = case["state_dict"].as_object().expect("the parameters").keys();
    let state: StateDict =
        names.map(|name| (name.clone(), parameters[name].shallow_clone())).collect();
    state.build("", |p| build(case, p)).unwrap_or_else(|error| panic!("{}: {error}", case["name"]))
}

/// The case's module on fresh parameters.
pub fn fresh<'a>(case: &Value, path: impl Into<Path<'a>>) -> Built {
    build(case, &path.into()).unwrap_or_else(|error| panic!("{}: {error}", case["name"]))
}

fn build(case: &Value, p: &Path) -> Result<Built> {
    let config = &case["config"];
    Ok(match case["module"].as_str().expect("a module") {
        "MultiheadAttention" => {
            Built::MultiheadAttention(MultiheadAttention::new(p, attention(config))?)
        }
        "TransformerEncoderLayer" => {
            Built::EncoderLayer(TransformerEncoderLayer::new(p, layer(config))?)
        }
        "TransformerDecoderLayer" => {
            Built::DecoderLayer(TransformerDecoderLayer::new(p, layer(config))?)
        }
        "TransformerEncoder" => Built::Encoder(TransformerEncoder::new(p, encoder(config))?),
        "TransformerDecoder" => Built::Decoder(TransformerDecoder::new(p, decoder(config))?),
        "Transformer" if config["encoder"].is_object() => custom_transformer(config, p)?,
        "Transformer" => Built::Transformer(Transformer::new(p, transformer(config))?),
        "Linear" => Built::Forward(Box::new(Linear::new(p, linear(config))?)),
        "Embedding" => Built::Forward(Box::new(Embedding::new(p, embedding(config))?)),
        "LayerNorm" => Built::Forward(Box::new(LayerNorm::new(p, layer_norm(config))?)),
        "RMSNorm" => Built::Forward(Box::new(RmsNorm::new(p, rms_norm(config))?)),
        "GELU" => {
            let tanh = config["approximate"] == "tanh";
            let activation = if tanh { Activation::GeluTanh } else { Activation::Gelu };
            Built::Activation(activation, Dropout::new(0.0)?)
        }
        other => panic!("no module {other}"),
    })
}

/// A Transformer of a custom encoder and decoder, whose parts differ in shape.
fn custom_transformer(config: &Value, p: &Path) -> Result<Built> {
    let first = config["encoder"]["encoder_layer"]["batch_first"].as_bool().unwrap_or(false);
    Ok(Built::Transformer(Transformer {
        encoder: TransformerEncoder::new(p / "encoder", encoder(&config["encoder"]))?,
        decoder: TransformerDecoder::new(p / "decoder", decoder(&config["decoder"]))?,
        d_model: int(config, "d_model"),
        nhead: int(config, "nhead"),
        batch_first: first,
        training: true,
    }))
}

fn int(config: &Value, name: &str) -> i64 {
    config[name].as_i64().unwrap_or_else(|| panic!("no {name} in {config}"))
}

fn flag(config: &Value, name: &str, default: bool) -> bool {
    config[name].as_bool().unwrap_or(default)
}

fn attention(config: &Value) -> MultiheadAttentionConfig {
    let defaults =
        MultiheadAttentionConfig::new(int(config, "embed_dim"), int(config, "num_heads"));
    MultiheadAttentionConfig {
        dropout: config["dropout"].as_f64().unwrap_or(defaults.dropout),
        bias: flag(config, "bias", defaults.bias),
        add_bias_kv: flag(config, "add_bias_kv", defaults.add_bias_kv),
        add_zero_attn: flag(config, "add_zero_attn", defaults.add_zero_attn),
        kdim: config["kdim"].as_i64(),
        vdim: config["vdim"].as_i64(),
        batch_first: flag(config, "batch_first", defaults.batch_first),
        ..defaults
    }
}

fn activation(config: &Value) -> Activation {
    match config["activation"].as_str() {
        Some("tanh") => Activation::custom(|x| Ok(x.f_tanh()?)),
        Some(name) => name.parse().expect("an activation"),
        None => Activation::Relu,
    }
}

fn layer(config: &Value) -> TransformerLayerConfig {
    let defaults = TransformerLayerConfig::new(int(config, "d_model"), int(config, "nhead"));
    TransformerLayerConfig {
        dim_feedforward: config["dim_feedforward"].as_i64().unwrap_or(defaults.dim_feedforward),
        dropout: config["dropout"].as_f64().unwrap_or(defaults.dropout),
        activation: activation(config),
        layer_norm_eps: config["layer_norm_eps"].as_f64().unwrap_or(defaults.layer_norm_eps),
        batch_first: flag(config, "batch_first", false),
        norm_first: flag(config, "norm_first", false),
        bias: flag(config, "bias", true),
        ..defaults
    }
}

fn final_norm(config: &Value, layer: &TransformerLayerConfig) -> Option<NormConfig> {
    match config["norm"].as_str()? {
        "LayerNorm" => Some(NormConfig::LayerNorm(LayerNormConfig::new(&[layer.d_model]))),
        "RMSNorm" => Some(NormConfig::RmsNorm(RmsNormConfig::new(&[layer.d_model]))),
        other => panic!("no norm {other}"),
    }
}

fn encoder(config: &Value) -> TransformerEncoderConfig {
    let layer = layer(&config["encoder_layer"]);
    let norm = final_norm(config, &layer);
    TransformerEncoderConfig {
        norm,
        enable_nested_tensor: flag(config, "enable_nested_tensor", true),
        mask_check: flag(config, "mask_check", true),
        ..TransformerEncoderConfig::new(layer, int(config, "num_layers"))
    }
}

fn decoder(config: &Value) -> TransformerDecoderConfig {
    let layer = layer(&config["decoder_layer"]);
    let norm = final_norm(config, &layer);
    TransformerDecoderConfig {
        norm,
        ..TransformerDecoderConfig::new(layer, int(config, "num_layers"))
    }
}

fn transformer(config: &Value) -> TransformerConfig {
    let layer = layer(config);
    TransformerConfig {
        d_model: layer.d_model,
        nhead: layer.nhead,
        num_encoder_layers: int(config, "num_encoder_layers"),
        num_decoder_layers: int(config, "num_decoder_layers"),
        dim_feedforward: layer.dim_feedforward,
        dropout: layer.dropout,
        activation: layer.activation,
        layer_norm_eps: layer.layer_norm_eps,
        batch_first: layer.batch_first,
        norm_first: layer.norm_first,
        bias: layer.bias,
        dtype: None,
    }
}

fn linear(config: &Value) -> LinearConfig {
    let bias = flag(config, "bias", true);
    LinearConfig {
        bias,
        ..LinearConfig::new(int(config, "in_features"), int(config, "out_features"))
    }
}

fn shape(config: &Value) -> Vec<i64> {
    let sizes = config["normalized_shape"].as_array().expect("normalized_shape");
    sizes.iter().filter_map(Value::as_i64).collect()
}

fn layer_norm(config: &Value) -> LayerNormConfig {
    let defaults = LayerNormConfig::new(&shape(config));
    LayerNormConfig {
        eps: config["eps"].as_f64().unwrap_or(defaults.eps),
        elementwise_affine: flag(config, "elementwise_affine", true),
        bias: flag(config, "bias", true),
        ..defaults
    }
}

fn rms_norm(config: &Value) -> RmsNormConfig {
    RmsNormConfig {
        eps: config["eps"].as_f64(),
        elementwise_affine: flag(config, "elementwise_affine", true),
        ..RmsNormConfig::new(&shape(config))
    }
}

fn embedding(config: &Value) -> EmbeddingConfig {
    EmbeddingConfig {
        padding_idx: config["padding_idx"].as_i64(),
        max_norm: config["max_norm"].as_f64(),
        norm_type: config["norm_type"].as_f64().unwrap_or(2.0),
        scale_grad_by_freq: flag(config, "scale_grad_by_freq", false),
        sparse: flag(config, "sparse", false),
        ..EmbeddingConfig::new(int(config, "num_embeddings"), int(config, "embedding_dim"))
    }
}
