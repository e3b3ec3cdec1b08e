//! A model that there is learns on, as `transformers` and `peft` have it, and what is left behind opens.

use std::path::{Path, PathBuf};
use std::process::Command;

use atencion::StateDict;
use atencion::models::{
    AutoModel, ConfigJson, LlamaConfig, LlamaForCausalLM, LoraAdapter, ViTForImageClassification,
};
use atencion::nn::Path as Place;
use support::{assert_bits, draws, python_with_torch, skipped};
use tch::Device;

use super::command::{atencion, refused, said};
use super::twin::{held, set};
use super::{train, trained};

const GPT: [&str; 6] = [
    "data.vocabulary=300",
    "model.n_layer=2",
    "model.n_embd=16",
    "model.n_positions=32",
    "train.steps=2",
    "train.batch_size=4",
];
const BERT: [&str; 9] = [
    "data.vocabulary=300",
    "data.longest=32",
    "data.shares=[0.1]",
    "data.finetune_steps=1",
    "model.hidden_size=16",
    "model.num_hidden_layers=2",
    "model.intermediate_size=24",
    "train.steps=2",
    "train.batch_size=4",
];
const VIT: [&str; 8] = [
    "data.examples=60",
    "data.size=16",
    "data.channels=3",
    "model.hidden_size=16",
    "model.num_hidden_layers=2",
    "model.intermediate_size=24",
    "train.steps=2",
    "train.batch_size=4",
];
const MARIAN: [&str; 10] = [
    "data.vocabulary=300",
    "data.longest=48",
    "data.batch_tokens=200",
    "model.d_model=16",
    "model.encoder_layers=1",
    "model.decoder_layers=1",
    "model.encoder_ffn_dim=24",
    "model.decoder_ffn_dim=24",
    "train.steps=2",
    "train.evaluate=2",
];

/// A model to begin with: a recipe's after two steps.
fn base(folder: &Path, recipe: &str, settings: &[&str]) -> PathBuf {
    let out = folder.join(recipe);
    trained(recipe, &out, &set(settings));
    out.join("model")
}

/// A Llama from scratch, with the GPT's tokenizer.
fn llama(folder: &Path, gpt: &Path) -> PathBuf {
    let out = folder.join("llama");
    let vocab_size = ConfigJson::load(gpt).unwrap().integer("vocab_size", 0).unwrap();
    let config = LlamaConfig {
        vocab_size,
        hidden_size: 16,
        intermediate_size: 24,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: Some(2),
        max_position_embeddings: 32,
        ..Default::default()
    };
    let _draws = draws();
    tch::manual_seed(1);
    let model = LlamaForCausalLM::new(Place::root(Device::Cpu), &config).unwrap();
    model.save_pretrained(&out).unwrap();
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        std::fs::copy(gpt.join(name), out.join(name)).unwrap();
    }
    out
}

/// Five steps of a model, beside the same in Python; LoRA where `peft` is at hand.
fn same(base: &Path, learn: &str, tensors: usize, settings: &[&str]) {
    let Some(python) = python_with_torch() else { return };
    let peft = std::env::var_os("ATENCION_PEFT");
    if learn == "lora" && peft.is_none() {
        return skipped("ATENCION_PEFT names no folder with peft");
    }
    let mut python = Command::new(python);
    python.env("PYTHONPATH", peft.unwrap_or_default());
    let place = format!("data.base={}", base.display());
    let learn = format!("data.learn={learn}");
    let all = [&place, learn.as_str(), "train.batch_size=4", "train.warmup=2", "train.lr=0.01"];
    let compared = held(&mut python, "finetune", 5, &set(&[&all[..], settings].concat()));
    assert_eq!(compared, tensors, "{settings:?}");
}

#[test]
fn writers_learn_on_as_in_python() {
    let folder = tempfile::tempdir().unwrap();
    let gpt = base(folder.path(), "gpt", &GPT);
    let dropout = ["model.resid_pdrop=0.1", "model.attn_pdrop=0.1", "data.longest=24"];
    // Each tensor comes with two averages and a count; losses and norms are two more.
    same(&gpt, "whole", 4 * 28 + 2, &[&dropout[..], &["train.seed=1"]].concat());
    let lora = ["data.r=3", "data.lora_dropout=0.2", "data.longest=24", "train.seed=2"];
    same(&gpt, "lora", 4 * 4 + 2, &lora);
    let llama = llama(folder.path(), &gpt);
    same(&llama, "whole", 4 * 21 + 2, &["data.longest=24", "train.seed=3"]);
    same(&llama, "head", 4 + 2, &["data.longest=24", "train.seed=3"]);
    let targets = "data.target_modules=[\"q_proj\", \"mlp.down_proj\"]";
    same(&llama, "lora", 4 * 8 + 2, &["data.longest=24", "train.seed=4", targets]);
}

#[test]
fn so_do_labellers() {
    let folder = tempfile::tempdir().unwrap();
    let bert = base(folder.path(), "bert", &BERT);
    let data = ["data.column=en", "data.longest=24"];
    for (learn, tensors, seed) in
        [("whole", 4 * 41 + 2, "train.seed=5"), ("head", 4 * 4 + 2, "train.seed=6")]
    {
        same(&bert, learn, tensors, &[&data[..], &[seed]].concat());
    }
    same(
        &bert,
        "lora",
        4 * 12 + 2,
        &[&data[..], &["train.seed=7", "data.lora_dropout=0.1"]].concat(),
    );
}

#[test]
fn so_do_translators() {
    let folder = tempfile::tempdir().unwrap();
    let marian = base(folder.path(), "translation", &MARIAN);
    same(&marian, "whole", 4 * 43 + 2, &["data.longest=40", "train.seed=8"]);
    same(&marian, "lora", 4 * 12 + 2, &["data.longest=40", "train.seed=9", "data.r=2"]);
}

#[test]
fn so_do_those_who_see() {
    let folder = tempfile::tempdir().unwrap();
    let vit = base(folder.path(), "vit", &VIT);
    // The labels are the model's own, and its head is kept.
    same(&vit, "whole", 4 * 40 + 2, &["train.seed=10", "model.hidden_dropout_prob=0.1"]);
    same(&vit, "lora", 4 * 10 + 2, &["train.seed=11"]);
}

fn tuned(base: &Path, out: &Path, more: &[&str]) -> String {
    let all = ["finetune", base.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let steps = ["--set", "train.steps=4", "--set", "train.batch_size=4", "--device", "cpu"];
    said(&[&["train"][..], &all, &steps, more].concat())
}

#[test]
fn what_lora_learned_stands_beside_the_model_or_is_merged_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let gpt = base(folder.path(), "gpt", &GPT);
    let lora = ["--learn", "lora", "--set", "data.longest=24"];
    let beside = folder.path().join("beside");
    tuned(&gpt, &beside, &lora);
    let adapter = LoraAdapter::from_pretrained(beside.join("model")).unwrap();
    assert_eq!(adapter.config.target_modules, ["c_attn"]);
    assert!(!beside.join("model/model.safetensors").exists());
    let whole = folder.path().join("whole");
    tuned(&gpt, &whole, &[&lora[..], &["--merge"]].concat());
    let merged = StateDict::load(whole.join("model/model.safetensors")).unwrap();
    let before = StateDict::load(gpt.join("model.safetensors")).unwrap();
    assert_eq!(merged.len(), before.len());
    for (name, tensor) in before.iter() {
        let now = merged.require(name).unwrap();
        match name.ends_with("c_attn.weight") {
            true => assert!(!now.equal(tensor), "{name} learned nothing"),
            false => assert_bits(name, now, tensor),
        }
    }
    // Both write, and the same.
    let writes = |model: &Path| {
        let mut generate =
            atencion(&["generate", model.to_str().unwrap(), "In the", "--max-new-tokens", "8"]);
        let output = generate.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(writes(&beside.join("model")), writes(&whole.join("model")));
}

#[test]
fn new_labels_get_a_new_head_that_classifies() {
    let folder = tempfile::tempdir().unwrap();
    let bert = base(folder.path(), "bert", &BERT);
    let texts = folder.path().join("texts.jsonl");
    let line = |at: usize| {
        let (text, label) = [("sun and sea", "summer"), ("snow and ice", "winter")][at % 2];
        format!("{{\"text\": \"{text} {at}\", \"label\": \"{label}\"}}\n")
    };
    std::fs::write(&texts, (0..40).map(line).collect::<String>()).unwrap();
    let data = ["--data", texts.to_str().unwrap(), "--set", "data.longest=16"];
    for (name, more) in [("whole", &["--learn", "whole"][..]), ("lora", &["--learn", "lora"])] {
        let out = folder.path().join(name);
        let steps = ["--set", "train.steps=150", "--set", "train.lr=0.02"];
        let output = tuned(&bert, &out, &[&data[..], more, &steps].concat());
        assert!(output.contains("right 100.0 %"), "{name}: {output}");
        let model = out.join("model");
        let label = said(&["classify", model.to_str().unwrap(), "snow and ice", "--top", "1"]);
        assert!(label.contains("winter"), "{name}: {label}");
        assert!(matches!(
            AutoModel::from_pretrained(&model),
            Ok(AutoModel::BertForSequenceClassification(_))
        ));
    }
}

#[test]
fn pictures_of_other_labels_do_too() {
    let folder = tempfile::tempdir().unwrap();
    let vit = base(folder.path(), "vit", &VIT);
    let data = folder.path().join("pictures");
    for (label, dark) in [("day", 230u8), ("night", 20)] {
        std::fs::create_dir_all(data.join(label)).unwrap();
        for at in 0..12u8 {
            let file = std::fs::File::create(data.join(label).join(format!("{at}.png"))).unwrap();
            let mut picture = png::Encoder::new(file, 12, 12);
            picture.set_color(png::ColorType::Grayscale);
            picture.write_header().unwrap().write_image_data(&[dark + at % 10; 144]).unwrap();
        }
    }
    std::fs::write(data.join("day/notes.txt"), "no picture").unwrap();
    let out = folder.path().join("run");
    let place = ["--data", data.to_str().unwrap(), "--set", "train.lr=0.01"];
    let steps = ["--set", "train.steps=30"];
    let output = tuned(&vit, &out, &[&place[..], &steps].concat());
    assert!(output.contains("no pictures, passed over: 1"), "{output}");
    assert!(output.contains("right 100.0 %"), "{output}");
    let model = ViTForImageClassification::from_pretrained(out.join("model")).unwrap();
    assert_eq!(model.id2label, ["day", "night"]);
    let strict = [&place[..], &["--set", "data.strict=true"]].concat();
    let out = folder.path().join("strict");
    let all = [&[vit.to_str().unwrap()][..], &strict].concat();
    let refused = train("finetune", &out, &all);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("notes.txt"));
}

#[test]
fn what_cannot_be_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let gpt = base(folder.path(), "gpt", &GPT);
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("config.json"), "{\"model_type\": \"mamba\"}").unwrap();
    let (gpt, other) = (gpt.to_str().unwrap(), other.to_str().unwrap());
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    for (arguments, what, mend) in [
        (&["finetune"][..], "needs a model to begin with", "atencion train finetune DIR"),
        (&["finetune", "nowhere"], "nowhere", "config.json"),
        (&["finetune", other], "the family mamba", "gpt2, llama"),
        (&["sort", gpt], "are for the recipe finetune", "--set"),
        (&["finetune", gpt, "--learn", "half"], "cannot be 'half'", "whole, head, lora"),
        (
            &["finetune", gpt, "--learn", "head", "--set", "data.longest=24"],
            "cannot learn alone",
            "--learn lora",
        ),
        (
            &[
                "finetune",
                gpt,
                "--learn",
                "lora",
                "--set",
                "data.longest=24",
                "--set",
                "data.target_modules=[\"query\"]",
            ],
            "called query",
            "print(model)",
        ),
        (&["finetune", gpt, "--set", "data.r=0"], "data.r is 0", "another value"),
        (&["finetune", gpt, "--set", "data.rank=4"], "data.rank, which is not known", "mean r?"),
        (&["finetune", gpt], "the model has 32 positions", "data.longest 32 or less"),
        (&["finetune", gpt, "--data", "absent.txt"], "absent.txt", ""),
        (
            &["finetune", gpt, "--set", "data.longest=24", "--set", "train.batch_size=100000"],
            "fewer than a batch of 100000",
            "or less",
        ),
    ] {
        let all = [&["train"], arguments, &["--out", out, "--device", "cpu"]].concat();
        let said = refused(&all);
        assert!(said.0.contains(what), "{arguments:?}: {said:?}");
        assert!(said.1.contains(mend), "{arguments:?}: {said:?}");
        assert!(!Path::new(out).exists(), "{arguments:?} left something behind");
    }
}

#[test]
fn a_label_that_is_none_of_the_labels_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let bert = base(folder.path(), "bert", &BERT);
    let labels = ["--set", "data.labels=[\"Mark\", \"Luke\"]", "--set", "data.column=en"];
    let all = ["train", "finetune", bert.to_str().unwrap(), "--set", "data.longest=16"];
    let (what, mend) = refused(&[&all[..], &labels].concat());
    assert!(what.contains("the label John, which is not one of Mark, Luke"), "{what}");
    assert!(mend.contains("data.labels"), "{mend}");
}
