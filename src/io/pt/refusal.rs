//! Why a file is not read, and the line of Python that turns it into one that is.

use std::path::Path;

use crate::Error;
use crate::io::printable;

/// What is wrong with a pickle.
#[derive(Debug)]
pub(super) struct Refusal {
    why: String,
    mend: Mend,
}

/// Which line of Python makes a file of it that can be read. None of them runs anything that is in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mend {
    /// Tensors and numbers, under other names or in another packing.
    Tensors,
    /// One tensor.
    OneTensor,
    /// A list of tensors.
    List,
    Sparse,
    Quantized,
    /// Tensors of a kind that is not read here: what they are in torch, and what holds their numbers.
    Dtype(&'static str, &'static str),
    /// Objects: to open the file is to run it, so it is up to whoever made it.
    Objects,
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(why: T) -> Self {
        Self { why: why.into(), mend: Mend::Tensors }
    }
}

impl Refusal {
    /// A storage or tensor in words that `torch.save` does not use.
    pub fn odd(what: &str) -> Self {
        format!("a {what} in it is described in a way that torch.save does not use").into()
    }

    /// It calls something that is not run here.
    pub fn foreign(module: &str, name: &str) -> Self {
        let mend = match (module, name) {
            ("torch._utils", "_rebuild_sparse_tensor") => Mend::Sparse,
            ("torch._utils", "_rebuild_qtensor") => Mend::Quantized,
            _ => Mend::Objects,
        };
        Self { why: format!("it needs {module}.{name}, which is not run here"), mend }
    }

    /// A tensor of a kind that is not read.
    pub fn dtype(name: &'static str) -> Self {
        let holds = match name {
            "uint16" => "torch.int32",
            "uint32" | "uint64" => "torch.int64",
            "complex32" => "torch.complex64",
            _ if name.starts_with("float") => "torch.float32",
            _ => "torch.uint8",
        };
        let needs = "it needs torch._utils._rebuild_tensor_v3, which is not run here";
        Self {
            why: format!("{needs}: a tensor in it is torch.{name}"),
            mend: Mend::Dtype(name, holds),
        }
    }

    pub fn mend(mut self, mend: Mend) -> Self {
        self.mend = mend;
        self
    }
}

/// What is wrong, and the line of Python that turns the file into one that can always be read.
pub(crate) fn refused(path: &Path, why: impl Into<String>) -> Error {
    refused_pickle(path, Refusal::from(why))
}

pub(super) fn refused_pickle(path: &Path, refusal: Refusal) -> Error {
    let why = format!("not a state_dict that can be read: {}", printable(&refusal.why));
    Error::file(path, why).mend(convert(path, refusal.mend))
}

fn convert(path: &Path, mend: Mend) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = Path::new(name.as_ref()).with_extension("safetensors");
    let new = new.to_string_lossy();
    let load = format!("torch.load({name:?}, weights_only=True)");
    let value = match mend {
        Mend::OneTensor => {
            return format!(
                "in Python: safetensors.torch.save_file({{\"tensor\": {load}.contiguous()}}, {new:?})"
            );
        }
        Mend::List => {
            return format!(
                "in Python: safetensors.torch.save_file({{str(i): v.clone().contiguous() for i, v in \
                 enumerate({load}) if torch.is_tensor(v)}}, {new:?})"
            );
        }
        Mend::Objects => {
            return format!(
                "to open it in Python would run code of it; where it was made, save tensors alone: \
                 safetensors.torch.save_file({{k: v.clone().contiguous() for k, v in \
                 module.state_dict().items()}}, {new:?})"
            );
        }
        Mend::Tensors => "v.clone().contiguous()".to_owned(),
        Mend::Sparse => "v.to_dense().clone().contiguous()".to_owned(),
        Mend::Quantized => {
            "(v.dequantize() if v.is_quantized else v.clone()).contiguous()".to_owned()
        }
        Mend::Dtype(dtype, holds) => {
            format!("v.to({holds} if v.dtype == torch.{dtype} else v.dtype).clone().contiguous()")
        }
    };
    format!(
        "in Python: safetensors.torch.save_file({{str(k): {value} for k, v in {load}.items() if \
         torch.is_tensor(v)}}, {new:?})"
    )
}
