//! LoRA beside `peft`: what is drawn, computed, learned, saved and merged. `ATENCION_PEFT` names a folder with peft in it
//! (`pip install --no-deps --target FOLDER peft accelerate`): then what it makes now is held, too.

use std::collections::BTreeSet;
use std::path::Path;

use atencion::StateDict;
use atencion::models::{
    AutoModel, BertArgs, BertConfig, BertForSequenceClassification, ConfigJson, Gpt2Args,
    Gpt2Config, Gpt2LmHeadModel, LlamaArgs, LlamaConfig, LlamaForCausalLM, LoraAdapter,
    Seq2SeqArgs, Seq2SeqConfig, Seq2SeqLmModel, ViTArgs, ViTConfig, ViTForImageClassification,
};
use atencion::nn::Module;
use atencion::nn::lora::{mark_only_lora_as_trainable, merged};
use atencion::optim::{AdamConfig, AdamW, Optimizer};
use serde_json::{Map, Value};
use support::golden::Golden;
use support::{draws, golden, made_by, skipped};
use tch::Tensor;

const STEPS: usize = 3;

/// A family: how it is opened, and what it says to the inputs of its case: `(loss, logits)`.
struct Family<M> {
    name: &'static str,
    open: fn(StateDict, ConfigJson) -> M,
    call: fn(&M, &Golden) -> (Tensor, Tensor),
}

impl<M: Module> Family<M> {
    fn model(&self, state: StateDict) -> M {
        (self.open)(state, ConfigJson::load(&golden(&format!("models/{}", self.name))).unwrap())
    }

    fn base(&self) -> StateDict {
        StateDict::open(golden(&format!("models/{}", self.name))).unwrap()
    }

    /// Beside a folder that `peft` made of this family.
    fn hold(&self, folder: &Path) {
        let folder = folder.join(self.name);
        let expected =
            Golden::from_bytes(std::fs::read(folder.join("expected.safetensors")).unwrap());
        let _draws = draws();
        let drawn = LoraAdapter::from_pretrained(folder.join("drawn")).unwrap();
        let learned = LoraAdapter::from_pretrained(folder.join("learned")).unwrap();
        let config = drawn.config.clone();
        let saved = &drawn.modules_to_save;

        tch::manual_seed(7);
        let mut model = self.model(self.base().lora(config.clone(), StateDict::new()));
        let fresh = LoraAdapter::of(&model, config.clone(), saved);
        same(self.name, &fresh.weights, &drawn.weights, None);

        let losses = self.learn(&mut model, &expected, saved);
        expected.assert_matches("losses", &losses);
        let now = LoraAdapter::of(&model, config.clone(), saved);
        same(self.name, &now.weights, &learned.weights, Some(&expected));
        model.eval();
        self.holds(&model, &expected, "logits");

        // What was read computes as what was learned; merged it is a model as before.
        let read = self.model(self.base().lora(config.clone(), learned.weights));
        self.holds(&read, &expected, "logits");
        let whole = self.model(merged(&read, &config).unwrap());
        assert!(whole.named_parameters().iter().all(|(name, _)| !name.contains("lora")));
        self.holds(&whole, &expected, "merged_logits");
        assert_eq!(read.num_parameters() - whole.num_parameters(), numbers(&read));
        written(&now, &folder.join("learned"));
    }

    fn learn(&self, model: &mut M, inputs: &Golden, saved: &[String]) -> Tensor {
        mark_only_lora_as_trainable(model, saved).unwrap();
        model.train(true);
        let parameters = model.parameters().into_iter().filter(Tensor::requires_grad).collect();
        let config = AdamConfig { lr: 0.02, ..AdamW::defaults() };
        let mut optimizer = AdamW::new(parameters, config).unwrap();
        let mut step = || {
            let (loss, _) = (self.call)(model, inputs);
            loss.backward();
            optimizer.step().unwrap();
            optimizer.zero_grad().unwrap();
            loss.detach()
        };
        let losses: Vec<Tensor> = (0..STEPS).map(|_| step()).collect();
        Tensor::stack(&losses, 0)
    }

    fn holds(&self, model: &M, expected: &Golden, name: &str) {
        let (_, logits) = tch::no_grad(|| (self.call)(model, expected));
        expected.assert_matches(name, &logits);
    }
}

/// How many numbers LoRA has.
fn numbers(model: &impl Module) -> i64 {
    let lora = model.named_parameters().into_iter().filter(|(name, _)| name.contains(".lora_"));
    lora.map(|(_, parameter)| parameter.numel() as i64).sum()
}

/// Without a golden file, every bit: draws are the same everywhere.
fn same(family: &str, actual: &StateDict, expected: &StateDict, like: Option<&Golden>) {
    let names = |state: &StateDict| state.names().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(names(actual), names(expected), "{family}");
    for (name, tensor) in expected.iter() {
        let actual = actual.require(name).unwrap();
        let bits = like.is_none_or(|golden| golden.bits_expected(tensor.device()));
        match bits {
            true => support::assert_bits(name, actual, tensor),
            false => support::assert_close(name, actual, tensor, 1e-5),
        }
    }
}

/// Each key that is written says what `peft` says there, and the tensors are under the same names.
fn written(adapter: &LoraAdapter, peft: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let theirs = options(peft);
    let text = |key: &str| theirs[key].as_str().map(str::to_owned);
    let adapter = LoraAdapter {
        base_model_name_or_path: text("base_model_name_or_path"),
        task_type: text("task_type"),
        config: adapter.config.clone(),
        modules_to_save: adapter.modules_to_save.clone(),
        weights: adapter.weights.iter().map(|(n, t)| (n.to_owned(), t.shallow_clone())).collect(),
    };
    adapter.save_pretrained(folder.path()).unwrap();
    for (key, value) in options(folder.path()) {
        if key != "auto_mapping" {
            assert_eq!(value, theirs[&key], "{key}");
        }
    }
    let names = |folder: &Path| {
        let state = StateDict::load(folder.join("adapter_model.safetensors")).unwrap();
        state.names().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert_eq!(names(folder.path()), names(peft));
}

fn options(folder: &Path) -> Map<String, Value> {
    let text = std::fs::read(folder.join("adapter_config.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn ids(golden: &Golden) -> (Tensor, Tensor) {
    (golden.tensor("input_ids"), golden.tensor("labels"))
}

fn all(folder: &Path) {
    Family {
        name: "gpt2",
        open: |state, json| {
            Gpt2LmHeadModel::from_state_dict(state, &Gpt2Config::from_json(json).unwrap()).unwrap()
        },
        call: |model, golden| {
            let (ids, labels) = ids(golden);
            let args = Gpt2Args { labels: Some(&labels), ..Default::default() };
            let out = model.forward_with(&ids, args).unwrap();
            (out.loss.unwrap(), out.logits)
        },
    }
    .hold(folder);
    Family {
        name: "llama",
        open: |state, json| {
            let config = LlamaConfig::from_json(json).unwrap();
            LlamaForCausalLM::from_state_dict(state, &config).unwrap()
        },
        call: |model, golden| {
            let (ids, labels) = ids(golden);
            let args = LlamaArgs { labels: Some(&labels), ..Default::default() };
            let out = model.forward_with(&ids, args).unwrap();
            (out.loss.unwrap(), out.logits)
        },
    }
    .hold(folder);
    Family {
        name: "bert_cls",
        open: |state, json| {
            let config = BertConfig::from_json(json).unwrap();
            BertForSequenceClassification::from_state_dict(state, &config).unwrap()
        },
        call: |model, golden| {
            let (ids, labels) = ids(golden);
            let args = BertArgs { labels: Some(&labels), ..Default::default() };
            let out = model.forward_with(&ids, args).unwrap();
            (out.loss.unwrap(), out.logits)
        },
    }
    .hold(folder);
    Family {
        name: "marian",
        open: |state, json| {
            let config = Seq2SeqConfig::from_json(json).unwrap();
            Seq2SeqLmModel::from_state_dict(state, &config).unwrap()
        },
        call: |model, golden| {
            let (ids, labels) = ids(golden);
            let args = Seq2SeqArgs { labels: Some(&labels), ..Default::default() };
            let out = model.forward_with(&ids, args).unwrap();
            (out.loss.unwrap(), out.logits)
        },
    }
    .hold(folder);
    Family {
        name: "vit",
        open: |state, json| {
            let config = ViTConfig::from_json(json).unwrap();
            ViTForImageClassification::from_state_dict(state, &config).unwrap()
        },
        call: |model, golden| {
            let labels = golden.tensor("labels");
            let args = ViTArgs { labels: Some(&labels), ..Default::default() };
            let out = model.forward_with(&golden.tensor("pixel_values"), args).unwrap();
            (out.loss.unwrap(), out.logits)
        },
    }
    .hold(folder);
}

#[test]
fn it_learns_as_peft() {
    all(&golden("lora"));
}

#[test]
fn as_the_peft_that_is_here() {
    let Ok(peft) = std::env::var("ATENCION_PEFT") else {
        return skipped("ATENCION_PEFT names no folder with peft");
    };
    if let Some(folder) = made_by("lora", &[&peft]) {
        all(folder.path());
    }
}

#[test]
fn a_folder_of_peft_opens_as_a_model() {
    let expected = Golden::open("lora/gpt2/expected.safetensors");
    let folder = golden("lora/gpt2/learned");
    assert!(matches!(AutoModel::from_pretrained(&folder), Ok(AutoModel::Gpt2(_))));
    let model = Gpt2LmHeadModel::from_pretrained(&folder).unwrap();
    expected.assert_matches("logits", &model.forward(&expected.tensor("input_ids")).unwrap());
}

#[test]
fn what_cannot_be_is_said() {
    let _draws = draws();
    let base = || StateDict::open(golden("models/gpt2")).unwrap();
    let config =
        || Gpt2Config::from_json(ConfigJson::load(&golden("models/gpt2")).unwrap()).unwrap();
    let LoraAdapter { config: lora, weights, .. } =
        LoraAdapter::from_pretrained(golden("lora/gpt2/learned")).unwrap();
    let said = |lora, weights| {
        let state = base().lora(lora, weights);
        Gpt2LmHeadModel::from_state_dict(state, &config()).unwrap_err().to_string()
    };
    let wider = atencion::nn::LoraConfig { r: 4, ..lora.clone() };
    assert!(said(wider, copy(&weights)).contains("lora_A.weight"));
    let elsewhere = atencion::nn::LoraConfig::new(&["c_fc"]);
    assert!(said(elsewhere, copy(&weights)).contains("c_attn.lora_A.weight"));
    let half = copy(&weights).ignore(&["*.h.0.attn.c_attn.lora_B.weight"]);
    let half = said(lora.clone(), half);
    assert!(half.contains("has lora_A.weight and not the other"), "{half}");
    let none = said(atencion::nn::LoraConfig { r: 0, ..lora }, StateDict::new());
    assert!(none.contains("`r` should be a positive integer"), "{none}");

    let folder = tempfile::tempdir().unwrap();
    for (key, value, what) in [
        ("use_dora", Value::Bool(true), "use_dora is true, which is not known here"),
        ("peft_type", "IA3".into(), "peft_type is \"IA3\""),
        ("target_modules", ".*attn".into(), "a list of names is known"),
        ("bias", "all".into(), "bias is \"all\""),
        ("r", "many".into(), "r is \"many\", which is no number"),
    ] {
        let mut options = options(&golden("lora/gpt2/learned"));
        options.insert(key.into(), value);
        let path = folder.path().join("adapter_config.json");
        std::fs::write(path, serde_json::to_vec(&options).unwrap()).unwrap();
        let said = LoraAdapter::from_pretrained(folder.path()).unwrap_err().to_string();
        assert!(said.contains(what) && said.contains("adapter_config.json"), "{said}");
    }
}

fn copy(state: &StateDict) -> StateDict {
    state.iter().map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone())).collect()
}
