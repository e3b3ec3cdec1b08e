//! Model folders with a tokenizer in them.

use std::fs;
use std::io::Read;
use std::path::Path;

use atencion::tokenizer::Tokenizer;
use support::golden;
use tempfile::TempDir;

/// A golden file, unpacked.
pub fn unpacked(name: &str) -> String {
    let file = fs::File::open(golden("tokenizer").join(name)).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// GPT-2's own folder. The vocabulary is its alphabet of bytes, then what each merge makes.
pub fn gpt2() -> TempDir {
    let merges = unpacked("gpt2_merges.txt.gz");
    let printable = (33..127).chain(161..173).chain(174..256).map(|c| char::from_u32(c).unwrap());
    let others = (256..256 + 68).map(|c| char::from_u32(c).unwrap());
    let bytes = printable.chain(others).map(String::from);
    let joined =
        merges.lines().skip(1).filter(|line| !line.is_empty()).map(|line| line.replace(' ', ""));
    let tokens = bytes.chain(joined).chain(["<|endoftext|>".to_owned()]);
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        tokens.zip(0..).map(|(token, id)| (token, id.into())).collect();
    assert_eq!(vocabulary.len(), 50_257);
    folder(&[("vocab.json", &serde_json::to_string(&vocabulary).unwrap()), ("merges.txt", &merges)])
}

/// The folder of bert-base-uncased.
pub fn bert(config: &str) -> TempDir {
    folder(&[
        ("vocab.txt", &unpacked("bert_uncased_vocab.txt.gz")),
        ("tokenizer_config.json", config),
    ])
}

/// The tokenizer in a folder.
pub fn open(folder: &Path) -> Tokenizer {
    Tokenizer::from_pretrained(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}
