//! GPT-2 beside `transformers`: logits, hidden states, attention weights, losses, gradients, fresh weights.

use std::path::Path;

use atencion::StateDict;
use atencion::models::{
    AttnImplementation, ConfigJson, DynamicCache, Gpt2Args, Gpt2Config, Gpt2LmHeadModel,
};
use atencion::nn::Path as Place;
use tch::{Device, Tensor};

use crate::holding::{self, Case, Family, Found, list};

struct Gpt2;

fn config(folder: &Path, how: AttnImplementation) -> Gpt2Config {
    let config = Gpt2Config::from_json(ConfigJson::load(folder).unwrap()).unwrap();
    Gpt2Config { attn_implementation: how, ..config }
}

impl Family for Gpt2 {
    type Model = Gpt2LmHeadModel;

    const NAME: &'static str = "gpt2";

    fn fresh(folder: &Path) -> Gpt2LmHeadModel {
        Gpt2LmHeadModel::new(Place::root(Device::Cpu), &config(folder, Default::default())).unwrap()
    }

    fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> Gpt2LmHeadModel {
        Gpt2LmHeadModel::from_state_dict(state, &config(folder, how)).unwrap()
    }

    fn call(model: &mut Gpt2LmHeadModel, case: &Case) -> Found {
        let input_ids = case.input("input_ids").unwrap();
        if case.name == "cached" {
            let half = input_ids.size()[1] / 2;
            let mut cache = DynamicCache::default();
            let mut next = |ids: Tensor| {
                let args = Gpt2Args { past_key_values: Some(&mut cache), ..Gpt2Args::default() };
                model.forward_with(&ids, args).unwrap().logits
            };
            let _ = next(input_ids.slice(1, 0, half, 1));
            return vec![("logits".into(), next(input_ids.slice(1, half, None, 1)))];
        }
        let args = Gpt2Args {
            attention_mask: case.input("attention_mask"),
            position_ids: case.input("position_ids"),
            token_type_ids: case.input("token_type_ids"),
            labels: case.input("labels"),
            output_hidden_states: true,
            output_attentions: case.eager,
            ..Gpt2Args::default()
        };
        let out = model.forward_with(input_ids, args).unwrap();
        let mut found = vec![("logits".to_owned(), out.logits)];
        found.extend(out.loss.map(|loss| ("loss".to_owned(), loss)));
        found.extend(list("hidden_states", out.outputs.hidden_states));
        found.extend(list("attentions", out.outputs.attentions));
        found
    }
}

#[test]
fn a_folder_gives_transformers_numbers() {
    holding::a_folder_gives_transformers_numbers::<Gpt2>();
}

#[test]
fn other_seeds_and_configurations() {
    holding::other_seeds_and_configurations::<Gpt2>(&["11", "12", "13"]);
}
