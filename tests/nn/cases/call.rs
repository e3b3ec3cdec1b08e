//! Calls of modules and functions with a case's arguments.

use std::collections::HashMap;

use atencion::attention::{Sdpa, scaled_dot_product_attention};
use atencion::nn::*;
use atencion::{Error, Result};
use serde_json::Value;
use tch::{Kind, Tensor};

use super::build::Built;
use super::losses;

/// A case's arguments: tensors by name, and the rest.
pub(super) struct Args<'a> {
    tensors: &'a HashMap<String, Tensor>,
    pub(super) values: &'a Value,
}

impl<'a> Args<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Tensor> {
        self.tensors.get(name)
    }

    pub(super) fn need(&self, name: &str) -> &'a Tensor {
        self.get(name).unwrap_or_else(|| panic!("no argument {name}"))
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.values[name].as_bool().unwrap_or(default)
    }

    fn int(&self, name: &str) -> i64 {
        self.values[name].as_i64().unwrap_or_else(|| panic!("no number {name}"))
    }

    /// The argument `dtype`.
    fn kind(&self) -> Option<Kind> {
        match self.values["dtype"].as_str()? {
            "torch.float64" => Some(Kind::Double),
            "torch.float32" => Some(Kind::Float),
            other => panic!("no kind {other}"),
        }
    }

    fn hint(&self, name: &str) -> Option<bool> {
        self.values[name].as_bool()
    }

    fn attention(&self) -> MultiheadAttentionArgs<'a> {
        MultiheadAttentionArgs {
            key_padding_mask: self.get("key_padding_mask"),
            need_weights: self.flag("need_weights", true),
            attn_mask: self.get("attn_mask"),
            average_attn_weights: self.flag("average_attn_weights", true),
            is_causal: self.flag("is_causal", false),
        }
    }
}

/// Forward; weights, where there are any, are the second output.
pub fn module(
    built: &Built,
    values: &Value,
    tensors: &HashMap<String, Tensor>,
) -> Result<Vec<Tensor>> {
    let args = Args { tensors, values };
    let output = match built {
        Built::MultiheadAttention(module) => {
            let (q, k, v) = (args.need("query"), args.need("key"), args.need("value"));
            let (output, weights) = module.forward_with(q, k, v, &args.attention())?;
            return Ok([Some(output), weights].into_iter().flatten().collect());
        }
        Built::EncoderLayer(module) => module.forward_with(
            args.need("src"),
            &TransformerEncoderLayerArgs {
                src_mask: args.get("src_mask"),
                src_key_padding_mask: args.get("src_key_padding_mask"),
                is_causal: args.flag("is_causal", false),
            },
        ),
        Built::Encoder(module) => module.forward_with(
            args.need("src"),
            &TransformerEncoderArgs {
                mask: args.get("mask"),
                src_key_padding_mask: args.get("src_key_padding_mask"),
                is_causal: args.hint("is_causal"),
            },
        ),
        Built::DecoderLayer(module) => module.forward_with(
            args.need("tgt"),
            args.need("memory"),
            &TransformerDecoderLayerArgs {
                tgt_mask: args.get("tgt_mask"),
                memory_mask: args.get("memory_mask"),
                tgt_key_padding_mask: args.get("tgt_key_padding_mask"),
                memory_key_padding_mask: args.get("memory_key_padding_mask"),
                tgt_is_causal: args.flag("tgt_is_causal", false),
                memory_is_causal: args.flag("memory_is_causal", false),
            },
        ),
        Built::Decoder(module) => module.forward_with(
            args.need("tgt"),
            args.need("memory"),
            &TransformerDecoderArgs {
                tgt_mask: args.get("tgt_mask"),
                memory_mask: args.get("memory_mask"),
                tgt_key_padding_mask: args.get("tgt_key_padding_mask"),
                memory_key_padding_mask: args.get("memory_key_padding_mask"),
                tgt_is_causal: args.hint("tgt_is_causal"),
                memory_is_causal: args.flag("memory_is_causal", false),
            },
        ),
        Built::Transformer(module) => module.forward_with(
            args.need("src"),
            args.need("tgt"),
            &TransformerArgs {
                src_mask: args.get("src_mask"),
                tgt_mask: args.get("tgt_mask"),
                memory_mask: args.get("memory_mask"),
                src_key_padding_mask: args.get("src_key_padding_mask"),
                tgt_key_padding_mask: args.get("tgt_key_padding_mask"),
                memory_key_padding_mask: args.get("memory_key_padding_mask"),
                src_is_causal: args.hint("src_is_causal"),
                tgt_is_causal: args.hint("tgt_is_causal"),
                memory_is_causal: args.flag("memory_is_causal", false),
            },
        ),
        Built::Forward(module) => module.forward(args.need("input")),
        Built::Activation(activation, _) => activation.apply(args.need("input")),
    };
    Ok(vec![output?])
}

/// A function of `torch.nn.functional`, through the module that computes it.
pub fn op(op: &str, values: &Value, tensors: &HashMap<String, Tensor>) -> Result<Vec<Tensor>> {
    let args = Args { tensors, values };
    let sizes = |name: &str| -> Vec<i64> {
        let sizes = values[name].as_array().expect("sizes");
        sizes.iter().filter_map(Value::as_i64).collect()
    };
    let cloned = |name: &str| args.get(name).map(Tensor::shallow_clone);
    let output = match op.trim_start_matches("nn.functional.") {
        "multi_head_attention_forward" => return attention_forward(&args),
        "gelu" if values["approximate"] == "tanh" => Activation::GeluTanh.apply(args.need("input")),
        "gelu" => Activation::Gelu.apply(args.need("input")),
        "linear" if args.need("weight").dim() == 1 => {
            // torch takes a vector for a weight here; the module, in torch too, has matrices only.
            let (input, weight) = (args.need("input"), args.need("weight"));
            input.f_linear(weight, args.get("bias")).map_err(Error::from)
        }
        "linear" => {
            let (weight, bias) = (args.need("weight").shallow_clone(), cloned("bias"));
            let packed = Packed::default();
            Linear { weight, bias, packed, lora: None, training: true }.forward(args.need("input"))
        }
        "layer_norm" => LayerNorm {
            normalized_shape: sizes("normalized_shape"),
            eps: values["eps"].as_f64().unwrap_or(1e-5),
            weight: cloned("weight"),
            bias: cloned("bias"),
            training: true,
        }
        .forward(args.need("input")),
        "rms_norm" => RmsNorm {
            normalized_shape: sizes("normalized_shape"),
            eps: values["eps"].as_f64(),
            weight: cloned("weight"),
            training: true,
        }
        .forward(args.need("input")),
        "embedding" => {
            let weight = args.need("weight").shallow_clone();
            let count = weight.size()[0];
            Embedding {
                weight,
                padding_idx: values["padding_idx"].as_i64().map(|id| id.rem_euclid(count)),
                max_norm: values["max_norm"].as_f64(),
                norm_type: values["norm_type"].as_f64().unwrap_or(2.0),
                scale_grad_by_freq: args.flag("scale_grad_by_freq", false),
                sparse: args.flag("sparse", false),
                widens: false,
                training: true,
            }
            .forward(args.need("input"))
        }
        "scaled_dot_product_attention" => attention(&args),
        "softmax" => {
            args.need("input").f_softmax(args.int("dim"), args.kind()).map_err(Error::from)
        }
        "log_softmax" => {
            args.need("input").f_log_softmax(args.int("dim"), args.kind()).map_err(Error::from)
        }
        "cross_entropy" | "CrossEntropyLoss" | "nll_loss" | "kl_div" => losses::loss(op, &args),
        other => panic!("no function {other}"),
    };
    Ok(vec![output?])
}

fn attention(args: &Args) -> Result<Tensor> {
    let options = Sdpa {
        attn_mask: args.get("attn_mask"),
        dropout_p: args.values["dropout_p"].as_f64().unwrap_or(0.0),
        is_causal: args.flag("is_causal", false),
        scale: args.values["scale"].as_f64(),
        enable_gqa: args.flag("enable_gqa", false),
    };
    let (query, key, value) = (args.need("query"), args.need("key"), args.need("value"));
    scaled_dot_product_attention(query, key, value, &options)
}

fn attention_forward(args: &Args) -> Result<Vec<Tensor>> {
    let in_proj = match args.flag("use_separate_proj_weight", false) {
        false => InProjection::Packed(args.need("in_proj_weight")),
        true => InProjection::Separate {
            q_proj_weight: args.need("q_proj_weight"),
            k_proj_weight: args.need("k_proj_weight"),
            v_proj_weight: args.need("v_proj_weight"),
        },
    };
    let parameters = MultiheadAttentionParameters {
        num_heads: args.values["num_heads"].as_i64().expect("num_heads"),
        in_proj,
        in_proj_bias: args.get("in_proj_bias"),
        bias_k: args.get("bias_k"),
        bias_v: args.get("bias_v"),
        add_zero_attn: args.flag("add_zero_attn", false),
        dropout_p: args.values["dropout_p"].as_f64().unwrap_or(0.0),
        out_proj_weight: args.need("out_proj_weight"),
        out_proj_bias: args.get("out_proj_bias"),
        training: args.flag("training", true),
        static_k: args.get("static_k"),
        static_v: args.get("static_v"),
    };
    let (query, key, value) = (args.need("query"), args.need("key"), args.need("value"));
    let (output, weights) =
        multi_head_attention_forward(query, key, value, &parameters, &args.attention())?;
    Ok([Some(output), weights].into_iter().flatten().collect())
}
