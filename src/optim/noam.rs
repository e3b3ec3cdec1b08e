//! The learning-rate schedule of "Attention Is All You Need".

/// `d_model^-0.5 · min(step^-0.5, step · warmup^-1.5)`: the rate grows in proportion to the step for `warmup` steps and
/// then falls with its square root. Steps count from 1; step 0 has rate 0.
///
/// Source: [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), section 5.3, where `warmup` is 4000.
///
/// ```
/// use atencion::optim::noam;
///
/// let rates: Vec<f64> = (1..=8000).map(|step| noam(512, step, 4000)).collect();
/// assert!(rates[..4000].is_sorted());
/// assert!(rates[3999..].is_sorted_by(|a, b| a > b));
/// ```
pub fn noam(d_model: i64, step: u64, warmup: u64) -> f64 {
    let (d_model, step, warmup) = (d_model as f64, step as f64, warmup as f64);
    d_model.powf(-0.5) * step.powf(-0.5).min(step * warmup.powf(-1.5))
}
