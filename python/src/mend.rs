//! The library says how to mend a thing in Rust; here the same for who writes Python.

/// Kinds, and what Python calls them.
const KINDS: [(&str, &str); 7] = [
    ("Float", "float32"),
    ("Double", "float64"),
    ("Half", "float16"),
    ("BFloat16", "bfloat16"),
    ("Int64", "int64"),
    ("Bool", "bool"),
    ("Uint8", "uint8"),
];

/// What is written otherwise in Python.
const WORDS: [(&str, &str); 8] = [
    (
        "attn_mask.logical_and(&causal_mask(..))",
        "attn_mask & torch.ones(L, S, dtype=torch.bool).tril()",
    ),
    (".to_kind(", ".to("),
    (".kind()", ".dtype"),
    (".to_device(", ".to("),
    (".device()", ".device"),
    ("a Bool mask (true = attend)", "a bool mask (True = attend)"),
    ("enable_gqa: true", "enable_gqa=True"),
    ("Activation::custom(|x| ..)", "a function of one tensor"),
];

pub fn in_python(mend: &str) -> String {
    let mut text = mend.to_owned();
    for (kind, dtype) in KINDS {
        text = text.replace(&format!("Kind::{kind}"), &format!("torch.{dtype}"));
        text = text.replace(&format!("use kind {kind}"), &format!("use dtype torch.{dtype}"));
    }
    WORDS.iter().fold(text, |text, (rust, python)| text.replace(rust, python))
}

#[cfg(test)]
mod tests {
    use super::in_python;

    #[test]
    fn what_rust_calls_becomes_what_python_calls() {
        let same = "give value S=4, as key has";
        for (rust, python) in [
            (
                "bring them to one kind, such as key.to_kind(query.kind())",
                "bring them to one kind, such as key.to(query.dtype)",
            ),
            ("or use .to_kind(Kind::Float)", "or use .to(torch.float32)"),
            ("move it: key.to_device(query.device())", "move it: key.to(query.device)"),
            ("pass enable_gqa: true", "pass enable_gqa=True"),
            ("for classes as target use kind Int64", "for classes as target use dtype torch.int64"),
            (same, same),
        ] {
            assert_eq!(in_python(rust), python);
        }
    }
}
