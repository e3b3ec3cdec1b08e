//! The phrasebook: its phrases are worth the same in both languages, and its notes are true.

mod notes;
mod results;
