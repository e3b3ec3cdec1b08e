//! Text that came from outside (a path, an argument, a file's content, another program's words), as it may be shown.

/// The text with everything written out that a terminal would obey, or that would show it in another order than it
/// has: control characters (ESC and newlines among them), marks of direction, and letters without a width. All that
/// is said to users goes through here, so that no file name and no notebook can steer a terminal or forge a line.
///
/// ```
/// assert_eq!(atencion::printable("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
/// assert_eq!(atencion::printable("gato\u{202e}"), "gato\\u{202e}");
/// ```
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Whether a terminal obeys the character instead of showing it, or shows it as nothing.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' // soft hyphen
            | '\u{61c}' // Arabic letter mark
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}' // of no width, and marks of direction
            | '\u{2028}'..='\u{202e}' // separators of lines, embeddings, overrides
            | '\u{2060}'..='\u{206f}' // joiners, isolates
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' // annotations
            | '\u{e0000}'..='\u{e007f}' // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_is_left() {
        let hostile: String =
            (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| is_hidden(*c)).collect();
        assert!(
            hostile.contains('\u{1b}')
                && hostile.contains('\u{9b}')
                && hostile.contains('\u{2066}')
        );
        let shown = printable(&hostile);
        assert!(shown.is_ascii() && !shown.contains(|c: char| c.is_control()), "{shown}");
        assert_eq!(printable(&shown), shown);
    }

    #[test]
    fn every_alphabet_stays_as_it_is() {
        for text in ["El gato comió pescado.", "Ünïcödé ñ", "猫", "قطة", "√d_k ≠ QKᵀ", "🐈"]
        {
            assert_eq!(printable(text), text);
        }
    }
}
