//! When a sequence is at its end.

use super::StopStrings;

/// Length, end tokens and stop strings.
#[derive(Debug, Clone, Default)]
pub(super) struct Stopping {
    pub max_length: i64,
    pub eos_token_id: Vec<i64>,
    pub stop_strings: Option<StopStrings>,
}

impl Stopping {
    /// Whether a sequence of `length` tokens, of which these are the last, has ended.
    pub fn ends(&self, tail: &[i64], length: i64) -> bool {
        length >= self.max_length
            || tail.last().is_some_and(|id| self.eos_token_id.contains(id))
            || self.stop_strings.as_ref().is_some_and(|strings| strings.end(tail))
    }

    /// How many of the last tokens must be looked at.
    pub fn tail(&self) -> i64 {
        self.stop_strings.as_ref().map_or(1, StopStrings::longest).max(1)
    }
}
