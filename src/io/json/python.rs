//! What Python's `json` writes and reads beyond JSON: `NaN`, `Infinity`, `-Infinity`, and `-0`, which is the integer 0.

use std::borrow::Cow;

/// The same text as JSON: the bare words as strings, which the reader takes for the numbers, and `0` for `-0`. A text
/// without them, as most are, is not copied.
pub(super) fn as_json(text: &[u8]) -> Cow<'_, [u8]> {
    let mut json = Vec::new();
    let (mut copied, mut at) = (0, 0);
    while at < text.len() {
        if text[at] == b'"' {
            at = end_of_string(text, at);
            continue;
        }
        let Some((length, meant)) = beyond_json(text, at) else {
            at += 1;
            continue;
        };
        json.extend_from_slice(&text[copied..at]);
        json.extend_from_slice(meant);
        at += length;
        copied = at;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    json.extend_from_slice(&text[copied..]);
    Cow::Owned(json)
}

/// Past the string that begins at `at`.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    at += 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// How long the word at `at` is, and what it means; `None` for what JSON knows, and for a part of a word or number.
fn beyond_json(text: &[u8], at: usize) -> Option<(usize, &'static [u8])> {
    const WORDS: [(&[u8], &[u8]); 4] = [
        (b"NaN", b"\"NaN\""),
        (b"Infinity", b"\"Infinity\""),
        (b"-Infinity", b"\"-Infinity\""),
        (b"-0", b"0"),
    ];
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let rest = &text[at..];
    let (found, meant) = WORDS.iter().find(|(known, _)| rest.starts_with(known))?;
    let whole = !rest.get(found.len()).copied().is_some_and(word);
    let begins = at == 0 || !word(text[at - 1]);
    (whole && begins).then_some((found.len(), *meant))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::as_json;

    #[test]
    fn only_whole_words_outside_of_strings_are_changed() {
        let changed =
            |text: &str| String::from_utf8(as_json(text.as_bytes()).into_owned()).unwrap();
        assert_eq!(changed("[NaN,-Infinity, Infinity]"), r#"["NaN","-Infinity", "Infinity"]"#);
        assert_eq!(changed("[-0, -0]"), "[0, 0]");
        for same in [
            r#"["NaN", "a\"NaN", -0.0, -0e1, 1e-0, -01, -NaN, NaNs, xInfinity]"#,
            r#"["NaN"#,
            r#"["\"#,
            "",
        ] {
            assert!(matches!(as_json(same.as_bytes()), Cow::Borrowed(_)), "{same}");
        }
    }
}
