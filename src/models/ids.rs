//! What a model takes for text.

use tch::Tensor;

use crate::{Error, Result};

/// Ids are `[B, L]`, and there is one at least.
///
/// # Errors
/// When they are not.
pub(crate) fn check_ids(name: &str, ids: &Tensor) -> Result<()> {
    match ids.size()[..] {
        [b, l] if b > 0 && l > 0 => Ok(()),
        _ => Err(Error::value(format!(
            "{name} is {:?} but should be [B, L], with one token at least",
            ids.size()
        ))),
    }
}
