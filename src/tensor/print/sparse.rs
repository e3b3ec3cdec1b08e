//! Sparse tensors: their indices and values, each as a tensor of its own.

use tch::{TchError, Tensor};

use super::{Body, PREFIX, PrintOptions, contents, dtype_if_not_default, python_tuple, size};
use crate::libtorch::tensor_facts::{Facts, Layout};

pub(super) fn body(
    tensor: &Tensor,
    facts: &Facts,
    options: &PrintOptions,
) -> Result<Body, TchError> {
    let mut suffixes = vec![size(tensor)];
    if !facts.is_meta() {
        suffixes.push(format!("nnz={}", tensor.f_internal_nnz()?));
    }
    suffixes.extend(dtype_if_not_default(facts));
    let parts: Result<Vec<String>, TchError> = parts(tensor, facts.layout)?
        .into_iter()
        .map(|(name, part)| part_text(name, &part.f_detach()?, options))
        .collect();
    let contents = parts?.join(&format!(",\n{}", " ".repeat(PREFIX.len())));
    Ok(Body { contents, suffixes })
}

fn parts(tensor: &Tensor, layout: Layout) -> Result<Vec<(&'static str, Tensor)>, TchError> {
    Ok(match layout {
        Layout::SparseCsr | Layout::SparseBsr => vec![
            ("crow_indices", tensor.f_crow_indices()?),
            ("col_indices", tensor.f_col_indices()?),
            ("values", tensor.f_values()?),
        ],
        Layout::SparseCsc | Layout::SparseBsc => vec![
            ("ccol_indices", tensor.f_ccol_indices()?),
            ("row_indices", tensor.f_row_indices()?),
            ("values", tensor.f_values()?),
        ],
        _ => {
            vec![("indices", tensor.f_internal_indices()?), ("values", tensor.f_internal_values()?)]
        }
    })
}

fn part_text(name: &str, part: &Tensor, options: &PrintOptions) -> Result<String, TchError> {
    let prefix = format!("{name}=tensor(");
    let facts = Facts::of(part)
        .ok_or_else(|| TchError::Torch("a sparse tensor without its parts".to_owned()))?;
    let mut text = if facts.is_meta() {
        "...".to_owned()
    } else {
        contents(part, &facts, PREFIX.len() + prefix.len(), options)?
    };
    if facts.is_meta() || part.numel() == 0 {
        text.push_str(&format!(", size={}", python_tuple(&part.size())));
    }
    Ok(format!("{prefix}{text})"))
}
