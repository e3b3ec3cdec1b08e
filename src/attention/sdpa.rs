//! torch's `scaled_dot_product_attention`.

use tch::Tensor;

use crate::Result;

/// The options of [`scaled_dot_product_attention`]; its `default()` is torch's.
#[derive(Debug, Default)]
pub struct Sdpa<'a> {
    /// `[.., L, S]`: bool (true = attend) or float (added to the scores).
    pub attn_mask: Option<&'a Tensor>,
    /// Probability of dropping a weight. As in torch it acts in evaluation too.
    pub dropout_p: f64,
    /// Lower-triangular mask, aligned top-left.
    pub is_causal: bool,
    /// Factor of the scores; `None` means 1/√E.
    pub scale: Option<f64>,
    /// Grouped-query attention: fewer heads in key and value than in query.
    pub enable_gqa: bool,
}

/// `softmax(query · keyᵀ · scale + attn_mask) · value`, by libtorch's fused kernels.
///
/// # Errors
/// When shapes, kinds or options do not fit.
pub fn scaled_dot_product_attention(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    options: &Sdpa,
) -> Result<Tensor> {
    Ok(Tensor::f_scaled_dot_product_attention(
        query,
        key,
        value,
        options.attn_mask,
        options.dropout_p,
        options.is_causal,
        options.scale,
        options.enable_gqa,
    )?)
}
