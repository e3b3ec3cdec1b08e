//! Softmax, activations and losses.

use tch::{Kind, Reduction, Tensor};

use super::phrases;

const SOURCE: &str = include_str!("losses.rs");

phrases! {
    softmax(x) {
        // torch.softmax(x, dim=-1)
        x.softmax(-1, None)
    }

    softmax_in_double(x) {
        // x.softmax(-1, dtype=torch.float64)
        x.softmax(-1, Kind::Double)
    }

    log_softmax(x) {
        // F.log_softmax(x, dim=-1)
        x.log_softmax(-1, None)
    }

    logsumexp(x) {
        // x.logsumexp(dim=-1)
        x.logsumexp(-1, false)
    }

    relu(x) {
        // F.relu(x)
        x.relu()
    }

    gelu(x) {
        // F.gelu(x)
        x.gelu("none")
    }

    gelu_tanh(x) {
        // F.gelu(x, approximate="tanh")
        x.gelu("tanh")
    }

    sigmoid_and_tanh(x) {
        // x.sigmoid() * x.tanh()
        x.sigmoid() * x.tanh()
    }

    layer_norm(x, v) {
        // F.layer_norm(x, (3,), weight=v)
        x.layer_norm([3], Some(v), None, 1e-5, true)
    }

    cross_entropy(x, target) {
        // F.cross_entropy(x, target)
        x.cross_entropy_for_logits(&target)
    }

    cross_entropy_with_options(x, target) {
        // F.cross_entropy(x, target, ignore_index=0,
        //                 label_smoothing=0.1)
        let no_weight = None::<Tensor>;
        x.cross_entropy_loss(&target, no_weight, Reduction::Mean, 0, 0.1)
    }

    nll_loss(x, target) {
        // F.nll_loss(F.log_softmax(x, -1), target)
        x.log_softmax(-1, None).nll_loss(&target)
    }

    mse_loss(x, y) {
        // F.mse_loss(x, y)
        x.mse_loss(&y, Reduction::Mean)
    }

    smooth_l1_loss(x, y) {
        // F.smooth_l1_loss(x, y, reduction="sum")
        x.smooth_l1_loss(&y, Reduction::Sum, 1.0)
    }

    binary_cross_entropy(x, mask) {
        // F.binary_cross_entropy_with_logits(x, mask.float())
        let target = mask.to_kind(Kind::Float);
        let (weight, mean) = (None::<Tensor>, Reduction::Mean);
        x.binary_cross_entropy_with_logits(&target, weight, None, mean)
    }

    kl_div(x, y) {
        // F.kl_div(x.log_softmax(-1), y.softmax(-1), reduction="sum")
        let (x, y) = (x.log_softmax(-1, None), y.softmax(-1, None));
        x.kl_div(&y, Reduction::Sum, false)
    }

    accuracy(x, target) {
        // (x.argmax(-1) == target).float().mean()
        x.argmax(-1, false).eq_tensor(&target).to_kind(Kind::Float).mean(None)
    }
}
