//! RoBERTa beside `transformers`, bare and with its heads: logits, hidden states, attention weights, losses, gradients, and
//! the weights that a seed draws.

use std::path::Path;

use atencion::StateDict;
use atencion::models::{
    AttnImplementation, AutoModel, BertArgs, ConfigJson, Outputs, RobertaConfig,
    RobertaForMaskedLm, RobertaForSequenceClassification, RobertaModel, SaveArgs,
};
use atencion::nn::Path as Place;
use tch::{Device, Tensor};

use crate::holding::{self, Case, Family, Found, list};

fn config(folder: &Path, how: AttnImplementation) -> RobertaConfig {
    let mut config = RobertaConfig::from_json(ConfigJson::load(folder).unwrap()).unwrap();
    config.bert.attn_implementation = how;
    config
}

fn args<'a>(case: &'a Case) -> BertArgs<'a> {
    BertArgs {
        attention_mask: case.input("attention_mask"),
        token_type_ids: case.input("token_type_ids"),
        position_ids: case.input("position_ids"),
        output_hidden_states: true,
        output_attentions: case.eager,
        ..BertArgs::default()
    }
}

fn found(named: [(&'static str, Option<Tensor>); 2], outputs: Outputs) -> Found {
    let named = named.into_iter();
    let mut found: Found =
        named.filter_map(|(name, tensor)| Some((name.to_owned(), tensor?))).collect();
    found.extend(list("hidden_states", outputs.hidden_states));
    found.extend(list("attentions", outputs.attentions));
    found
}

struct Headless;

impl Family for Headless {
    type Model = RobertaModel;

    const NAME: &'static str = "roberta";

    fn fresh(folder: &Path) -> RobertaModel {
        let config = config(folder, AttnImplementation::default());
        RobertaModel::new(Place::root(Device::Cpu), &config, true).unwrap()
    }

    fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> RobertaModel {
        RobertaModel::from_state_dict(state, &config(folder, how)).unwrap()
    }

    fn call(model: &mut RobertaModel, case: &Case) -> Found {
        let embeds = case.input("inputs_embeds").map(|embeds| embeds.to_kind(case.kind));
        let args = BertArgs { inputs_embeds: embeds.as_ref(), ..args(case) };
        let out = model.forward_with(case.input("input_ids").unwrap(), args).unwrap();
        let named = [
            ("last_hidden_state", Some(out.last_hidden_state)),
            ("pooler_output", out.pooler_output),
        ];
        found(named, out.outputs)
    }
}

macro_rules! head {
    ($family:ident, $model:ident, $name:literal) => {
        struct $family;

        impl Family for $family {
            type Model = $model;

            const NAME: &'static str = $name;

            fn fresh(folder: &Path) -> $model {
                let config = config(folder, AttnImplementation::default());
                $model::new(Place::root(Device::Cpu), &config).unwrap()
            }

            fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> $model {
                $model::from_state_dict(state, &config(folder, how)).unwrap()
            }

            fn call(model: &mut $model, case: &Case) -> Found {
                let labels = case.input("labels").map(|labels| match labels.is_floating_point() {
                    true => labels.to_kind(case.kind),
                    false => labels.shallow_clone(),
                });
                let args = BertArgs { labels: labels.as_ref(), ..args(case) };
                let out = model.forward_with(case.input("input_ids").unwrap(), args).unwrap();
                found([("logits", Some(out.logits)), ("loss", out.loss)], out.outputs)
            }
        }
    };
}
head!(Words, RobertaForMaskedLm, "roberta_mlm");
head!(Texts, RobertaForSequenceClassification, "roberta_cls");

#[test]
fn other_seeds_and_configurations() {
    let seeds = ["11", "12", "13"];
    holding::other_seeds_and_configurations::<Headless>(&seeds);
    holding::other_seeds_and_configurations::<Words>(&seeds);
    holding::other_seeds_and_configurations::<Texts>(&seeds);
}

/// A folder goes there and back by its `model_type` and head; a text longer than its positions is refused.
#[test]
fn folders_are_known_by_their_head() {
    let mut config = RobertaConfig::default();
    (config.bert.vocab_size, config.bert.max_position_embeddings) = (10, 8);
    (config.bert.hidden_size, config.bert.num_attention_heads) = (8, 2);
    (config.bert.num_hidden_layers, config.bert.intermediate_size) = (1, 12);
    let draws = support::draws();
    let mut model = RobertaForMaskedLm::new(Place::root(Device::Cpu), &config).unwrap();
    drop(draws);
    atencion::nn::Module::eval(&mut model);
    let folder = tempfile::tempdir().unwrap();
    model.save_pretrained_with(folder.path(), &SaveArgs::default()).unwrap();
    let AutoModel::RobertaForMaskedLm(read) = AutoModel::from_pretrained(folder.path()).unwrap()
    else {
        panic!("another head");
    };
    let ids = Tensor::from_slice2(&[[0i64, 5, 2, 1]]);
    let [own, read] =
        [&model, &*read].map(|model| model.forward_with(&ids, BertArgs::default()).unwrap().logits);
    assert!(own.equal(&read));
    // Of eight positions padding's and the one before it are no token's.
    let long = Tensor::from_slice2(&[[5i64; 7]]);
    let error = model.forward_with(&long, BertArgs::default()).unwrap_err().to_string();
    assert!(error.contains("7 tokens") && error.contains("room for 6"), "{error}");
}
