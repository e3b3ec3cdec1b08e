//! Printing as Python prints: `print(t)`, character for character.
//!
//! ```
//! use atencion::{tensor, tensor::TorchDisplay};
//! let t = tensor![[0.5, 1.0], [1, 2]];
//! assert_eq!(t.torch_str(), "tensor([[0.5000, 1.0000],\n        [1.0000, 2.0000]])");
//! ```
//!
//! The specification is `torch/_tensor_str.py`. Each file here is one part of it: [`PrintOptions`], the notation
//! (`formatter`), numbers as Python writes them (`python_format`), the brackets, and the kinds of tensor that are
//! printed as something else than one block of numbers (`sparse`, `quantized`, `nested`).
//!
//! Known differences: an `nn.Parameter` prints here as the tensor it is (Python puts `Parameter containing:` above
//! it), and torch's default dtype and device are those it starts with, `float32` and `cpu`. tch's `t + 1` is another
//! operation than Python's (`AddBackward1`, not `AddBackward0`), and `grad_fn` says so.

mod brackets;
mod elements;
mod formatter;
mod nested;
mod options;
mod python_format;
mod quantized;
mod sparse;
mod suffixes;

use std::fmt;

use tch::{TchError, Tensor};

pub use options::PrintOptions;

pub(crate) use python_format::repr as python_repr;

use crate::libtorch::tensor_facts::{Facts, Layout};
use elements::{contents, is_dense, python_tuple};
use suffixes::with_suffixes;

/// `{}` of this is what Python's `print(tensor)` prints.
#[derive(Debug, Clone)]
pub struct Printed<'a> {
    tensor: &'a Tensor,
    options: PrintOptions,
}

impl<'a> Printed<'a> {
    /// With torch's default options.
    pub fn new(tensor: &'a Tensor) -> Self {
        Self { tensor, options: PrintOptions::default() }
    }

    /// With these options.
    #[must_use]
    pub fn options(mut self, options: PrintOptions) -> Self {
        self.options = options;
        self
    }
}

/// Never fails: what libtorch cannot bring to the CPU prints as `tensor(..., size=(2, 3))`, as a meta tensor does.
impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(facts) = Facts::of(self.tensor) else { return f.write_str("None") };
        let _guard = tch::no_grad_guard();
        let body = Body::of(self.tensor, &facts, &self.options)
            .unwrap_or_else(|_| Body::left_out(self.tensor, &facts));
        f.write_str(&body.finish(self.tensor, &facts, &self.options))
    }
}

/// What Python's `print` prints, as a method of a tensor.
pub trait TorchDisplay {
    /// A value whose `{}` is what Python's `print(tensor)` prints.
    fn printed(&self) -> Printed<'_>;

    /// What Python's `str(tensor)` returns.
    fn torch_str(&self) -> String {
        self.printed().to_string()
    }
}

impl TorchDisplay for Tensor {
    fn printed(&self) -> Printed<'_> {
        Printed::new(self)
    }
}

const PREFIX: &str = "tensor(";
const NESTED_PREFIX: &str = "nested_tensor(";

/// What stands in the parentheses, before the device and after the kind: torch's `_str_intern`.
struct Body {
    contents: String,
    suffixes: Vec<String>,
}

impl Body {
    fn of(tensor: &Tensor, facts: &Facts, options: &PrintOptions) -> Result<Self, TchError> {
        if facts.is_nested {
            return nested::body(tensor, options);
        }
        if !is_dense(facts.layout) {
            return sparse::body(tensor, facts, options);
        }
        if facts.is_quantized() {
            return quantized::body(tensor, facts, options);
        }
        if facts.is_meta() {
            return Ok(Self::left_out(tensor, facts));
        }
        Self::dense(tensor, facts, options)
    }

    fn dense(tensor: &Tensor, facts: &Facts, options: &PrintOptions) -> Result<Self, TchError> {
        let mut suffixes = Vec::new();
        if tensor.numel() == 0 {
            // As in NumPy the shape is said, unless it is (0,); there is no number that would show the kind.
            suffixes.extend((tensor.dim() != 1).then(|| size(tensor)));
            suffixes.extend((facts.dtype != "float32").then(|| dtype(facts)));
            return Ok(Self { contents: "[]".to_owned(), suffixes });
        }
        suffixes.extend((options.edgeitems == 0).then(|| size(tensor)));
        suffixes.extend(dtype_if_not_default(facts));
        let contents = if facts.layout == Layout::Mkldnn {
            contents(&tensor.f_to_dense(None, false)?, facts, PREFIX.len(), options)?
        } else {
            contents(tensor, facts, PREFIX.len(), options)?
        };
        Ok(Self { contents, suffixes })
    }

    /// `...`, where the numbers are not there to be printed.
    fn left_out(tensor: &Tensor, facts: &Facts) -> Self {
        let mut suffixes = Vec::new();
        if !facts.is_nested {
            suffixes.push(size(tensor));
        }
        suffixes.extend((facts.dtype != "float32").then(|| dtype(facts)));
        Self { contents: "...".to_owned(), suffixes }
    }

    fn finish(self, tensor: &Tensor, facts: &Facts, options: &PrintOptions) -> String {
        let prefix = if facts.is_nested { NESTED_PREFIX } else { PREFIX };
        let mut suffixes = Vec::new();
        if facts.device != "cpu" {
            suffixes.push(format!("device='{}'", facts.device));
        }
        suffixes.extend(self.suffixes);
        if facts.layout != Layout::Strided {
            suffixes.push(format!("layout=torch.{}", facts.layout.name()));
        }
        match &facts.grad_fn {
            Some(name) => suffixes.push(format!("grad_fn=<{name}>")),
            None if tensor.requires_grad() => suffixes.push("requires_grad=True".to_owned()),
            None => {}
        }
        let on_new_line = facts.layout == Layout::SparseCoo;
        with_suffixes(prefix, &self.contents, &suffixes, on_new_line, options)
    }
}

fn size(tensor: &Tensor) -> String {
    format!("size={}", python_tuple(&tensor.size()))
}

fn dtype(facts: &Facts) -> String {
    format!("dtype=torch.{}", facts.dtype)
}

/// Kinds that the numbers themselves show are not said.
fn dtype_if_not_default(facts: &Facts) -> Option<String> {
    let shown = matches!(facts.dtype.as_str(), "float32" | "complex64" | "int64" | "bool");
    (!shown).then(|| dtype(facts))
}
