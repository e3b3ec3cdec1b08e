//! ViT beside `transformers`: logits, hidden states, attention weights, losses, gradients, fresh weights.

use std::path::Path;

use atencion::StateDict;
use atencion::models::{
    AttnImplementation, ConfigJson, ViTArgs, ViTConfig, ViTForImageClassification, ViTModel,
};
use atencion::nn::Path as Place;
use tch::Device;

use crate::holding::{self, Case, Family, Found, list};

fn config(folder: &Path, how: AttnImplementation) -> ViTConfig {
    let config = ViTConfig::from_json(ConfigJson::load(folder).unwrap()).unwrap();
    ViTConfig { attn_implementation: how, ..config }
}

struct Vit;

impl Family for Vit {
    type Model = ViTForImageClassification;

    const NAME: &'static str = "vit";

    fn fresh(folder: &Path) -> Self::Model {
        let config = config(folder, Default::default());
        ViTForImageClassification::new(Place::root(Device::Cpu), &config).unwrap()
    }

    fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> Self::Model {
        ViTForImageClassification::from_state_dict(state, &config(folder, how)).unwrap()
    }

    fn call(model: &mut Self::Model, case: &Case) -> Found {
        let labels = case.input("labels").map(|labels| match labels.is_floating_point() {
            true => labels.to_kind(case.kind),
            false => labels.shallow_clone(),
        });
        let args = ViTArgs {
            labels: labels.as_ref(),
            attention_mask: case.input("attention_mask"),
            interpolate_pos_encoding: case.name == "interpolated",
            output_hidden_states: true,
            output_attentions: case.eager,
        };
        let out = model.forward_with(case.input("pixel_values").unwrap(), args).unwrap();
        let mut found = vec![("logits".to_owned(), out.logits)];
        found.extend(out.loss.map(|loss| ("loss".to_owned(), loss)));
        found.extend(list("hidden_states", out.outputs.hidden_states));
        found.extend(list("attentions", out.outputs.attentions));
        found
    }
}

struct Headless;

impl Family for Headless {
    type Model = ViTModel;

    const NAME: &'static str = "vit_headless";

    fn fresh(folder: &Path) -> ViTModel {
        let config = config(folder, Default::default());
        ViTModel::new(Place::root(Device::Cpu), &config, true).unwrap()
    }

    fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> ViTModel {
        ViTModel::from_state_dict(state, &config(folder, how)).unwrap()
    }

    fn call(model: &mut ViTModel, case: &Case) -> Found {
        let args = ViTArgs {
            output_hidden_states: true,
            output_attentions: case.eager,
            ..ViTArgs::default()
        };
        let out = model.forward_with(case.input("pixel_values").unwrap(), args).unwrap();
        let mut found = vec![("last_hidden_state".to_owned(), out.last_hidden_state)];
        found.extend(out.pooler_output.map(|pooled| ("pooler_output".to_owned(), pooled)));
        found.extend(list("hidden_states", out.outputs.hidden_states));
        found.extend(list("attentions", out.outputs.attentions));
        found
    }
}

#[test]
fn a_folder_gives_transformers_numbers() {
    holding::a_folder_gives_transformers_numbers::<Vit>();
    holding::a_folder_gives_transformers_numbers::<Headless>();
}

#[test]
fn other_seeds_and_configurations() {
    holding::other_seeds_and_configurations::<Vit>(&["11", "12", "13"]);
    holding::other_seeds_and_configurations::<Headless>(&["11", "12", "13"]);
}

/// The parameters of the paper's models, table 1: what `published` counts, to the last one.
#[test]
fn the_papers_models_have_their_numbers_of_parameters() {
    // (hidden_size, layers, heads, patch) with 1000 labels; the count of the sum of its tensors' sizes, by hand:
    // patches 3·P²·E + E, class token E, positions (N + 1)·E, each block 12·E² + 13·E, norm 2·E, head 1000·E + 1000.
    let count = |e: i64, layers: i64, patch: i64| {
        let n = (224 / patch) * (224 / patch);
        let embeddings = 3 * patch * patch * e + e + e + (n + 1) * e;
        embeddings + layers * (12 * e * e + 13 * e) + 2 * e + 1000 * e + 1000
    };
    assert_eq!([count(768, 12, 16), count(768, 12, 32)], [86_567_656, 88_224_232]);
    assert_eq!([count(1024, 24, 16), count(1280, 32, 14)], [304_326_632, 632_045_800]);
    let config =
        ViTConfig { id2label: (0..1000).map(|i| i.to_string()).collect(), ..ViTConfig::default() };
    let place = Place::root(Device::Cpu).without_drawing();
    let model = ViTForImageClassification::new(place, &config).unwrap();
    assert_eq!(atencion::nn::Module::num_parameters(&model), 86_567_656);
}
