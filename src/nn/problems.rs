//! What does not fit between a module and a state_dict, gathered so that all of it is said at once.

use tch::{Kind, Tensor};

use super::check::dtype_name;
use crate::state_dict::nearest;
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
        let mend = self.likely_names();
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
            .mend(mend))
    }

    /// Names that are nearly those that are missing: a prefix too many, or a letter.
    fn likely_names(&self) -> String {
        const TRIED: usize = 20;
        const SHOWN: usize = 3;
        let near = self.missing.iter().take(TRIED).filter_map(|missing| {
            let unexpected = self.unexpected.iter().map(String::as_str);
            nearest(missing, unexpected).map(|near| format!("{near} for {missing}"))
        });
        let near: Vec<String> = near.take(SHOWN).collect();
        if near.is_empty() {
            return "check the module's config against the one the state_dict was saved from"
                .into();
        }
        format!("StateDict::rename gives tensors other names; perhaps {}", near.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::Problems;

    #[test]
    fn a_name_that_is_nearly_right_is_suggested() {
        let mut problems = Problems::default();
        problems.missing("h.0.ln_1.weight");
        problems.missing("lm_head.weight");
        problems.unexpected("transformer.h.0.ln_1.weight");
        let error = problems.into_result("GPT2").unwrap_err();
        assert_eq!(
            error.how_to_mend().unwrap(),
            "StateDict::rename gives tensors other names; perhaps transformer.h.0.ln_1.weight for h.0.ln_1.weight"
        );
    }
}
