//! The numbers of a dense tensor, brought to the CPU: all of them, or the edges of a large one.

use tch::{Device, Kind, TchError, Tensor};

use super::PrintOptions;
use super::brackets::Brackets;
use super::formatter::Words;
use crate::libtorch::tensor_facts::{Facts, Layout};

/// Beyond this many dimensions Python's own print ends in a `RecursionError`.
const MOST_DIMS: usize = 480;

/// torch's `_tensor_str`: the numbers in brackets, without `tensor(`.
pub(super) fn contents(
    tensor: &Tensor,
    facts: &Facts,
    indent: usize,
    options: &PrintOptions,
) -> Result<String, TchError> {
    let numel = tensor.numel();
    if numel == 0 {
        return Ok("[]".to_owned());
    }
    if tensor.dim() > MOST_DIMS {
        return Ok("...".to_owned());
    }
    let summarize = numel > options.threshold;
    let edges = if summarize { edges(tensor, options)? } else { Edges::whole(tensor) };
    let words = words(&edges.tensor, facts, options)?;
    let shape: Vec<usize> = edges.tensor.size().iter().map(|&size| size as usize).collect();
    let brackets = Brackets { words: &words, shape: &shape, cut: &edges.cut, summarize, options };
    Ok(brackets.write(indent))
}

struct Edges {
    tensor: Tensor,
    cut: Vec<bool>,
}

impl Edges {
    fn whole(tensor: &Tensor) -> Self {
        Self { tensor: tensor.shallow_clone(), cut: vec![false; tensor.dim()] }
    }
}

/// torch's `get_summarized_data`: the first and last items of each long dimension.
fn edges(tensor: &Tensor, options: &PrintOptions) -> Result<Edges, TchError> {
    let mut edges = Edges::whole(tensor);
    let edge = i64::try_from(options.edgeitems).unwrap_or(i64::MAX);
    for (dim, size) in tensor.size().into_iter().enumerate() {
        if size <= edge.saturating_mul(2) {
            continue;
        }
        let at = dim as i64;
        // With no edge items only `...` is printed; one item of each dimension stands for the rest.
        let kept = edge.max(1);
        let first = edges.tensor.f_narrow(at, 0, kept)?;
        edges.tensor = match edge {
            0 => first,
            _ => Tensor::f_cat(&[first, edges.tensor.f_narrow(at, size - kept, kept)?], at)?,
        };
        edges.cut[dim] = true;
    }
    Ok(edges)
}

fn words(tensor: &Tensor, facts: &Facts, options: &PrintOptions) -> Result<Words, TchError> {
    let single = facts.device.starts_with("mps");
    let tensor = plain(tensor)?;
    if facts.is_complex() {
        let pairs = floats(&tensor.f_to_kind(Kind::ComplexDouble)?.f_view_as_real()?)?;
        let part = |first: usize| -> Words {
            let values: Vec<f64> = pairs.iter().copied().skip(first).step_by(2).collect();
            Words::of_floats(&values, single, options)
        };
        return Ok(Words::of_complex(part(0), part(1)));
    }
    if facts.is_floating_point() {
        return Ok(Words::of_floats(&floats(&tensor)?, single, options));
    }
    let numbers: Vec<i64> = copy(&tensor.f_to_kind(Kind::Int64)?)?;
    let word = |number: i64| match facts.dtype.as_str() {
        "bool" => if number == 0 { "False" } else { "True" }.to_owned(),
        "uint64" => number.cast_unsigned().to_string(),
        _ => number.to_string(),
    };
    Ok(Words::of_whole(numbers.into_iter().map(word).collect()))
}

/// On the CPU, with the lazy bits (conjugate, negative, all zero) resolved.
fn plain(tensor: &Tensor) -> Result<Tensor, TchError> {
    if tensor.f_internal_is_zerotensor()? {
        return Tensor::f_zeros(tensor.size(), (tensor.f_kind()?, Device::Cpu));
    }
    tensor.f_resolve_neg()?.f_resolve_conj()?.f_to_device(Device::Cpu)
}

fn floats(tensor: &Tensor) -> Result<Vec<f64>, TchError> {
    copy(&tensor.f_to_kind(Kind::Double)?)
}

fn copy<T: tch::kind::Element>(tensor: &Tensor) -> Result<Vec<T>, TchError> {
    let tensor = tensor.f_contiguous()?;
    let mut values = vec![T::ZERO; tensor.numel()];
    tensor.f_copy_data(&mut values, tensor.numel())?;
    Ok(values)
}

/// `(2, 3)`, `(2,)`, `()`: Python's tuple of a shape.
pub(super) fn python_tuple(sizes: &[i64]) -> String {
    let sizes: Vec<String> = sizes.iter().map(i64::to_string).collect();
    match sizes.as_slice() {
        [one] => format!("({one},)"),
        many => format!("({})", many.join(", ")),
    }
}

/// The layouts whose numbers lie in one dense block.
pub(super) fn is_dense(layout: Layout) -> bool {
    matches!(layout, Layout::Strided | Layout::Mkldnn)
}
