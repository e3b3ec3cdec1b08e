//! Folders that cannot be: what is wrong with them is one line, before anything large is set aside.

use std::path::Path;

use atencion::StateDict;
use atencion::models::{
    AutoModel, BertForMaskedLm, Gpt2LmHeadModel, LlamaForCausalLM, open_decoder,
};
use serde_json::{Value, json};
use support::golden;
use tch::{Device, Kind, Tensor};

/// A committed model's folder with other options, `null` taking one out.
fn changed(family: &str, options: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = golden("models").join(family);
    std::fs::copy(from.join("model.safetensors"), folder.path().join("model.safetensors")).unwrap();
    let config = std::fs::read_to_string(from.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    for (name, value) in options.as_object().unwrap() {
        match value {
            Value::Null => drop(config.as_object_mut().unwrap().remove(name)),
            value => config[name] = value.clone(),
        }
    }
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    folder
}

/// What opening it says, in one line.
fn refused(folder: &Path) -> String {
    let error = AutoModel::from_pretrained(folder).expect_err("a folder that cannot be");
    let what = error.what().to_owned();
    assert_eq!(what.lines().count(), 1, "{what}");
    what
}

/// What `bad_inputs/cfg_*` has of a Transformer's options, by each family's names.
#[test]
fn options_that_cannot_be_are_named() {
    let families = [
        ("gpt2", "n_embd", "n_head", "n_layer", "attn_pdrop"),
        ("llama", "hidden_size", "num_attention_heads", "num_hidden_layers", "attention_dropout"),
        ("qwen2", "hidden_size", "num_attention_heads", "num_hidden_layers", "attention_dropout"),
        ("bert", "hidden_size", "num_attention_heads", "num_hidden_layers", "hidden_dropout_prob"),
        ("vit", "hidden_size", "num_attention_heads", "num_hidden_layers", "hidden_dropout_prob"),
        ("marian", "d_model", "encoder_attention_heads", "encoder_layers", "dropout"),
        ("bart", "d_model", "decoder_attention_heads", "decoder_layers", "dropout"),
    ];
    for (family, width, heads, layers, dropout) in families {
        let said = |name: &str, value: Value| {
            let said = refused(changed(family, &json!({ name: value })).path());
            println!("{family}, {name} = {value}: {said}");
            said
        };
        assert!(said(width, json!(10_007)).contains("10007"), "heads do not divide it");
        assert!(said(heads, json!(0)).contains('0'), "no heads");
        assert!(said(width, json!(-8)).contains(width));
        assert!(said(width, json!(8.5)).contains(width));
        assert!(said(width, json!("8")).contains(width));
        assert!(said(width, json!(1_099_511_627_776i64)).contains(width), "terabytes");
        assert!(said(layers, json!(1_000_000_000)).contains(layers), "too many to count");
        assert!(said(dropout, json!(2.0)).contains(dropout));
        assert!(said("n_haed", json!(4)).contains("n_haed = 4"));
        assert!(said("vocab_size", json!(7_000_000)).contains(match family {
            "vit" => "vocab_size",
            "marian" | "bart" => "model.",
            _ => "weight",
        }));
        assert!(said("model_type", json!("t5")).contains("t5"));
        assert!(said("model_type", Value::Null).contains("model_type"));
    }
}

/// Sizes that fit no tensor of the folder: each tensor is named, and none is made for them.
#[test]
fn sizes_that_are_not_the_weights() {
    for (family, name) in [
        ("gpt2", "n_positions"),
        ("bert_mlm", "max_position_embeddings"),
        ("bart", "max_position_embeddings"),
        ("gpt2", "vocab_size"),
        ("llama", "vocab_size"),
        ("bert_mlm", "type_vocab_size"),
        ("vit", "intermediate_size"),
        ("marian", "encoder_ffn_dim"),
    ] {
        let said = refused(changed(family, &json!({ name: 1_000_003 })).path());
        assert!(said.contains("1000003") || said.contains("1000005"), "{family}, {name}: {said}");
    }
    // A table that is computed has no tensor that could say so.
    let said =
        refused(changed("marian", &json!({ "max_position_embeddings": 2_000_000_000 })).path());
    assert!(said.contains("max_position_embeddings=2000000000"), "{said}");
}

#[test]
fn a_folder_of_another_family_or_of_none() {
    let bert = golden("models/bert");
    let said = |error: atencion::Error| error.to_string();
    assert!(said(Gpt2LmHeadModel::from_pretrained(&bert).unwrap_err()).contains("bert"));
    assert!(said(LlamaForCausalLM::from_pretrained(&bert).unwrap_err()).contains("bert"));
    assert!(
        said(BertForMaskedLm::from_pretrained(golden("models/gpt2")).unwrap_err()).contains("gpt2")
    );
    let none = open_decoder(&bert, Kind::Float, Device::Cpu);
    assert!(said(none.err().expect("BERT does not write")).contains("bert"));
    // A head that the folder has no weights for.
    let headless = said(BertForMaskedLm::from_pretrained(&bert).unwrap_err());
    assert!(headless.contains("cls.predictions"), "{headless}");
    assert!(refused(Path::new("./no/such/folder")).contains("no folder"));
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(refused(file.path()).contains("no folder"));
}

#[test]
fn weights_that_are_missing_left_over_or_disagree() {
    let folder = changed("gpt2", &json!({}));
    let path = folder.path().join("model.safetensors");
    let whole = StateDict::load(&path).unwrap();
    type Named = Vec<(String, Tensor)>;
    let save = |change: &dyn Fn(&mut Named)| {
        let mut tensors: Vec<_> =
            whole.iter().map(|(name, tensor)| (name.to_owned(), tensor.copy())).collect();
        change(&mut tensors);
        tensors.into_iter().collect::<StateDict>().save(&path).unwrap();
        refused(folder.path())
    };
    let said = save(&|tensors| drop(tensors.pop()));
    assert!(said.contains("missing: "), "{said}");
    let said =
        save(&|tensors| tensors.push(("transformer.h.9.ln_1.weight".into(), Tensor::from(1f32))));
    assert!(said.contains("unexpected: transformer.h.9.ln_1.weight"), "{said}");
    let (v, e) = whole.get("transformer.wte.weight").unwrap().size2().unwrap();
    let head = Tensor::ones([v, e], (Kind::Float, Device::Cpu));
    let said = save(&|tensors| tensors.push(("lm_head.weight".into(), head.copy())));
    assert!(said.contains("lm_head.weight"), "{said}");
    let said = save(&|tensors| tensors[0].1 = tensors[0].1.to_kind(Kind::Half));
    assert!(said.contains("float16") || said.contains("float32"), "{said}");
    // What is there instead of weights: a pointer of git's, half a file.
    std::fs::write(&path, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
        .unwrap();
    refused(folder.path());
    let bytes = std::fs::read(golden("models/gpt2/model.safetensors")).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    refused(folder.path());
}
