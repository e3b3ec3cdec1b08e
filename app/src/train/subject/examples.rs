//! Texts with a label, and batches of them.

use tch::{Device, Kind, Tensor};

use atencion::Result;
use atencion::data::pad_sequence;

/// `[PAD]`
const PAD: i64 = 0;
/// Texts that are looked at together when measuring.
pub(super) const TOGETHER: usize = 64;

/// A text, its ids and its label.
#[derive(Debug, Clone)]
pub(in crate::train) struct Example {
    pub text: String,
    pub ids: Vec<i64>,
    pub label: i64,
}

/// `[B, L]` of the longest, and where there is padding.
pub(super) fn padded(texts: &[Example]) -> Result<(Tensor, Tensor)> {
    let ids: Vec<Vec<i64>> = texts.iter().map(|example| example.ids.clone()).collect();
    pad_sequence(&ids, PAD)
}

/// 1 where there is none.
pub(super) fn attended(padded: &Tensor, device: Device) -> Result<Tensor> {
    Ok(padded.f_logical_not()?.f_to_kind(Kind::Int64)?.f_to_device(device)?)
}
