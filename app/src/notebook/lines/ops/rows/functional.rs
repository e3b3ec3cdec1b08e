//! `torch.nn.functional`, as far as libtorch has it under one name.

use tch::Tensor;

use super::super::ops;

ops! {
    "tmf" "softmax" (input: Tensor, dim: Int, dtype: OptKind = None) => input.f_softmax(dim, dtype);
    "f" "softmax" (input: Tensor) => input.f_softmax(if matches!(input.dim(), 0 | 1 | 3) { 0 } else { 1 }, None::<tch::Kind>);
    "tmf" "log_softmax" (input: Tensor, dim: Int, dtype: OptKind = None) => input.f_log_softmax(dim, dtype);
    "f" "elu" (input: Tensor) => input.f_elu();
    "tf" "selu" (input: Tensor) => input.f_selu();
    "tf" "celu" (input: Tensor) => input.f_celu();
    "f" "leaky_relu" (input: Tensor) => input.f_leaky_relu();
    "f" "relu6" (input: Tensor) => input.f_relu6();
    "f" "hardtanh" (input: Tensor) => input.f_hardtanh();
    "f" "hardswish" (input: Tensor) => input.f_hardswish();
    "f" "hardsigmoid" (input: Tensor) => input.f_hardsigmoid();
    "tmf" "hardshrink" (input: Tensor) => input.f_hardshrink();
    "f" "gelu" (input: Tensor, approximate: Str = "none") => input.f_gelu(approximate);
    "f" "silu" (input: Tensor) => input.f_silu();
    "f" "mish" (input: Tensor) => input.f_mish();
    "f" "softplus" (input: Tensor) => input.f_softplus();
    "f" "softshrink" (input: Tensor) => input.f_softshrink();
    "tf" "threshold" (input: Tensor, threshold: Scalar, value: Scalar) => input.f_threshold(threshold, value);
    "f" "logsigmoid" (input: Tensor) => input.f_log_sigmoid();
    "tmf" "prelu" (input: Tensor, weight: Tensor) => input.f_prelu(weight);
    "f" "glu" (input: Tensor, dim: Int = -1) => input.f_glu(dim);
    "tf" "bilinear" (input1: Tensor, input2: Tensor, weight: Tensor, bias: OptTensor = None) => Tensor::f_bilinear(input1, input2, weight, bias);
    "tf" "cosine_similarity" (x1: Tensor, x2: Tensor, dim: Int = 1, eps: Float = 1e-08) => Tensor::f_cosine_similarity(x1, x2, dim, eps);
    "tf" "pairwise_distance" (x1: Tensor, x2: Tensor, p: Float = 2.0, eps: Float = 1e-06, keepdim: Bool = false) => Tensor::f_pairwise_distance(x1, x2, p, eps, keepdim);
    "tf" "pdist" (input: Tensor, p: Float = 2.0) => input.f_pdist(p);
    "tf" "pixel_shuffle" (input: Tensor, upscale_factor: Int) => input.f_pixel_shuffle(upscale_factor);
    "tf" "pixel_unshuffle" (input: Tensor, downscale_factor: Int) => input.f_pixel_unshuffle(downscale_factor);
    "tf" "adaptive_avg_pool1d" (input: Tensor, output_size: Ints) => input.f_adaptive_avg_pool1d(output_size);
    "f" "adaptive_avg_pool2d" (input: Tensor, output_size: Pair) => input.f_adaptive_avg_pool2d(output_size);
    "tf" "avg_pool1d" (input: Tensor, kernel_size: Ints, stride: Ints = [], padding: Ints = [0], ceil_mode: Bool = false, count_include_pad: Bool = true) => input.f_avg_pool1d(kernel_size, stride, padding, ceil_mode, count_include_pad);
    "f" "avg_pool2d" (input: Tensor, kernel_size: Ints, stride: Ints = [], padding: Ints = [0, 0], ceil_mode: Bool = false, count_include_pad: Bool = true, divisor_override: OptInt = None) => input.f_avg_pool2d(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);
    "tf" "max_pool1d" (input: Tensor, kernel_size: Ints, stride: Ints = [], padding: Ints = [0], dilation: Ints = [1], ceil_mode: Bool = false) => input.f_max_pool1d(kernel_size, stride, padding, dilation, ceil_mode);
    "tf" "max_pool2d" (input: Tensor, kernel_size: Ints, stride: Ints = [], padding: Ints = [0, 0], dilation: Ints = [1, 1], ceil_mode: Bool = false) => input.f_max_pool2d(kernel_size, stride, padding, dilation, ceil_mode);
    "tf" "channel_shuffle" (input: Tensor, groups: Int) => input.f_channel_shuffle(groups);
    "f" "scaled_dot_product_attention" (query: Tensor, key: Tensor, value: Tensor, attn_mask: OptTensor = None, dropout_p: Float = 0.0, is_causal: Bool = false, scale: OptFloat = None, enable_gqa: Bool = false) => Tensor::f_scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa);
}
