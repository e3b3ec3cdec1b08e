//! BERT beside `transformers`, bare and with each head: logits, hidden states, attention weights, losses, gradients.

use std::path::Path;

use atencion::StateDict;
use atencion::models::{
    AttnImplementation, BertArgs, BertConfig, BertForMaskedLm, BertForQuestionAnswering,
    BertForSequenceClassification, BertForTokenClassification, BertModel, ConfigJson, Outputs,
};
use atencion::nn::{Module, Path as Place};
use tch::{Device, Tensor};

use crate::holding::{self, Case, Family, Found, list};

fn config(folder: &Path, how: AttnImplementation) -> BertConfig {
    let config = BertConfig::from_json(ConfigJson::load(folder).unwrap()).unwrap();
    BertConfig { attn_implementation: how, ..config }
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

fn found(
    named: impl IntoIterator<Item = (&'static str, Option<Tensor>)>,
    outputs: Outputs,
) -> Found {
    let named = named.into_iter();
    let mut found: Found =
        named.filter_map(|(name, tensor)| Some((name.to_owned(), tensor?))).collect();
    found.extend(list("hidden_states", outputs.hidden_states));
    found.extend(list("attentions", outputs.attentions));
    found
}

struct Headless;

impl Family for Headless {
    type Model = BertModel;

    const NAME: &'static str = "bert";

    fn fresh(folder: &Path) -> BertModel {
        let config = config(folder, Default::default());
        BertModel::new(Place::root(Device::Cpu), &config, true).unwrap()
    }

    fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> BertModel {
        let mut model = BertModel::from_state_dict(state, &config(folder, how)).unwrap();
        model.train(false);
        model
    }

    fn call(model: &mut BertModel, case: &Case) -> Found {
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
                let config = config(folder, Default::default());
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
head!(Words, BertForMaskedLm, "bert_mlm");
head!(Texts, BertForSequenceClassification, "bert_cls");
head!(Tokens, BertForTokenClassification, "bert_tokens");

struct Answers;

impl Family for Answers {
    type Model = BertForQuestionAnswering;

    const NAME: &'static str = "bert_qa";

    fn fresh(folder: &Path) -> Self::Model {
        let config = config(folder, Default::default());
        BertForQuestionAnswering::new(Place::root(Device::Cpu), &config).unwrap()
    }

    fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> Self::Model {
        BertForQuestionAnswering::from_state_dict(state, &config(folder, how)).unwrap()
    }

    fn call(model: &mut Self::Model, case: &Case) -> Found {
        let positions = case.input("start_positions").zip(case.input("end_positions"));
        let ids = case.input("input_ids").unwrap();
        let out = model.forward_with(ids, positions, args(case)).unwrap();
        let named = [
            ("start_logits", Some(out.start_logits)),
            ("end_logits", Some(out.end_logits)),
            ("loss", out.loss),
        ];
        found(named, out.outputs)
    }
}

#[test]
fn folders_give_transformers_numbers() {
    holding::a_folder_gives_transformers_numbers::<Headless>();
    holding::a_folder_gives_transformers_numbers::<Words>();
    holding::a_folder_gives_transformers_numbers::<Texts>();
    holding::a_folder_gives_transformers_numbers::<Tokens>();
    holding::a_folder_gives_transformers_numbers::<Answers>();
}

#[test]
fn other_seeds_and_configurations() {
    let seeds = ["11", "12", "13"];
    holding::other_seeds_and_configurations::<Headless>(&seeds);
    holding::other_seeds_and_configurations::<Words>(&seeds);
    holding::other_seeds_and_configurations::<Texts>(&seeds);
    holding::other_seeds_and_configurations::<Tokens>(&seeds);
    holding::other_seeds_and_configurations::<Answers>(&seeds);
}

fn small() -> BertConfig {
    BertConfig {
        vocab_size: 10,
        hidden_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 12,
        max_position_embeddings: 6,
        ..BertConfig::default()
    }
}

/// Files of the first release: norms with `gamma` and `beta`; the bare model's have no `bert.`.
#[test]
fn old_spellings_of_the_names_are_read() {
    let _draws = support::draws();
    let model = BertForMaskedLm::new(Place::root(Device::Cpu), &small()).unwrap();
    let old: StateDict = model
        .state_dict()
        .into_iter()
        .map(|(name, tensor)| {
            let name = name.replace("LayerNorm.weight", "LayerNorm.gamma");
            (name.replace("LayerNorm.bias", "LayerNorm.beta"), tensor)
        })
        .collect();
    let bare = old.under("bert");
    let read = BertForMaskedLm::from_state_dict(old, &small()).unwrap();
    let ids = Tensor::from_slice2(&[[1i64, 2, 3]]);
    let read = read.forward_with(&ids, BertArgs::default()).unwrap().logits;
    let mut model = model;
    model.eval();
    let own = model.forward_with(&ids, BertArgs::default()).unwrap();
    assert!(own.logits.equal(&read));
    let bare = BertModel::from_state_dict(bare, &small()).unwrap();
    assert!(bare.pooler.is_none());
}

#[test]
fn what_does_not_fit_is_said_in_one_line() {
    let json = |text: &str| {
        let config = ConfigJson::parse(text).and_then(BertConfig::from_json);
        config.expect_err("a configuration that cannot be").to_string()
    };
    assert!(json(r#"{"model_type": "gpt2"}"#).contains("bert"));
    assert!(json(r#"{"model_type": "bert", "is_decoder": true}"#).contains("is_decoder"));
    assert!(json(r#"{"model_type": "bert", "hidden_dropout_prob": 2}"#).contains("hidden_dropout"));
    assert!(
        json(r#"{"model_type": "bert", "hidden_size": 10, "num_attention_heads": 3}"#)
            .contains("divisible")
    );
    assert!(json(r#"{"model_type": "bert", "num_attention_heads": 0}"#).contains("divisible"));
    assert!(json(r#"{"model_type": "bert", "n_haed": 4}"#).contains("n_haed = 4"));
    let _draws = support::draws();
    let model = BertModel::new(Place::root(Device::Cpu), &small(), true).unwrap();
    let error = |ids: &[i64], args: BertArgs| {
        let ids = Tensor::from_slice(ids).unsqueeze(0);
        model.forward_with(&ids, args).expect_err("a call that cannot be").to_string()
    };
    let long = error(&[1; 7], BertArgs::default());
    assert!(long.contains("7 tokens") && long.contains("max_position_embeddings=6"), "{long}");
    assert!(error(&[10], BertArgs::default()).contains("num_embeddings=10"));
    let mask = Tensor::from_slice2(&[[1i64, 1]]);
    let short = error(&[1, 2, 3], BertArgs { attention_mask: Some(&mask), ..Default::default() });
    assert!(short.contains("[1, 2]") && short.contains("L=3"), "{short}");
    let state: StateDict = model
        .state_dict()
        .into_iter()
        .filter(|(name, _)| name != "encoder.layer.0.output.dense.bias")
        .chain([("encoder.layer.1.output.dense.bias".to_owned(), Tensor::from(1f32))])
        .collect();
    let error = BertModel::from_state_dict(state, &small()).unwrap_err().to_string();
    assert!(error.contains("missing: bert.encoder.layer.0.output.dense.bias"), "{error}");
    assert!(error.contains("unexpected: bert.encoder.layer.1.output.dense.bias"), "{error}");
}
