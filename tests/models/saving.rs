//! Folders both ways: Python opens what Rust saved and computes the same, and Rust opens what Python saved.

use std::path::{Path, PathBuf};

use atencion::StateDict;
use atencion::models::{
    AutoModel, BertArgs, BertConfig, BertForMaskedLm, Gpt2Config, Gpt2LmHeadModel, LlamaConfig,
    LlamaForCausalLM, SaveArgs, Seq2SeqArgs, Seq2SeqConfig, Seq2SeqLmModel, ViTConfig,
    ViTForImageClassification, Yarn,
};
use atencion::models::{RopeParameters, RopeType, ViTArgs};
use atencion::nn::{Module, Path as Place};
use serde_json::{Map, Value};
use support::{assert_bits, made_by};
use tch::{Device, Kind, Tensor};

const FAMILIES: [&str; 11] = [
    "gpt2",
    "llama",
    "qwen2",
    "bert",
    "bert_mlm",
    "bert_cls",
    "bert_tokens",
    "bert_qa",
    "vit",
    "vit_headless",
    "marian",
];

/// One call of a model on its parameters' own copies: mapped ones may lie at odd addresses, which other kernels multiply.
fn call(model: &AutoModel) -> StateDict {
    let ids = Tensor::from_slice2(&[[3i64, 5, 4, 6, 3]]);
    let bert = BertArgs::default();
    let (name, input, logits) = match model {
        AutoModel::Gpt2(model) => ("input_ids", ids.copy(), model.forward(&ids)),
        AutoModel::Llama(model) => ("input_ids", ids.copy(), model.forward(&ids)),
        AutoModel::Bert(model) => {
            let out = model.forward_with(&ids, bert);
            ("input_ids", ids.copy(), out.map(|out| out.last_hidden_state))
        }
        AutoModel::BertForMaskedLm(model) => {
            ("input_ids", ids.copy(), model.forward_with(&ids, bert).map(|out| out.logits))
        }
        AutoModel::BertForSequenceClassification(model) => {
            ("input_ids", ids.copy(), model.forward_with(&ids, bert).map(|out| out.logits))
        }
        AutoModel::BertForTokenClassification(model) => {
            ("input_ids", ids.copy(), model.forward_with(&ids, bert).map(|out| out.logits))
        }
        AutoModel::BertForQuestionAnswering(model) => {
            let out = model.forward_with(&ids, None, bert);
            ("input_ids", ids.copy(), out.map(|out| out.start_logits))
        }
        AutoModel::ViT(model) => {
            let pixels = pixels(&model.vit.config);
            let logits = model.forward(&pixels);
            ("pixel_values", pixels, logits)
        }
        AutoModel::ViTModel(model) => {
            let pixels = pixels(&model.config);
            let out = model.forward_with(&pixels, ViTArgs::default());
            ("pixel_values", pixels, out.map(|out| out.last_hidden_state))
        }
        AutoModel::Seq2Seq(model) => {
            let args = Seq2SeqArgs { decoder_input_ids: Some(&ids), ..Seq2SeqArgs::default() };
            let logits = model.forward_with(&ids, args).map(|out| out.logits);
            let named = [("input_ids", ids.copy()), ("decoder_input_ids", ids.copy())];
            let named = named.into_iter().chain([("logits", logits.unwrap().contiguous())]);
            return named.map(|(name, tensor)| (name.to_owned(), tensor)).collect();
        }
        other => panic!("{other:?}"),
    };
    let named = [(name, input), ("logits", logits.unwrap().contiguous())];
    named.into_iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect()
}

fn pixels(config: &ViTConfig) -> Tensor {
    let [height, width] = config.image_size;
    let count = config.num_channels * height * width;
    let pixels = Tensor::arange(count, (Kind::Float, Device::Cpu)).remainder(7.0) / 7.0;
    pixels.view([1, config.num_channels, height, width])
}

/// Writes `rust.safetensors` into the folder, computed of what is read from there.
fn computed(folder: &Path) {
    let model = AutoModel::from_pretrained(folder).unwrap();
    let _no_grad = tch::no_grad_guard();
    for (_, parameter) in model.as_module().named_parameters() {
        parameter.shallow_clone().set_data(&parameter.copy());
    }
    call(&model).save(folder.join("rust.safetensors")).unwrap();
}

fn options(folder: &Path, name: &str) -> Map<String, Value> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Which of these folders give Python Rust's numbers, all of them within 1e-5.
fn opened_by_python(pairs: &[(Option<PathBuf>, PathBuf)]) {
    let original = pairs.iter().map(|(original, _)| original.as_deref().map_or("-", text));
    let saved = pairs.iter().map(|(_, saved)| text(saved));
    let arguments: Vec<&str> =
        ["--original"].into_iter().chain(original).chain(["--saved"]).chain(saved).collect();
    let Some(report) = made_by("saved", &arguments) else { return };
    let report = options(report.path(), "report.json");
    let equal = report.values().filter(|equal| **equal == Value::Bool(true)).count();
    println!("{equal} of {} folders give Python Rust's numbers to the last bit", report.len());
}

/// Python saves, Rust opens and saves, Python opens: the same tensors, the same options, the same numbers.
#[test]
fn there_and_back() {
    let arguments = [&["--families"], &FAMILIES[..], &["bart", "--seeds", "31"]].concat();
    let Some(made) = made_by("models", &arguments) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut pairs = Vec::new();
    for family in FAMILIES.iter().chain(&["bart"]) {
        let original = made.path().join(format!("{family}-31"));
        let saved = folder.path().join(family);
        // Half of them in shards.
        let max_shard_size = if pairs.len() % 2 == 0 { 500 } else { 50_000_000_000 };
        let model = AutoModel::from_pretrained(&original).unwrap();
        model.save_pretrained(&saved, &SaveArgs { max_shard_size }).unwrap();
        assert_eq!(saved.join("model.safetensors.index.json").exists(), pairs.len() % 2 == 0);
        same_tensors(&original, &saved);
        let (before, after) = (options(&original, "config.json"), options(&saved, "config.json"));
        for (name, value) in before {
            let found = after.get(&name).unwrap_or_else(|| panic!("{family}: {name} is lost"));
            let same =
                *found == value || found.as_f64().is_some_and(|it| Some(it) == value.as_f64());
            assert!(same || name == "rope_parameters", "{family}: {name} = {value} became {found}");
        }
        let generates = original.join("generation_config.json").exists();
        assert_eq!(saved.join("generation_config.json").exists(), generates, "{family}");
        if generates {
            let [before, after] =
                [&original, &saved].map(|folder| options(folder, "generation_config.json"));
            assert_eq!(before, after, "{family}");
        }
        computed(&saved);
        pairs.push((Some(original), saved));
    }
    opened_by_python(&pairs);
}

/// The files hold the same names and the same bits.
fn same_tensors(original: &Path, saved: &Path) {
    let (before, after) = (StateDict::open(original).unwrap(), StateDict::open(saved).unwrap());
    let sorted = |state: &StateDict| {
        let mut names: Vec<String> = state.names().map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(sorted(&before), sorted(&after), "{}", original.display());
    for (name, tensor) in before.iter() {
        assert_bits(name, after.get(name).unwrap(), tensor);
    }
}

/// Models of Rust's own, of which no folder ever said anything.
#[test]
fn fresh_models_are_opened_by_python() {
    let _draws = support::draws();
    let root = || Place::root(Device::Cpu);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let gpt2 =
        Gpt2Config { vocab_size: 20, n_embd: 8, n_layer: 2, n_head: 2, ..Gpt2Config::default() };
    Gpt2LmHeadModel::new(root(), &gpt2).unwrap().save_pretrained(at("gpt2")).unwrap();
    let yarn = Yarn {
        factor: 4.0,
        attention_factor: 1.1,
        beta_fast: 32.0,
        beta_slow: 1.0,
        original_max_position_embeddings: 8,
        truncate: true,
    };
    let llama = LlamaConfig {
        vocab_size: 20,
        hidden_size: 16,
        intermediate_size: 24,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: Some(2),
        rope_parameters: RopeParameters { rope_theta: 500.0, rope_type: RopeType::Yarn(yarn) },
        ..LlamaConfig::default()
    };
    LlamaForCausalLM::new(root(), &llama).unwrap().save_pretrained(at("llama")).unwrap();
    let bert = BertConfig {
        vocab_size: 20,
        hidden_size: 8,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 12,
        tie_word_embeddings: false,
        ..BertConfig::default()
    };
    BertForMaskedLm::new(root(), &bert).unwrap().save_pretrained(at("bert")).unwrap();
    let vit = ViTConfig {
        hidden_size: 8,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 12,
        image_size: [8, 12],
        patch_size: [4, 4],
        id2label: ["cat", "dog", "bird"].map(str::to_owned).to_vec(),
        ..ViTConfig::default()
    };
    ViTForImageClassification::new(root(), &vit).unwrap().save_pretrained(at("vit")).unwrap();
    for (name, family) in [("marian", Seq2SeqConfig::marian()), ("bart", Seq2SeqConfig::bart())] {
        let config = Seq2SeqConfig {
            vocab_size: 20,
            decoder_vocab_size: 20,
            max_position_embeddings: 12,
            d_model: 8,
            encoder_layers: 2,
            decoder_layers: 1,
            encoder_attention_heads: 2,
            decoder_attention_heads: 4,
            encoder_ffn_dim: 12,
            decoder_ffn_dim: 12,
            pad_token_id: 1,
            eos_token_id: 2,
            decoder_start_token_id: 1,
            ..family
        };
        Seq2SeqLmModel::new(root(), &config).unwrap().save_pretrained(at(name)).unwrap();
    }
    let names = ["gpt2", "llama", "bert", "vit", "marian", "bart"];
    names.iter().for_each(|name| computed(&at(name)));
    opened_by_python(&names.map(|name| (None, at(name))));
}

#[test]
fn what_was_read_and_then_changed_is_what_is_written() {
    let golden = support::golden("models/gpt2");
    let mut model = Gpt2LmHeadModel::from_pretrained(&golden).unwrap();
    model.transformer.config.attn_pdrop = 0.25;
    model.transformer.config.as_read.config.insert("prefix".into(), Value::from("kept"));
    let folder = tempfile::tempdir().unwrap();
    // The folder's earlier weights, in another number of files, are gone afterwards.
    let shards = SaveArgs { max_shard_size: 2_000 };
    model.save_pretrained_with(folder.path(), &shards).unwrap();
    assert!(folder.path().join("model.safetensors.index.json").exists());
    model.save_pretrained(folder.path()).unwrap();
    assert!(!folder.path().join("model.safetensors.index.json").exists());
    let written = options(folder.path(), "config.json");
    assert_eq!(written["attn_pdrop"], 0.25);
    assert_eq!(written["prefix"], "kept");
    assert_eq!(written["dtype"], "float32");
    let mut names: Vec<_> = written.keys().collect();
    names.sort();
    assert!(written.keys().eq(names), "as Python, in the order of the alphabet");
    // Onto the very folder that its weights are mapped from.
    let again = tempfile::tempdir().unwrap();
    model.save_pretrained(again.path()).unwrap();
    let mapped = Gpt2LmHeadModel::from_pretrained(again.path()).unwrap();
    mapped.save_pretrained(again.path()).unwrap();
    let read = Gpt2LmHeadModel::from_pretrained(again.path()).unwrap();
    for ((name, a), (_, b)) in model.state_dict().iter().zip(read.state_dict().iter()) {
        assert_bits(name, a, b);
    }
}

#[test]
fn what_cannot_be_saved_leaves_the_folder_as_it_was() {
    let golden = support::golden("models/gpt2");
    let mut model = Gpt2LmHeadModel::from_pretrained(&golden).unwrap();
    let folder = tempfile::tempdir().unwrap();
    model.lm_head.weight = &model.lm_head.weight + 1.0;
    let error = model.save_pretrained(folder.path()).unwrap_err().to_string();
    assert!(error.contains("ties lm_head.weight to transformer.wte.weight"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let model = Gpt2LmHeadModel::from_pretrained(&golden).unwrap();
    assert!(model.save_pretrained_with(folder.path(), &SaveArgs { max_shard_size: 0 }).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(model.save_pretrained(&file).unwrap_err().to_string().contains("file"));
}

/// `pytorch_model.bin`, and the names of the first releases, as Python writes them.
#[test]
fn old_folders_are_read() {
    let Some(made) = made_by("old_folders", &[]) else { return };
    for (name, count) in [
        ("bert_bin", 6),
        ("bert_gamma_beta", 6),
        ("bert_bare", 6),
        ("gpt2_bin", 4),
        ("gpt2_bare", 4),
    ] {
        let folder = made.path().join(name);
        let model = AutoModel::from_pretrained(&folder).unwrap();
        let expected = StateDict::load(folder.join("expected.safetensors")).unwrap();
        let state = model.as_module().state_dict();
        let mut seen = 0;
        for (key, tensor) in expected.iter() {
            assert_bits(&format!("{name}: {key}"), state.require(key).unwrap(), tensor);
            seen += 1;
        }
        assert!(seen > count, "{name}: {seen} tensors");
    }
}
