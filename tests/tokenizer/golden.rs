//! The golden texts: GPT-2's ids agree between `tokenizers` and OpenAI's `tiktoken`, BERT's are of `tokenizers`.

use std::collections::HashMap;

use serde::Deserialize;

use super::folders::{bert, gpt2, open, unpacked};

#[derive(Deserialize)]
struct Cases {
    published: HashMap<String, Vec<i64>>,
    gpt2: Vec<Case>,
    bert_uncased: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    pair: Option<String>,
    ids: Vec<i64>,
    tokens: Option<Vec<String>>,
    offsets: Option<Vec<(usize, usize)>>,
    type_ids: Option<Vec<i64>>,
}

fn cases() -> Cases {
    serde_json::from_str(&unpacked("cases.json.gz")).unwrap()
}

#[test]
fn gpt2_has_the_ids_of_openai() {
    let folder = gpt2();
    let tokenizer = open(folder.path());
    let cases = cases();
    assert_eq!(tokenizer.vocab_size(), 50_257);
    for (text, ids) in &cases.published {
        assert_eq!(tokenizer.encode(text).unwrap().ids, *ids, "{text:?}");
    }
    // The script that made the cases took `<|endoftext|>` for ordinary text; the model's tokenizer never does.
    let ordinary: Vec<&Case> =
        cases.gpt2.iter().filter(|case| !case.text.contains("<|endoftext|>")).collect();
    assert!(ordinary.len() >= cases.gpt2.len() - 2);
    for case in &ordinary {
        let encoding = tokenizer.encode(&case.text).unwrap();
        assert_eq!(encoding.ids, case.ids, "{:?}", case.text);
        assert_eq!(tokenizer.decode(&encoding.ids, false).unwrap(), case.text);
    }
    assert_eq!(tokenizer.encode("hello <|endoftext|>").unwrap().ids, [31373, 220, 50256]);
    println!(
        "{} texts and {} published ones with GPT-2's ids",
        ordinary.len(),
        cases.published.len()
    );
}

#[test]
fn bert_has_the_ids_tokens_and_offsets_of_python() {
    let folder = bert("{}");
    let tokenizer = open(folder.path());
    let cases = cases().bert_uncased;
    let mut compared = 0;
    for case in &cases {
        // As above: in a text, a model's tokenizer knows its special tokens.
        if ["[MASK]", "[CLS]", "[SEP]", "[UNK]", "[PAD]"]
            .iter()
            .any(|token| case.text.contains(token))
        {
            continue;
        }
        let encoding =
            tokenizer.encode_with(&case.text, case.pair.as_deref(), &Default::default()).unwrap();
        assert_eq!(encoding.ids, case.ids, "{:?}", case.text);
        let tokens = &case.tokens;
        assert!(tokens.as_ref().is_none_or(|tokens| encoding.tokens == *tokens), "{:?}", case.text);
        assert!(
            case.offsets.as_ref().is_none_or(|offsets| encoding.offsets == *offsets),
            "{:?}",
            case.text
        );
        assert!(
            case.type_ids.as_ref().is_none_or(|types| encoding.type_ids == *types),
            "{:?}",
            case.text
        );
        compared += 1;
    }
    assert!(compared >= cases.len() - 1);
    println!("{compared} texts with BERT's ids, tokens and offsets");
}

#[test]
fn special_tokens_in_a_text_are_themselves() {
    let folder = bert("{}");
    let tokenizer = open(folder.path());
    let encoding = tokenizer.encode("Paris is the [MASK] of France.").unwrap();
    assert_eq!(
        encoding.tokens,
        ["[CLS]", "paris", "is", "the", "[MASK]", "of", "france", ".", "[SEP]"]
    );
    assert_eq!(encoding.offsets[4], (13, 19));
    assert_eq!(encoding.special_tokens_mask, [1, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(tokenizer.special_token("mask_token"), Some("[MASK]"));
    assert_eq!(tokenizer.token_to_id("[MASK]"), Some(103));
}
