//! The paper's Transformer beside one of torch's parts, and its numbers of parameters.

use std::path::Path;

use atencion::StateDict;
use atencion::models::{AttnImplementation, TransformerModel, TransformerModelConfig};
use atencion::nn::{Module, Path as Place};
use serde_json::Value;
use tch::Device;

use crate::holding::{self, Case, Family, Found};

struct Paper;

fn config(folder: &Path) -> TransformerModelConfig {
    let text = std::fs::read_to_string(folder.join("config.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let integer = |name: &str| json[name].as_i64().unwrap();
    TransformerModelConfig {
        d_model: integer("d_model"),
        nhead: integer("nhead"),
        num_layers: integer("num_layers"),
        dim_feedforward: integer("dim_feedforward"),
        dropout: json["dropout"].as_f64().unwrap(),
        tie_word_embeddings: json["tie_word_embeddings"].as_bool().unwrap(),
        ..TransformerModelConfig::base(integer("vocab_size"))
    }
}

impl Family for Paper {
    type Model = TransformerModel;

    const NAME: &'static str = "transformer";

    fn fresh(folder: &Path) -> TransformerModel {
        TransformerModel::new(Place::root(Device::Cpu), &config(folder)).unwrap()
    }

    fn open(folder: &Path, _how: AttnImplementation, state: StateDict) -> TransformerModel {
        let mut model = state.build("", |p| TransformerModel::new(p, &config(folder))).unwrap();
        model.eval();
        model
    }

    fn call(model: &mut TransformerModel, case: &Case) -> Found {
        let (src, tgt) = (case.input("src").unwrap(), case.input("tgt").unwrap());
        match case.name {
            "training" => vec![("loss".into(), model.loss(src, tgt, 0.0).unwrap())],
            "training_smoothed" => vec![("loss".into(), model.loss(src, tgt, 0.1).unwrap())],
            _ => vec![("logits".into(), model.forward(src, tgt).unwrap())],
        }
    }
}

#[test]
fn a_folder_gives_torchs_numbers() {
    holding::a_folder_gives_transformers_numbers::<Paper>();
}

#[test]
fn other_seeds_and_configurations() {
    holding::other_seeds_and_configurations::<Paper>(&["11", "12", "13"]);
}

/// Vaswani et al. 2017, table 3, says 65 and 213 million. To the last one, for 37,000 tokens, one matrix for both
/// embeddings and the generator, and no final norms:
/// N · (encoder layer 4E² + 4E + 2EF + E + F + 4E, decoder layer 8E² + 8E + 2EF + E + F + 6E) + V·E.
#[test]
fn the_papers_models_have_their_numbers_of_parameters() {
    let count = |config: &TransformerModelConfig| {
        let place = Place::root(Device::Cpu).without_drawing();
        TransformerModel::new(place, config).unwrap().num_parameters()
    };
    assert_eq!(count(&TransformerModelConfig::base(37_000)), 63_082_496);
    assert_eq!(count(&TransformerModelConfig::big(37_000)), 214_245_376);
}
