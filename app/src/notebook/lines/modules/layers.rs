//! The layers: their arguments with torch's defaults, how they are drawn, and what they compute.

use std::cell::Cell;
use std::rc::Rc;

use tch::{Kind, Tensor};

use super::super::machine::Machine;
use super::super::numbers::Number;
use super::super::ops::bind::Call;
use super::super::problem::{Step, type_error};
use super::super::value::{Class, Held, HeldKind, Object, Value};
use atencion::nn::init;

/// A layer: its path, and its arguments as Python writes them.
pub struct Layer {
    /// `torch.nn.Linear`
    pub path: &'static str,
    /// `in_features out_features bias=True`
    pub arguments: &'static str,
}

macro_rules! layers {
    ($($name:literal $arguments:literal)*) => {
        const LAYERS: &[Layer] = &[$(Layer { path: concat!("torch.nn.", $name), arguments: $arguments }),*];
    };
}

layers! {
    "Linear" "in_features out_features bias=True"
    "Bilinear" "in1_features in2_features out_features bias=True"
    "Embedding" "num_embeddings embedding_dim padding_idx=None"
    "LayerNorm" "normalized_shape eps=1e-05 elementwise_affine=True bias=True"
    "RMSNorm" "normalized_shape eps=None elementwise_affine=True"
    "GroupNorm" "num_groups num_channels eps=1e-05 affine=True"
    "BatchNorm1d" "num_features eps=1e-05 momentum=0.1 affine=True track_running_stats=True"
    "Dropout" "p=0.5 inplace=False"
    "Softmax" "dim=None"
    "LogSoftmax" "dim=None"
    "Softmin" "dim=None"
    "ReLU" "inplace=False"
    "ReLU6" "inplace=False"
    "GELU" "approximate='none'"
    "SiLU" "inplace=False"
    "Mish" "inplace=False"
    "Tanh" ""
    "Sigmoid" ""
    "LogSigmoid" ""
    "Softplus" ""
    "Softsign" ""
    "SELU" "inplace=False"
    "Hardtanh" ""
    "Hardswish" "inplace=False"
    "Identity" ""
    "Flatten" "start_dim=1 end_dim=-1"
    "Unflatten" "dim unflattened_size"
    "CosineSimilarity" "dim=1 eps=1e-08"
    "Conv1d" "in_channels out_channels kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True"
    "Conv2d" "in_channels out_channels kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True"
    "MaxPool1d" "kernel_size stride=None padding=0"
    "MaxPool2d" "kernel_size stride=None padding=0"
    "AvgPool1d" "kernel_size stride=None padding=0"
    "AvgPool2d" "kernel_size stride=None padding=0"
    "AdaptiveAvgPool1d" "output_size"
    "AdaptiveAvgPool2d" "output_size"
    "RNN" "input_size hidden_size num_layers=1 nonlinearity='tanh' bias=True batch_first=False dropout=0.0 bidirectional=False"
    "LSTM" "input_size hidden_size num_layers=1 bias=True batch_first=False dropout=0.0 bidirectional=False"
    "GRU" "input_size hidden_size num_layers=1 bias=True batch_first=False dropout=0.0 bidirectional=False"
    "CrossEntropyLoss" "weight=None size_average=None ignore_index=-100 reduce=None reduction='mean' label_smoothing=0.0"
    "NLLLoss" "weight=None size_average=None ignore_index=-100 reduce=None reduction='mean'"
    "MSELoss" "size_average=None reduce=None reduction='mean'"
    "L1Loss" "size_average=None reduce=None reduction='mean'"
    "SmoothL1Loss" "size_average=None reduce=None reduction='mean' beta=1.0"
    "HuberLoss" "reduction='mean' delta=1.0"
    "BCELoss" "weight=None size_average=None reduce=None reduction='mean'"
    "BCEWithLogitsLoss" "weight=None size_average=None reduce=None reduction='mean' pos_weight=None"
    "KLDivLoss" "size_average=None reduce=None reduction='mean' log_target=False"
    "CosineEmbeddingLoss" "margin=0.0 size_average=None reduce=None reduction='mean'"
    "Sequential" "*"
    "ModuleList" "*"
    "ModuleDict" "*"
    "ParameterList" "*"
    "NonDynamicallyQuantizableLinear" "in_features out_features bias=True"
    "MultiheadAttention" "embed_dim num_heads dropout=0.0 bias=True add_bias_kv=False add_zero_attn=False kdim=None vdim=None batch_first=False"
    "TransformerEncoderLayer" "d_model nhead dim_feedforward=2048 dropout=0.1 activation='relu' layer_norm_eps=1e-05 batch_first=False norm_first=False bias=True"
    "TransformerDecoderLayer" "d_model nhead dim_feedforward=2048 dropout=0.1 activation='relu' layer_norm_eps=1e-05 batch_first=False norm_first=False bias=True"
    "TransformerEncoder" "encoder_layer num_layers norm=None enable_nested_tensor=True mask_check=True"
    "TransformerDecoder" "decoder_layer num_layers norm=None"
    "Transformer" "d_model=512 nhead=8 num_encoder_layers=6 num_decoder_layers=6 dim_feedforward=2048 dropout=0.1 activation='relu' custom_encoder=None custom_decoder=None layer_norm_eps=1e-05 batch_first=False norm_first=False bias=True"
}

/// The layer of that path.
pub fn find(path: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.path == path)
}

/// Whether a class has a method besides those that every module has.
pub fn has_method(class: &Rc<Class>, name: &str) -> bool {
    match name {
        "append" | "extend" | "insert" => super::tree::is_list(class),
        "keys" | "values" | "items" | "update" => class.is("torch.nn.ModuleDict"),
        "generate_square_subsequent_mask" => class.is("torch.nn.Transformer"),
        "from_pretrained" => false,
        _ => false,
    }
}

/// A default as Python writes it.
fn default_of(text: &str) -> Value {
    match text {
        "None" => Value::None,
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        _ => {
            if let Some(text) = text.strip_prefix('\'') {
                return Value::str(text.trim_end_matches('\''));
            }
            text.parse()
                .map(Value::Int)
                .or_else(|_| text.parse().map(Value::Float))
                .unwrap_or(Value::None)
        }
    }
}

impl Machine {
    /// The arguments of a layer, by name.
    fn layer_arguments(&mut self, layer: &Layer, mut call: Call) -> Step<Vec<(Rc<str>, Value)>> {
        let mut places = std::mem::take(&mut call.places).into_iter();
        let mut found = Vec::new();
        let short = layer.path.rsplit('.').next().unwrap_or(layer.path);
        for argument in layer.arguments.split_whitespace() {
            let (name, default) =
                argument.split_once('=').map_or((argument, None), |(n, d)| (n, Some(d)));
            let given = call.take(name).or_else(|| places.next());
            let Some(value) = given.or_else(|| default.map(default_of)) else {
                return type_error(format!(
                    "{short}.__init__() missing 1 required positional argument: '{name}'"
                ));
            };
            found.push((Rc::from(name), value));
        }
        for harmless in ["device", "inplace"] {
            call.take(harmless);
        }
        if let Some((name, _)) = call.keys.first() {
            return self.not_known(format!("{}({name}=…)", layer.path));
        }
        if places.next().is_some() {
            return type_error(format!("{short}.__init__() takes fewer positional arguments"));
        }
        Ok(found)
    }

    /// Builds a layer in an object, its parameters in the dtype that it is given.
    pub fn layer_init(&mut self, path: &str, object: &Rc<Object>, mut call: Call) -> Step<()> {
        let default = self.default;
        if let Some(Value::Dtype(kind)) = call.take("dtype") {
            self.default = kind;
        }
        let made = self.layer_made(path, object, call);
        self.default = default;
        made
    }

    fn layer_made(&mut self, path: &str, object: &Rc<Object>, call: Call) -> Step<()> {
        let Some(layer) = find(path) else { return self.not_known(path) };
        let name = path.trim_start_matches("torch.nn.");
        if layer.arguments == "*" {
            return self.list_init(name, object, call);
        }
        let arguments = self.layer_arguments(layer, call)?;
        for (name, value) in arguments {
            object.names.borrow_mut().insert(name, value);
        }
        match name {
            "Linear" | "NonDynamicallyQuantizableLinear" => {
                let (inputs, outputs) =
                    (self.int_of(object, "in_features")?, self.int_of(object, "out_features")?);
                let bound = if inputs > 0 { 1.0 / (inputs as f64).sqrt() } else { 0.0 };
                self.weight_and_bias(object, &[outputs, inputs], &[outputs], bound)
            }
            "Bilinear" => {
                let (a, b) =
                    (self.int_of(object, "in1_features")?, self.int_of(object, "in2_features")?);
                let outputs = self.int_of(object, "out_features")?;
                let bound = 1.0 / (a as f64).sqrt();
                let weight = self.empty(&[outputs, a, b])?;
                self.library(|| init::uniform_(&weight, -bound, bound))?;
                self.put_parameter(object, "weight", weight, true);
                if self.takes_bias(object)? {
                    let bias = self.empty(&[outputs])?;
                    self.library(|| init::uniform_(&bias, -bound, bound))?;
                    self.put_parameter(object, "bias", bias, true);
                }
                Ok(())
            }
            "Conv1d" | "Conv2d" => {
                let dims = if name == "Conv1d" { 1 } else { 2 };
                let (inputs, outputs) =
                    (self.int_of(object, "in_channels")?, self.int_of(object, "out_channels")?);
                let groups = self.int_of(object, "groups")?.max(1);
                let kernel = self.ints_of(object, "kernel_size", dims)?;
                let shape = [&[outputs, inputs / groups], kernel.as_slice()].concat();
                let fan_in: i64 = shape[1..].iter().product();
                let bound = if fan_in > 0 { 1.0 / (fan_in as f64).sqrt() } else { 0.0 };
                self.weight_and_bias(object, &shape, &[outputs], bound)
            }
            "Embedding" => {
                let shape =
                    [self.int_of(object, "num_embeddings")?, self.int_of(object, "embedding_dim")?];
                let weight = self.empty(&shape)?;
                self.library(|| init::normal_(&weight, 0.0, 1.0))?;
                if let Some(Value::Int(at)) = object.names.borrow().get("padding_idx").cloned() {
                    let row = self.torch(|| weight.f_detach()?.f_select(0, at))?;
                    self.library(|| init::constant_(&row, 0.0))?;
                }
                self.put_parameter(object, "weight", weight, true);
                Ok(())
            }
            "LayerNorm" | "RMSNorm" => {
                let shape = self.ints_of(object, "normalized_shape", 1)?;
                let sizes = Value::tuple(shape.iter().map(|&size| Value::Int(size)).collect());
                object.names.borrow_mut().insert(Rc::from("normalized_shape"), sizes);
                let affine = object.names.borrow().get("elementwise_affine").cloned();
                if !self.truth(&affine.unwrap_or(Value::Bool(true)))? {
                    object.names.borrow_mut().insert(Rc::from("weight"), Value::None);
                    object.names.borrow_mut().insert(Rc::from("bias"), Value::None);
                    return Ok(());
                }
                self.filled_parameter(object, "weight", &shape, 1.0)?;
                if name == "LayerNorm" && self.takes_bias(object)? {
                    self.filled_parameter(object, "bias", &shape, 0.0)?;
                }
                Ok(())
            }
            "GroupNorm" | "BatchNorm1d" => {
                let channels = if name == "GroupNorm" { "num_channels" } else { "num_features" };
                let shape = [self.int_of(object, channels)?];
                self.filled_parameter(object, "weight", &shape, 1.0)?;
                self.filled_parameter(object, "bias", &shape, 0.0)?;
                if name == "BatchNorm1d" {
                    for (name, value) in [("running_mean", 0.0), ("running_var", 1.0)] {
                        let kind = (self.default, tch::Device::Cpu);
                        let buffer = self.torch(|| Tensor::f_full(shape, value, kind))?;
                        let buffer = self.held(buffer, "buffer", Vec::new());
                        self.put_buffer(object, name, buffer);
                    }
                }
                Ok(())
            }
            "RNN" | "LSTM" | "GRU" => self.recurrent_init(name, object),
            _ => self.stack_init(name, object),
        }
    }

    fn list_init(&mut self, name: &str, object: &Rc<Object>, call: Call) -> Step<()> {
        let mut named: Vec<(Rc<str>, Value)> = Vec::new();
        match (name, call.places.first()) {
            (_, Some(Value::Dict(dict))) => {
                for (key, value) in dict.borrow().values() {
                    match key {
                        Value::Str(name) => named.push((name.clone(), value.clone())),
                        _ => return type_error("module name should be a string"),
                    }
                }
            }
            ("Sequential", _) => {
                for (at, module) in call.places.iter().enumerate() {
                    named.push((Rc::from(at.to_string()), module.clone()));
                }
            }
            (_, Some(items)) => {
                for (at, module) in self.items(items)?.into_iter().enumerate() {
                    named.push((Rc::from(at.to_string()), module));
                }
            }
            (_, None) => {}
        }
        for (name, value) in named {
            match &value {
                Value::Object(inner) if inner.class.is("torch.nn.Module") => {}
                Value::Tensor(_) if object.class.is("torch.nn.ParameterList") => {}
                other => {
                    return type_error(format!("{} is not a Module subclass", other.type_name()));
                }
            }
            object.names.borrow_mut().insert(name, value);
        }
        Ok(())
    }

    fn weight_and_bias(
        &mut self,
        object: &Rc<Object>,
        weight: &[i64],
        bias: &[i64],
        bound: f64,
    ) -> Step<()> {
        let tensor = self.empty(weight)?;
        self.library(|| init::kaiming_uniform_(&tensor, 5f64.sqrt()))?;
        self.put_parameter(object, "weight", tensor, true);
        if self.takes_bias(object)? {
            let tensor = self.empty(bias)?;
            self.library(|| init::uniform_(&tensor, -bound, bound))?;
            self.put_parameter(object, "bias", tensor, true);
        }
        Ok(())
    }

    /// Whether the argument `bias` is true; without one the attribute is `None`.
    fn takes_bias(&mut self, object: &Rc<Object>) -> Step<bool> {
        let bias = object.names.borrow().get("bias").cloned();
        let takes = self.truth(&bias.unwrap_or(Value::Bool(true)))?;
        object.names.borrow_mut().shift_remove("bias");
        if !takes {
            object.names.borrow_mut().insert(Rc::from("bias"), Value::None);
        }
        Ok(takes)
    }

    fn filled_parameter(
        &mut self,
        object: &Rc<Object>,
        name: &str,
        shape: &[i64],
        value: f64,
    ) -> Step<()> {
        let kind = (self.default, tch::Device::Cpu);
        let tensor = self.torch(|| Tensor::f_full(shape, value, kind))?;
        self.put_parameter(object, name, tensor, false);
        Ok(())
    }

    pub(super) fn empty(&mut self, shape: &[i64]) -> Step<Tensor> {
        let kind = (self.default, tch::Device::Cpu);
        self.charge(shape.iter().fold(1i64, |n, s| n.saturating_mul((*s).max(0))) as usize >> 10)?;
        self.torch(|| Tensor::f_empty(shape, kind))
    }

    /// Gives an object a parameter.
    pub fn put_parameter(&mut self, object: &Rc<Object>, name: &str, tensor: Tensor, drawn: bool) {
        let tensor = tensor.set_requires_grad(true);
        let op =
            format!("{}.{name}", object.class.native().as_deref().unwrap_or("torch.nn.Module"));
        let node = self.note(&tensor, &op, Vec::new(), drawn);
        let held = Held { tensor, node: Cell::new(node), base: None, kind: HeldKind::Parameter };
        object.names.borrow_mut().insert(Rc::from(name), Value::Tensor(Rc::new(held)));
    }

    /// Gives an object a buffer.
    pub fn put_buffer(&mut self, object: &Rc<Object>, name: &str, value: Value) {
        let mut names = object.names.borrow_mut();
        names.insert(Rc::from(name), value);
        let list =
            names.entry(Rc::from("_buffers")).or_insert_with(|| Value::list(Vec::new())).clone();
        drop(names);
        if let Value::List(list) = list {
            list.borrow_mut().push(Value::str(name));
        }
    }

    /// A whole number among an object's attributes.
    pub fn int_of(&mut self, object: &Rc<Object>, name: &str) -> Step<i64> {
        let value = object.names.borrow().get(name).cloned();
        match value {
            Some(Value::Int(value)) => Ok(value),
            other => type_error(format!(
                "{name} should be an int, not {}",
                other.map_or_else(|| "missing".to_owned(), |value| value.type_name())
            )),
        }
    }

    /// A float among an object's attributes.
    pub fn float_of(&mut self, object: &Rc<Object>, name: &str) -> Step<f64> {
        let value = object.names.borrow().get(name).cloned();
        match value.as_ref().and_then(Number::of) {
            Some(number) => Ok(number.float()),
            None => type_error(format!("{name} should be a float")),
        }
    }

    /// Whole numbers among an object's attributes; one stands for `times` of it.
    fn ints_of(&mut self, object: &Rc<Object>, name: &str, times: usize) -> Step<Vec<i64>> {
        let value = object.names.borrow().get(name).cloned().unwrap_or(Value::None);
        if let Value::Int(value) = value {
            return Ok(vec![value; times]);
        }
        let mut all = Vec::new();
        for item in self.items(&value)? {
            match item {
                Value::Int(value) => all.push(value),
                other => {
                    return type_error(format!("{name} should be ints, not {}", other.type_name()));
                }
            }
        }
        Ok(all)
    }

    /// What a native module computes.
    pub fn native_forward(&mut self, object: &Rc<Object>, call: Call) -> Step<Value> {
        let Some(path) = object.class.native() else { return self.not_known("forward") };
        let name = path.trim_start_matches("torch.nn.").to_owned();
        let own = |name: &str| object.names.borrow().get(name).cloned().unwrap_or(Value::None);
        let functional = |name: &str| format!("torch.nn.functional.{name}");
        let mut places = call.places.clone();
        let mut keys: Vec<(Rc<str>, Value)> = Vec::new();
        let mut more =
            |names: &[&str]| keys.extend(names.iter().map(|name| (Rc::from(*name), own(name))));
        let function = match name.as_str() {
            "Linear" | "NonDynamicallyQuantizableLinear" => {
                more(&["weight", "bias"]);
                functional("linear")
            }
            "Bilinear" => {
                more(&["weight", "bias"]);
                functional("bilinear")
            }
            "Embedding" => {
                more(&["weight"]);
                if !matches!(own("padding_idx"), Value::None) {
                    more(&["padding_idx"]);
                }
                functional("embedding")
            }
            "LayerNorm" => {
                more(&["normalized_shape", "weight", "bias", "eps"]);
                functional("layer_norm")
            }
            "RMSNorm" => {
                more(&["normalized_shape", "weight", "eps"]);
                functional("rms_norm")
            }
            "GroupNorm" => {
                more(&["num_groups", "weight", "bias", "eps"]);
                functional("group_norm")
            }
            "BatchNorm1d" => {
                more(&[
                    "running_mean",
                    "running_var",
                    "weight",
                    "bias",
                    "training",
                    "momentum",
                    "eps",
                ]);
                functional("batch_norm")
            }
            "Dropout" => {
                more(&["p", "training"]);
                functional("dropout")
            }
            "Softmax" | "LogSoftmax" | "Softmin" => {
                if matches!(own("dim"), Value::None) {
                    return self.not_known(format!("{path}(dim=None)"));
                }
                more(&["dim"]);
                functional(match name.as_str() {
                    "Softmax" => "softmax",
                    "Softmin" => "softmin",
                    _ => "log_softmax",
                })
            }
            "GELU" => {
                more(&["approximate"]);
                functional("gelu")
            }
            "Tanh" => "torch.tanh".to_owned(),
            "Sigmoid" => "torch.sigmoid".to_owned(),
            "ReLU" | "ReLU6" | "SiLU" | "Mish" | "LogSigmoid" | "Softplus" | "Softsign"
            | "SELU" | "Hardtanh" | "Hardswish" => functional(&name.to_lowercase()),
            "Identity" => return Ok(places.into_iter().next().unwrap_or(Value::None)),
            "Flatten" => {
                more(&["start_dim", "end_dim"]);
                "torch.flatten".to_owned()
            }
            "Unflatten" => {
                places.extend([own("dim"), own("unflattened_size")]);
                "torch.unflatten".to_owned()
            }
            "CosineSimilarity" => {
                more(&["dim", "eps"]);
                functional("cosine_similarity")
            }
            "Conv1d" | "Conv2d" => {
                more(&["weight", "bias", "stride", "padding", "dilation", "groups"]);
                functional(&name.to_lowercase())
            }
            "MaxPool1d" | "MaxPool2d" | "AvgPool1d" | "AvgPool2d" => {
                more(&["kernel_size", "padding"]);
                if !matches!(own("stride"), Value::None) {
                    more(&["stride"]);
                }
                functional(&name.to_lowercase().replace("pool", "_pool"))
            }
            "AdaptiveAvgPool1d" | "AdaptiveAvgPool2d" => {
                more(&["output_size"]);
                functional(&name.to_lowercase().replace("adaptiveavgpool", "adaptive_avg_pool"))
            }
            "CrossEntropyLoss" => {
                more(&["weight", "ignore_index", "reduction", "label_smoothing"]);
                functional("cross_entropy")
            }
            "NLLLoss" => {
                more(&["weight", "ignore_index", "reduction"]);
                functional("nll_loss")
            }
            "MSELoss" | "L1Loss" => {
                more(&["reduction"]);
                functional(if name == "MSELoss" { "mse_loss" } else { "l1_loss" })
            }
            "SmoothL1Loss" => {
                more(&["reduction", "beta"]);
                functional("smooth_l1_loss")
            }
            "HuberLoss" => {
                more(&["reduction", "delta"]);
                functional("huber_loss")
            }
            "BCELoss" => {
                more(&["weight", "reduction"]);
                functional("binary_cross_entropy")
            }
            "BCEWithLogitsLoss" => {
                more(&["weight", "reduction", "pos_weight"]);
                functional("binary_cross_entropy_with_logits")
            }
            "KLDivLoss" => {
                if matches!(own("reduction"), Value::Str(text) if &*text == "batchmean") {
                    return self.kl_batchmean(object, &call);
                }
                more(&["reduction", "log_target"]);
                functional("kl_div")
            }
            "CosineEmbeddingLoss" => {
                more(&["margin", "reduction"]);
                functional("cosine_embedding_loss")
            }
            "Sequential" => {
                let mut value = places.into_iter().next().unwrap_or(Value::None);
                for (_, child) in super::tree::children(object) {
                    value = self.call(&Value::Object(child), Call::of(vec![value]))?;
                }
                return Ok(value);
            }
            "Module" => {
                return super::super::problem::raise(
                    "NotImplementedError",
                    format!(
                        "Module [{}] is missing the required \"forward\" function",
                        object.class.name
                    ),
                );
            }
            "RNN" | "LSTM" | "GRU" => return self.recurrent_forward(&name, object, &call),
            "MultiheadAttention"
            | "TransformerEncoderLayer"
            | "TransformerDecoderLayer"
            | "TransformerEncoder"
            | "TransformerDecoder"
            | "Transformer" => return self.stack_forward(&name, object, call),
            _ => return self.not_known(format!("{path}.forward")),
        };
        keys.extend(call.keys);
        self.call_known(&function, Call { places, keys })
    }

    /// `reduction="batchmean"`: the sum over the number of rows.
    fn kl_batchmean(&mut self, object: &Rc<Object>, call: &Call) -> Step<Value> {
        let target = object.names.borrow().get("log_target").cloned().unwrap_or(Value::Bool(false));
        let keys =
            vec![(Rc::from("reduction"), Value::str("sum")), (Rc::from("log_target"), target)];
        let sum = self
            .call_known("torch.nn.functional.kl_div", Call { places: call.places.clone(), keys })?;
        let rows = match call.places.first() {
            Some(first) => self.length(first)?,
            None => 1,
        };
        self.binary("/", sum, Value::Int(rows as i64))
    }

    /// `nn.Embedding.from_pretrained(embeddings, freeze=True, padding_idx=None)`
    pub fn embedding_of(&mut self, mut call: Call) -> Step<Value> {
        let weight = call.get(0, "embeddings").cloned();
        let Some(Value::Tensor(held)) = weight.filter(|_| call.places.len() <= 2) else {
            return self.not_known("torch.nn.Embedding.from_pretrained(…)");
        };
        let [count, width] = held.tensor.size()[..] else {
            return type_error("Embeddings parameter is expected to be 2-dimensional");
        };
        let freeze = match call.get(1, "freeze").cloned() {
            Some(freeze) => self.truth(&freeze)?,
            None => true,
        };
        let padding = call.take("padding_idx").unwrap_or(Value::None);
        let Some(object) = self.empty_module("torch.nn.Embedding") else { return Ok(Value::None) };
        let sizes = [("num_embeddings", count), ("embedding_dim", width)];
        for (name, size) in sizes {
            object.names.borrow_mut().insert(Rc::from(name), Value::Int(size));
        }
        object.names.borrow_mut().insert(Rc::from("padding_idx"), padding);
        let grad = vec![(Rc::from("requires_grad"), Value::Bool(!freeze))];
        let weight = self.parameter(Call { places: vec![Value::Tensor(held)], keys: grad })?;
        object.names.borrow_mut().insert(Rc::from("weight"), weight);
        Ok(Value::Object(object))
    }

    /// `nn.Parameter(tensor)`
    pub fn parameter(&mut self, mut call: Call) -> Step<Value> {
        let grad = match call.take("requires_grad").or_else(|| call.places.get(1).cloned()) {
            Some(grad) => self.truth(&grad)?,
            None => true,
        };
        let Some(Value::Tensor(held)) = call.places.first().cloned().or_else(|| call.take("data"))
        else {
            return type_error("Parameter() needs a tensor");
        };
        let kind = self.torch(|| held.tensor.f_kind())?;
        if grad && !matches!(kind, Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16) {
            return super::super::problem::raise(
                "RuntimeError",
                "Only Tensors of floating point and complex dtype can require gradients",
            );
        }
        let tensor = self.torch(|| held.tensor.f_detach()?.f_set_requires_grad(grad))?;
        let inputs = vec![("data".to_owned(), super::super::trace::Input::Tensor(held.node.get()))];
        let node = self.note(&tensor, "torch.nn.Parameter", inputs, false);
        Ok(Value::Tensor(Rc::new(Held {
            tensor,
            node: Cell::new(node),
            base: None,
            kind: HeldKind::Parameter,
        })))
    }
}
