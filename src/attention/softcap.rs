//! Soft capping of scores.

use tch::Tensor;

use crate::tensor::times;
use crate::{Error, Result};

/// `cap · tanh(scores / cap)`: keeps every score within `±cap`, nearly untouched where it is small.
///
/// Shape as given. Sources: Gemma 2 report (2024), section 2; ONNX `Attention`, `softcap`.
///
/// # Errors
/// When `cap` is not above 0.
pub fn softcap(scores: &Tensor, cap: f64) -> Result<Tensor> {
    if cap.is_nan() || cap <= 0.0 {
        return Err(Error::value(format!("cap is {cap} but should be above 0"))
            .mend("leave softcap out to have no cap"));
    }
    times(&scores.f_div_scalar(cap)?.f_tanh()?, cap)
}
