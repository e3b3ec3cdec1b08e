//! Losses.

use tch::Tensor;

use super::super::{ops, take};

ops! {
    "f" "cross_entropy" (input: Tensor, target: Tensor, weight: OptTensor = None, ignore_index: Int = -100, reduction: Reduction = "mean", label_smoothing: Float = 0.0) => input.f_cross_entropy_loss(target, weight, reduction, ignore_index, label_smoothing);
    "f" "nll_loss" (input: Tensor, target: Tensor, weight: OptTensor = None, ignore_index: Int = -100, reduction: Reduction = "mean") => take::nll_loss(input, target, weight, ignore_index, reduction);
    "f" "mse_loss" (input: Tensor, target: Tensor, reduction: Reduction = "mean") => input.f_mse_loss(target, reduction);
    "f" "l1_loss" (input: Tensor, target: Tensor, reduction: Reduction = "mean") => input.f_l1_loss(target, reduction);
    "f" "smooth_l1_loss" (input: Tensor, target: Tensor, reduction: Reduction = "mean", beta: Float = 1.0) => input.f_smooth_l1_loss(target, reduction, beta);
    "f" "huber_loss" (input: Tensor, target: Tensor, reduction: Reduction = "mean", delta: Float = 1.0) => input.f_huber_loss(target, reduction, delta);
    "f" "kl_div" (input: Tensor, target: Tensor, reduction: Reduction = "mean", log_target: Bool = false) => input.f_kl_div(target, reduction, log_target);
    "f" "binary_cross_entropy" (input: Tensor, target: Tensor, weight: OptTensor = None, reduction: Reduction = "mean") => input.f_binary_cross_entropy(target, weight, reduction);
    "f" "binary_cross_entropy_with_logits" (input: Tensor, target: Tensor, weight: OptTensor = None, reduction: Reduction = "mean", pos_weight: OptTensor = None) => input.f_binary_cross_entropy_with_logits(target, weight, pos_weight, reduction);
    "f" "cosine_embedding_loss" (input1: Tensor, input2: Tensor, target: Tensor, margin: Float = 0.0, reduction: Reduction = "mean") => Tensor::f_cosine_embedding_loss(input1, input2, target, margin, reduction);
    "f" "margin_ranking_loss" (input1: Tensor, input2: Tensor, target: Tensor, margin: Float = 0.0, reduction: Reduction = "mean") => Tensor::f_margin_ranking_loss(input1, input2, target, margin, reduction);
    "f" "triplet_margin_loss" (anchor: Tensor, positive: Tensor, negative: Tensor, margin: Float = 1.0, p: Float = 2.0, eps: Float = 1e-6, swap: Bool = false, reduction: Reduction = "mean") => Tensor::f_triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction);
    "f" "hinge_embedding_loss" (input: Tensor, target: Tensor, margin: Float = 1.0, reduction: Reduction = "mean") => input.f_hinge_embedding_loss(target, margin, reduction);
    "f" "soft_margin_loss" (input: Tensor, target: Tensor, reduction: Reduction = "mean") => input.f_soft_margin_loss(target, reduction);
    "f" "poisson_nll_loss" (input: Tensor, target: Tensor, log_input: Bool = true, full: Bool = false, eps: Float = 1e-8, reduction: Reduction = "mean") => input.f_poisson_nll_loss(target, log_input, full, eps, reduction);
}
