//! `print(t)`, character for character: what PyTorch itself printed, in tests/golden/printing/printing.json.

use serde::Deserialize;

use atencion::tensor::TorchDisplay;
use tch::{Device, IndexOp, Kind, Tensor};

use crate::print_cases::{self, Case, tensor_of};

#[derive(Deserialize)]
struct Golden {
    tensors: Vec<print_cases::Raw>,
    cases: Vec<GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    tensor: Option<usize>,
    #[serde(flatten)]
    case: Case,
    text: String,
}

#[test]
fn every_golden_case_prints_as_pytorch_printed_it() {
    let text = std::fs::read_to_string(support::golden("printing/printing.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    assert!(golden.cases.len() >= 200, "{} cases", golden.cases.len());
    let mut different = Vec::new();
    for GoldenCase { tensor, case, text } in &golden.cases {
        let tensor = match tensor {
            Some(number) => tensor_of(&golden.tensors[*number]),
            None => recipe(&case.name),
        };
        let ours = tensor.printed().options(case.options()).to_string();
        if ours != *text {
            different.push(format!("{}\nPyTorch: {text}\nRust:    {ours}", case.name));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n\n"));
    println!("{} cases, character for character", golden.cases.len());
}

fn leaf() -> Tensor {
    Tensor::from_slice(&[1.0f32, 2.0, 3.0]).set_requires_grad(true)
}

/// Python's `t + 1` adds a tensor; tch's `t + 1` adds a scalar, which is another operation (`AddBackward1`).
fn number(value: f32) -> Tensor {
    Tensor::from(value)
}

fn matrix() -> Tensor {
    (Tensor::arange(6, (Kind::Float, Device::Cpu)).reshape([2, 3]) / 4).set_requires_grad(true)
}

fn complex() -> Tensor {
    let parts = Tensor::from_slice(&[1.0f32, 2.0, 3.0, -4.0]).reshape([2, 2]);
    parts.view_as_complex()
}

fn coo() -> Tensor {
    Tensor::from_slice(&[0.0f32, 1.5, 0.0, 2.0, 0.0, 0.25]).reshape([2, 3])
}

fn sparse(dense: &Tensor) -> Tensor {
    dense.to_sparse(None, None::<&[i64]>, None)
}

fn with_layout(dense: &Tensor, layout: tch::Layout, block: Option<&[i64]>) -> Tensor {
    dense.to_sparse(Some(layout), block, None)
}

/// The recipes of scripts/goldens/printing.py.
fn recipe(name: &str) -> Tensor {
    match name {
        "leaf" => leaf(),
        "leaf double" => leaf().detach().to_kind(Kind::Double).set_requires_grad(true),
        "leaf empty" => Tensor::empty([0, 3], (Kind::Float, Device::Cpu)).set_requires_grad(true),
        "leaf scalar" => Tensor::from(2.0f32).set_requires_grad(true),
        "detached" => (leaf() * 2).detach(),
        "transposed numbers" => matrix().detach().reshape([2, 3]).t_copy() * 4,
        "expanded" => Tensor::from_slice(&[1.5f32]).expand([2, 3], false),
        "conjugate" => complex().conj(),
        "negative bit" => complex().conj().imag(),
        "zero tensor" => Tensor::internal_efficientzerotensor([2, 2], (Kind::Float, Device::Cpu)),
        _ => made_by_an_operation(name)
            .or_else(|| changed_in_place(name))
            .or_else(|| not_strided(name))
            .unwrap_or_else(|| panic!("no recipe for {name}")),
    }
}

fn made_by_an_operation(name: &str) -> Option<Tensor> {
    let four = || matrix().unsqueeze(0).unsqueeze(0);
    Some(match name {
        "add" => leaf() + number(1.0),
        "mul" => leaf() * number(2.0),
        "add double" => leaf().to_kind(Kind::Double) + number(1.0),
        "div scalar" => (leaf() / 3).sum(None::<Kind>),
        "mean" => leaf().mean(None::<Kind>),
        "exp" => leaf().exp(),
        "mm" => {
            let m = matrix();
            m.matmul(&m.tr())
        }
        "transpose" => matrix().tr(),
        "view" => matrix().view([3, 2]),
        "reshape of transpose" => matrix().tr().reshape([6]),
        "select" => matrix().i(0),
        "slice" => matrix().i((.., 1..)),
        "index" => matrix().index(&[Some(Tensor::from_slice(&[1i64, 0]))]),
        "softmax" => matrix().softmax(-1, None::<Kind>),
        "layer norm" => matrix().layer_norm([3], None::<Tensor>, None::<Tensor>, 1e-5, true),
        "masked fill" => {
            matrix().masked_fill(&Tensor::from_slice(&[true, false, false]), f64::NEG_INFINITY)
        }
        "cat" => Tensor::cat(&[leaf(), leaf()], 0),
        "stack" => Tensor::stack(&[leaf(), leaf()], 0),
        "copied" => leaf().copy(),
        "unbind" => matrix().unbind(0).remove(1),
        "attention" => Tensor::scaled_dot_product_attention(
            &four(),
            &four(),
            &four(),
            None::<Tensor>,
            0.0,
            false,
            None,
            false,
        ),
        "suffix on a line of its own" => (matrix().repeat([1, 4]) / 3).i((..1, ..9)),
        "suffix fits exactly" | "suffix one too long" => matrix().i((.., ..2)).exp() + number(1.0),
        _ => return None,
    })
}

fn changed_in_place(name: &str) -> Option<Tensor> {
    Some(match name {
        "in place on a view" => {
            let written = leaf().copy();
            let _ = written.i(0).fill_(5.0);
            written
        }
        "view under no_grad" => tch::no_grad(|| leaf().view([3])),
        "view changed in place" => {
            let mut view = leaf().copy().i(1..);
            let _ = view.g_mul_scalar_(2);
            view
        }
        "invalid" => {
            let mut base = leaf().copy();
            let invalid = tch::no_grad(|| base.i(1..));
            let _ = base.g_mul_scalar_(2);
            invalid
        }
        _ => return None,
    })
}

fn not_strided(name: &str) -> Option<Tensor> {
    use tch::Layout::{SparseBsc, SparseBsr, SparseCsc, SparseCsr};
    let square = || coo().i((.., ..2));
    let nothing = || Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
    Some(match name {
        "coo" => sparse(&coo()),
        "coo double" => sparse(&coo().to_kind(Kind::Double)),
        "coo integers" => sparse(&Tensor::eye(3, (Kind::Int64, Device::Cpu))),
        "coo hybrid" => coo().to_sparse_sparse_dim(1),
        "coo nothing" => sparse(&nothing()),
        "coo large" => sparse(&Tensor::eye(1200, (Kind::Float, Device::Cpu))),
        "coo with gradient" => sparse(&coo()).set_requires_grad(true),
        "coo uncoalesced" => Tensor::sparse_coo_tensor_indices_size(
            &Tensor::from_slice(&[0i64, 0, 1, 1]).reshape([2, 2]),
            &Tensor::from_slice(&[1.0f32, 2.0]),
            [2, 2],
            (Kind::Float, Device::Cpu),
            false,
        ),
        "csr" => with_layout(&coo(), SparseCsr, None),
        "csr double" => with_layout(&coo().to_kind(Kind::Double), SparseCsr, None),
        "csr nothing" => with_layout(&nothing(), SparseCsr, None),
        "csc" => with_layout(&coo(), SparseCsc, None),
        "bsr" => with_layout(&square(), SparseBsr, Some(&[1, 1])),
        "bsc" => with_layout(&square(), SparseBsc, Some(&[2, 1])),
        "mkldnn" => coo().to_mkldnn(),
        "quantized" => coo().quantize_per_tensor(0.1, 10, Kind::QUInt8),
        "quantized int8, tiny scale" => (coo() / 1e6).quantize_per_tensor(1e-8, 0, Kind::QInt8),
        "quantized int32" => coo().quantize_per_tensor(1.0, 0, Kind::QInt32),
        "quantized per channel" => coo().quantize_per_channel(
            &Tensor::from_slice(&[0.1f64, 0.25]),
            &Tensor::from_slice(&[0i64, 3]),
            0,
            Kind::QInt8,
        ),
        "nested" => nested(Kind::Float, 2, 1.0),
        "nested double" => nested(Kind::Double, 1, 7.0),
        _ => return None,
    })
}

fn nested(kind: Kind, rows: i64, divisor: f64) -> Tensor {
    let numbers = Tensor::arange(12, (kind, Device::Cpu)).reshape([2, 3, 2]);
    let numbers = if divisor == 1.0 { numbers } else { numbers / divisor };
    let shapes = Tensor::from_slice(&[rows, 2, 3, 2]).reshape([2, 2]);
    Tensor::internal_nested_from_padded(&numbers, &shapes, false)
}

#[test]
fn an_undefined_gradient_prints_as_none() {
    assert_eq!(leaf().grad().torch_str(), "None");
}

#[test]
fn a_tensor_of_absurdly_many_dimensions_still_prints() {
    let deep = Tensor::ones(vec![1i64; 2000], (Kind::Float, Device::Cpu));
    assert!(
        deep.torch_str().starts_with("tensor(..., size")
            || deep.torch_str().starts_with("tensor(...")
    );
}
