//! [`Array`]: numbers in a shape, wherever they were read: a literal, a table, a printed tensor, a running kernel.

use tch::{Kind, Tensor};

use atencion::{Error, Result};

/// torch allows 64 dimensions; whatever is nested deeper is no tensor.
pub const MAX_DIMENSIONS: usize = 64;

/// Numbers in a shape. `f64` holds every value of the kinds that attention is computed in without loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// The numbers, last dimension fastest.
    pub values: Vec<f64>,
    /// Their dtype.
    pub kind: Kind,
}

impl Array {
    /// The numbers, each rounded to what the dtype can hold.
    pub fn rounded(shape: Vec<usize>, mut values: Vec<f64>, kind: Kind) -> Self {
        match kind {
            Kind::Float => values.iter_mut().for_each(|value| *value = f64::from(*value as f32)),
            Kind::Half | Kind::BFloat16 => round_in_torch(&mut values, kind),
            Kind::Bool => {
                values.iter_mut().for_each(|value| *value = f64::from(u8::from(*value != 0.0)));
            }
            Kind::Double => {}
            _ => values.iter_mut().for_each(|value| *value = value.trunc()),
        }
        Self { shape, values, kind }
    }

    /// The same numbers in another dtype, as `Tensor.to` converts them.
    #[must_use]
    pub fn to_kind(&self, kind: Kind) -> Self {
        Self::rounded(self.shape.clone(), self.values.clone(), kind)
    }

    /// The libtorch tensor of these numbers, of shape `shape`, on the CPU.
    ///
    /// # Errors
    /// When the numbers do not fill the shape.
    pub fn to_tensor(&self) -> Result<Tensor> {
        if self.shape.iter().product::<usize>() != self.values.len() {
            return Err(Error::value(format!(
                "{} numbers do not fill the shape {:?}",
                self.values.len(),
                self.shape
            )));
        }
        let shape: Vec<i64> = self.shape.iter().map(|&n| n as i64).collect();
        Ok(Tensor::from_slice(&self.values).f_to_kind(self.kind)?.f_reshape(&shape)?)
    }

    /// The numbers of a tensor, on whatever device it is.
    ///
    /// # Errors
    /// When libtorch cannot copy it.
    pub fn of(tensor: &Tensor) -> Result<Self> {
        let shape = tensor.size().iter().map(|&n| n as usize).collect();
        let flat = tensor.f_to_kind(Kind::Double)?.f_contiguous()?.f_view(-1)?;
        let mut values = vec![0.0; flat.numel()];
        flat.f_copy_data(&mut values, flat.numel())?;
        Ok(Self { shape, values, kind: tensor.kind() })
    }

    /// Whether attention can be computed in this dtype.
    pub fn is_floating(&self) -> bool {
        matches!(self.kind, Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16)
    }
}

/// Rust has no half-precision type to round to; libtorch has.
fn round_in_torch(values: &mut [f64], kind: Kind) {
    let rounded = Tensor::from_slice(values).to_kind(kind).to_kind(Kind::Double);
    rounded.copy_data(values, values.len());
}

/// The distance between neighbouring numbers just above 1.
pub fn epsilon(kind: Kind) -> f64 {
    match kind {
        Kind::Double => f64::EPSILON,
        Kind::Half => 2f64.powi(-10),
        Kind::BFloat16 => 2f64.powi(-7),
        _ => f64::from(f32::EPSILON),
    }
}

/// How many representable numbers of that dtype lie between the two; `None` where one is NaN and the other is not.
pub fn ulps(kind: Kind, a: f64, b: f64) -> Option<u64> {
    if a.is_nan() || b.is_nan() {
        return (a.is_nan() && b.is_nan()).then_some(0);
    }
    Some(match kind {
        Kind::Double => order64(a).abs_diff(order64(b)),
        // bfloat16 is the upper half of a float.
        Kind::BFloat16 => (order32(a) >> 16).abs_diff(order32(b) >> 16),
        Kind::Half => order16(a).abs_diff(order16(b)),
        _ => order32(a).abs_diff(order32(b)),
    })
}

/// The position of a number on the line of all doubles; both zeros are one place.
fn order64(value: f64) -> i64 {
    let magnitude = (value.to_bits() & (u64::MAX >> 1)) as i64;
    if value.is_sign_negative() { -magnitude } else { magnitude }
}

fn order32(value: f64) -> i64 {
    let value = value as f32;
    let magnitude = i64::from(value.to_bits() & (u32::MAX >> 1));
    if value.is_sign_negative() { -magnitude } else { magnitude }
}

/// Halves are few: the exponent and the ten bits of the mantissa, read off the double that holds the value.
fn order16(value: f64) -> i64 {
    let magnitude = value.abs();
    let position = if magnitude.is_infinite() {
        0x7c00
    } else if magnitude < 2f64.powi(-14) {
        (magnitude * 2f64.powi(24)) as i64
    } else {
        let exponent = magnitude.log2().floor();
        let mantissa = (magnitude / exponent.exp2() - 1.0) * 1024.0;
        (((exponent + 15.0) as i64) << 10) + mantissa as i64
    };
    if value.is_sign_negative() { -position } else { position }
}

/// The dtype of a name such as `float64`, `torch.float64` or `half`.
pub fn kind_of_name(name: &str) -> Option<Kind> {
    Some(match name.rsplit('.').next().unwrap_or(name) {
        "float32" | "float" | "single" => Kind::Float,
        "float64" | "double" => Kind::Double,
        "float16" | "half" => Kind::Half,
        "bfloat16" => Kind::BFloat16,
        "int64" | "long" | "int" => Kind::Int64,
        "int32" => Kind::Int,
        "int16" | "short" => Kind::Int16,
        "int8" => Kind::Int8,
        "uint8" => Kind::Uint8,
        "bool" | "bool_" => Kind::Bool,
        _ => return None,
    })
}

/// The name by which torch calls a dtype: `float32`.
pub fn name_of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Float => "float32",
        Kind::Double => "float64",
        Kind::Half => "float16",
        Kind::BFloat16 => "bfloat16",
        Kind::Int64 => "int64",
        Kind::Int => "int32",
        Kind::Int16 => "int16",
        Kind::Int8 => "int8",
        Kind::Uint8 => "uint8",
        Kind::Bool => "bool",
        _ => "complex",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_ulp_apart() {
        let next = f64::from(f32::from_bits(0.5f32.to_bits() + 1));
        assert_eq!(ulps(Kind::Float, 0.5, next), Some(1));
        assert_eq!(ulps(Kind::Float, 0.0, -0.0), Some(0));
        assert_eq!(ulps(Kind::Double, 1.0, 1.0 + f64::EPSILON), Some(1));
        assert_eq!(ulps(Kind::Half, 1.0, 1.0 + epsilon(Kind::Half)), Some(1));
        assert_eq!(ulps(Kind::Half, 2f64.powi(-24), 0.0), Some(1));
        assert_eq!(ulps(Kind::BFloat16, 1.0, 1.0 + epsilon(Kind::BFloat16)), Some(1));
        assert_eq!(ulps(Kind::Float, f64::NAN, f64::NAN), Some(0));
        assert_eq!(ulps(Kind::Float, f64::NAN, 1.0), None);
    }
}
