//! `atencion tokenize` and `classify` as a user types them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::command::{refused, said};

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A word-piece vocabulary of BERT's layout, small enough to be read.
fn words() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nmodel\nread\n##s\nniño\n!\n";
    std::fs::write(folder.path().join("vocab.txt"), vocabulary).unwrap();
    let settings =
        r#"{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "strip_accents": false}"#;
    std::fs::write(folder.path().join("tokenizer_config.json"), settings).unwrap();
    folder
}

#[test]
fn tokenize_shows_pieces_ids_and_places() {
    let folder = words();
    let said = said(&["tokenize", &text(folder.path()), "The model reads!"]);
    assert!(said.starts_with("[CLS]│the│model│read│##s│!│[SEP]\n"), "{said}");
    assert!(said.contains("##s     8  14..15  \"s\""), "{said}");
    assert!(said.contains("[CLS]   2  added by the tokenizer"), "{said}");
    assert!(said.ends_with("7 tokens\n"), "{said}");
    assert!(!said.contains('\x1b'), "colour where there is no terminal: {said}");
}

#[test]
fn tokenize_as_json_counts_characters() {
    let folder = words();
    let said =
        said(&["tokenize", &text(folder.path()), "niño reads", "--json", "--no-special-tokens"]);
    let json: Value = serde_json::from_str(&said).expect("one JSON document");
    let tokens = json["tokens"].as_array().unwrap();
    let ids: Vec<i64> = tokens.iter().map(|token| token["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [9, 7, 8]);
    // ñ is one character, and two bytes.
    assert_eq!((&tokens[1]["start"], &tokens[1]["end"]), (&Value::from(5), &Value::from(9)));
    assert_eq!(tokens[1]["text"], "read");
    assert_eq!(tokens[0]["special"], false);
}

#[test]
fn a_folder_that_is_none() {
    let (what, mend) = refused(&["tokenize", "./no/such/folder", "x"]);
    assert!(what.contains("./no/such/folder"), "{what}");
    assert!(mend.contains("owner/name"), "{mend}");
    let (what, _) = refused(&["--lang", "es", "tokenize", "./no/such/folder", "x"]);
    assert!(what.contains("no hay"), "{what}");
    let empty = tempfile::tempdir().unwrap();
    let (what, _) = refused(&["classify", &text(empty.path()), "x.png"]);
    assert!(what.contains("config.json"), "{what}");
}

/// The committed tiny ViT with names for its labels, and pictures of its size.
pub fn classifier() -> (tempfile::TempDir, usize) {
    let folder = tempfile::tempdir().unwrap();
    let tiny = support::golden("models/vit");
    std::fs::copy(tiny.join("model.safetensors"), folder.path().join("model.safetensors")).unwrap();
    let config = std::fs::read_to_string(tiny.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    // transformers leaves out the names of two labels that have none.
    let count = config["id2label"].as_object().map_or(2, |names| names.len());
    for i in 0..count {
        config["id2label"][i.to_string()] = format!("animal {i}").into();
    }
    let size = &config["image_size"];
    let processor = serde_json::json!({
        "image_processor_type": "ViTImageProcessor",
        "size": { "height": size, "width": size },
        // One number each: the model's pictures are gray.
        "image_mean": [0.5],
        "image_std": [0.5],
    });
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.path().join("preprocessor_config.json"), processor.to_string()).unwrap();
    (folder, count)
}

/// A picture of that many pixels, as a PNG.
pub fn picture(folder: &Path, name: &str, width: u32, height: u32) -> PathBuf {
    let path = folder.join(name);
    let file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> = (0..width * height * 3).map(|i| (i * 7 % 251) as u8).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    path
}

#[test]
fn classify_says_the_likeliest_labels_first() {
    let (folder, count) = classifier();
    let picture = picture(folder.path(), "p.png", 40, 30);
    let arguments = ["classify", &text(folder.path()), &text(&picture), "--device", "cpu"];
    let json = said(&[&arguments[..], &["--json", "--top", "99"]].concat());
    let json: Value = serde_json::from_str(&json).expect("one JSON document");
    let labels = json["labels"].as_array().unwrap();
    assert_eq!(labels.len(), count);
    let number = |label: &Value, name: &str| label[name].as_f64().unwrap();
    assert!(labels.windows(2).all(|two| number(&two[0], "logit") >= number(&two[1], "logit")));
    let sum: f64 = labels.iter().map(|label| number(label, "probability")).sum();
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    let said = said(&[&arguments[..], &["--top", "2"]].concat());
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.starts_with(labels[0]["label"].as_str().unwrap()), "{said}");
    assert!(said.contains('█') && said.contains(" %"), "{said}");
}

/// `transformers`' own pipeline of processor and model, on the same folder and picture.
const SCRIPT: &str = r#"
import json, sys, torch, transformers
from PIL import Image
folder, picture = sys.argv[1:]
processor = transformers.ViTImageProcessor.from_pretrained(folder)
model = transformers.AutoModelForImageClassification.from_pretrained(folder).eval()
with torch.no_grad():
    logits = model(**processor(Image.open(picture).convert("L"), return_tensors="pt")).logits[0]
print(json.dumps({model.config.id2label[i]: value for i, value in enumerate(logits.tolist())}))
"#;

#[test]
fn classify_gives_pythons_logits() {
    let Some(python) = support::python_with_torch() else { return };
    let (folder, _) = classifier();
    let picture = picture(folder.path(), "p.png", 40, 30);
    let run = Command::new(python)
        .args(["-W", "ignore", "-c", SCRIPT, &text(folder.path()), &text(&picture)])
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let python: Value = serde_json::from_slice(&run.stdout).expect("one JSON document");
    let json = said(&[
        "classify",
        &text(folder.path()),
        &text(&picture),
        "--device",
        "cpu",
        "--json",
        "--top",
        "99",
    ]);
    let json: Value = serde_json::from_str(&json).expect("one JSON document");
    for label in json["labels"].as_array().unwrap() {
        let wanted = python[label["label"].as_str().unwrap()].as_f64().unwrap();
        let found = label["logit"].as_f64().unwrap();
        assert!((found - wanted).abs() < 1e-4, "{label}: {found} and {wanted}");
    }
}

#[test]
fn pictures_that_are_none() {
    let (folder, _) = classifier();
    let classify = |picture: &Path| refused(&["classify", &text(folder.path()), &text(picture)]).0;
    assert!(classify(Path::new("no-such.png")).contains("no-such.png"));
    let broken = folder.path().join("b.jpg");
    std::fs::write(&broken, [0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F']).unwrap();
    assert!(classify(&broken).contains("b.jpg"));
    // A header that promises 30,000 × 30,000 pixels, of which there is none: nothing is set aside for them.
    let path = folder.path().join("huge.png");
    let mut encoder = png::Encoder::new(std::fs::File::create(&path).unwrap(), 30_000, 30_000);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x01]).unwrap();
    drop(writer);
    let what = classify(&path);
    assert!(what.contains("30000×30000 pixels"), "{what}");
}

#[test]
fn a_family_that_classifies_nothing() {
    let folder = text(&support::golden("models/gpt2"));
    let (what, mend) = refused(&["classify", &folder, "x.png"]);
    assert!(what.contains("gpt2"), "{what}");
    assert!(mend.contains("vit"), "{mend}");
}
