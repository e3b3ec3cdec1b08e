//! BLEU and chrF: sacrebleu's numbers.

use atencion::metrics::{bleu, chrf};
use serde_json::Value;
use support::repository;

#[test]
fn equal_sacrebleus() {
    let path = repository("tests/golden/metrics/cases.json");
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let texts = |case: &Value, key: &str| -> Vec<String> {
        case[key].as_array().unwrap().iter().map(|text| text.as_str().unwrap().into()).collect()
    };
    for case in &cases {
        let (said, expected) = (texts(case, "said"), texts(case, "expected"));
        for (name, value) in
            [("bleu", bleu(&said, &expected).unwrap()), ("chrf", chrf(&said, &expected).unwrap())]
        {
            // The logarithms are another library's.
            let theirs = case[name].as_f64().unwrap();
            assert!((value - theirs).abs() < 1e-9, "{name} {value} {theirs}: {said:?}");
        }
    }
    assert!(cases.len() > 15);
}

#[test]
fn what_is_perfect_has_a_hundred() {
    let text = ["In the beginning was the Word, and the Word was with God."];
    assert!((bleu(&text, &text).unwrap() - 100.0).abs() < 1e-9);
    assert!((chrf(&text, &text).unwrap() - 100.0).abs() < 1e-9);
}

#[test]
fn each_sentence_has_a_reference() {
    for error in [bleu(&["a"], &["a", "b"]), chrf::<&str, &str>(&[], &[])] {
        let error = error.unwrap_err().to_string();
        assert!(error.contains("sentences are to be held against"), "{error}");
    }
}
