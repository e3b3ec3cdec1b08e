//! Promise: the notebook in Rust is the notebook in PyTorch. The golden file holds what PyTorch made of the very lines
//! of Python that stand in src/practice3.rs: every intermediate, and the gradients of what went in.

use std::collections::BTreeMap;

use approx::assert_abs_diff_eq;
use atencion::{Trace, practice3, tensor};
use support::golden::Golden;
use tch::Tensor;

const EXERCISES: [&str; 5] =
    ["self_attention", "fused", "causal", "layer_norm", "layer_norm_fused"];

fn run(exercise: &str, leaves: &[(&str, Tensor)]) -> Trace {
    let of = |wanted: &str| &leaves.iter().find(|(name, _)| *name == wanted).unwrap().1;
    match exercise {
        "self_attention" => practice3::self_attention(of("Q"), of("K"), of("V")),
        "fused" => practice3::fused(of("Q"), of("K"), of("V")).unwrap(),
        "causal" => practice3::causal(of("Q"), of("K"), of("V")),
        "layer_norm" => practice3::layer_norm(of("X")),
        "layer_norm_fused" => practice3::layer_norm_fused(of("X")),
        other => unreachable!("{other}"),
    }
}

/// Fresh leaves that want a gradient, on the device under test.
fn leaves(exercise: &str) -> Vec<(&'static str, Tensor)> {
    let leaf = |trace: &Trace, name| {
        (name, trace[name].to_device(support::device()).detach().set_requires_grad(true))
    };
    if exercise.starts_with("layer_norm") {
        vec![leaf(&practice3::layer_norm_input(), "X")]
    } else {
        ["Q", "K", "V"].map(|name| leaf(&practice3::inputs(), name)).into()
    }
}

/// 1, 2, 3, …: what scripts/goldens/practice3.py sends back into a result.
fn upstream(result: &Tensor) -> Tensor {
    Tensor::arange_start(1, result.numel() as i64 + 1, (result.kind(), result.device()))
        .reshape(result.size())
}

#[test]
fn inputs_are_the_notebooks() {
    let golden = Golden::open("practice3/practice3.safetensors");
    for (function, trace) in
        [("inputs", practice3::inputs()), ("layer_norm_input", practice3::layer_norm_input())]
    {
        for step in trace.steps() {
            golden.assert_matches(&format!("{function}.{}", step.name), &step.tensor);
        }
    }
}

#[test]
fn every_step_is_pytorchs() {
    let golden = Golden::open("practice3/practice3.safetensors");
    let mut compared = 0;
    for exercise in EXERCISES {
        for step in run(exercise, &leaves(exercise)).steps() {
            golden.assert_matches(&format!("{exercise}.{}", step.name), &step.tensor);
            compared += 1;
        }
    }
    assert_eq!(compared, 14);
}

#[test]
fn every_gradient_is_pytorchs() {
    let golden = Golden::open("practice3/practice3.safetensors");
    for exercise in EXERCISES {
        let leaves = leaves(exercise);
        let trace = run(exercise, &leaves);
        let result = &trace.steps().last().unwrap().tensor;
        (result * upstream(result)).sum(None::<tch::Kind>).backward();
        for (name, leaf) in &leaves {
            golden.assert_matches(&format!("{exercise}.grad.{name}"), &leaf.grad());
        }
    }
}

/// The line of Python shown beside each Rust line is a line that PyTorch has run.
#[test]
fn shown_lines_are_lines_that_pytorch_ran() {
    let golden = Golden::open("practice3/practice3.safetensors");
    let ran: BTreeMap<String, Vec<(String, String)>> =
        serde_json::from_str(golden.metadata("lines")).unwrap();
    let mut traces =
        vec![("inputs", practice3::inputs()), ("layer_norm_input", practice3::layer_norm_input())];
    traces.extend(EXERCISES.map(|exercise| (exercise, run(exercise, &leaves(exercise)))));
    for (function, trace) in traces {
        let shown: Vec<_> =
            trace.steps().iter().map(|step| (step.name.clone(), step.python.clone())).collect();
        assert_eq!(ran[function], shown, "{function}");
        for step in trace.steps() {
            assert!(step.rust.starts_with("let ") && step.rust.ends_with(';'), "{}", step.rust);
        }
    }
}

/// The two readings that every student compares: notebook's Python line ↔ Rust line.
#[test]
fn pairs_read_alike() {
    let (q, k, v) = practice3::qkv(support::device());
    let pairs: Vec<_> = practice3::self_attention(&q, &k, &v)
        .into_iter()
        .map(|step| (step.python, step.rust))
        .collect();
    let expected = [
        ("scores = Q @ K.T", "let scores = q.matmul(&k.tr());"),
        (
            "scaled = scores / K.shape[1] ** 0.5",
            "let scaled = &scores / (k.size()[1] as f64).powf(0.5);",
        ),
        ("weights = scaled.softmax(dim=1)", "let weights = scaled.softmax(1, None::<Kind>);"),
        ("Z = weights @ V", "let z = weights.matmul(v);"),
    ];
    assert_eq!(pairs, expected.map(|(python, rust)| (python.into(), rust.into())));
}

fn assert_table(actual: &Tensor, expected: &Tensor) {
    let half_of_the_last_digit = 0.5e-4 + 1e-7;
    let (actual, expected): (Vec<f64>, Vec<f64>) =
        (actual.flatten(0, -1).try_into().unwrap(), expected.flatten(0, -1).try_into().unwrap());
    for (a, e) in actual.iter().zip(&expected) {
        assert_abs_diff_eq!(a, e, epsilon = half_of_the_last_digit);
    }
}

/// The tables printed in the course's own text.
#[test]
fn the_courses_tables() {
    let (q, k, v) = practice3::qkv(support::device());
    let table = tensor![
        [0.2500, 0.5000, 0.5000],
        [0.1892, 0.5432, 0.5857],
        [0.2372, 0.5087, 0.5173],
        [0.2309, 0.5130, 0.5260]
    ];
    assert_table(&practice3::self_attention(&q, &k, &v)["Z"], &table);
    assert_table(&practice3::fused(&q, &k, &v).unwrap()["Z"], &table);
    let causal =
        tensor![[1, 0, 0], [0.4568, 0.5432, 0], [0.3219, 0.3332, 0.3449], [0.2309, 0.5130, 0.5260]];
    assert_table(&practice3::causal(&q, &k, &v)["Z"], &causal);
    let normed =
        Tensor::from_slice2(&[[-1.2247f32, 0., 1.2247], [0.; 3], [1.3838, -0.9446, -0.4392]]);
    let x = practice3::layer_norm_input()["X"].to_device(support::device());
    assert_table(&practice3::layer_norm(&x)["Y"], &normed);
    assert_table(&practice3::layer_norm_fused(&x)["Y"], &normed);
}
