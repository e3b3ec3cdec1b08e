//! Why a file is not read, and the line of Python that turns it into one that is.

use std::path::Path;

use crate::Error;
use crate::io::printable;

/// What is wrong with a pickle.
#[derive(Debug)]
pub(super) struct Refusal {
    why: String,
    /// The name that it calls, if that is what is wrong.
    global: Option<String>,
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(why: T) -> Self {
        Self { why: why.into(), global: None }
    }
}

impl Refusal {
    /// A storage or tensor in words that `torch.save` does not use.
    pub fn odd(what: &str) -> Self {
        format!("a {what} in it is described in a way that torch.save does not use").into()
    }

    /// It calls something that is not run here.
    pub fn foreign(module: &str, name: &str) -> Self {
        let global = format!("{module}.{name}");
        Self { why: format!("it needs {global}, which is not run here"), global: Some(global) }
    }
}

/// What is wrong, and the line of Python that turns the file into one that can always be read.
pub(crate) fn refused(path: &Path, why: impl Into<String>) -> Error {
    refused_pickle(path, Refusal::from(why))
}

pub(super) fn refused_pickle(path: &Path, refusal: Refusal) -> Error {
    let why = format!("not a state_dict that can be read: {}", printable(&refusal.why));
    Error::file(path, why).mend(convert(path, refusal.global.as_deref()))
}

/// Only PyTorch can read what needs code, and running that code is up to whoever knows where the file is from.
fn convert(path: &Path, global: Option<&str>) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = Path::new(name.as_ref()).with_extension("safetensors");
    let (trust, load) = match global {
        None => ("", format!("torch.load({name:?}, weights_only=True)")),
        Some(global) => {
            let load = if global.starts_with("__torch__") {
                format!("torch.jit.load({name:?}).state_dict()")
            } else if global.starts_with("torch.nn.modules") {
                format!("torch.load({name:?}, weights_only=False).state_dict()")
            } else {
                format!("torch.load({name:?}, weights_only=False)")
            };
            (", if you trust the file", load)
        }
    };
    format!(
        "in Python{trust}: safetensors.torch.save_file({{str(k): v.clone().contiguous() for k, v in \
         {load}.items() if torch.is_tensor(v)}}, {:?})",
        new.to_string_lossy()
    )
}
