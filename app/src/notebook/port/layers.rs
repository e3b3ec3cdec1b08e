//! The layers of `torch.nn` that the library has, and how they are made.

use std::collections::HashMap;

use super::super::lines::ast::{Argument, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said, reduction_of};
use super::options::{cross_entropy, custom_activation, reduction, sizes, with};
use super::twin::Porter;

/// The type of `nn.Name` or `optim.Name`.
pub(super) fn type_of(path: &str) -> Option<String> {
    if let Some(name) = path.strip_prefix("optim.") {
        let name = match name {
            "Adam" | "AdamW" => name,
            "SGD" => "Sgd",
            _ => return None,
        };
        return Some(format!("atencion::optim::{name}"));
    }
    let name = match path.strip_prefix("nn.")? {
        name @ ("Linear" | "LayerNorm" | "Embedding" | "Dropout" | "Sequential"
        | "MultiheadAttention" | "CrossEntropyLoss" | "Tanh") => name,
        "RMSNorm" => "RmsNorm",
        "ReLU" => "Relu",
        "GELU" => "Gelu",
        "SiLU" => "Silu",
        name if custom(name).is_some() => "Activation",
        _ => return None,
    };
    Some(format!("nn::{name}"))
}

/// Whether a layer may be a field of a module.
pub(super) fn is_module(path: &str) -> bool {
    path.starts_with("torch.nn.")
        && path != "torch.nn.CrossEntropyLoss"
        && reduction_of(path).is_none()
        && path.strip_prefix("torch.").is_some_and(|path| type_of(path).is_some())
}

/// Maps of a tensor that are no type of their own here.
pub(super) fn custom(name: &str) -> Option<&'static str> {
    Some(match name {
        "Softmax" => "x.f_softmax(DIM, None::<Kind>)?",
        "LogSoftmax" => "x.f_log_softmax(DIM, None::<Kind>)?",
        "Sigmoid" => "x.f_sigmoid()?",
        "LogSigmoid" => "x.f_log_sigmoid()?",
        "Softplus" => "x.f_softplus()?",
        "ReLU6" => "x.f_relu6()?",
        "SELU" => "x.f_selu()?",
        "Mish" => "x.f_mish()?",
        "Hardswish" => "x.f_hardswish()?",
        "Identity" => "x.shallow_clone()",
        "Flatten" => "x.f_flatten(START, END)?",
        _ => return None,
    })
}

/// Python's arguments of each layer.
fn arguments_of(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "Linear" => &["in_features", "out_features", "bias"],
        "Embedding" => &["num_embeddings", "embedding_dim", "padding_idx"],
        "LayerNorm" => &["normalized_shape", "eps", "elementwise_affine", "bias"],
        "RMSNorm" => &["normalized_shape", "eps", "elementwise_affine"],
        "Dropout" => &["p", "inplace"],
        "ReLU" | "SiLU" | "SELU" | "Mish" | "ReLU6" | "Hardswish" => &["inplace"],
        "GELU" => &["approximate"],
        "Softmax" | "LogSoftmax" => &["dim"],
        "Flatten" => &["start_dim", "end_dim"],
        "Tanh" | "Sigmoid" | "LogSigmoid" | "Softplus" | "Identity" => &[],
        "CrossEntropyLoss" => {
            &["weight", "size_average", "ignore_index", "reduce", "reduction", "label_smoothing"]
        }
        "MSELoss" | "L1Loss" => &["size_average", "reduce", "reduction"],
        "BCELoss" | "BCEWithLogitsLoss" => &["weight", "size_average", "reduce", "reduction"],
        "MultiheadAttention" => &[
            "embed_dim",
            "num_heads",
            "dropout",
            "bias",
            "add_bias_kv",
            "add_zero_attn",
            "kdim",
            "vdim",
            "batch_first",
        ],
        _ => return None,
    })
}

/// What a layer was given, by name.
pub(super) type ByName = HashMap<&'static str, Code>;

impl Porter<'_> {
    /// `nn.Name(..)` at the present path.
    pub(super) fn layer(&mut self, name: &str, arguments: &[Argument]) -> Said<String> {
        if name == "Sequential" {
            return self.sequential(arguments);
        }
        let path = self.path.clone();
        let names = arguments_of(name).ok_or_else(|| format!("nn.{name}"))?;
        let given = self.by_name(name, names, arguments)?;
        let need = |key: &str| given.get(key).ok_or_else(|| format!("nn.{name} without {key}"));
        let int = |key: &str| {
            let code = need(key)?;
            match code.shape {
                Shape::Int => Ok(code.text.clone()),
                _ => Err(format!("{key} of this kind")),
            }
        };
        Ok(match name {
            "Linear" => {
                let config = format!(
                    "nn::LinearConfig::new({}, {})",
                    int("in_features")?,
                    int("out_features")?
                );
                let config = with("nn::LinearConfig", config, &given, &["bias"])?;
                format!("nn::Linear::new({path}, {config})?")
            }
            "Embedding" => {
                let (count, size) = (int("num_embeddings")?, int("embedding_dim")?);
                let config = format!("nn::EmbeddingConfig::new({count}, {size})");
                let config = with("nn::EmbeddingConfig", config, &given, &["padding_idx"])?;
                format!("nn::Embedding::new({path}, {config})?")
            }
            "LayerNorm" | "RMSNorm" => {
                let name = if name == "RMSNorm" { "RmsNorm" } else { name };
                let config =
                    format!("nn::{name}Config::new({})", sizes(need("normalized_shape")?)?);
                let options = ["eps", "elementwise_affine", "bias"];
                let config = with(&format!("nn::{name}Config"), config, &given, &options)?;
                format!("nn::{name}::new({path}, {config})?")
            }
            "Dropout" => {
                let p = given.get("p").map_or(Ok("0.5".to_owned()), Code::float)?;
                format!("nn::Dropout::new({p})?")
            }
            "ReLU" => "nn::Relu::default()".to_owned(),
            "SiLU" => "nn::Silu::default()".to_owned(),
            "Tanh" => "nn::Tanh::default()".to_owned(),
            "GELU" if given.is_empty() => "nn::Gelu::default()".to_owned(),
            "CrossEntropyLoss" => cross_entropy(&given)?,
            "MSELoss" | "L1Loss" | "BCELoss" | "BCEWithLogitsLoss" => {
                if given.keys().any(|key| *key != "reduction") {
                    return Err(format!("nn.{name} with these arguments"));
                }
                format!("tch::Reduction::{}", reduction(&given)?)
            }
            "MultiheadAttention" => {
                let config = format!(
                    "nn::MultiheadAttentionConfig::new({}, {})",
                    int("embed_dim")?,
                    int("num_heads")?
                );
                let options = ["dropout", "bias", "kdim", "vdim", "batch_first"];
                let config = with("nn::MultiheadAttentionConfig", config, &given, &options)?;
                format!("nn::MultiheadAttention::new({path}, {config})?")
            }
            _ => custom_activation(name, &given)?,
        })
    }

    /// A call's arguments by their names.
    pub(super) fn by_name(
        &mut self,
        function: &str,
        names: &[&'static str],
        arguments: &[Argument],
    ) -> Said<ByName> {
        let mut given = HashMap::new();
        let mut places = names.iter();
        for argument in arguments {
            let name = match &argument.how {
                Given::Place => places.next().copied(),
                Given::Key(key) if matches!(&**key, "device" | "dtype") => continue,
                Given::Key(key) => names.iter().find(|name| ***name == **key).copied(),
                _ => None,
            };
            let name = name.ok_or_else(|| format!("{function} with these arguments"))?;
            if name == "inplace" {
                continue;
            }
            given.insert(name, self.expr(&argument.value)?);
        }
        Ok(given)
    }

    /// `nn.Sequential(a, b)`, `nn.Sequential(*[..])`
    fn sequential(&mut self, arguments: &[Argument]) -> Said<String> {
        if let [Argument { how: Given::Star, value }] = arguments {
            let of = match &value.kind {
                ExprKind::Comprehension(made) => made.element.clone(),
                _ => return Err("nn.Sequential of this form".to_owned()),
            };
            match self.shape(&of)? {
                Shape::Object(class) if self.forwards(&class) => {}
                _ => return Err("nn.Sequential of this".to_owned()),
            }
            let place = [Argument { how: Given::Place, value: value.clone() }];
            let text = self.module_list(&place)?;
            let inside = text.strip_suffix(".collect::<nn::ModuleList<_>>()").unwrap_or(&text);
            return Ok(format!(
                "{inside}.map(|layer| Box::new(layer) as Box<dyn Forward>).collect::<nn::Sequential>()"
            ));
        }
        let outer = self.path.clone();
        let mut texts = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            if argument.how != Given::Place {
                return Err("nn.Sequential of this form".to_owned());
            }
            let Shape::Object(class) = self.shape(&argument.value)? else {
                return Err("nn.Sequential of this".to_owned());
            };
            if !self.forwards(&class) {
                return Err(format!("{class} in nn.Sequential"));
            }
            self.path = inside(&outer, &format!("\"{at}\""));
            let code = self.expr(&argument.value);
            self.path = outer.clone();
            let code = code?;
            if !matches!(code.form, Form::Value(_)) {
                return Err("a module that belongs to another".to_owned());
            }
            texts.push(format!("Box::new({}) as Box<dyn Forward>", code.text));
        }
        Ok(format!("[{}].into_iter().collect::<nn::Sequential>()", texts.join(", ")))
    }

    /// Whether a class is one that takes a tensor and gives one.
    fn forwards(&self, class: &str) -> bool {
        if let Some(name) = class.strip_prefix("torch.nn.") {
            return matches!(
                name,
                "Linear"
                    | "Embedding"
                    | "LayerNorm"
                    | "RMSNorm"
                    | "Dropout"
                    | "Sequential"
                    | "ReLU"
                    | "GELU"
                    | "SiLU"
                    | "Tanh"
            );
        }
        self.methods.get(&format!("{class}.forward")).is_some_and(|ready| {
            ready.captured.is_empty()
                && ready.returns == Shape::Tensor
                && matches!(ready.parameters.as_slice(), [(_, Shape::Tensor, _)])
        }) && !self.plain.contains(class)
    }

    /// `nn.ModuleList([a, b])`, `nn.ModuleList([Block(..) for _ in range(n)])`
    pub(super) fn module_list(&mut self, arguments: &[Argument]) -> Said<String> {
        let [Argument { how: Given::Place, value }] = arguments else {
            return Err("nn.ModuleList of this form".to_owned());
        };
        let outer = self.path.clone();
        let text = match &value.kind {
            ExprKind::List(items) => {
                let mut texts = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    self.path = inside(&outer, &format!("\"{at}\""));
                    let code = self.expr(item);
                    self.path = outer.clone();
                    let code = code?;
                    if !matches!(code.form, Form::Value(_)) {
                        return Err("a module that belongs to another".to_owned());
                    }
                    texts.push(code.text);
                }
                format!("[{}].into_iter()", texts.join(", "))
            }
            ExprKind::Comprehension(made) => {
                let [clause] = made.clauses.as_slice() else {
                    return Err("nn.ModuleList of this form".to_owned());
                };
                if !clause.conditions.is_empty() {
                    return Err("nn.ModuleList of this form".to_owned());
                }
                let variables = self.scope().variables.clone();
                let each = self.each(&clause.target, &clause.iterable);
                self.path = inside(&outer, "made.len()");
                let element = each.and_then(|each| Ok((each, self.expr(&made.element)?)));
                self.path = outer;
                self.scope().variables = variables;
                let ((pattern, over), element) = element?;
                if !matches!(element.form, Form::Value(_)) {
                    return Err("a module that belongs to another".to_owned());
                }
                format!(
                    "{{\n    let mut made = Vec::new();\n    for {pattern} in {over} {{\n        made.push({});\n    }}\n    made.into_iter()\n}}",
                    element.text
                )
            }
            _ => return Err("nn.ModuleList of this form".to_owned()),
        };
        Ok(format!("{text}.collect::<nn::ModuleList<_>>()"))
    }
}

/// A path one step further in.
fn inside(path: &str, step: &str) -> String {
    match path.contains(' ') {
        true => format!("&({path}) / {step}"),
        false if path.starts_with("nn::") => format!("{path} / {step}"),
        false => format!("&{path} / {step}"),
    }
}
