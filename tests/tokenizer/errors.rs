//! Folders that are broken: one line of what, never a panic.

use atencion::tokenizer::{EncodeArgs, Padding, SentencePiece, Tokenizer};

use super::folders::{bert, folder, gpt2, open};

/// The error of a folder with these files.
fn refused(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = Tokenizer::from_pretrained(folder.path()).err().expect("a broken folder");
    assert_eq!(error.what().lines().count(), 1, "{error}");
    error.what().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn broken_folders_are_named() {
    let vocabulary = r#"{"a": 0, "b": 1}"#;
    let cases: [(&[(&str, &str)], &str); 11] = [
        (&[("config.json", "{}")], "there is no tokenizer in this folder"),
        (&[("tokenizer.json", "{")], "tokenizer.json: EOF while parsing"),
        (&[("tokenizer.json", "[]")], "tokenizer.json: "),
        // The tokenizers crate panics at it.
        (
            &[(
                "tokenizer.json",
                "{\"version\": \"1.0\", \"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"}, \"decoder\": {\"type\" 1}}",
            )],
            "tokenizer.json: ",
        ),
        (&[("vocab.json", "[1]"), ("merges.txt", "")], "vocab.json: it holds no JSON object"),
        (
            &[("vocab.json", r#"{"a": -1}"#), ("merges.txt", "")],
            "vocab.json: the id of \"a\" is no whole number",
        ),
        (
            &[("vocab.json", vocabulary), ("merges.txt", "a b c")],
            "merges.txt: line 1 is no pair: \"a b c\"",
        ),
        (&[("vocab.json", vocabulary), ("merges.txt", "a x")], "merges.txt: "),
        (&[("vocab.txt", "one\ntwo\n")], "vocab.txt: it lacks the token for unknown words, [UNK]"),
        (&[("tokenizer.model", "no model")], "tokenizer.model: not a SentencePiece model"),
        (
            &[
                ("vocab.json", vocabulary),
                ("merges.txt", ""),
                ("tokenizer_config.json", r#"{"tokenizer_class": "RobertaTokenizer"}"#),
            ],
            "vocab.json: RobertaTokenizer is not put together from this file",
        ),
    ];
    for (files, expected) in cases {
        let what = refused(files);
        assert!(what.contains(expected), "{expected:?} is not in {what:?}");
    }
    let what = Tokenizer::from_pretrained("no/such/folder").err().unwrap();
    assert_eq!(what.what(), "no/such/folder: it is no folder");
}

#[test]
fn broken_sentencepiece_models_are_refused() {
    // Nothing, a wire type that does not exist, a length past the end, a model with an empty piece.
    let cases: [&[u8]; 4] = [b"", b"\x0f\x0f\x0f", b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x00"];
    for bytes in cases {
        let error = SentencePiece::from_bytes(bytes).err().expect("a broken model");
        assert_eq!(error.what().lines().count(), 1, "{error}");
    }
}

#[test]
fn arguments_that_cannot_be_are_errors() {
    let folder = bert("{}");
    let tokenizer = open(folder.path());
    let short = EncodeArgs { max_length: Some(1), ..EncodeArgs::default() };
    let error = tokenizer.encode_with("hello", None, &short).unwrap_err();
    assert_eq!(error.what(), "max_length is 1, and the special tokens alone are 2");
    assert!(tokenizer.decode(&[-1], false).is_err());
    let error = tokenizer.apply_chat_template(&serde_json::json!([]), false).unwrap_err();
    assert_eq!(error.what(), "the folder has no chat template");

    let folder = gpt2();
    let tokenizer = open(folder.path());
    let padded = EncodeArgs { padding: Padding::Longest, ..EncodeArgs::default() };
    let error = tokenizer.encode_batch(&["a", "b c"], &padded).unwrap_err();
    assert_eq!(error.what(), "the tokenizer has no token for padding");
    let ragged = tokenizer.encode_batch(&["a", "b c"], &EncodeArgs::default()).unwrap();
    assert_eq!(ragged.input_ids().unwrap_err().what(), "texts of 1 and of 2 tokens are no tensor");
}
