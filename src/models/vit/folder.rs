//! A Vision Transformer's folder: `from_pretrained`, `save_pretrained`, and what its tensors are called there.

use super::super::saving::{Pretrained, pretrained};
use super::{ViTConfig, ViTForImageClassification, ViTModel};
use crate::{Result, StateDict};

pretrained!(ViTModel, ViTConfig);

impl Pretrained for ViTModel {
    type Config = ViTConfig;

    fn config(&self) -> &ViTConfig {
        &self.config
    }

    fn name_in_folder(&self, name: &str) -> Option<String> {
        Some(old_name(name))
    }
}

pretrained!(ViTForImageClassification, ViTConfig);

impl Pretrained for ViTForImageClassification {
    type Config = ViTConfig;

    fn config(&self) -> &ViTConfig {
        &self.vit.config
    }

    fn name_in_folder(&self, name: &str) -> Option<String> {
        Some(old_name(name))
    }
}

/// `transformers` 4 named a layer's parts otherwise, and files still do: those of `save_pretrained` today, too.
const NAMES: [(&str, &str); 7] = [
    ("encoder.layer.", "layers."),
    ("attention.query", "q_proj"),
    ("attention.key", "k_proj"),
    ("attention.value", "v_proj"),
    ("attention.output.dense", "attention.o_proj"),
    ("intermediate.dense", "mlp.fc1"),
    ("output.dense", "mlp.fc2"),
];

/// Names of either time as they are here.
pub(super) fn new_names(state: StateDict) -> Result<StateDict> {
    state.rename(|name| {
        NAMES.iter().fold(name.to_owned(), |name, (old, new)| name.replace(old, new))
    })
}

/// The name that a folder has for a layer's part.
fn old_name(name: &str) -> String {
    NAMES.iter().fold(name.to_owned(), |name, (old, new)| name.replace(new, old))
}
