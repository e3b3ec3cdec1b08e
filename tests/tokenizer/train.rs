//! The same text gives the same vocabulary, in every process.

use std::process::Command;

use atencion::tokenizer::{Tokenizer, TrainArgs};

const ARGS: TrainArgs = TrainArgs { vocab_size: 400, min_frequency: 2 };

fn lines() -> Vec<String> {
    let words =
        "attention weighs every token by its query and its key; Ünïcode, perro, café, señor";
    let words: Vec<&str> = words.split(' ').collect();
    (0..300)
        .map(|line| {
            (0..9).map(|at| words[(line * 7 + at * at) % words.len()]).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn vocabulary(tokenizer: &Tokenizer) -> Vec<String> {
    (0..tokenizer.vocab_size() as i64).map(|id| tokenizer.id_to_token(id).unwrap()).collect()
}

fn both() -> [Tokenizer; 2] {
    [
        Tokenizer::train_bpe(&lines(), &ARGS).unwrap(),
        Tokenizer::train_word_piece(&lines(), true, &ARGS).unwrap(),
    ]
}

/// Hash tables are seeded anew in every process, so this test runs itself in others and compares what they print.
#[test]
fn every_process_trains_the_same_vocabulary() {
    let ours = both().map(|tokenizer| vocabulary(&tokenizer).join("\u{1f}")).join("\u{1e}");
    if let Ok(file) = std::env::var("ATENCION_TRAINED_TO") {
        std::fs::write(file, ours).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for run in 0..5 {
        let file = folder.path().join(run.to_string());
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "train::every_process_trains_the_same_vocabulary"])
            .env("ATENCION_TRAINED_TO", &file)
            .output()
            .unwrap();
        assert!(child.status.success());
        assert!(
            std::fs::read_to_string(&file).unwrap() == ours,
            "run {run} trained another vocabulary"
        );
    }
}

#[test]
fn what_was_trained_reads_its_own_text_and_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    for tokenizer in both() {
        tokenizer.save_pretrained(folder.path()).unwrap();
        let opened = Tokenizer::from_pretrained(folder.path()).unwrap();
        for line in lines() {
            let encoding = tokenizer.encode(&line).unwrap();
            assert_eq!(opened.encode(&line).unwrap(), encoding);
            let unknown = tokenizer.token_to_id("[UNK]");
            assert!(unknown.is_none_or(|unknown| !encoding.ids.contains(&unknown)), "{line:?}");
        }
    }
    let bpe = Tokenizer::train_bpe(&lines(), &ARGS).unwrap();
    let odd = "never seen: 日本 🙂\u{0}";
    assert_eq!(bpe.decode(&bpe.encode(odd).unwrap().ids, false).unwrap(), odd);
    assert_eq!(bpe.token_to_id("<|endoftext|>"), Some(0));
}

#[test]
fn a_vocabulary_too_small_is_refused() {
    let small = TrainArgs { vocab_size: 10, min_frequency: 2 };
    for trained in [
        Tokenizer::train_bpe(&lines(), &small),
        Tokenizer::train_word_piece(&lines(), true, &small),
    ] {
        let error = trained.err().expect("ten tokens are too few");
        assert!(error.what().starts_with("vocab_size is 10"), "{error}");
    }
}
