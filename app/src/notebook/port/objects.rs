//! Modules of `torch.nn` and of the notebook: made, and called.

use super::super::lines::ast::{Argument, Expr, Given};
use super::super::lines::observe::Shape;
use super::calls::spoken;
use super::code::{Code, Said};
use super::twin::Porter;

impl Porter<'_> {
    /// `nn.Linear(..)` or a class of the notebook.
    pub(super) fn constructed(
        &mut self,
        expr: &Expr,
        function: &Expr,
        arguments: &[Argument],
        path: &str,
    ) -> Said<Code> {
        let shape = self.shape(expr)?;
        let Shape::Object(class) = &shape else { return Err("this object".to_owned()) };
        if let Some(ready) = self.methods.get(&format!("{class}.new")).cloned() {
            let arguments = self.given_to(&ready, arguments)?;
            if self.plain.contains(class) {
                return Ok(Code::value(format!("{class}::new({arguments})?"), shape));
            }
            let comma = if arguments.is_empty() { "" } else { ", " };
            return Ok(Code::value(format!("{class}::new({path}{comma}{arguments})?"), shape));
        }
        let mut places = Vec::new();
        let mut bias = None;
        for argument in arguments {
            match &argument.how {
                Given::Place => places.push(self.expr(&argument.value)?),
                Given::Key(key) if &**key == "bias" => {
                    bias = Some(self.expr(&argument.value)?.text)
                }
                Given::Key(key) if matches!(&**key, "p") => {
                    places.push(self.expr(&argument.value)?)
                }
                _ => return Err(format!("{} with these arguments", spoken(function))),
            }
        }
        let text = match (class.trim_start_matches("torch.nn."), places.as_slice()) {
            ("Linear", [inputs, outputs]) => {
                let config = format!("LinearConfig::new({}, {})", inputs.text, outputs.text);
                let config = match bias {
                    Some(bias) => format!("LinearConfig {{ bias: {bias}, ..{config} }}"),
                    None => config,
                };
                format!("Linear::new({path}, {config})?")
            }
            ("Embedding", [count, size]) => {
                format!(
                    "Embedding::new({path}, EmbeddingConfig::new({}, {}))?",
                    count.text, size.text
                )
            }
            ("LayerNorm", [size]) if size.shape == Shape::Int => {
                format!("LayerNorm::new({path}, LayerNormConfig::new(&[{}]))?", size.text)
            }
            ("Dropout", [p]) => format!("Dropout::new({})?", p.float()?),
            (name, _) => return Err(format!("nn.{name}")),
        };
        Ok(Code::value(text, shape))
    }

    /// `module(x)`
    pub(super) fn called_object(
        &mut self,
        path: &str,
        function: &Expr,
        arguments: &[Argument],
    ) -> Said<Code> {
        let of = self.expr(function)?;
        if let Some(ready) = self.methods.get(&format!("{path}.forward")).cloned() {
            let arguments = self.given_to(&ready, arguments)?;
            return Ok(Code::value(
                format!("{}.forward({arguments})?", of.receiver()),
                ready.returns,
            ));
        }
        match (path, arguments) {
            (
                "torch.nn.Linear" | "torch.nn.LayerNorm" | "torch.nn.Embedding"
                | "torch.nn.Dropout",
                [input],
            ) => {
                let input = self.expr(&input.value)?;
                Ok(Code::value(
                    format!("{}.forward({})?", of.receiver(), input.borrowed()),
                    Shape::Tensor,
                ))
            }
            _ => Err(format!("{path} is not ported")),
        }
    }
}
