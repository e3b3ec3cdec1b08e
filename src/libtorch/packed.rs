//! Weights laid out for reading each of them once, in as few bits as are asked for: `cpp/packed.h`, held by Rust.

use std::ffi::{c_char, c_int};
use std::ptr::null;

use tch::{Device, Kind, Tensor};
use torch_sys::C_tensor;

use super::error::check;
use super::forget_pages;
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
    /// 8 bits and a half: of 32 weights the largest is 127. Inputs are rounded to 16 bits.
    Int8,
    /// 5 bits: 16 steps from the least to the largest of 32 weights. Inputs are rounded to 8 bits. The map of a model
    /// that says how likely each token is stays in [`Int8`](Self::Int8): an error there is one of the answer itself.
    Int4,
}

impl WeightFormat {
    /// All of them, from the largest to the smallest.
    pub const ALL: [Self; 5] =
        [Self::Float32, Self::Float16, Self::BFloat16, Self::Int8, Self::Int4];

    /// What a model's last map is kept as.
    pub(crate) fn for_logits(self) -> Self {
        match self {
            Self::Int4 => Self::Int8,
            other => other,
        }
    }

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
}

/// How many outputs lie side by side: `kPanel` of `cpp/packed.h`.
const PANEL: i64 = 16;

/// Weights that are packed before their pages are given back: 8 MiB of float32.
const AT_A_TIME: i64 = 1 << 21;

/// What else becomes of the outputs while they are at hand: first the activation, then the sum.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct After<'a> {
    /// `gelu(approximate="tanh")`
    pub gelu: bool,
    /// What is added, float32 of the output's shape.
    pub residual: Option<&'a Tensor>,
}

impl After<'_> {
    /// By libtorch's operators.
    pub fn of(self, mut y: Tensor) -> Result<Tensor> {
        if self.gelu {
            y = y.f_gelu("tanh")?;
        }
        Ok(match self.residual {
            Some(residual) => y.f_add(residual)?,
            None => y,
        })
    }
}

impl PackedWeight {
    /// Packs `[out, in]` of any floating kind; a transposed view is read as it lies.
    ///
    /// # Errors
    /// When it is no floating-point matrix on the CPU.
    pub fn new(weight: &Tensor, format: WeightFormat) -> Result<Self> {
        let packed = Self::empty(weight, format)?;
        packed.fill(weight, 0, packed.out_features)?;
        Ok(packed)
    }

    /// The same, and what was read of a mapped file is given back as it goes: of a large weight there are never both
    /// all of its pages and all that was packed. Only for weights that nobody has written into.
    pub(crate) fn of_file(weight: &Tensor, format: WeightFormat) -> Result<Self> {
        let packed = Self::empty(weight, format)?;
        let (outputs, inputs) = (packed.out_features, packed.in_features);
        // A transposed weight has a bit of each output in every page.
        let at_a_time = match weight.is_contiguous() {
            true => (AT_A_TIME / inputs.max(1) / PANEL).max(1) * PANEL,
            false => outputs.max(1),
        };
        for first in (0..outputs).step_by(at_a_time as usize) {
            let last = outputs.min(first + at_a_time);
            packed.fill(weight, first, last)?;
            forget_pages(&weight.f_narrow(0, first, last - first)?);
        }
        Ok(packed)
    }

    /// Room for a weight, with nothing in it yet.
    fn empty(weight: &Tensor, format: WeightFormat) -> Result<Self> {
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
        let mut bytes = std::ptr::null_mut();
        // SAFETY: the tensor is alive for the call.
        check(unsafe { atencion_packed_room(&mut bytes, weight.as_ptr(), format.number()) })?;
        // SAFETY: no error, so this is a new at::Tensor, which tch's handle deletes.
        let bytes = unsafe { Tensor::from_ptr(bytes) };
        Ok(Self { format, out_features, in_features, bytes })
    }

    /// Packs the outputs `first..last` of the weight, both whole panels' or its end.
    fn fill(&self, weight: &Tensor, first: i64, last: i64) -> Result<()> {
        let [first, last] = [first / PANEL, (last + PANEL - 1) / PANEL];
        let (bytes, format) = (self.bytes.as_ptr(), self.format.number());
        // SAFETY: both tensors are alive for the call; the room was made for this weight in this format, and the panels
        // are among its own.
        check(unsafe { atencion_pack(bytes, weight.as_ptr(), format, first, last) })
    }

    /// `x Wᵀ + b`: float32 `[.., in]` → `[.., out]`; `bias` is float32 `[out]`.
    ///
    /// # Errors
    /// When a shape or kind does not fit, or a derivative is wanted.
    pub fn linear(&self, x: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        self.call(x, bias, After::default(), false)
    }

    /// The same, and what comes after it.
    ///
    /// # Errors
    /// As [`linear`](Self::linear), and when what is added has another shape.
    pub(crate) fn linear_then(
        &self,
        x: &Tensor,
        bias: Option<&Tensor>,
        after: After,
    ) -> Result<Tensor> {
        self.call(x, bias, after, false)
    }

    /// What the weights are kept as.
    pub fn format(&self) -> WeightFormat {
        self.format
    }

    /// How many bytes they take.
    pub fn num_bytes(&self) -> usize {
        self.bytes.numel()
    }

    fn call(
        &self,
        x: &Tensor,
        bias: Option<&Tensor>,
        after: After,
        only_plain: bool,
    ) -> Result<Tensor> {
        self.check(x, bias)?;
        if let Some(residual) = after.residual {
            self.check_residual(x, residual)?;
        }
        let pointer = |t: Option<&Tensor>| t.map_or(null(), |t| t.as_ptr());
        let mut out = std::ptr::null_mut();
        // SAFETY: all tensors are alive for the call. `bytes` was filled by `atencion_pack` for this format and size, and
        // it was checked that x is as wide as the weights, that the others fit, and that all are float32 on the CPU.
        check(unsafe {
            atencion_packed_linear(
                &mut out,
                x.as_ptr(),
                self.bytes.as_ptr(),
                pointer(bias),
                after.gelu,
                pointer(after.residual),
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

    fn check_residual(&self, x: &Tensor, residual: &Tensor) -> Result<()> {
        let mut size = x.size();
        if let Some(last) = size.last_mut() {
            *last = self.out_features;
        }
        let fits = residual.kind() == Kind::Float
            && residual.device() == Device::Cpu
            && residual.is_contiguous();
        match fits && residual.size() == size {
            true => Ok(()),
            false => Err(Error::value(format!(
                "what is added is {:?} of {:?}, but should be {size:?} of float32, contiguous on the CPU",
                residual.size(),
                residual.kind()
            ))),
        }
    }
}

unsafe extern "C" {
    fn atencion_packed_room(
        weights: *mut *mut C_tensor,
        w: *const C_tensor,
        format: c_int,
    ) -> *mut c_char;
    fn atencion_pack(
        weights: *const C_tensor,
        w: *const C_tensor,
        format: c_int,
        first: i64,
        last: i64,
    ) -> *mut c_char;
    fn atencion_packed_linear(
        out: *mut *mut C_tensor,
        x: *const C_tensor,
        weights: *const C_tensor,
        bias: *const C_tensor,
        gelu: bool,
        residual: *const C_tensor,
        format: c_int,
        n: i64,
        k: i64,
        only_plain: bool,
    ) -> *mut c_char;
}

#[cfg(test)]
mod tests;
