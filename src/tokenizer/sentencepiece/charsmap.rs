//! The table of replacements that a SentencePiece file carries (NFKC and the like), as a double-array trie.
//!
//! The layout is darts-clone's: 32-bit units, each with a label, an offset to its children and a mark for a leaf.

use crate::{Error, Result};

/// Which prefixes of a text are replaced, and by what.
pub(super) struct CharsMap {
    units: Vec<u32>,
    /// The replacements, one after another, each ended by a zero byte.
    replacements: Vec<u8>,
}

impl CharsMap {
    /// Reads the blob: the trie's length in bytes, the trie, the replacements.
    pub(super) fn from_bytes(blob: &[u8]) -> Result<Self> {
        let broken =
            || Error::value("the table of replacements in the SentencePiece model is broken");
        let (length, rest) = blob.split_first_chunk::<4>().ok_or_else(broken)?;
        let length = u32::from_le_bytes(*length) as usize;
        if length == 0 || !length.is_multiple_of(4) || length > rest.len() {
            return Err(broken());
        }
        let (trie, replacements) = rest.split_at(length);
        let (units, _) = trie.as_chunks::<4>();
        let units = units.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
        Ok(Self { units, replacements: replacements.to_vec() })
    }

    /// The longest prefix of `text` that is replaced: its length in bytes and its replacement.
    pub(super) fn longest_prefix(&self, text: &[u8]) -> Option<(usize, &str)> {
        let mut found = None;
        let mut at = offset(self.unit(0)?) as usize;
        for (index, &byte) in text.iter().enumerate() {
            at ^= usize::from(byte);
            let unit = self.unit(at)?;
            if label(unit) != u32::from(byte) {
                break;
            }
            at ^= offset(unit) as usize;
            if has_leaf(unit) {
                found = Some((index + 1, value(self.unit(at)?) as usize));
            }
        }
        let (length, start) = found?;
        let rest = self.replacements.get(start..)?;
        let end = rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
        Some((length, std::str::from_utf8(&rest[..end]).ok()?))
    }

    fn unit(&self, at: usize) -> Option<u32> {
        self.units.get(at).copied()
    }
}

fn has_leaf(unit: u32) -> bool {
    unit >> 8 & 1 == 1
}

fn value(unit: u32) -> u32 {
    unit & 0x7fff_ffff
}

/// The byte that leads to a unit; a leaf has the highest bit set, so that it is never taken for one.
fn label(unit: u32) -> u32 {
    unit & 0x8000_00ff
}

fn offset(unit: u32) -> u32 {
    (unit >> 10) << ((unit & 0x200) >> 6)
}
