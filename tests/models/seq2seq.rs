//! Marian and BART beside `transformers`: logits, hidden states, attention weights of both stacks, losses, gradients,
//! fresh weights, caches.

use std::path::Path;

use atencion::StateDict;
use atencion::models::{
    AttnImplementation, ConfigJson, EncoderDecoderCache, Seq2SeqArgs, Seq2SeqConfig, Seq2SeqLmModel,
};
use atencion::nn::Path as Place;
use tch::{Device, Tensor};

use crate::holding::{self, Case, Family, Found, list};

fn config(folder: &Path, how: AttnImplementation) -> Seq2SeqConfig {
    let config = Seq2SeqConfig::from_json(ConfigJson::load(folder).unwrap()).unwrap();
    Seq2SeqConfig { attn_implementation: how, ..config }
}

/// The second and third part of a text that is written in three.
fn cached(model: &Seq2SeqLmModel, case: &Case) -> Found {
    let ids = case.input("decoder_input_ids").unwrap();
    let (half, end) = (ids.size()[1] / 2, ids.size()[1] - 1);
    let encoded = model.encode(case.input("input_ids").unwrap(), case.input("attention_mask"));
    let encoded = encoded.unwrap();
    let mut cache = EncoderDecoderCache::default();
    let mut next = |ids: Tensor| {
        let args = Seq2SeqArgs {
            attention_mask: case.input("attention_mask"),
            decoder_input_ids: Some(&ids),
            encoder_outputs: Some(&encoded),
            past_key_values: Some(&mut cache),
            ..Seq2SeqArgs::default()
        };
        model.forward_with(None, args).unwrap().logits
    };
    let _ = next(ids.slice(1, 0, half, 1));
    let mut found = Found::new();
    if half < end {
        found.push(("logits_next".into(), next(ids.slice(1, half, end, 1))));
    }
    found.push(("logits_last".into(), next(ids.slice(1, end, None, 1))));
    found
}

fn call(model: &mut Seq2SeqLmModel, case: &Case) -> Found {
    let dropped = if case.name == "training_dropping_layers" { 0.5 } else { 0.0 };
    model.model.encoder.layerdrop = dropped;
    model.model.decoder.layerdrop = dropped;
    if case.name == "cached" {
        return cached(model, case);
    }
    let embeds = |name: &str| case.input(name).map(|embeds| embeds.to_kind(case.kind));
    let (encoded, read) = (embeds("encoder_outputs"), embeds("inputs_embeds"));
    let written = embeds("decoder_inputs_embeds");
    let args = Seq2SeqArgs {
        attention_mask: case.input("attention_mask"),
        decoder_input_ids: case.input("decoder_input_ids"),
        decoder_attention_mask: case.input("decoder_attention_mask"),
        encoder_outputs: encoded.as_ref(),
        inputs_embeds: read.as_ref(),
        decoder_inputs_embeds: written.as_ref(),
        labels: case.input("labels"),
        output_hidden_states: true,
        output_attentions: case.eager,
        ..Seq2SeqArgs::default()
    };
    let out = model.forward_with(case.input("input_ids"), args).unwrap();
    let mut found = vec![
        ("logits".to_owned(), out.logits),
        ("encoder_last_hidden_state".to_owned(), out.encoder_last_hidden_state),
    ];
    found.extend(out.loss.map(|loss| ("loss".to_owned(), loss)));
    found.extend(list("encoder_hidden_states", out.encoder.hidden_states));
    found.extend(list("encoder_attentions", out.encoder.attentions));
    found.extend(list("decoder_hidden_states", out.decoder.hidden_states));
    found.extend(list("decoder_attentions", out.decoder.attentions));
    found.extend(list("cross_attentions", out.cross_attentions));
    found
}

macro_rules! family {
    ($name:ident, $folder:literal) => {
        struct $name;

        impl Family for $name {
            type Model = Seq2SeqLmModel;

            const NAME: &'static str = $folder;

            fn fresh(folder: &Path) -> Seq2SeqLmModel {
                let config = config(folder, Default::default());
                Seq2SeqLmModel::new(Place::root(Device::Cpu), &config).unwrap()
            }

            fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> Seq2SeqLmModel {
                Seq2SeqLmModel::from_state_dict(state, &config(folder, how)).unwrap()
            }

            fn call(model: &mut Seq2SeqLmModel, case: &Case) -> Found {
                call(model, case)
            }
        }
    };
}
family!(Marian, "marian");
family!(Bart, "bart");

#[test]
fn a_folder_gives_transformers_numbers() {
    holding::a_folder_gives_transformers_numbers::<Marian>();
    holding::a_folder_gives_transformers_numbers::<Bart>();
}

#[test]
fn other_seeds_and_configurations_of_marian() {
    holding::other_seeds_and_configurations::<Marian>(&["11", "12", "13"]);
}

#[test]
fn other_seeds_and_configurations_of_bart() {
    holding::other_seeds_and_configurations::<Bart>(&["11", "12", "13"]);
}
