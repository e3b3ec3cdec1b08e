//! Between a tensor and its bytes: the only place that touches libtorch's memory directly.

use std::io::Read;

use tch::{Device, Kind, Tensor};

use crate::{Error, Result};

/// More dimensions than this, and libtorch's operators refuse the tensor.
pub(crate) const MAX_RANK: usize = 64;

/// The shape as libtorch takes it, and the bytes a contiguous tensor of that shape needs.
///
/// # Errors
/// When there are too many dimensions, one does not fit in an `i64`, or their product does not.
pub(crate) fn checked_shape(shape: &[u64], kind: Kind) -> Result<(Vec<i64>, usize)> {
    if shape.len() > MAX_RANK {
        let what = format!("{} dimensions: a tensor has at most {MAX_RANK}", shape.len());
        return Err(Error::value(what));
    }
    let too_large = || Error::value(format!("the shape {shape:?} is too large"));
    let mut elements: i64 = 1;
    // libtorch's strides multiply the dimensions with 0 taken as 1: that product must fit as well.
    let mut span: i64 = 1;
    let mut dims = Vec::with_capacity(shape.len());
    for &dim in shape {
        let dim = i64::try_from(dim).map_err(|_| too_large())?;
        elements = if dim == 0 { 0 } else { elements.checked_mul(dim).ok_or_else(too_large)? };
        span = span.checked_mul(dim.max(1)).ok_or_else(too_large)?;
        dims.push(dim);
    }
    let bytes =
        usize::try_from(elements).ok().and_then(|n| n.checked_mul(kind.elt_size_in_bytes()));
    Ok((dims, bytes.filter(|&bytes| i64::try_from(bytes).is_ok()).ok_or_else(too_large)?))
}

/// A contiguous CPU tensor filled with the next little-endian bytes of `reader`. The caller has made sure that
/// so many bytes are there, so that a lying file cannot make us allocate.
pub(crate) fn read_tensor(reader: &mut impl Read, shape: &[i64], kind: Kind) -> Result<Tensor> {
    if kind == Kind::Bool {
        // A byte that is neither 0 nor 1 must not become a C++ bool.
        return Ok(read_tensor(reader, shape, Kind::Uint8)?.f_ne(0)?);
    }
    let mut tensor = Tensor::f_zeros(shape, (kind, Device::Cpu))?;
    reader.read_exact(bytes_of_mut(&mut tensor)).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Error::value("the file ends within a tensor"),
        _ => Error::value(error.to_string()),
    })?;
    if cfg!(target_endian = "big") {
        return Err(Error::value("tensor files are little-endian, this machine is not"));
    }
    Ok(tensor)
}

/// The tensor as a contiguous one on the CPU, outside of autograd, with nothing left to be conjugated or negated.
pub(crate) fn plain(tensor: &Tensor) -> Result<Tensor> {
    let on_cpu = tensor.f_detach()?.f_to_device(Device::Cpu)?;
    Ok(on_cpu.f_resolve_conj()?.f_resolve_neg()?.f_contiguous()?)
}

/// The bytes of a tensor that came out of [`plain`].
pub(crate) fn bytes_of(tensor: &Tensor) -> &[u8] {
    let length = length_in_bytes(tensor);
    if length == 0 {
        return &[];
    }
    // SAFETY: the tensor is contiguous and on the CPU, so its elements are `length` initialised bytes from
    // `data_ptr` on; they live as long as the tensor, which is borrowed for as long as the slice.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast(), length) }
}

/// The bytes of a tensor that was just made here, contiguous and on the CPU.
pub(crate) fn bytes_of_mut(tensor: &mut Tensor) -> &mut [u8] {
    let length = length_in_bytes(tensor);
    if length == 0 {
        return &mut [];
    }
    // SAFETY: as in `bytes_of`; and the only handle to the storage is borrowed for as long as the slice.
    unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast(), length) }
}

fn length_in_bytes(tensor: &Tensor) -> usize {
    assert!(tensor.device() == Device::Cpu && tensor.is_contiguous(), "plain tensors only");
    tensor.numel() * tensor.kind().elt_size_in_bytes()
}
