//! Lines of code that are longer than the terminal is wide.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter, wrap};

/// The line in pieces of at most that width, broken where a programmer would: at spaces (but not within a row of a
/// matrix), and before the next method of a chain. What follows the first piece is indented.
pub fn folded(line: &str, width: usize) -> Vec<String> {
    let options = Options::new(width)
        .word_separator(WordSeparator::Custom(|line| Box::new(pieces(line).into_iter())))
        .word_splitter(WordSplitter::NoHyphenation)
        .subsequent_indent("    ");
    wrap(line, options).into_iter().map(|piece| piece.into_owned()).collect()
}

fn pieces(line: &str) -> Vec<Word<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    let mut letters = line.char_indices().peekable();
    while let Some((_, letter)) = letters.next() {
        depth = match letter {
            '[' => depth + 1,
            ']' => depth.saturating_sub(1),
            _ => depth,
        };
        let Some(&(next, after)) = letters.peek() else { break };
        if may_break(letter, after, depth) {
            pieces.push(Word::from(&line[start..next]));
            start = next;
        }
    }
    pieces.push(Word::from(&line[start..]));
    pieces
}

fn may_break(before: char, after: char, depth: usize) -> bool {
    match (before, after) {
        // The row of a matrix stays together.
        (' ', after) => after != ' ' && depth < 2,
        // `0.5` and `torch.tensor` stay whole: a chain is broken after a call.
        (')', '.') => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_break_before_a_method() {
        let line = "masked = scaled.fill(torch.ones(scaled).tril().logical_not(), inf)";
        let pieces = folded(line, 44);
        assert_eq!(
            pieces,
            ["masked = scaled.fill(torch.ones(scaled)", "    .tril().logical_not(), inf)"]
        );
    }

    #[test]
    fn short_lines_and_spaces_stay() {
        assert_eq!(folded("a  = b.c(0.5)", 40), ["a  = b.c(0.5)"]);
        assert_eq!(folded("", 40), [""]);
        assert_eq!(
            folded("value = [[0.5, 1], [1, 2]]", 15),
            ["value =", "    [[0.5, 1],", "    [1, 2]]"]
        );
    }
}
