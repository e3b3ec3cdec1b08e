//! Folders: the file in them that is changed, and how they are read.

use std::path::Path;

use atencion::models::ConfigJson;
use atencion::models::gpt2::Gpt2Config;
use atencion::train::{Checkpoint, Checkpoints};
use atencion::{Result, StateDict};

use super::Target;
use super::alike::Found;

/// What the three are made of.
pub const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"null",
    b"true",
    b"false",
    b"0",
    b"1",
    b"-1",
    b"12",
    b"0.5",
    b"1e400",
    b"9223372036854775807",
    b"18446744073709551615",
    b"\"\"",
    b"\"model_type\":\"gpt2\"",
    b"\"n_embd\":",
    b"\"n_head\":",
    b"\"n_layer\":",
    b"\"vocab_size\":",
    b"\"activation_function\":\"gelu_new\"",
    b"\"type\":\"BPE\"",
    b"\"type\":\"Unigram\"",
    b"\"type\":\"WordPiece\"",
    b"\"type\":\"Sequence\"",
    b"\"type\":\"Split\"",
    b"\"type\":\"Replace\"",
    b"\"pattern\":{\"Regex\":\"",
    b"\"pattern\":{\"String\":\"a\"}",
    b"\"vocab\":{}",
    b"\"vocab\":[]",
    b"\"merges\":[]",
    b"\"a b\"",
    b"\"unk_id\":7",
    b"(?<=a)",
    b"(a*)*",
    b"\\\\p{L}",
    b"[^",
    b"\"step\":",
    b"\"files\":{",
    b"../model.safetensors",
    b"/dev/zero",
    b"model.safetensors",
    b"\\u0000",
    b"\\ud800",
    b"\xff",
];

const CONFIG: &str = r#"{"model_type": "gpt2", "vocab_size": 50257, "n_positions": 1024, "n_embd": 768, "n_layer": 12,
"n_head": 12, "n_inner": null, "activation_function": "gelu_new", "resid_pdrop": 0.1, "embd_pdrop": 0.1, "attn_pdrop": 0.1,
"layer_norm_epsilon": 1e-05, "initializer_range": 0.02, "scale_attn_weights": true, "use_cache": true, "eos_token_id": 50256,
"scale_attn_by_inverse_layer_idx": false, "reorder_and_upcast_attn": false, "tie_word_embeddings": true}"#;

const TOKENIZERS: [&str; 3] = [
    r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{"id": 5, "content": "<end>", "single_word":
false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}], "normalizer": {"type": "NFC"},
"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
"post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
"decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
"model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "", "end_of_word_suffix": "",
"fuse_unk": false, "byte_fallback": false, "vocab": {"H": 0, "e": 1, "l": 2, "He": 3, "ll": 4}, "merges": ["H e", "l l"]}}"#,
    r###"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "BertNormalizer", "clean_text": true,
"handle_chinese_chars": true, "strip_accents": null, "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
{"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B",
"type_id": 1}}], "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]}}}, "decoder": {"type":
"WordPiece", "prefix": "##", "cleanup": true}, "model": {"type": "WordPiece", "unk_token": "[UNK]",
"continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[CLS]": 1, "hello": 2,
"##s": 3}}}"###,
    r#"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern":
{"Regex": " {2,}"}, "content": " "}, {"type": "Lowercase"}]}, "pre_tokenizer": {"type": "Sequence", "pretokenizers":
[{"type": "Split", "pattern": {"Regex": "\\p{L}+|\\s+(?!\\S)"}, "behavior": "Isolated", "invert": false}, {"type":
"Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}]}, "post_processor": null, "decoder": {"type":
"Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}, "model": {"type": "Unigram", "unk_id": 0,
"vocab": [["<unk>", 0.0], ["▁hello", -1.5], ["h", -2.0], ["e", -2.5]], "byte_fallback": false}}"#,
];

/// Small files that are right; for a checkpoint the folder gets the file that its manifest names.
pub fn seeds(target: Target, folder: &Path) -> Vec<Vec<u8>> {
    let texts: Vec<String> = match target {
        Target::Config => vec![CONFIG.to_owned()],
        Target::Tokenizer => TOKENIZERS.map(str::to_owned).into(),
        _ => vec![manifest(folder)],
    };
    texts.into_iter().map(String::into_bytes).collect()
}

fn manifest(folder: &Path) -> String {
    let state = StateDict::from_iter([("weight".to_owned(), atencion::tensor![[1.0, 2.0]])]);
    let elsewhere = folder.join("saved");
    let saved = Checkpoints::new(elsewhere, 1).and_then(|all| all.save(1, &[("model", &state)]));
    let saved = saved.expect("the temporary folder can be written to");
    let model = "model.safetensors";
    std::fs::copy(saved.join(model), folder.join(model)).expect("it was saved");
    std::fs::read_to_string(saved.join("checkpoint.json")).expect("it was saved")
}

pub fn config(path: &Path) -> Result<Vec<Found>> {
    let folder = path.parent().unwrap_or(path);
    Gpt2Config::from_json(ConfigJson::load(folder)?).map(|_| Vec::new())
}

pub fn checkpoint(path: &Path) -> Result<Vec<Found>> {
    let opened = Checkpoint::open(path.parent().unwrap_or(path))?;
    opened.part("model").map(|_| Vec::new())
}

/// Opened, and put to work: a regular expression is compiled when it is first needed.
#[cfg(feature = "tokenizers")]
pub fn tokenizer(path: &Path) -> Result<Vec<Found>> {
    let tokenizer = atencion::tokenizer::Tokenizer::from_pretrained(path.parent().unwrap_or(path))?;
    let encoding = tokenizer.encode("Hello  hellos, \u{4f60}\u{597d} 12\u{301}!")?;
    tokenizer.decode(&encoding.ids, false).map(|_| Vec::new())
}

#[cfg(not(feature = "tokenizers"))]
pub fn tokenizer(_: &Path) -> Result<Vec<Found>> {
    eprintln!(
        "tokenizers are behind a feature: cargo run --features tokenizers --example fuzz_files -- tokenizer"
    );
    std::process::exit(2);
}
