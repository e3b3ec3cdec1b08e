//! `atencion phrasebook` as a user types it.

use crate::command::{atencion, refused, said};

#[test]
fn a_word_finds_phrases_in_both_texts() {
    let text = said(&["phrasebook", "masked_fill"]);
    assert!(text.contains("Python x.masked_fill(~mask, float(\"-inf\"))"), "{text}");
    assert!(text.contains("Rust   x.masked_fill(&mask.logical_not(), f64::NEG_INFINITY)"));
    assert!(!text.contains("arange"));
}

#[test]
fn several_words_must_all_be_there() {
    let both = said(&["phrasebook", "scaled_dot_product_attention", "tril"]);
    assert!(both.contains("tril") && !both.contains("dropout_p"), "{both}");
}

#[test]
fn groups_are_found_by_their_names_in_both_languages() {
    let in_english = said(&["phrasebook", "traps"]);
    assert_eq!(said(&["phrasebook", "TRAMPAS"]).lines().next(), Some("Traps"));
    assert!(in_english.contains("softmax, sum and mean always ask for a kind"));
    // Without its accent, as one types.
    let in_spanish = said(&["--lang", "es", "phrasebook", "mascaras"]);
    assert!(in_spanish.contains("Máscaras"), "{in_spanish}");
    assert!(said(&["--lang", "es", "phrasebook", "traps"]).contains("piden siempre un tipo"));
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    for lang in ["en", "es"] {
        let text = said(&["--lang", lang, "phrasebook"]);
        assert!(text.lines().count() > 300);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
            assert!(!line.contains('\x1b'), "colour where there is no terminal: {line}");
        }
    }
}

#[test]
fn the_pager_is_only_for_terminals() {
    let text = said(&["phrasebook", "--no-pager"]);
    assert_eq!(text, said(&["phrasebook"]));
}

#[test]
fn json_has_every_phrase_with_both_texts() {
    let document: serde_json::Value =
        serde_json::from_str(&said(&["phrasebook", "--json"])).unwrap();
    let phrases = document["phrases"].as_array().unwrap();
    assert!(phrases.len() >= 80);
    for phrase in phrases {
        for key in ["group", "name", "python", "rust"] {
            assert!(!phrase[key].as_str().unwrap().is_empty(), "{phrase}");
        }
    }
}

#[test]
fn an_unknown_word_gets_the_closest() {
    let (what, mend) = refused(&["phrasebook", "sofmax"]);
    assert_eq!(what, "error: there is no phrase with 'sofmax'");
    assert!(mend.contains("softmax"), "{mend}");
    let (_, mend) = refused(&["phrasebook", "unsqueze"]);
    assert!(mend.contains("unsqueeze"), "{mend}");
    let (_, mend) = refused(&["phrasebook", "qqqqqqqq"]);
    assert!(mend.contains("the whole book"), "{mend}");
}

#[test]
fn strange_words_are_no_trouble() {
    for word in ["(", "[", "\\", "é", "🦀", "%s", "{", "}", "--", "\u{1b}[31m"] {
        let output = atencion(&["phrasebook", "--", word]).output().unwrap();
        let code = output.status.code();
        assert!(code == Some(0) || code == Some(2), "{word}: {code:?}");
        assert!(output.stderr.split(|byte| *byte == b'\n').count() <= 3);
    }
}
