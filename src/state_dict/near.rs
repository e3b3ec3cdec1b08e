//! Names that are nearly the same.

/// The name nearest to `wanted`, if any is near enough to be meant: a letter or a part of the path is different.
pub(crate) fn nearest<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let likeness = |name: &str| {
        // `transformer.h.0.ln_1.weight` for `h.0.ln_1.weight`: a prefix too many or too few.
        let (short, long) = if name.len() < wanted.len() { (name, wanted) } else { (wanted, name) };
        match long.strip_suffix(short) {
            Some(rest) if rest.ends_with('.') && !short.is_empty() => 0.99,
            _ => strsim::normalized_damerau_levenshtein(wanted, name),
        }
    };
    let near =
        names.into_iter().map(|name| (likeness(name), name)).filter(|(like, _)| *like >= 0.75);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_or_a_prefix_is_near_and_another_word_is_not() {
        let names =
            ["transformer.h.0.ln_1.weight", "transformer.h.1.ln_1.weight", "lm_head.weight"];
        assert_eq!(nearest("h.1.ln_1.weight", names), Some(names[1]));
        assert_eq!(nearest("transformer.h.0.ln1.weight", names), Some(names[0]));
        assert_eq!(nearest("embeddings", names), None);
        assert_eq!(nearest("", names), None);
    }
}
