//! Multi-head attention and the Transformer's layers and stacks: drawn and computed by this crate's own modules, on the
//! object's own parameters.

use std::rc::Rc;

use tch::{Device, Tensor};

use super::super::machine::Machine;
use super::super::ops::bind::Call;
use super::super::problem::{Step, type_error};
use super::super::trace::Input;
use super::super::value::{Object, Tuple, TupleKind, Value};
use super::tree;
use atencion::StateDict;
use atencion::nn::{
    Activation, LayerNormConfig, Module, MultiheadAttention, MultiheadAttentionArgs,
    MultiheadAttentionConfig, NormConfig, Path, Transformer, TransformerArgs, TransformerConfig,
    TransformerDecoder, TransformerDecoderArgs, TransformerDecoderConfig, TransformerDecoderLayer,
    TransformerDecoderLayerArgs, TransformerEncoder, TransformerEncoderArgs,
    TransformerEncoderConfig, TransformerEncoderLayer, TransformerEncoderLayerArgs,
    TransformerLayerConfig,
};

impl Machine {
    /// Draws the parameters, where the module has any.
    pub(super) fn stack_init(&mut self, name: &str, object: &Rc<Object>) -> Step<()> {
        let root = Path::root(Device::Cpu);
        let drawn = match name {
            "MultiheadAttention" => {
                let config = self.attention_config(object)?;
                self.library(|| Ok(MultiheadAttention::new(&root, config)?.named_parameters()))?
            }
            "TransformerEncoderLayer" => {
                let config = self.layer_config(object)?;
                self.library(
                    || Ok(TransformerEncoderLayer::new(&root, config)?.named_parameters()),
                )?
            }
            "TransformerDecoderLayer" => {
                let config = self.layer_config(object)?;
                self.library(
                    || Ok(TransformerDecoderLayer::new(&root, config)?.named_parameters()),
                )?
            }
            "Transformer" => {
                let config = self.transformer_config(object)?;
                self.library(|| {
                    Ok(Transformer::<TransformerEncoder, TransformerDecoder>::new(&root, config)?
                        .named_parameters())
                })?
            }
            "TransformerEncoder" | "TransformerDecoder" => return self.clones(name, object),
            _ => return Ok(()),
        };
        for (path, tensor) in drawn {
            self.plant(object, &path, tensor)?;
        }
        Ok(())
    }

    /// Puts a parameter at its dotted name, making the modules on the way.
    fn plant(&mut self, object: &Rc<Object>, path: &str, tensor: Tensor) -> Step<()> {
        let mut at = object.clone();
        let mut parts: Vec<&str> = path.split('.').collect();
        let last = parts.pop().unwrap_or(path);
        for part in parts {
            let found = at.names.borrow().get(part).cloned();
            at = match found {
                Some(Value::Object(child)) => child,
                _ => {
                    let child = self.stack_child(&at, object, part, &tensor)?;
                    at.names.borrow_mut().insert(Rc::from(part), Value::Object(child.clone()));
                    child
                }
            };
        }
        self.put_parameter(&at, last, tensor, true);
        Ok(())
    }

    /// The child of that name, with its arguments.
    fn stack_child(
        &mut self,
        parent: &Rc<Object>,
        root: &Rc<Object>,
        name: &str,
        tensor: &Tensor,
    ) -> Step<Rc<Object>> {
        let of = |name: &str| root.names.borrow().get(name).cloned().unwrap_or(Value::None);
        let sizes = tensor.size();
        let size = |at: usize| Value::Int(sizes.get(at).copied().unwrap_or(0));
        let is_decoder = matches!(of("decoder_layer"), Value::Object(_))
            || parent.class.is("torch.nn.TransformerDecoder");
        let (path, names): (&str, Vec<(&str, Value)>) = match name {
            "self_attn" | "multihead_attn" => (
                "torch.nn.MultiheadAttention",
                vec![
                    ("embed_dim", of("d_model")),
                    ("num_heads", of("nhead")),
                    ("dropout", of("dropout")),
                    ("bias", of("bias")),
                    ("add_bias_kv", Value::Bool(false)),
                    ("add_zero_attn", Value::Bool(false)),
                    ("kdim", Value::None),
                    ("vdim", Value::None),
                    ("batch_first", of("batch_first")),
                ],
            ),
            "out_proj" => (
                "torch.nn.NonDynamicallyQuantizableLinear",
                vec![("in_features", size(1)), ("out_features", size(0))],
            ),
            "linear1" | "linear2" => {
                ("torch.nn.Linear", vec![("in_features", size(1)), ("out_features", size(0))])
            }
            "layers" => ("torch.nn.ModuleList", Vec::new()),
            "encoder" => ("torch.nn.TransformerEncoder", Vec::new()),
            "decoder" => ("torch.nn.TransformerDecoder", Vec::new()),
            name if name.starts_with("norm") => (
                "torch.nn.LayerNorm",
                vec![
                    ("normalized_shape", Value::tuple(vec![size(0)])),
                    ("eps", of("layer_norm_eps")),
                    ("elementwise_affine", Value::Bool(true)),
                ],
            ),
            _ => {
                let path = if is_decoder {
                    "torch.nn.TransformerDecoderLayer"
                } else {
                    "torch.nn.TransformerEncoderLayer"
                };
                let names = [
                    "d_model",
                    "nhead",
                    "dim_feedforward",
                    "dropout",
                    "activation",
                    "layer_norm_eps",
                    "batch_first",
                    "norm_first",
                    "bias",
                ];
                (path, names.into_iter().map(|name| (name, of(name))).collect())
            }
        };
        let Some(child) = self.empty_module(path) else { return self.not_known(path) };
        for (name, value) in names {
            child.names.borrow_mut().insert(Rc::from(name), value);
        }
        Ok(child)
    }

    /// `TransformerEncoder(layer, n)`: n deep copies of the layer.
    fn clones(&mut self, name: &str, object: &Rc<Object>) -> Step<()> {
        let key = if name == "TransformerEncoder" { "encoder_layer" } else { "decoder_layer" };
        let layer = object.names.borrow_mut().shift_remove(key).unwrap_or(Value::None);
        let count = self.int_of(object, "num_layers")?;
        if count > 1000 {
            return self.not_known(format!("{name}(num_layers={count})"));
        }
        let Some(list) = self.empty_module("torch.nn.ModuleList") else { return Ok(()) };
        for at in 0..count.max(0) {
            let copy = self.copied(&layer, true, 0)?;
            list.names.borrow_mut().insert(Rc::from(at.to_string()), copy);
        }
        let norm = object.names.borrow_mut().shift_remove("norm").unwrap_or(Value::None);
        let mut names = object.names.borrow_mut();
        names.insert(Rc::from("layers"), Value::Object(list));
        names.insert(Rc::from("norm"), norm);
        Ok(())
    }

    fn attention_config(&mut self, object: &Rc<Object>) -> Step<MultiheadAttentionConfig> {
        let optional = |name: &str| match object.names.borrow().get(name) {
            Some(Value::Int(value)) => Some(*value),
            _ => None,
        };
        Ok(MultiheadAttentionConfig {
            dropout: self.float_of(object, "dropout")?,
            bias: self.flag_of(object, "bias"),
            add_bias_kv: self.flag_of(object, "add_bias_kv"),
            add_zero_attn: self.flag_of(object, "add_zero_attn"),
            kdim: optional("kdim"),
            vdim: optional("vdim"),
            batch_first: self.flag_of(object, "batch_first"),
            dtype: Some(self.default),
            ..MultiheadAttentionConfig::new(
                self.int_of(object, "embed_dim")?,
                self.int_of(object, "num_heads")?,
            )
        })
    }

    fn layer_config(&mut self, object: &Rc<Object>) -> Step<TransformerLayerConfig> {
        Ok(TransformerLayerConfig {
            dim_feedforward: self.int_of(object, "dim_feedforward")?,
            dropout: self.float_of(object, "dropout")?,
            activation: self.activation_of(object)?,
            layer_norm_eps: self.float_of(object, "layer_norm_eps")?,
            batch_first: self.flag_of(object, "batch_first"),
            norm_first: self.flag_of(object, "norm_first"),
            bias: self.flag_of(object, "bias"),
            dtype: Some(self.default),
            ..TransformerLayerConfig::new(
                self.int_of(object, "d_model")?,
                self.int_of(object, "nhead")?,
            )
        })
    }

    fn transformer_config(&mut self, object: &Rc<Object>) -> Step<TransformerConfig> {
        let layer = self.layer_config(object)?;
        Ok(TransformerConfig {
            d_model: layer.d_model,
            nhead: layer.nhead,
            num_encoder_layers: self.int_of(object, "num_encoder_layers")?,
            num_decoder_layers: self.int_of(object, "num_decoder_layers")?,
            dim_feedforward: layer.dim_feedforward,
            dropout: layer.dropout,
            activation: layer.activation,
            layer_norm_eps: layer.layer_norm_eps,
            batch_first: layer.batch_first,
            norm_first: layer.norm_first,
            bias: layer.bias,
            dtype: layer.dtype,
        })
    }

    fn activation_of(&mut self, object: &Rc<Object>) -> Step<Activation> {
        let activation = object.names.borrow().get("activation").cloned();
        match activation {
            Some(Value::Str(name)) if &*name == "relu" => Ok(Activation::Relu),
            Some(Value::Str(name)) if &*name == "gelu" => Ok(Activation::Gelu),
            Some(Value::Known(path)) if path.ends_with(".relu") => Ok(Activation::Relu),
            Some(Value::Known(path)) if path.ends_with(".gelu") => Ok(Activation::Gelu),
            _ => self.not_known("activation=…"),
        }
    }

    /// A flag among an object's attributes; a bias that is a tensor is there.
    fn flag_of(&self, object: &Rc<Object>, name: &str) -> bool {
        match object.names.borrow().get(name) {
            Some(Value::Bool(value)) => *value,
            Some(Value::None) => false,
            _ => name == "bias",
        }
    }

    /// The object's parameters as the library's modules take them.
    fn state_of(&self, object: &Rc<Object>) -> StateDict {
        tree::state(object)
            .into_iter()
            .map(|(name, held)| (name, held.tensor.shallow_clone()))
            .collect()
    }

    pub(super) fn stack_forward(
        &mut self,
        name: &str,
        object: &Rc<Object>,
        call: Call,
    ) -> Step<Value> {
        let state = self.state_of(object);
        let training = self.flag_of(object, "training");
        let mut inputs = Vec::new();
        let order: &[&str] = match name {
            "MultiheadAttention" => &[
                "query",
                "key",
                "value",
                "key_padding_mask",
                "need_weights",
                "attn_mask",
                "average_attn_weights",
                "is_causal",
            ],
            "TransformerEncoderLayer" => &["src", "src_mask", "src_key_padding_mask", "is_causal"],
            "TransformerEncoder" => &["src", "mask", "src_key_padding_mask", "is_causal"],
            "TransformerDecoderLayer" | "TransformerDecoder" => &[
                "tgt",
                "memory",
                "tgt_mask",
                "memory_mask",
                "tgt_key_padding_mask",
                "memory_key_padding_mask",
                "tgt_is_causal",
                "memory_is_causal",
            ],
            _ => &[
                "src",
                "tgt",
                "src_mask",
                "tgt_mask",
                "memory_mask",
                "src_key_padding_mask",
                "tgt_key_padding_mask",
                "memory_key_padding_mask",
                "src_is_causal",
                "tgt_is_causal",
                "memory_is_causal",
            ],
        };
        let mut given: Vec<(&str, Value)> = Vec::new();
        for (at, argument) in order.iter().enumerate() {
            if let Some(value) = call.get(at, argument) {
                let input = self.input_of(&value.clone());
                inputs.push(((*argument).to_owned(), input));
                given.push((argument, value.clone()));
            }
        }
        if given.len() != call.places.len() + call.keys.len() {
            return self.not_known(format!("torch.nn.{name}(…)"));
        }
        let tensor = |name: &str| {
            given.iter().find(|(given, _)| *given == name).and_then(|(_, value)| match value {
                Value::Tensor(held) => Some(held.tensor.shallow_clone()),
                _ => None,
            })
        };
        let flag = |name: &str| {
            given.iter().find(|(given, _)| *given == name).and_then(|(_, value)| match value {
                Value::Bool(value) => Some(*value),
                _ => None,
            })
        };
        for (name, _) in tree::state(object) {
            inputs.push((name.clone(), Input::Given(String::new())));
        }
        for ((name, held), slot) in tree::state(object)
            .into_iter()
            .zip(inputs.iter_mut().rev().take(tree::state(object).len()).rev())
        {
            *slot = (name, Input::Tensor(held.node.get()));
        }
        for name in ["num_heads", "batch_first", "dropout", "training"] {
            let value = object.names.borrow().get(name).cloned().unwrap_or(Value::None);
            inputs.push((name.to_owned(), Input::Given(self.repr(&value)?)));
        }
        let masks: Vec<Option<Tensor>> = order.iter().map(|name| tensor(name)).collect();
        let mask = |name: &str| {
            order.iter().position(|one| *one == name).and_then(|at| masks[at].as_ref())
        };
        let Some(first) = mask(order[0]) else {
            return type_error(format!(
                "forward() missing 1 required positional argument: '{}'",
                order[0]
            ));
        };
        let path = format!("torch.nn.{name}");
        let result = match name {
            "MultiheadAttention" => {
                let (Some(key), Some(value)) = (mask("key"), mask("value")) else {
                    return type_error("forward() missing required arguments: 'key', 'value'");
                };
                let config = self.attention_config(object)?;
                let args = MultiheadAttentionArgs {
                    key_padding_mask: mask("key_padding_mask"),
                    need_weights: flag("need_weights").unwrap_or(true),
                    attn_mask: mask("attn_mask"),
                    average_attn_weights: flag("average_attn_weights").unwrap_or(true),
                    is_causal: flag("is_causal").unwrap_or(false),
                };
                let (output, weights) = self.library(|| {
                    let mut module = state.build("", |p| MultiheadAttention::new(p, config))?;
                    module.train(training);
                    // Python asks `query is key`: tch's handles to one tensor are one tensor.
                    module.forward_with(first, key, value, &args)
                })?;
                let output = self.held_as(
                    output,
                    &path,
                    inputs.clone(),
                    super::super::value::HeldKind::Torch,
                    None,
                    training,
                );
                let weights = match weights {
                    Some(weights) => {
                        inputs.push(("item".to_owned(), Input::Given("1".to_owned())));
                        self.held_as(
                            weights,
                            &path,
                            inputs,
                            super::super::value::HeldKind::Torch,
                            None,
                            training,
                        )
                    }
                    None => Value::None,
                };
                return Ok(Value::Tuple(Rc::new(Tuple {
                    items: vec![output, weights],
                    kind: TupleKind::Plain,
                })));
            }
            "TransformerEncoderLayer" => {
                let config = self.layer_config(object)?;
                let args = TransformerEncoderLayerArgs {
                    src_mask: mask("src_mask"),
                    src_key_padding_mask: mask("src_key_padding_mask"),
                    is_causal: flag("is_causal").unwrap_or(false),
                };
                self.library(|| {
                    let mut module =
                        state.build("", |p| TransformerEncoderLayer::new(p, config))?;
                    module.train(training);
                    module.forward_with(first, &args)
                })?
            }
            "TransformerEncoder" => {
                let config = self.encoder_config(object)?;
                let args = TransformerEncoderArgs {
                    mask: mask("mask"),
                    src_key_padding_mask: mask("src_key_padding_mask"),
                    is_causal: flag("is_causal"),
                };
                self.library(|| {
                    let mut module = state.build("", |p| TransformerEncoder::new(p, config))?;
                    module.train(training);
                    module.forward_with(first, &args)
                })?
            }
            "TransformerDecoderLayer" => {
                let Some(memory) = mask("memory") else {
                    return type_error("forward() missing 'memory'");
                };
                let config = self.layer_config(object)?;
                let args = TransformerDecoderLayerArgs {
                    tgt_mask: mask("tgt_mask"),
                    memory_mask: mask("memory_mask"),
                    tgt_key_padding_mask: mask("tgt_key_padding_mask"),
                    memory_key_padding_mask: mask("memory_key_padding_mask"),
                    tgt_is_causal: flag("tgt_is_causal").unwrap_or(false),
                    memory_is_causal: flag("memory_is_causal").unwrap_or(false),
                };
                self.library(|| {
                    let mut module =
                        state.build("", |p| TransformerDecoderLayer::new(p, config))?;
                    module.train(training);
                    module.forward_with(first, memory, &args)
                })?
            }
            "TransformerDecoder" => {
                let Some(memory) = mask("memory") else {
                    return type_error("forward() missing 'memory'");
                };
                let (layer, norm, count) = self.stack_config(object)?;
                let config = TransformerDecoderConfig {
                    norm,
                    ..TransformerDecoderConfig::new(layer, count)
                };
                let args = TransformerDecoderArgs {
                    tgt_mask: mask("tgt_mask"),
                    memory_mask: mask("memory_mask"),
                    tgt_key_padding_mask: mask("tgt_key_padding_mask"),
                    memory_key_padding_mask: mask("memory_key_padding_mask"),
                    tgt_is_causal: flag("tgt_is_causal"),
                    memory_is_causal: flag("memory_is_causal").unwrap_or(false),
                };
                self.library(|| {
                    let mut module = state.build("", |p| TransformerDecoder::new(p, config))?;
                    module.train(training);
                    module.forward_with(first, memory, &args)
                })?
            }
            _ => {
                let Some(tgt) = mask("tgt") else { return type_error("forward() missing 'tgt'") };
                let config = self.transformer_config(object)?;
                let args = TransformerArgs {
                    src_mask: mask("src_mask"),
                    tgt_mask: mask("tgt_mask"),
                    memory_mask: mask("memory_mask"),
                    src_key_padding_mask: mask("src_key_padding_mask"),
                    tgt_key_padding_mask: mask("tgt_key_padding_mask"),
                    memory_key_padding_mask: mask("memory_key_padding_mask"),
                    src_is_causal: flag("src_is_causal"),
                    tgt_is_causal: flag("tgt_is_causal"),
                    memory_is_causal: flag("memory_is_causal").unwrap_or(false),
                };
                self.library(|| {
                    let mut module = state.build("", |p| {
                        Transformer::<TransformerEncoder, TransformerDecoder>::new(p, config)
                    })?;
                    module.train(training);
                    module.forward_with(first, tgt, &args)
                })?
            }
        };
        Ok(self.held_as(
            result,
            &path,
            inputs,
            super::super::value::HeldKind::Torch,
            None,
            training,
        ))
    }

    fn encoder_config(&mut self, object: &Rc<Object>) -> Step<TransformerEncoderConfig> {
        let (layer, norm, count) = self.stack_config(object)?;
        Ok(TransformerEncoderConfig {
            norm,
            enable_nested_tensor: self.flag_of(object, "enable_nested_tensor"),
            mask_check: self.flag_of(object, "mask_check"),
            ..TransformerEncoderConfig::new(layer, count)
        })
    }

    /// The layers' options, the norm's and the number of layers, from the children as they are.
    fn stack_config(
        &mut self,
        object: &Rc<Object>,
    ) -> Step<(TransformerLayerConfig, Option<NormConfig>, i64)> {
        let layers = object.names.borrow().get("layers").cloned();
        let Some(Value::Object(layers)) = layers else { return type_error("no layers") };
        let layers = tree::children(&layers);
        let Some((_, first)) = layers.first() else { return type_error("no layers") };
        let is_own = |layer: &Rc<Object>| {
            layer
                .class
                .native
                .as_deref()
                .is_some_and(|path| path.starts_with("torch.nn.Transformer"))
        };
        if !layers.iter().all(|(_, layer)| is_own(layer)) {
            return self.not_known("torch.nn.TransformerEncoder(custom layer)");
        }
        let config = self.layer_config(first)?;
        let norm = object.names.borrow().get("norm").cloned();
        let norm = match norm {
            Some(Value::Object(norm)) if norm.class.is("torch.nn.LayerNorm") => {
                let eps = self.float_of(&norm, "eps")?;
                Some(NormConfig::LayerNorm(LayerNormConfig {
                    eps,
                    bias: self.flag_of(&norm, "bias"),
                    ..LayerNormConfig::new(&[config.d_model])
                }))
            }
            Some(Value::Object(_)) => return self.not_known("norm=…"),
            _ => None,
        };
        Ok((config, norm, layers.len() as i64))
    }
}
