//! What libtorch knows of a tensor and tch does not tell: `facts.cpp`, read from Rust.

use std::ffi::c_char;

use tch::Tensor;

/// How the numbers lie in memory; `layout=` of Python's print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
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
    pub(super) fn name(self) -> &'static str {
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
pub(super) struct Facts {
    /// Python's name without `torch.`: `float32`.
    pub(super) dtype: String,
    /// Python's name: `cuda:0`.
    pub(super) device: String,
    pub(super) layout: Layout,
    pub(super) is_nested: bool,
    /// The class of the operation that the tensor came from: `AddBackward0`.
    pub(super) grad_fn: Option<String>,
}

impl Facts {
    /// `None` when the tensor is undefined: Python has `None` there (`x.grad` before `backward`).
    pub(super) fn of(tensor: &Tensor) -> Option<Facts> {
        let text = text(tensor);
        let mut lines = text.splitn(5, '\n');
        Some(Facts {
            dtype: lines.next().filter(|name| !name.is_empty())?.to_owned(),
            device: lines.next()?.to_owned(),
            layout: layout(lines.next()?)?,
            is_nested: lines.next()? == "1",
            grad_fn: lines.next().filter(|name| !name.is_empty()).map(str::to_owned),
        })
    }

    pub(super) fn is_complex(&self) -> bool {
        self.dtype.starts_with("complex")
    }

    pub(super) fn is_floating_point(&self) -> bool {
        self.dtype.starts_with("float") || self.dtype.starts_with("bfloat")
    }

    pub(super) fn is_quantized(&self) -> bool {
        self.dtype.starts_with('q')
    }

    pub(super) fn is_meta(&self) -> bool {
        self.device == "meta"
    }
}

unsafe extern "C" {
    fn atencion_tensor_facts(
        tensor: *const torch_sys::C_tensor,
        text: *mut c_char,
        room: usize,
    ) -> usize;
}

fn text(tensor: &Tensor) -> String {
    let mut buffer = vec![0u8; 256];
    loop {
        // SAFETY: the tensor is alive for the call, and C++ writes no more than `room` bytes.
        let length = unsafe {
            atencion_tensor_facts(tensor.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len())
        };
        if length <= buffer.len() {
            buffer.truncate(length);
            return String::from_utf8_lossy(&buffer).into_owned();
        }
        buffer.resize(length, 0);
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
