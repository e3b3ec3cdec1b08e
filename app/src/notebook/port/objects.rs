//! Modules of `torch.nn` and of the notebook: made, and called; optimisers and losses.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::code::{Code, Said, reduction_of};
use super::coerce::passed;
use super::twin::Porter;

impl Porter<'_> {
    /// `nn.Linear(..)` or a class of the notebook.
    pub(super) fn constructed(&mut self, expr: &Expr, arguments: &[Argument]) -> Said<Code> {
        let shape = self.shape(expr)?;
        let class = match &shape {
            Shape::Object(class) => class.clone(),
            Shape::Modules(_) => {
                super::code::type_of(&shape)?;
                return Ok(Code::value(self.module_list(arguments)?, shape));
            }
            _ => return Err("this object".to_owned()),
        };
        if let Some(name) = class.strip_prefix('?') {
            return Err(format!("{name} is not ported"));
        }
        if let Some(ready) = self.methods.get(&format!("{class}.new")).cloned() {
            let path = self.path.clone();
            let arguments = self.given_to(&ready, arguments)?;
            if self.plain.contains(&class) {
                return Ok(Code::value(format!("{class}::new({arguments})?"), shape));
            }
            let comma = if arguments.is_empty() { "" } else { ", " };
            return Ok(Code::value(format!("{class}::new({path}{comma}{arguments})?"), shape));
        }
        if let Some(name) = class.strip_prefix("torch.optim.") {
            return Ok(Code::value(self.optimizer(name, arguments)?, shape));
        }
        let name =
            class.strip_prefix("torch.nn.").ok_or_else(|| format!("{class} is not ported"))?;
        Ok(Code::value(self.layer(name, arguments)?, shape))
    }

    /// `optim.AdamW(model.parameters(), lr=1e-3)`
    fn optimizer(&mut self, name: &str, arguments: &[Argument]) -> Said<String> {
        let (kind, config, defaults, names): (_, _, _, &[&'static str]) = match name {
            "Adam" | "AdamW" => (
                name,
                "AdamConfig",
                if name == "AdamW" {
                    "atencion::optim::AdamW::defaults()"
                } else {
                    "Default::default()"
                },
                &["params", "lr", "betas", "eps", "weight_decay", "amsgrad"],
            ),
            "SGD" => (
                "Sgd",
                "SgdConfig",
                "Default::default()",
                &["params", "lr", "momentum", "dampening", "weight_decay", "nesterov"],
            ),
            _ => return Err(format!("optim.{name}")),
        };
        let given = self.by_name(name, names, arguments)?;
        let params = given.get("params").ok_or("an optimizer without parameters")?;
        if params.shape != Shape::List(Some(Box::new(Shape::Tensor))) {
            return Err("an optimizer of this".to_owned());
        }
        let mut texts = Vec::new();
        for key in &names[1..] {
            let Some(code) = given.get(key) else { continue };
            texts.push(match (*key, &code.shape) {
                ("betas", Shape::Tuple(items)) if items.len() == 2 => {
                    format!("betas: {}", code.text)
                }
                ("amsgrad" | "nesterov", Shape::Bool) => format!("{key}: {}", code.text),
                ("betas" | "amsgrad" | "nesterov", _) => return Err(format!("{key} of this kind")),
                _ => format!("{key}: {}", code.float()?),
            });
        }
        texts.push(format!("..{defaults}"));
        Ok(format!(
            "atencion::optim::{kind}::new({}, atencion::optim::{config} {{ {} }})?",
            params.owned(),
            texts.join(", ")
        ))
    }

    /// `module(x)`
    pub(super) fn called_object(
        &mut self,
        path: &str,
        function: &Expr,
        arguments: &[Argument],
        shape: &Shape,
    ) -> Said<Code> {
        let of = self.expr(function)?;
        let receiver = of.receiver();
        let called = ["__call__", "forward"].map(|name| format!("{path}.{name}"));
        if let Some(ready) = called.iter().find_map(|name| self.methods.get(name)).cloned() {
            let arguments = self.given_to(&ready, arguments)?;
            let text = format!("{receiver}.{}({arguments})?", ready.rust);
            return Ok(Code::value(text, ready.returns));
        }
        if path == "torch.nn.MultiheadAttention" {
            return self.attended(&receiver, arguments, shape);
        }
        let mut places = Vec::new();
        for argument in arguments {
            if matches!(argument.how, Given::Star | Given::StarStar) {
                return Err("* in a call".to_owned());
            }
            places.push(self.expr(&argument.value)?);
        }
        if places.iter().any(|place| place.shape != Shape::Tensor) {
            return Err(format!("{path} of this"));
        }
        let text = match (path, places.as_slice()) {
            ("torch.nn.CrossEntropyLoss", [input, target]) => {
                format!("{receiver}.forward({}, {})?", input.borrowed(), target.borrowed())
            }
            (_, [input, target]) if reduction_of(path).is_some() => {
                let name = reduction_of(path).unwrap_or_default();
                let none = match name {
                    "binary_cross_entropy" => ", None::<&Tensor>",
                    "binary_cross_entropy_with_logits" => ", None::<&Tensor>, None::<&Tensor>",
                    _ => "",
                };
                format!("{}.{name}({}{none}, {receiver})", input.receiver(), target.borrowed())
            }
            (_, [input]) if super::layers::is_module(path) => {
                let is_activation = path
                    .strip_prefix("torch.")
                    .and_then(super::layers::type_of)
                    .is_some_and(|name| name == "nn::Activation");
                let method = if is_activation { "apply" } else { "forward" };
                format!("{receiver}.{method}({})?", input.borrowed())
            }
            _ => return Err(format!("{} is not ported", path.trim_start_matches('?'))),
        };
        Ok(Code::value(text, Shape::Tensor))
    }

    /// `attention(query, key, value, attn_mask=mask)`
    fn attended(&mut self, of: &str, arguments: &[Argument], shape: &Shape) -> Said<Code> {
        const NAMES: &[&str] = &[
            "query",
            "key",
            "value",
            "key_padding_mask",
            "need_weights",
            "attn_mask",
            "average_attn_weights",
            "is_causal",
        ];
        let given = self.by_name("nn.MultiheadAttention", NAMES, arguments)?;
        let tensor = |key: &str| match given.get(key) {
            Some(code) if code.shape == Shape::Tensor => Ok(code.borrowed()),
            _ => Err(format!("{key} of this kind")),
        };
        let (query, key, value) = (tensor("query")?, tensor("key")?, tensor("value")?);
        let mut options = Vec::new();
        for name in &NAMES[3..] {
            let Some(code) = given.get(name) else { continue };
            let is_mask = name.ends_with("mask");
            options.push(match &code.shape {
                Shape::None if is_mask => continue,
                Shape::Bool if !is_mask => format!("{name}: {}", code.text),
                _ if is_mask => {
                    let want = Shape::Optional(Box::new(Shape::Tensor));
                    format!("{name}: {}", passed(code, &want)?)
                }
                _ => return Err(format!("{name} of this kind")),
            });
        }
        let text = match options.is_empty() {
            true => format!("{of}.forward({query}, {key}, {value})?"),
            false => format!(
                "{of}.forward_with({query}, {key}, {value}, &nn::MultiheadAttentionArgs {{ {}, ..Default::default() }})?",
                options.join(", ")
            ),
        };
        let tensor_or_none = Shape::Optional(Box::new(Shape::Tensor));
        match shape {
            Shape::Tuple(items) if items.len() == 2 && items[1] == Shape::Tensor => {
                // The weights are there: Python asks for them.
                let text = format!(
                    "{{\n    let (output, weights) = {text};\n    (output, weights.unwrap_or_else(Tensor::new))\n}}"
                );
                Ok(Code::value(text, shape.clone()))
            }
            _ => Ok(Code::value(text, Shape::Tuple(vec![Shape::Tensor, tensor_or_none]))),
        }
    }

    /// `model.eval()`, `optimizer.step()`: statements that change an object.
    pub(super) fn changed_object(
        &mut self,
        object: &Expr,
        name: &str,
        arguments: &[Argument],
    ) -> Said<Option<String>> {
        let Ok(Shape::Object(path)) = self.shape(object) else { return Ok(None) };
        if self.methods.contains_key(&format!("{path}.{name}")) {
            return Ok(None);
        }
        let is_optimizer = path.starts_with("torch.optim.");
        let arguments: Vec<&Argument> = arguments
            .iter()
            .filter(|argument| !matches!(&argument.how, Given::Key(key) if &**key == "set_to_none"))
            .collect();
        let text = match (name, arguments.as_slice()) {
            ("step", []) if is_optimizer => "step()?".to_owned(),
            ("zero_grad", []) => "zero_grad()?".to_owned(),
            ("eval", []) => "eval()".to_owned(),
            ("train", []) => "train(true)".to_owned(),
            ("train", [mode]) => format!("train({})", self.condition(&mode.value)?),
            // The twin computes on the CPU, wherever the notebook did.
            ("to" | "cuda" | "cpu", _)
                if arguments.iter().all(|argument| self.is_device(&argument.value)) =>
            {
                self.expr(object)?;
                return Ok(Some(String::new()));
            }
            _ => return Ok(None),
        };
        if !is_optimizer && self.plain.contains(&path) {
            return Err(format!(".{name}"));
        }
        let of = self.expr(object)?;
        let is_variable = match &object.kind {
            ExprKind::Name(_) => {
                matches!(of.form, super::code::Form::Place | super::code::Form::Mutable)
            }
            _ => false,
        };
        if !is_variable {
            return Err(format!("{name} of what is not a variable"));
        }
        Ok(Some(format!("{}.{text};\n", of.receiver())))
    }

    /// Whether an argument says where to compute.
    pub(super) fn is_device(&self, expr: &Expr) -> bool {
        matches!(self.shape(expr), Ok(Shape::Device | Shape::Str))
    }
}
