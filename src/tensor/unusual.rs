//! Tensors that cannot be computed with as dense ones on a real device: for those who take tensors from elsewhere.

use tch::Tensor;

use crate::libtorch::tensor_facts::{self, Facts};

/// Why a tensor is none that this crate computes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusual {
    /// It has no numbers that libtorch would show: undefined, or another library's stand-in for a tensor.
    Opaque,
    /// A nested tensor.
    Nested,
    /// Sparse, or of another layout than `torch.strided`; torch's name of it.
    Layout(&'static str),
    /// Quantized.
    Quantized,
    /// On the device `meta`, which holds no numbers.
    Meta,
    /// Its storage was freed or shrunk behind its back (`untyped_storage().resize_`) and would be read past its end.
    Storage {
        /// Bytes that the shape needs.
        needed: i64,
        /// Bytes that are there.
        held: i64,
    },
}

/// What is unusual about a tensor; `None` for a dense one on a real device.
///
/// ```
/// use atencion::tensor::{Unusual, unusual};
/// let t = atencion::tensor![[1.0, 0.0]];
/// assert_eq!(unusual(&t), None);
/// assert_eq!(unusual(&t.to_sparse(None, None::<&[i64]>, None)), Some(Unusual::Layout("sparse_coo")));
/// ```
pub fn unusual(tensor: &Tensor) -> Option<Unusual> {
    let (number, needed, held) = tensor_facts::unusual(tensor);
    Some(match number {
        0 => return None,
        2 => Unusual::Nested,
        3 => Unusual::Layout(Facts::of(tensor).map_or("unknown", |facts| facts.layout.name())),
        4 => Unusual::Quantized,
        5 => Unusual::Meta,
        6 => Unusual::Storage { needed, held },
        _ => Unusual::Opaque,
    })
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;
    use crate::tensor;

    #[test]
    fn dense_tensors_of_any_shape_and_stride_are_usual() {
        let t = Tensor::ones([4, 3], (Kind::BFloat16, Device::Cpu));
        for t in [t.tr(), t.narrow(1, 1, 2), t.expand([2, 4, 3], false), t.narrow(0, 4, 0), t] {
            assert_eq!(unusual(&t), None, "{t:?}");
        }
        assert_eq!(unusual(&Tensor::from(1.0)), None);
    }

    #[test]
    fn what_is_unusual_is_named() {
        let t = tensor![[1.0, 0.0]];
        assert_eq!(unusual(&Tensor::new()), Some(Unusual::Opaque));
        let csr = t.to_sparse_csr(None);
        assert_eq!(unusual(&csr), Some(Unusual::Layout("sparse_csr")));
        let quantized = t.quantize_per_tensor(0.1, 0, Kind::QInt8);
        assert_eq!(unusual(&quantized), Some(Unusual::Quantized));
    }
}
