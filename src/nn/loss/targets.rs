//! The door of the losses over classes.

use tch::{Kind, TchError, Tensor};

use crate::{Error, Result};

/// `C`, the number of classes of `input`.
pub(super) fn classes(input: &Tensor) -> Result<i64> {
    if !input.is_floating_point() {
        return Err(Error::kind_mismatch(format!(
            "input is {:?} but should hold logits, of a float kind",
            input.kind()
        ))
        .mend("input comes first, target second"));
    }
    match input.size().as_slice() {
        &[c] | &[_, c, ..] => Ok(c),
        [] => Err(Error::value("input is a scalar but should be [C], [B, C] or [B, C, d1, …]")),
    }
}

/// `weight` is `[C]` and of the input's kind.
pub(super) fn class_weights(weight: Option<&Tensor>, input: &Tensor, classes: i64) -> Result<()> {
    let Some(weight) = weight else { return Ok(()) };
    if weight.size() != [classes] {
        return Err(Error::value(format!(
            "weight is {:?} but should be [C={classes}], one factor a class",
            weight.size()
        )));
    }
    if weight.kind() != input.kind() {
        return Err(Error::kind_mismatch(format!(
            "weight is {:?} but input is {:?}",
            weight.kind(),
            input.kind()
        ))
        .mend("weight.to_kind(input.kind())"));
    }
    Ok(())
}

/// `target` is one class an item, or a distribution of the shape of `input`.
pub(super) fn fit(input: &Tensor, target: &Tensor) -> Result<()> {
    let (is, input_size) = (target.size(), input.size());
    if target.is_floating_point() {
        if is == input_size {
            return Ok(());
        }
        return Err(Error::value(format!(
            "target is {is:?} but probabilities should have the shape of input, {input_size:?}"
        ))
        .mend("for classes as target use kind Int64"));
    }
    if !matches!(target.kind(), Kind::Int64 | Kind::Uint8) {
        return Err(Error::kind_mismatch(format!(
            "target is {:?} but should hold classes, of kind Int64, or probabilities",
            target.kind()
        ))
        .mend("target.to_kind(Kind::Int64)"));
    }
    let mut should = input_size.clone();
    should.remove(usize::from(input_size.len() > 1));
    if is == should {
        return Ok(());
    }
    Err(Error::value(format!(
        "target is {is:?} but input is {input_size:?}, so classes should be {should:?}"
    )))
}

/// Names the class that libtorch found out of bounds.
pub(super) fn out_of_bounds(refusal: TchError, classes: i64, ignore_index: i64) -> Error {
    let refusal = Error::from(refusal);
    let class = refusal.what().strip_prefix("Target ").and_then(|rest| rest.split(' ').next());
    match class {
        Some(class) if refusal.what().contains("out of bounds") => Error::value(format!(
            "target holds {class} but there are C={classes} classes: 0 to {}, or ignore_index {ignore_index}",
            classes - 1
        )),
        _ => refusal,
    }
}
