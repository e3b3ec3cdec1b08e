//! ONNX's losses.

use atencion::Result;
use atencion::nn::{CrossEntropyLoss, NllLoss, Reduction};
use tch::Tensor;

use crate::cases::Case;

pub fn run(case: &Case) -> Result<Vec<(&'static str, Tensor)>> {
    let (input, target, weight) = (case.nth(0).unwrap(), case.nth(1).unwrap(), case.nth(2));
    let ignore_index = case.int("ignore_index").unwrap_or(-100);
    let reduction = match case.text("reduction") {
        Some("none") => Reduction::None,
        Some("sum") => Reduction::Sum,
        _ => Reduction::Mean,
    };
    if case.op() == "NegativeLogLikelihoodLoss" {
        let loss = NllLoss { weight, ignore_index, reduction };
        return Ok(vec![("loss", loss.forward(&input, &target)?)]);
    }
    let loss = CrossEntropyLoss { weight, ignore_index, reduction, label_smoothing: 0.0 };
    let z = loss.forward(&input, &target)?;
    Ok(vec![("z", z), ("log_prob", input.f_log_softmax(1, input.kind())?)])
}
