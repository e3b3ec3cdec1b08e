//! What layers compute: `torch.nn.functional` where its Python does more than call one operator.

use tch::Tensor;

use super::super::{ops, take};

ops! {
    "f" "linear" (input: Tensor, weight: Tensor, bias: OptTensor = None) => input.f_linear(weight, bias);
    "f" "embedding" (input: Tensor, weight: Tensor) => Tensor::f_embedding(weight, input, -1, false, false);
    "f" "embedding" (input: Tensor, weight: Tensor, padding_idx: Int) => Tensor::f_embedding(weight, input, padding_idx, false, false);
    "f" "layer_norm" (input: Tensor, normalized_shape: Ints, weight: OptTensor = None, bias: OptTensor = None, eps: Float = 1e-5) => input.f_layer_norm(normalized_shape, weight, bias, eps, true);
    "f" "rms_norm" (input: Tensor, normalized_shape: Ints, weight: OptTensor = None, eps: OptFloat = None) => input.f_rms_norm(normalized_shape, weight, eps);
    "f" "group_norm" (input: Tensor, num_groups: Int, weight: OptTensor = None, bias: OptTensor = None, eps: Float = 1e-5) => input.f_group_norm(num_groups, weight, bias, eps, true);
    "f" "batch_norm" (input: Tensor, running_mean: OptTensor, running_var: OptTensor, weight: OptTensor = None, bias: OptTensor = None, training: Bool = false, momentum: Float = 0.1, eps: Float = 1e-5) => input.f_batch_norm(weight, bias, running_mean, running_var, training, momentum, eps, true);
    "f" "instance_norm" (input: Tensor, running_mean: OptTensor = None, running_var: OptTensor = None, weight: OptTensor = None, bias: OptTensor = None, use_input_stats: Bool = true, momentum: Float = 0.1, eps: Float = 1e-5) => input.f_instance_norm(weight, bias, running_mean, running_var, use_input_stats, momentum, eps, true);
    "fr" "dropout" (input: Tensor, p: Float = 0.5, training: Bool = true) => input.f_dropout(p, training);
    "f" "one_hot" (input: Tensor, num_classes: Int = -1) => input.f_one_hot(num_classes);
    "f" "pad" (input: Tensor, pad: Ints, mode: Str = "constant", value: OptFloat = None) => input.f_pad(pad, mode, value);
    "f" "normalize" (input: Tensor, p: Scalar = 2.0, dim: Int = 1, eps: Float = 1e-12) => take::normalized(input, p, dim, eps);
    "f" "softmin" (input: Tensor, dim: Int) => input.f_neg()?.f_softmax(dim, None);
    "f" "tanhshrink" (input: Tensor) => input.f_sub(&input.f_tanh()?);
    "f" "softsign" (input: Tensor) => input.f_div(&input.f_abs()?.f_add_scalar(1)?);
    "tf" "conv1d" (input: Tensor, weight: Tensor, bias: OptTensor = None, stride: Ints = [1], padding: Ints = [0], dilation: Ints = [1], groups: Int = 1) => input.f_conv1d(weight, bias, stride, padding, dilation, groups);
    "tf" "conv1d" (input: Tensor, weight: Tensor, bias: OptTensor = None, stride: Ints = [1], padding: Str, dilation: Ints = [1], groups: Int = 1) => input.f_conv1d_padding(weight, bias, stride, padding, dilation, groups);
    "tf" "conv2d" (input: Tensor, weight: Tensor, bias: OptTensor = None, stride: Ints = [1], padding: Ints = [0], dilation: Ints = [1], groups: Int = 1) => input.f_conv2d(weight, bias, stride, padding, dilation, groups);
    "tf" "conv2d" (input: Tensor, weight: Tensor, bias: OptTensor = None, stride: Ints = [1], padding: Str, dilation: Ints = [1], groups: Int = 1) => input.f_conv2d_padding(weight, bias, stride, padding, dilation, groups);
    "tf" "conv_transpose1d" (input: Tensor, weight: Tensor, bias: OptTensor = None, stride: Ints = [1], padding: Ints = [0], output_padding: Ints = [0], groups: Int = 1, dilation: Ints = [1]) => input.f_conv_transpose1d(weight, bias, stride, padding, output_padding, groups, dilation);
    "tf" "conv_transpose2d" (input: Tensor, weight: Tensor, bias: OptTensor = None, stride: Ints = [1], padding: Ints = [0], output_padding: Ints = [0], groups: Int = 1, dilation: Ints = [1]) => input.f_conv_transpose2d(weight, bias, stride, padding, output_padding, groups, dilation);
    "f" "unfold" (input: Tensor, kernel_size: Pair, dilation: Pair = [1, 1], padding: Pair = [0, 0], stride: Pair = [1, 1]) => input.f_im2col(kernel_size, dilation, padding, stride);
    "t" "einsum" (equation: Str, operands: Tensors) => Tensor::f_einsum(equation, operands, None::<i64>);
    "t" "tensordot" (a: Tensor, b: Tensor, dims: Int = 2) => take::tensordot(a, b, dims);
    "tm" "clamp" (input: Tensor, min: Scalar) => input.f_clamp_min(min);
    "tm" "clamp" (input: Tensor, max: Scalar) => input.f_clamp_max(max);
    "t" "unique" (input: Tensor) => take::unique(input);
    "m" "unique" (input: Tensor) => take::unique(input);
}
