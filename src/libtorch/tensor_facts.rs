//! What libtorch knows of a tensor and tch does not tell.

use std::ffi::{c_char, c_int};

use tch::Tensor;

use super::error::{check, taken};

/// How the numbers lie in memory; `layout=` of Python's print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Strided,
    SparseCoo,
    SparseCsr,
    Mkldnn,
    SparseCsc,
    SparseBsr,
    SparseBsc,
    Jagged,
}

impl Layout {
    /// The name that Python prints after `torch.`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Layout::Strided => "strided",
            Layout::SparseCoo => "sparse_coo",
            Layout::SparseCsr => "sparse_csr",
            Layout::Mkldnn => "_mkldnn",
            Layout::SparseCsc => "sparse_csc",
            Layout::SparseBsr => "sparse_bsr",
            Layout::SparseBsc => "sparse_bsc",
            Layout::Jagged => "jagged",
        }
    }
}

/// What Python's `print` says of a tensor beside its numbers.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Python's name without `torch.`: `float32`.
    pub(crate) dtype: String,
    /// Python's name: `cuda:0`.
    pub(crate) device: String,
    pub(crate) layout: Layout,
    pub(crate) is_nested: bool,
    /// The class of the operation that the tensor came from: `AddBackward0`.
    pub(crate) grad_fn: Option<String>,
}

impl Facts {
    /// `None` when the tensor is undefined: Python has `None` there (`x.grad` before `backward`).
    pub(crate) fn of(tensor: &Tensor) -> Option<Facts> {
        let text = text(tensor)?;
        let mut lines = text.splitn(5, '\n');
        Some(Facts {
            dtype: lines.next().filter(|name| !name.is_empty())?.to_owned(),
            device: lines.next()?.to_owned(),
            layout: layout(lines.next()?)?,
            is_nested: lines.next()? == "1",
            grad_fn: lines.next().filter(|name| !name.is_empty()).map(str::to_owned),
        })
    }

    pub(crate) fn is_complex(&self) -> bool {
        self.dtype.starts_with("complex")
    }

    pub(crate) fn is_floating_point(&self) -> bool {
        self.dtype.starts_with("float") || self.dtype.starts_with("bfloat")
    }

    pub(crate) fn is_quantized(&self) -> bool {
        self.dtype.starts_with('q')
    }

    pub(crate) fn is_meta(&self) -> bool {
        self.device == "meta"
    }
}

fn layout(number: &str) -> Option<Layout> {
    // The order of c10::Layout.
    const LAYOUTS: [Layout; 8] = [
        Layout::Strided,
        Layout::SparseCoo,
        Layout::SparseCsr,
        Layout::Mkldnn,
        Layout::SparseCsc,
        Layout::SparseBsr,
        Layout::SparseBsc,
        Layout::Jagged,
    ];
    LAYOUTS.get(number.parse::<usize>().ok()?).copied()
}

/// Why the tensor is unusual, as a number (see [`Unusual`](crate::tensor::Unusual)), and for a storage that is too
/// small the bytes that its shape needs and has. A tensor that libtorch will not speak of counts as number 1.
pub(crate) fn unusual(tensor: &Tensor) -> (c_int, i64, i64) {
    let (mut number, mut needed, mut held) = (1, 0, 0);
    // SAFETY: the tensor and the three numbers are alive for the call, and C++ keeps no pointer to them.
    let said = check(unsafe {
        atencion_tensor_unusual(tensor.as_ptr(), &mut number, &mut needed, &mut held)
    });
    (if said.is_ok() { number } else { 1 }, needed, held)
}

fn text(tensor: &Tensor) -> Option<String> {
    let mut text = std::ptr::null_mut();
    // SAFETY: the tensor is alive for the call; the text is null or ours to free.
    check(unsafe { atencion_tensor_facts(tensor.as_ptr(), &mut text) }).ok()?;
    taken(text)
}

unsafe extern "C" {
    fn atencion_tensor_facts(
        tensor: *const torch_sys::C_tensor,
        out: *mut *mut c_char,
    ) -> *mut c_char;
    fn atencion_tensor_unusual(
        tensor: *const torch_sys::C_tensor,
        number: *mut c_int,
        needed: *mut i64,
        held: *mut i64,
    ) -> *mut c_char;
}
