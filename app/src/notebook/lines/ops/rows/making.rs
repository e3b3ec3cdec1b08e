//! New tensors: filled, counted, drawn.

use tch::{Device, Kind, Tensor};

use super::super::ops;

ops! {
    "t" "zeros" (size: Sizes, dtype: FloatKind = None) => Tensor::f_zeros(size, (dtype, Device::Cpu));
    "t" "ones" (size: Sizes, dtype: FloatKind = None) => Tensor::f_ones(size, (dtype, Device::Cpu));
    "t" "empty" (size: Sizes, dtype: FloatKind = None) => Tensor::f_empty(size, (dtype, Device::Cpu));
    "t" "full" (size: Ints, fill_value: Bool) => Tensor::f_full(size, i64::from(fill_value), (Kind::Bool, Device::Cpu));
    "t" "full" (size: Ints, fill_value: Int) => Tensor::f_full(size, fill_value, (Kind::Int64, Device::Cpu));
    "t" "full" (size: Ints, fill_value: Scalar, dtype: FloatKind = None) => Tensor::f_full(size, fill_value, (dtype, Device::Cpu));
    "t" "arange" (end: Int) => Tensor::f_arange(end, (Kind::Int64, Device::Cpu));
    "t" "arange" (start: Int, end: Int) => Tensor::f_arange_start(start, end, (Kind::Int64, Device::Cpu));
    "t" "arange" (start: Int, end: Int, step: Int) => Tensor::f_arange_start_step(start, end, step, (Kind::Int64, Device::Cpu));
    "t" "arange" (end: Scalar, dtype: FloatKind = None) => Tensor::f_arange(end, (dtype, Device::Cpu));
    "t" "arange" (start: Scalar, end: Scalar, dtype: FloatKind = None) => Tensor::f_arange_start(start, end, (dtype, Device::Cpu));
    "t" "arange" (start: Scalar, end: Scalar, step: Scalar, dtype: FloatKind = None) => Tensor::f_arange_start_step(start, end, step, (dtype, Device::Cpu));
    "t" "linspace" (start: Scalar, end: Scalar, steps: Int, dtype: FloatKind = None) => Tensor::f_linspace(start, end, steps, (dtype, Device::Cpu));
    "t" "logspace" (start: Scalar, end: Scalar, steps: Int, base: Float = 10.0, dtype: FloatKind = None) => Tensor::f_logspace(start, end, steps, base, (dtype, Device::Cpu));
    "t" "eye" (n: Int, dtype: FloatKind = None) => Tensor::f_eye(n, (dtype, Device::Cpu));
    "t" "eye" (n: Int, m: Int, dtype: FloatKind = None) => Tensor::f_eye_m(n, m, (dtype, Device::Cpu));
    "t" "zeros_like" (input: Tensor) => input.f_zeros_like();
    "t" "zeros_like" (input: Tensor, dtype: Kind) => input.f_zeros_like()?.f_to_kind(dtype);
    "t" "ones_like" (input: Tensor) => input.f_ones_like();
    "t" "ones_like" (input: Tensor, dtype: Kind) => input.f_ones_like()?.f_to_kind(dtype);
    "t" "empty_like" (input: Tensor) => input.f_empty_like();
    "t" "full_like" (input: Tensor, fill_value: Scalar) => input.f_full_like(fill_value);
    "t" "full_like" (input: Tensor, fill_value: Scalar, dtype: Kind) => Tensor::f_full(input.size(), fill_value, (dtype, Device::Cpu));
    "m" "new_zeros" (input: Tensor, size: Sizes) => input.f_new_zeros(size, (input.kind(), Device::Cpu));
    "m" "new_zeros" (input: Tensor, size: Sizes, dtype: Kind) => input.f_new_zeros(size, (dtype, Device::Cpu));
    "m" "new_ones" (input: Tensor, size: Sizes) => input.f_new_ones(size, (input.kind(), Device::Cpu));
    "m" "new_full" (input: Tensor, size: Ints, fill_value: Scalar) => input.f_new_full(size, fill_value, (input.kind(), Device::Cpu));
    "t" "tril_indices" (row: Int, col: Int, offset: Int = 0, dtype: LongKind = None) => Tensor::f_tril_indices(row, col, offset, (dtype, Device::Cpu));
    "t" "triu_indices" (row: Int, col: Int, offset: Int = 0, dtype: LongKind = None) => Tensor::f_triu_indices(row, col, offset, (dtype, Device::Cpu));
    "t" "hann_window" (window_length: Int, dtype: FloatKind = None) => Tensor::f_hann_window(window_length, (dtype, Device::Cpu));
    "t" "hamming_window" (window_length: Int, dtype: FloatKind = None) => Tensor::f_hamming_window(window_length, (dtype, Device::Cpu));
    "t" "blackman_window" (window_length: Int, dtype: FloatKind = None) => Tensor::f_blackman_window(window_length, (dtype, Device::Cpu));
    "t" "bartlett_window" (window_length: Int, dtype: FloatKind = None) => Tensor::f_bartlett_window(window_length, (dtype, Device::Cpu));
    "t" "complex" (real: Tensor, imag: Tensor) => Tensor::f_complex(real, imag);
    "t" "polar" (abs: Tensor, angle: Tensor) => Tensor::f_polar(abs, angle);
    "tr" "rand" (size: Sizes, dtype: FloatKind = None) => Tensor::f_rand(size, (dtype, Device::Cpu));
    "tr" "randn" (size: Sizes, dtype: FloatKind = None) => Tensor::f_randn(size, (dtype, Device::Cpu));
    "tr" "randint" (high: Int, size: Ints, dtype: LongKind = None) => Tensor::f_randint(high, size, (dtype, Device::Cpu));
    "tr" "randint" (low: Int, high: Int, size: Ints, dtype: LongKind = None) => Tensor::f_randint_low(low, high, size, (dtype, Device::Cpu));
    "tr" "randperm" (n: Int, dtype: LongKind = None) => Tensor::f_randperm(n, (dtype, Device::Cpu));
    "tr" "rand_like" (input: Tensor) => input.f_rand_like();
    "tr" "randn_like" (input: Tensor) => input.f_randn_like();
    "tr" "randint_like" (input: Tensor, high: Int) => input.f_randint_like(high);
    "tr" "randint_like" (input: Tensor, low: Int, high: Int) => input.f_randint_like_low_dtype(low, high);
    "tmr" "bernoulli" (input: Tensor) => input.f_bernoulli();
    "tmr" "bernoulli" (input: Tensor, p: Float) => input.f_bernoulli_p(p);
    "tmr" "multinomial" (input: Tensor, num_samples: Int, replacement: Bool = false) => input.f_multinomial(num_samples, replacement);
    "tr" "poisson" (input: Tensor) => input.f_poisson();
}
