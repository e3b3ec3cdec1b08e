//! What does not fit between a module and a state_dict, gathered so that all of it is said at once.

use tch::{Kind, Tensor};

use super::check::dtype_name;
use crate::{Error, Result};

#[derive(Debug, Default)]
pub(super) struct Problems {
    missing: Vec<String>,
    unexpected: Vec<String>,
    wrong: Vec<String>,
}

impl Problems {
    pub fn missing(&mut self, name: &str) {
        self.missing.push(name.to_owned());
    }

    pub fn unexpected(&mut self, name: &str) {
        self.unexpected.push(name.to_owned());
    }

    /// Notes a tied parameter whose values are others than those of the tensor it is tied to.
    pub fn disagrees(&mut self, name: &str) {
        self.wrong.push(format!("{name} is tied to another parameter, but their values differ"));
    }

    /// Notes a tensor of another shape or kind than the module's; whether it fits.
    pub fn compare(&mut self, name: &str, tensor: &Tensor, shape: &[i64], dtype: Kind) -> bool {
        let (shape_fits, kind_fits) = (tensor.size() == shape, tensor.kind() == dtype);
        if !shape_fits {
            let found = tensor.size();
            self.wrong.push(format!("{name} is {found:?} but should be {shape:?}"));
        }
        if !kind_fits {
            let (found, wanted) = (dtype_name(tensor.kind()), dtype_name(dtype));
            self.wrong.push(format!("{name} is {found} but should be {wanted}"));
        }
        shape_fits && kind_fits
    }

    pub fn into_result(self, module: &str) -> Result<()> {
        let mut parts = self.wrong;
        if !self.unexpected.is_empty() {
            parts.insert(0, format!("unexpected: {}", self.unexpected.join(", ")));
        }
        if !self.missing.is_empty() {
            parts.insert(0, format!("missing: {}", self.missing.join(", ")));
        }
        if parts.is_empty() {
            return Ok(());
        }
        Err(Error::value(format!("the state_dict does not fit {module}: {}", parts.join("; ")))
            .mend("check the module's config against the one the state_dict was saved from"))
    }
}
