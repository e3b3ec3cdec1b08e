//! The losses, from the arguments of torch's functions and of its module.

use atencion::Result;
use atencion::nn::{CrossEntropyLoss, KlDivLoss, KlReduction, NllLoss, Reduction};
use tch::Tensor;

use super::call::Args;

pub fn loss(op: &str, args: &Args) -> Result<Tensor> {
    let (input, target) = (args.need("input"), args.need("target"));
    // torch has no gradient in the class weights, and refuses to start.
    let weight = args.get("weight").map(Tensor::detach);
    let ignore_index = args.values["ignore_index"].as_i64().unwrap_or(-100);
    let label_smoothing = args.values["label_smoothing"].as_f64().unwrap_or(0.0);
    match op {
        "nn.functional.kl_div" => {
            let reduction = match args.values["reduction"].as_str() {
                Some("batchmean") => KlReduction::BatchMean,
                _ => KlReduction::Elements(reduction(args)),
            };
            KlDivLoss { reduction, log_target: args.flag("log_target", false) }
                .forward(input, target)
        }
        "nn.functional.nll_loss" => {
            NllLoss { weight, ignore_index, reduction: reduction(args) }.forward(input, target)
        }
        _ => {
            let reduction = reduction(args);
            CrossEntropyLoss { weight, ignore_index, reduction, label_smoothing }
                .forward(input, target)
        }
    }
}

fn reduction(args: &Args) -> Reduction {
    match args.values["reduction"].as_str() {
        Some("none") => Reduction::None,
        Some("sum") => Reduction::Sum,
        _ => Reduction::Mean,
    }
}
