//! Random texts through Python on this machine: `transformers`, `tokenizers` and `sentencepiece`.

use std::collections::BTreeMap;

use atencion::tokenizer::{EncodeArgs, Encoding, Padding, SentencePiece, Tokenizer};
use serde::Deserialize;
use support::{made_by, seed};

use super::folders::open;

/// Texts a family.
const COUNT: &str = "2000";

#[derive(Deserialize)]
struct Reference {
    families: BTreeMap<String, Family>,
    models: BTreeMap<String, Vec<PieceCase>>,
    trained: Trained,
}

#[derive(Deserialize)]
struct Family {
    cases: Vec<Case>,
    truncated: Vec<Case>,
    #[serde(default)]
    pairs: Vec<Case>,
    #[serde(default)]
    pairs_truncated: Vec<Case>,
    #[serde(default)]
    target: Vec<Target>,
    padded: Option<Padded>,
    size: usize,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    pair: Option<String>,
    ids: Vec<i64>,
    tokens: Vec<String>,
    offsets: Option<Vec<(usize, usize)>>,
    type_ids: Option<Vec<i64>>,
    decoded: String,
    decoded_plain: String,
}

#[derive(Deserialize)]
struct Target {
    text: String,
    ids: Vec<i64>,
}

#[derive(Deserialize)]
struct Padded {
    texts: Vec<String>,
    ids: Vec<Vec<i64>>,
    mask: Vec<Vec<i64>>,
}

#[derive(Deserialize)]
struct PieceCase {
    text: String,
    pieces: Vec<String>,
    decoded: String,
}

#[derive(Deserialize)]
struct Trained {
    lines: Vec<String>,
    bpe: BTreeMap<String, i64>,
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn text(hexadecimal: &str) -> String {
    String::from_utf8_lossy(&bytes(hexadecimal)).into_owned()
}

#[test]
fn random_texts_become_what_python_makes_of_them() {
    let seed = seed(31);
    let Some(folder) = made_by("_tokenizers", &[&seed.to_string(), COUNT]) else { return };
    let reference = std::fs::read(folder.path().join("cases.json")).unwrap();
    let reference: Reference = serde_json::from_slice(&reference).unwrap();
    for (name, family) in &reference.families {
        let tokenizer = open(&folder.path().join(name));
        assert_eq!(tokenizer.vocab_size(), family.size, "{name}");
        check_family(name, &tokenizer, family);
        check_saved(name, &tokenizer, &family.truncated);
        println!(
            "{name}: {} texts, {} pairs (seed {seed})",
            family.cases.len(),
            family.pairs.len()
        );
    }
    for (name, cases) in &reference.models {
        let model = SentencePiece::open(folder.path().join(format!("{name}.model"))).unwrap();
        check_pieces(name, &model, cases);
        println!("{name}: {} texts (seed {seed})", cases.len());
    }
    check_trained(&reference.trained);
}

fn check_family(name: &str, tokenizer: &Tokenizer, family: &Family) {
    let plain = EncodeArgs::default();
    let short = EncodeArgs { max_length: Some(8), ..EncodeArgs::default() };
    for (cases, args) in [
        (&family.cases, &plain),
        (&family.pairs, &plain),
        (&family.truncated, &short),
        (&family.pairs_truncated, &short),
    ] {
        for case in cases {
            let pair = case.pair.as_deref().map(text);
            let encoding = tokenizer.encode_with(&text(&case.text), pair.as_deref(), args).unwrap();
            check_case(name, tokenizer, case, &encoding);
        }
    }
    for case in &family.cases {
        assert_eq!(
            tokenizer.encode_bytes(&bytes(&case.text)).unwrap().ids,
            case.ids,
            "{name}: bytes {}",
            case.text
        );
    }
    let target = EncodeArgs { target: true, ..EncodeArgs::default() };
    for case in &family.target {
        let encoding = tokenizer.encode_with(&text(&case.text), None, &target).unwrap();
        assert_eq!(encoding.ids, case.ids, "{name}: target {:?}", text(&case.text));
    }
    if let Some(padded) = &family.padded {
        check_padded(name, tokenizer, padded);
    }
}

fn check_case(name: &str, tokenizer: &Tokenizer, case: &Case, encoding: &Encoding) {
    let shown = text(&case.text);
    assert_eq!(encoding.tokens, case.tokens, "{name}: tokens of {shown:?}");
    assert_eq!(encoding.ids, case.ids, "{name}: ids of {shown:?}");
    if let Some(offsets) = &case.offsets {
        assert_eq!(encoding.offsets, *offsets, "{name}: offsets of {shown:?}");
    }
    if let Some(types) = &case.type_ids {
        assert_eq!(encoding.type_ids, *types, "{name}: types of {shown:?}");
    }
    let decoded = |skip| tokenizer.decode(&case.ids, skip).unwrap();
    assert_eq!(decoded(false), case.decoded, "{name}: decoded from {:?}", case.tokens);
    assert_eq!(decoded(true), case.decoded_plain, "{name}: decoded from {:?}", case.tokens);
}

fn check_padded(name: &str, tokenizer: &Tokenizer, padded: &Padded) {
    let texts: Vec<String> = padded.texts.iter().map(|hexadecimal| text(hexadecimal)).collect();
    let args = EncodeArgs { padding: Padding::Longest, ..EncodeArgs::default() };
    let batch = tokenizer.encode_batch(&texts, &args).unwrap();
    let rows = |tensor: tch::Tensor| Vec::<Vec<i64>>::try_from(tensor).unwrap();
    assert_eq!(rows(batch.input_ids().unwrap()), padded.ids, "{name}: padded");
    assert_eq!(rows(batch.attention_mask().unwrap()), padded.mask, "{name}: mask");
}

/// What was saved and opened again is the same tokenizer.
fn check_saved(name: &str, tokenizer: &Tokenizer, cases: &[Case]) {
    let folder = tempfile::tempdir().unwrap();
    tokenizer.save_pretrained(folder.path()).unwrap();
    let again = open(folder.path());
    for case in cases {
        let text = text(&case.text);
        assert_eq!(
            again.encode(&text).unwrap(),
            tokenizer.encode(&text).unwrap(),
            "{name}: saved, {text:?}"
        );
    }
}

fn check_pieces(name: &str, model: &SentencePiece, cases: &[PieceCase]) {
    for case in cases {
        let text = text(&case.text);
        let pieces = model.encode(&text);
        let ours: Vec<&str> = pieces.iter().map(|piece| piece.piece.as_str()).collect();
        assert_eq!(ours, case.pieces, "{name}: {text:?}");
        assert_eq!(model.decode(&ours), case.decoded, "{name}: {ours:?}");
        // Ranges follow one another and end on characters.
        for piece in &pieces {
            assert!(
                text.get(piece.range.clone()).is_some(),
                "{name}: {:?} of {text:?}",
                piece.range
            );
        }
    }
}

fn check_trained(trained: &Trained) {
    let args = atencion::tokenizer::TrainArgs { vocab_size: 700, min_frequency: 2 };
    let tokenizer = Tokenizer::train_bpe(&trained.lines, &args).unwrap();
    assert_eq!(tokenizer.vocab_size(), trained.bpe.len());
    for (token, id) in &trained.bpe {
        assert_eq!(tokenizer.token_to_id(token), Some(*id), "{token:?}");
    }
    println!("a vocabulary of {} tokens trained as Python trains it", trained.bpe.len());
}
