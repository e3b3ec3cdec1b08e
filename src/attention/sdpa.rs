//! torch's `scaled_dot_product_attention`: one call into libtorch, which picks the kernel.

use tch::Tensor;

use super::check;
use crate::Result;

/// The options of [`scaled_dot_product_attention`]; its `default()` is torch's.
#[derive(Debug, Default)]
pub struct Sdpa<'a> {
    /// Anything that broadcasts to the scores `[.., L, S]`: bool (true = attend) or float (added to the scores).
    pub attn_mask: Option<&'a Tensor>,
    /// Probability of dropping a weight. As in torch it acts in evaluation too: pass 0 there.
    pub dropout_p: f64,
    /// Lower-triangular mask, aligned top-left: query `i` sees keys `0..=i`. Together with
    /// `attn_mask` both apply (libtorch 2.11 refuses the pair).
    pub is_causal: bool,
    /// Factor of the scores; `None` means `1/√D`.
    pub scale: Option<f64>,
    /// Grouped-query attention: key and value have fewer heads than query, each shared by `H / H_kv` query heads.
    pub enable_gqa: bool,
}

/// `softmax(query · keyᵀ · scale + attn_mask) · value`, by libtorch's fused kernels.
///
/// | argument | shape |
/// |---|---|
/// | `query` | `[.., L, D]`, most often `[B, H, L, D]` |
/// | `key` | `[.., S, D]` |
/// | `value` | `[.., S, Dv]` |
/// | result | `[.., L, Dv]` |
///
/// Leading dimensions are any number, and broadcast. Source: Vaswani et al. 2017, equation 1;
/// `torch.nn.functional.scaled_dot_product_attention`.
///
/// A row that no key may enter (all masked, or `S = 0`) gives zeros, as in torch. A float mask filled with a finite
/// minimum instead of `-inf` gives the mean of the values, as in torch.
///
/// With a negative `scale` and `is_causal` libtorch's CPU flash kernel gives `NaN`, here as in Python: it scales after
/// it has masked. The [stepwise twin](super::scaled_dot_product_attention_steps) does not.
///
/// Like torch's, a kernel multiplies masked values by a weight of exactly 0, so a `NaN` or `inf` in a masked `value`
/// still reaches the output.
///
/// ```
/// use atencion::attention::{Sdpa, scaled_dot_product_attention};
/// # use atencion::tensor;
/// let q = tensor![[0.0, 0.0, 0.0], [1, 1, 1]];
/// let k = tensor![[0.1, 0.1, 0.1], [0.2, 0.2, 0.2]];
/// let v = tensor![[1.0, 0.0], [0.0, 1.0]];
/// let output = scaled_dot_product_attention(&q, &k, &v, &Sdpa { is_causal: true, ..Sdpa::default() })?;
/// assert_eq!(output.size(), [2, 2]);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// # Errors
/// When a shape, kind, device or option does not fit; the message names the argument, what it is and what it should be.
pub fn scaled_dot_product_attention(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    options: &Sdpa,
) -> Result<Tensor> {
    check::inputs(query, key, value, options)?;
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
