//! Weights laid out for reading each of them once, in as few bits as are asked for: `cpp/packed.h`, held by Rust.

use std::ffi::{c_char, c_int};
use std::ptr::null;

use tch::{Device, Kind, Tensor};
use torch_sys::C_tensor;

use super::error::check;
use crate::{Error, Result};

/// What packed weights are kept as. What they are multiplied with, and the sums, are float32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WeightFormat {
    /// As they are, in the order in which they are read.
    Float32,
    /// Half the bytes; 11 bits of precision.
    Float16,
    /// Half the bytes; 8 bits of precision.
    BFloat16,
    /// A quarter of the bytes: each output's largest weight is 127. Inputs are rounded to 16 bits.
    Int8,
    /// 5 bits: 16 steps from the least to the largest of 32 weights. Inputs are rounded to 8 bits.
    Int4,
}

impl WeightFormat {
    /// All of them, from the largest to the smallest.
    pub const ALL: [Self; 5] =
        [Self::Float32, Self::Float16, Self::BFloat16, Self::Int8, Self::Int4];

    fn number(self) -> c_int {
        match self {
            Self::Float32 => 0,
            Self::Float16 => 1,
            Self::BFloat16 => 2,
            Self::Int8 => 3,
            Self::Int4 => 4,
        }
    }
}

/// The weight of a linear map, packed for a few rows at a time: `[out, in]`, on the CPU, without gradients.
///
/// A token that a model writes costs one reading of its weights, and that is what takes the time. libtorch reads
/// float32 at less than half the memory's speed when there are few rows; here every format is read at all of it.
///
/// ```
/// use atencion::libtorch::{PackedWeight, WeightFormat};
/// use atencion::tensor;
///
/// let weight = tensor![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]; // [out, in]
/// let packed = PackedWeight::new(&weight, WeightFormat::Float16)?;
/// let y = packed.linear(&tensor![[1.0, 0.0, 2.0]], Some(&tensor![0.5, 0.0]))?;
/// assert!(y.equal(&tensor![[7.5, 16.0]]));
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Debug)]
pub struct PackedWeight {
    format: WeightFormat,
    out_features: i64,
    in_features: i64,
    bytes: Tensor,
    /// `Int8`: of each output.
    scales: Option<Tensor>,
}

impl PackedWeight {
    /// Packs `[out, in]` of any floating kind; a transposed view is read as it lies.
    ///
    /// # Errors
    /// When it is no floating-point matrix on the CPU.
    pub fn new(weight: &Tensor, format: WeightFormat) -> Result<Self> {
        let size = weight.size();
        let (&[out_features, in_features], Device::Cpu) = (&size[..], weight.device()) else {
            return Err(Error::value(format!(
                "weights that are packed are [out, in] on the CPU, but these are {size:?} on {:?}",
                weight.device()
            )));
        };
        let kinds = [Kind::Float, Kind::Half, Kind::BFloat16, Kind::Double];
        if !kinds.contains(&weight.kind()) {
            return Err(Error::kind_mismatch(format!(
                "weights that are packed are floating-point numbers, but these are {:?}",
                weight.kind()
            )));
        }
        let (mut bytes, mut scales) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the tensor is alive for the call, and is what was checked above.
        check(unsafe { atencion_pack(&mut bytes, &mut scales, weight.as_ptr(), format.number()) })?;
        // SAFETY: no error, so these are new tensors, the second one or null.
        let (bytes, scales) = unsafe {
            (Tensor::from_ptr(bytes), (!scales.is_null()).then(|| Tensor::from_ptr(scales)))
        };
        Ok(Self { format, out_features, in_features, bytes, scales })
    }

    /// `x Wᵀ + b`: float32 `[.., in]` → `[.., out]`; `bias` is float32 `[out]`.
    ///
    /// # Errors
    /// When a shape or kind does not fit, or a derivative is wanted.
    pub fn linear(&self, x: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        self.call(x, bias, false)
    }

    /// What the weights are kept as.
    pub fn format(&self) -> WeightFormat {
        self.format
    }

    /// How many bytes they take.
    pub fn num_bytes(&self) -> usize {
        self.bytes.numel() + self.scales.as_ref().map_or(0, |scales| 4 * scales.numel())
    }

    fn call(&self, x: &Tensor, bias: Option<&Tensor>, only_plain: bool) -> Result<Tensor> {
        self.check(x, bias)?;
        let pointer = |t: Option<&Tensor>| t.map_or(null(), |t| t.as_ptr());
        let mut out = std::ptr::null_mut();
        // SAFETY: all tensors are alive for the call. `bytes` and `scales` were made by `atencion_pack` for this format
        // and size, and `check` has seen that x is as wide as the weights and both x and bias are float32 on the CPU.
        check(unsafe {
            atencion_packed_linear(
                &mut out,
                x.as_ptr(),
                self.bytes.as_ptr(),
                pointer(self.scales.as_ref()),
                pointer(bias),
                self.format.number(),
                self.out_features,
                self.in_features,
                only_plain,
            )
        })?;
        // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
        Ok(unsafe { Tensor::from_ptr(out) })
    }

    fn check(&self, x: &Tensor, bias: Option<&Tensor>) -> Result<()> {
        let float = |t: &Tensor| t.kind() == Kind::Float && t.device() == Device::Cpu;
        if !float(x) || !bias.is_none_or(float) {
            return Err(Error::kind_mismatch(format!(
                "packed weights take float32 on the CPU, but the input is {:?} on {:?}",
                x.kind(),
                x.device()
            )));
        }
        let size = x.size();
        if size.last() != Some(&self.in_features) {
            return Err(Error::value(format!(
                "input is {size:?}, but its last dimension should be in_features={}",
                self.in_features
            )));
        }
        match bias {
            Some(bias) if bias.size() != [self.out_features] || !bias.is_contiguous() => {
                Err(Error::value(format!(
                    "bias is {:?} but should be [{}], contiguous",
                    bias.size(),
                    self.out_features
                )))
            }
            _ => Ok(()),
        }
    }
}

unsafe extern "C" {
    fn atencion_pack(
        weights: *mut *mut C_tensor,
        scales: *mut *mut C_tensor,
        w: *const C_tensor,
        format: c_int,
    ) -> *mut c_char;
    fn atencion_packed_linear(
        out: *mut *mut C_tensor,
        x: *const C_tensor,
        weights: *const C_tensor,
        scales: *const C_tensor,
        bias: *const C_tensor,
        format: c_int,
        n: i64,
        k: i64,
        only_plain: bool,
    ) -> *mut c_char;
}

#[cfg(test)]
mod tests {
    use tch::kind::FLOAT_CPU;

    use super::*;
    use crate::tensor;

    /// Numbers from −2 to 2 without an order, the same each time.
    fn noise(size: &[i64]) -> Tensor {
        let count = size.iter().product::<i64>();
        let wild = (Tensor::arange(count, (Kind::Double, Device::Cpu)) + size[0]).sin() * 43_758.5;
        ((&wild - wild.floor()) * 4.0 - 2.0).to_kind(Kind::Float).view(size)
    }

    /// How far from the exact product a format may be, as a share of the length of x and of a row of w.
    fn allowed(format: WeightFormat) -> f64 {
        match format {
            WeightFormat::Float32 => 1e-6,
            WeightFormat::Float16 => 1e-3,
            WeightFormat::BFloat16 => 6e-3,
            WeightFormat::Int8 => 2e-2,
            WeightFormat::Int4 => 1.5e-1,
        }
    }

    /// The largest difference, as such a share.
    fn off(y: &Tensor, x: &Tensor, w: &Tensor, bias: Option<&Tensor>) -> f64 {
        let [x, w] = [x, w].map(|t| t.to_kind(Kind::Double));
        let exact = x.matmul(&w.tr());
        let exact = bias.map_or(exact.shallow_clone(), |bias| &exact + bias);
        let norms = x.norm_scalaropt_dim(2, [-1], true).max().double_value(&[])
            * w.norm_scalaropt_dim(2, [-1], true).max().double_value(&[]);
        (y.to_kind(Kind::Double) - exact).abs().max().double_value(&[]) / norms
    }

    #[test]
    fn every_format_multiplies_whatever_the_sizes() {
        for (n, k) in [(1, 1), (16, 32), (17, 31), (48, 96), (33, 1030), (5, 513)] {
            let (w, bias) = (noise(&[n, k]), noise(&[n]));
            for format in WeightFormat::ALL {
                let packed = PackedWeight::new(&w, format).unwrap();
                for m in [1, 2, 3, 5, 6, 7, 13, 40] {
                    let x = noise(&[m, k]);
                    for (bias, only_plain) in [(Some(&bias), false), (None, false), (None, true)] {
                        let y = packed.call(&x, bias, only_plain).unwrap();
                        let off = off(&y, &x, &w, bias);
                        let name = format!("{format:?} {m}×{k} → {n}, plain: {only_plain}");
                        assert_eq!(y.size(), [m, n], "{name}");
                        assert!(off <= allowed(format), "{name}: {off}");
                    }
                }
            }
        }
    }

    /// Both texts are one, but their compilers and vectors are not.
    #[test]
    fn the_plain_kernels_compute_the_same() {
        let (w, x) = (noise(&[50, 700]), noise(&[9, 700]));
        for format in WeightFormat::ALL {
            let packed = PackedWeight::new(&w, format).unwrap();
            let [fast, plain] = [false, true].map(|only| packed.call(&x, None, only).unwrap());
            let off = f64::try_from((fast - plain).abs().max()).unwrap();
            assert!(off < 2e-4, "{format:?}: {off}");
        }
    }

    #[test]
    fn transposed_weights_and_other_kinds_are_packed_as_they_lie() {
        let (w, x) = (noise(&[20, 70]), noise(&[2, 3, 70]));
        for format in WeightFormat::ALL {
            let y = PackedWeight::new(&w, format).unwrap().linear(&x, None).unwrap();
            let lying = w.tr().contiguous();
            let transposed = PackedWeight::new(&lying.tr(), format).unwrap();
            assert!(transposed.linear(&x, None).unwrap().equal(&y), "{format:?}");
            for kind in [Kind::Half, Kind::BFloat16] {
                let other = w.to_kind(kind);
                let packed = PackedWeight::new(&other, format).unwrap();
                let wide = PackedWeight::new(&other.to_kind(Kind::Float), format).unwrap();
                let [packed, wide] = [packed, wide].map(|p| p.linear(&x, None).unwrap());
                assert!(packed.equal(&wide), "{format:?} {kind:?}");
            }
        }
    }

    /// 16 bits of input and 127 steps: what is on the grid is exact.
    #[test]
    fn whole_numbers_are_exact_in_eight_bits() {
        let w = tensor![[127.0, -3.0, 5.0], [0.0, 0.0, 0.0], [-127.0, 1.0, 64.0]];
        let packed = PackedWeight::new(&w, WeightFormat::Int8).unwrap();
        let y = packed.linear(&tensor![[1.0, 1.0, -1.0]], None).unwrap();
        assert!((y - tensor![[119.0, 0.0, -190.0]]).abs().max().double_value(&[]) < 1e-3);
    }

    #[test]
    fn a_nan_stays_one() {
        let w = Tensor::ones([16, 64], FLOAT_CPU);
        let x = Tensor::ones([1, 64], FLOAT_CPU);
        let _ = x.get(0).narrow(0, 3, 1).fill_(f64::NAN);
        for format in WeightFormat::ALL {
            let y = PackedWeight::new(&w, format).unwrap().linear(&x, None).unwrap();
            assert!(y.isnan().all().int64_value(&[]) != 0, "{format:?}");
        }
    }

    #[test]
    fn fewer_bits_are_fewer_bytes() {
        let w = Tensor::ones([64, 64], FLOAT_CPU);
        let size = |format| PackedWeight::new(&w, format).unwrap().num_bytes();
        assert_eq!(WeightFormat::ALL.map(size), [16384, 8192, 8192, 4352, 2560]);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let w = Tensor::ones([4, 3], FLOAT_CPU);
        let packed = PackedWeight::new(&w, WeightFormat::Int8).unwrap();
        let said =
            |x: &Tensor, bias: Option<&Tensor>| packed.linear(x, bias).unwrap_err().to_string();
        assert!(said(&tensor![[1.0, 2.0]], None).contains("in_features=3"));
        assert!(said(&tensor![[1, 2, 3]], None).contains("float32"));
        assert!(said(&tensor![[1.0, 2.0, 3.0]], Some(&tensor![1.0])).contains("[4]"));
        let wanting = tensor![[1.0, 2.0, 3.0]].set_requires_grad(true);
        assert!(said(&wanting, None).contains("derivative"));
        assert!(PackedWeight::new(&tensor![1.0], WeightFormat::Int4).is_err());
        assert!(PackedWeight::new(&tensor![[1, 2]], WeightFormat::Int4).is_err());
    }
}
