//! Modules as Python prints them.

use std::rc::Rc;

use super::super::machine::Machine;
use super::super::problem::Step;
use super::super::value::{Object, Value};
use super::tree;

impl Machine {
    /// `repr(module)`
    pub fn module_repr(&mut self, object: &Rc<Object>) -> Step<String> {
        self.tick()?;
        let path = object.class.native().unwrap_or_else(|| Rc::from("torch.nn.Module"));
        let name = path.trim_start_matches("torch.nn.").to_owned();
        // Their children carry more than is kept here.
        if name.starts_with("Transformer") {
            return self.not_known(format!("repr({name})"));
        }
        let extra = self.extra_repr(&name, object)?;
        let mut lines: Vec<String> = Vec::new();
        let children = tree::children(object);
        let is_list = object.class.is("torch.nn.ModuleList");
        let mut texts = Vec::new();
        for (name, child) in children {
            let text = self.deeper(|machine| machine.repr(&Value::Object(child)))?;
            texts.push((name.to_string(), text.replace('\n', "\n  ")));
        }
        let mut at = 0;
        while at < texts.len() {
            let (name, text) = &texts[at];
            let same = if is_list {
                texts[at..].iter().take_while(|(_, other)| other == text).count()
            } else {
                1
            };
            lines.push(if same > 1 {
                format!("({name}-{}): {same} x {text}", at + same - 1)
            } else {
                format!("({name}): {text}")
            });
            at += same;
        }
        let class = &object.class.name;
        if lines.is_empty() {
            return Ok(format!("{class}({extra})"));
        }
        Ok(format!("{class}(\n  {}\n)", lines.join("\n  ")))
    }

    /// What stands in the parentheses.
    fn extra_repr(&mut self, name: &str, object: &Rc<Object>) -> Step<String> {
        let names = object.names.borrow().clone();
        let mut said = |names_of: &[&str], bare: usize| -> Step<String> {
            let mut parts = Vec::new();
            for (at, name) in names_of.iter().enumerate() {
                let value = names.get(*name).cloned().unwrap_or(Value::None);
                let text = self.repr(&value)?;
                parts.push(if at < bare { text } else { format!("{name}={text}") });
            }
            Ok(parts.join(", "))
        };
        let bias =
            if matches!(names.get("bias"), Some(Value::Tensor(_))) { "True" } else { "False" };
        Ok(match name {
            "Linear" | "NonDynamicallyQuantizableLinear" => {
                format!("{}, bias={bias}", said(&["in_features", "out_features"], 0)?)
            }
            "Embedding" => {
                let text = said(&["num_embeddings", "embedding_dim"], 2)?;
                match names.get("padding_idx") {
                    Some(Value::Int(at)) => format!("{text}, padding_idx={at}"),
                    _ => text,
                }
            }
            "LayerNorm" => {
                let affine = said(&["elementwise_affine"], 0)?;
                format!(
                    "{}, {}, {affine}, bias={bias}",
                    said(&["normalized_shape"], 1)?,
                    said(&["eps"], 0)?
                )
            }
            "RMSNorm" => {
                format!(
                    "{}, {}",
                    said(&["normalized_shape"], 1)?,
                    said(&["eps", "elementwise_affine"], 0)?
                )
            }
            "Dropout" => said(&["p", "inplace"], 0)?,
            "Softmax" | "LogSoftmax" | "Softmin" => said(&["dim"], 0)?,
            "GELU" => said(&["approximate"], 0)?,
            "Flatten" => said(&["start_dim", "end_dim"], 0)?,
            _ => String::new(),
        })
    }
}
