//! Commands with a model that reads, as a user types them: `fill-mask`, `embed`, `classify`, `explain --model`,
//! `explore --model`; what they say is held against `transformers`.

use std::path::Path;
use std::process::Command;

use atencion::models::{
    BertConfig, BertForMaskedLm, BertForSequenceClassification, BertModel, Gpt2Config,
    Gpt2LmHeadModel, LlamaConfig, LlamaForCausalLM, ProblemType,
};
use atencion::nn::Path as Place;
use serde_json::Value;
use tch::Device;

use crate::command::{refused, said};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A word-piece tokenizer of eleven words.
fn vocabulary(folder: &Path) {
    let words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nmodel\nread\n##s\na\nbook\n";
    std::fs::write(folder.join("vocab.txt"), words).unwrap();
    let settings =
        r#"{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "mask_token": "[MASK]"}"#;
    std::fs::write(folder.join("tokenizer_config.json"), settings).unwrap();
}

fn config() -> BertConfig {
    BertConfig {
        vocab_size: 11,
        hidden_size: 16,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        intermediate_size: 24,
        max_position_embeddings: 12,
        // Large, so that a fresh model prefers some words.
        initializer_range: 0.5,
        ..BertConfig::default()
    }
}

fn masked() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    vocabulary(folder.path());
    let _draws = support::draws();
    tch::manual_seed(5);
    let model = BertForMaskedLm::new(Place::root(Device::Cpu), &config()).unwrap();
    model.save_pretrained(folder.path()).unwrap();
    folder
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&said(arguments)).expect("one JSON document")
}

/// What Python prints as JSON on these arguments.
fn python(script: &str, arguments: &[&str]) -> Option<Value> {
    let run = Command::new(support::python_with_torch()?)
        .args(["-W", "ignore", "-c", script])
        .args(arguments)
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).expect("one JSON document"))
}

fn near(found: &Value, wanted: &Value) {
    let (found, wanted) = (found.as_f64().unwrap(), wanted.as_f64().unwrap());
    assert!((found - wanted).abs() < 1e-5, "{found} and {wanted}");
}

#[test]
fn fill_mask_says_the_likeliest_words_first() {
    let folder = masked();
    let arguments = ["fill-mask", text(folder.path()), "The [MASK] reads.", "--device", "cpu"];
    let shown = said(&arguments);
    assert!(shown.lines().count() == 7 && shown.contains('█') && shown.contains(" %"), "{shown}");
    let document = json(&[&arguments[..], &["--json", "--top", "11"]].concat());
    let words = document["masks"][0]["predictions"].as_array().unwrap();
    assert_eq!(document["masks"][0]["position"], 2);
    assert_eq!(words.len(), 11);
    let sum: f64 = words.iter().map(|word| word["score"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert!(shown.starts_with(words[0]["token_str"].as_str().unwrap()), "{shown}");
    let two =
        said(&["fill-mask", text(folder.path()), "[MASK] [MASK]", "--top", "2", "--lang", "es"]);
    assert!(two.contains("hueco 1") && two.contains("hueco 2") && two.contains(','), "{two}");
}

#[test]
fn fill_mask_is_pythons() {
    let folder = masked();
    let input = "the [MASK] reads a book";
    let Some(wanted) = python(
        r#"
import json, sys, transformers
fill = transformers.pipeline("fill-mask", model=sys.argv[1], tokenizer=transformers.BertTokenizerFast.from_pretrained(sys.argv[1]))
print(json.dumps(fill(sys.argv[2], top_k=11)))
"#,
        &[text(folder.path()), input],
    ) else {
        return;
    };
    let found = json(&["fill-mask", text(folder.path()), input, "--top", "11", "--json"]);
    for (found, wanted) in
        found["masks"][0]["predictions"].as_array().unwrap().iter().zip(wanted.as_array().unwrap())
    {
        near(&found["score"], &wanted["score"]);
        for name in ["token", "token_str", "sequence"] {
            assert_eq!(found[name], wanted[name]);
        }
    }
}

#[test]
fn fill_mask_says_what_does_not_fit() {
    let folder = masked();
    let (what, mend) = refused(&["fill-mask", text(folder.path()), "the model reads"]);
    assert!(what.contains("[MASK]") && mend.contains("[MASK]"), "{what} {mend}");
    let (what, _) = refused(&["fill-mask", text(folder.path()), &"[MASK] ".repeat(20)]);
    assert!(what.contains("max_position_embeddings=12"), "{what}");
    let gpt2 = support::golden("models/gpt2");
    let (what, mend) = refused(&["fill-mask", text(&gpt2), "[MASK]"]);
    assert!(what.contains("gpt2") && mend.contains("BertForMaskedLM"), "{what} {mend}");
}

fn bare() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    vocabulary(folder.path());
    let _draws = support::draws();
    tch::manual_seed(6);
    let model = BertModel::new(Place::root(Device::Cpu), &config(), true).unwrap();
    model.save_pretrained(folder.path()).unwrap();
    folder
}

const EMBED: &str = r#"
import json, sys, torch, transformers
folder, how, *texts = sys.argv[1:]
tokenizer = transformers.BertTokenizerFast.from_pretrained(folder)
model = transformers.AutoModel.from_pretrained(folder).eval()
with torch.no_grad():
    states = [model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0] for text in texts]
e = torch.stack([state[0] if how == "cls" else state.mean(0) for state in states])
u = torch.nn.functional.normalize(e.double())
print(json.dumps({"embeddings": e.tolist(), "cosine": (u @ u.T).tolist()}))
"#;

#[test]
fn embed_gives_vectors_and_cosines() {
    let folder = bare();
    let texts = ["the model reads", "a book", "the book"];
    let shown = said(&[&["embed", text(folder.path())], &texts[..]].concat());
    assert!(shown.contains("  1  the model reads") && shown.contains("1.0000"), "{shown}");
    let one = said(&["embed", text(folder.path()), "a book"]);
    assert!(one.starts_with("a book  [16]\ntensor(["), "{one}");
    for how in ["mean", "cls"] {
        let found = json(
            &[&["embed", text(folder.path()), "--json", "--pooling", how], &texts[..]].concat(),
        );
        assert_eq!(found["pooling"], how);
        let Some(wanted) = python(EMBED, &[&[text(folder.path()), how], &texts[..]].concat())
        else {
            return;
        };
        for name in ["embeddings", "cosine"] {
            for (found, wanted) in rows(&found[name]).zip(rows(&wanted[name])) {
                near(found, wanted);
            }
        }
    }
    // What the folder says is the default.
    std::fs::create_dir(folder.path().join("1_Pooling")).unwrap();
    let said = r#"{"pooling_mode_cls_token": true}"#;
    std::fs::write(folder.path().join("1_Pooling/config.json"), said).unwrap();
    assert_eq!(json(&["embed", text(folder.path()), "a book", "--json"])["pooling"], "cls");
}

fn rows(matrix: &Value) -> impl Iterator<Item = &Value> {
    matrix.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap())
}

#[test]
fn classify_takes_a_text() {
    for problem_type in [None, Some(ProblemType::MultiLabelClassification)] {
        let folder = tempfile::tempdir().unwrap();
        vocabulary(folder.path());
        let config = BertConfig {
            id2label: ["bad", "so-so", "good"].map(str::to_owned).to_vec(),
            problem_type,
            ..config()
        };
        let draws = support::draws();
        tch::manual_seed(7);
        let model = BertForSequenceClassification::new(Place::root(Device::Cpu), &config).unwrap();
        model.save_pretrained(folder.path()).unwrap();
        drop(draws);
        let found = json(&["classify", text(folder.path()), "the model reads", "--json"]);
        let labels = found["labels"].as_array().unwrap();
        assert_eq!(labels.len(), 3);
        let Some(wanted) = python(
            r#"
import json, sys, transformers
tokenizer = transformers.BertTokenizerFast.from_pretrained(sys.argv[1])
print(json.dumps(transformers.pipeline("text-classification", model=sys.argv[1], tokenizer=tokenizer)(sys.argv[2], top_k=None)))
"#,
            &[text(folder.path()), "the model reads"],
        ) else {
            return;
        };
        for (found, wanted) in labels.iter().zip(wanted.as_array().unwrap()) {
            assert_eq!(found["label"], wanted["label"]);
            near(&found["probability"], &wanted["score"]);
        }
    }
}

/// Folders of three families, each with the tokenizer.
pub fn readers() -> Vec<tempfile::TempDir> {
    let _draws = support::draws();
    tch::manual_seed(8);
    let root = || Place::root(Device::Cpu);
    let (gpt2, llama) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let small = Gpt2Config {
        vocab_size: 11,
        n_embd: 16,
        n_layer: 3,
        n_head: 4,
        initializer_range: 0.5,
        scale_attn_by_inverse_layer_idx: true,
        ..Gpt2Config::default()
    };
    Gpt2LmHeadModel::new(root(), &small).unwrap().save_pretrained(gpt2.path()).unwrap();
    let small = LlamaConfig {
        vocab_size: 11,
        hidden_size: 16,
        intermediate_size: 24,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        num_key_value_heads: Some(2),
        initializer_range: 0.5,
        ..LlamaConfig::default()
    };
    LlamaForCausalLM::new(root(), &small).unwrap().save_pretrained(llama.path()).unwrap();
    for folder in [&gpt2, &llama] {
        vocabulary(folder.path());
    }
    drop(_draws);
    vec![bare(), gpt2, llama]
}

/// Runs the lines that `explain --json` prints and compares what they make with what it printed.
const RUN: &str = r#"
import json, sys
document = json.load(open(sys.argv[1]))
steps = [tensor for step in document["steps"] for tensor in step["tensors"]]
scope = {}
exec(compile("\n".join(step["python"] for step in steps), "printed", "exec"), scope)
import torch
def read(values):
    return [read(it) for it in values] if isinstance(values, list) else float(values)
for name in dict.fromkeys(step["name"] for step in steps):
    printed = [step for step in steps if step["name"] == name][-1]
    right = torch.tensor(read(printed["values"]), dtype=scope[name].dtype)
    torch.testing.assert_close(scope[name], right, rtol=0, atol=1e-5, msg=name)
print(len(steps))
"#;

#[test]
fn explain_shows_a_head_of_a_model_with_lines_that_run() {
    for folder in readers() {
        let folder = text(folder.path());
        let arguments =
            ["explain", "--model", folder, "--layer", "2", "--head", "3", "the model reads a book"];
        let shown = said(&[&arguments[..], &["--step", "1"]].concat());
        assert!(shown.contains("model") && shown.contains("seen[2]"), "{shown}");
        let document = said(&[&arguments[..], &["--json"]].concat());
        let file = Path::new(folder).join("document.json");
        std::fs::write(&file, document).unwrap();
        if let Some(steps) = python(RUN, &[text(&file)]) {
            assert!(steps.as_i64().unwrap() >= 7);
        }
    }
}

#[test]
fn explain_names_the_heads_that_there_are() {
    let folder = masked();
    let of = |layer, head| {
        let dir = text(folder.path());
        refused(&["explain", "--model", dir, "--layer", layer, "--head", head, "a book"])
    };
    let (what, _) = of("3", "0");
    assert!(what.contains("3 layers of 4 heads"), "{what}");
    let (what, _) = of("0", "4");
    assert!(what.contains("no head 4"), "{what}");
    let (what, _) = refused(&["explain", "--model", text(folder.path())]);
    assert!(what.contains("TEXT"), "{what}");
    let (what, _) = refused(&["explain", "a book"]);
    assert!(what.contains("--model"), "{what}");
}

#[test]
fn explore_has_every_layer_and_head_of_a_model() {
    for folder in readers() {
        let page = folder.path().join("page.html");
        let document = json(&[
            "explore",
            "--model",
            text(folder.path()),
            "the model reads a book",
            "-o",
            text(&page),
            "--json",
        ]);
        assert_eq!(document["sets"].as_array().unwrap().len(), 1);
        assert_eq!(document["sets"][0]["notices"], Value::Array(vec![]));
        let html = std::fs::read_to_string(&page).unwrap();
        assert!(html.contains("book"), "the words are in the page");
    }
    let (what, _) = refused(&["explore", "--model", "./no-such-folder", "x"]);
    assert!(what.contains("no-such-folder"), "{what}");
}

/// A picture's pieces are its words.
#[test]
fn a_picture_is_looked_at_like_a_text() {
    let (folder, _) = crate::models::classifier();
    let picture = crate::models::picture(folder.path(), "p.png", 40, 30);
    let shown = said(&["explain", "--model", text(folder.path()), text(&picture), "--step", "1"]);
    assert!(shown.contains("[CLS]") && shown.contains("1,1"), "{shown}");
    let page = folder.path().join("page.html");
    said(&["explore", "--model", text(folder.path()), text(&picture), "-o", text(&page)]);
    assert!(std::fs::read_to_string(&page).unwrap().contains("[CLS]"));
}
