//! Attention equals PyTorch's bit for bit: output and every gradient, over masks, causal order, grouped heads, scales,
//! layouts, dropout and four kinds of numbers; and its stepwise twin equals the fused call.

use std::collections::HashMap;
use std::process::Command;

use atencion::attention::{Sdpa, scaled_dot_product_attention, scaled_dot_product_attention_steps};
use serde_json::{Value, json};
use support::golden::Golden;
use tch::{Device, Kind, Tensor};

const LIVE_CASES: usize = 600;

/// The cases of one file that scripts/goldens/attention.py wrote.
struct Cases {
    cases: Vec<Value>,
    tensors: HashMap<String, Tensor>,
    bits_expected: bool,
}

impl Cases {
    fn open(path: &str) -> Self {
        let golden = Golden::open(path);
        let tensors = Tensor::read_safetensors(support::golden(path)).unwrap();
        Self {
            cases: serde_json::from_str(golden.metadata("cases")).unwrap(),
            tensors: tensors.into_iter().collect(),
            bits_expected: golden.bits_expected(support::device()),
        }
    }

    /// An input, in the memory layout that it had in Python.
    fn input(&self, i: usize, name: &str) -> Option<Tensor> {
        let tensor = self.tensors.get(&format!("{i}.{name}"))?.to_device(support::device());
        let swapped = self.cases[i]["swapped"].as_array().unwrap().iter().any(|n| n == name);
        let tensor =
            if swapped { tensor.transpose(-3, -2).contiguous().transpose(-3, -2) } else { tensor };
        let float = tensor.is_floating_point();
        Some(tensor.detach().set_requires_grad(float))
    }
}

struct Inputs {
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Option<Tensor>,
}

impl Inputs {
    fn of(cases: &Cases, i: usize) -> Self {
        let needed = |name| cases.input(i, name).unwrap();
        Self {
            query: needed("query"),
            key: needed("key"),
            value: needed("value"),
            attn_mask: cases.input(i, "attn_mask"),
        }
    }

    fn options<'a>(&'a self, case: &Value) -> Sdpa<'a> {
        let options = &case["options"];
        Sdpa {
            attn_mask: self.attn_mask.as_ref(),
            dropout_p: options["dropout_p"].as_f64().unwrap(),
            is_causal: options["is_causal"].as_bool().unwrap(),
            scale: options["scale"].as_f64(),
            enable_gqa: options["enable_gqa"].as_bool().unwrap(),
        }
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, &Tensor)> {
        let three = [("query", &self.query), ("key", &self.key), ("value", &self.value)];
        three.into_iter().chain(self.attn_mask.as_ref().map(|mask| ("attn_mask", mask)))
    }
}

/// Output and gradients of the fused call, under the names that the file uses.
fn answer(cases: &Cases, i: usize, inputs: &Inputs) -> Vec<(String, Tensor)> {
    let case = &cases.cases[i];
    tch::manual_seed(case["seed"].as_i64().unwrap());
    let Inputs { query, key, value, .. } = inputs;
    let output = scaled_dot_product_attention(query, key, value, &inputs.options(case)).unwrap();
    let mut answers = vec![(format!("{i}.output"), output.detach())];
    (&output * upstream(&output)).sum(output.kind()).backward();
    for (name, leaf) in inputs.named().filter(|(_, leaf)| leaf.requires_grad()) {
        let gradient = leaf.grad();
        if gradient.defined() {
            answers.push((format!("{i}.grad.{name}"), gradient));
        }
    }
    answers
}

fn upstream(output: &Tensor) -> Tensor {
    let n = Tensor::arange(output.numel() as i64, (Kind::Double, output.device()));
    n.cos().view(output.size().as_slice()).to_kind(output.kind())
}

/// How far apart results of a kind may be where the kernels are not the same ones.
fn tolerance(kind: Kind) -> f64 {
    match kind {
        Kind::Double => 1e-12,
        Kind::Float => 1e-5,
        Kind::Half => 2e-2,
        _ => 1e-1,
    }
}

fn close(actual: &Tensor, expected: &Tensor) -> bool {
    let tolerance = tolerance(expected.kind());
    let wide = |t: &Tensor| t.detach().to_device(Device::Cpu).to_kind(Kind::Double);
    actual.size() == expected.size()
        && wide(actual).allclose(&wide(expected), tolerance, tolerance, true)
}

/// Counts equal tensors and names those that differ.
fn hold(cases: &Cases, bits: bool) -> (usize, Vec<String>) {
    let _turn = support::draws();
    let (mut count, mut differing) = (0, Vec::new());
    for i in 0..cases.cases.len() {
        let answers = answer(cases, i, &Inputs::of(cases, i));
        let expected = cases.tensors.keys().filter(|name| is_answer(name, i)).count();
        assert_eq!(answers.len(), expected, "case {i}: some gradient is missing");
        for (name, actual) in answers {
            let expected = &cases.tensors[&name];
            let equal = if bits {
                actual.kind() == expected.kind()
                    && support::bytes_of(&actual) == support::bytes_of(expected)
            } else {
                close(&actual, expected)
            };
            count += 1;
            if !equal {
                differing.push(format!("{name} of {}", cases.cases[i]));
            }
        }
    }
    (count, differing)
}

fn is_answer(name: &str, i: usize) -> bool {
    let rest = name.strip_prefix(&format!("{i}."));
    rest.is_some_and(|rest| rest == "output" || rest.starts_with("grad."))
}

fn report(title: &str, cases: &Cases, bits: bool) {
    let (count, differing) = hold(cases, bits);
    let equal = count - differing.len();
    let how = if bits { "bit for bit" } else { "within rounding" };
    println!(
        "{title}: {} calls, {equal} of {count} outputs and gradients {how}",
        cases.cases.len()
    );
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn committed_calls() {
    let cases = Cases::open("attention/attention.safetensors");
    report("attention, committed", &cases, cases.bits_expected);
}

#[test]
fn fresh_calls_live_against_python() {
    // Other cases each time; the seed is printed, and ATENCION_SEED repeats it.
    let seed = support::seed(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().into());
    let count = LIVE_CASES.to_string();
    let arguments = ["--seed", &seed.to_string(), "--count", &count];
    let Some(folder) = support::made_by("attention", &arguments) else { return };
    let cases = Cases::open(folder.path().join("attention.safetensors").to_str().unwrap());
    report(
        &format!("attention, live, seed {seed}"),
        &cases,
        support::device() == Device::Cpu && cases.bits_expected,
    );
}

#[test]
fn stepwise_equals_fused() {
    let _turn = support::draws();
    let cases = Cases::open("attention/attention.safetensors");
    let mut differing = Vec::new();
    for (i, case) in cases.cases.iter().enumerate() {
        let inputs = Inputs::of(&cases, i);
        let Inputs { query, key, value, .. } = &inputs;
        let options = inputs.options(case);
        tch::manual_seed(case["seed"].as_i64().unwrap());
        let trace = scaled_dot_product_attention_steps(query, key, value, &options).unwrap();
        let output = &trace.get("output").unwrap().tensor;
        tch::manual_seed(case["seed"].as_i64().unwrap());
        let fused = scaled_dot_product_attention(query, key, value, &options).unwrap();
        // torch's CPU flash kernel scales after it has masked: −∞ times a negative scale is NaN there.
        let torchs_nan = options.is_causal && options.scale.is_some_and(|scale| scale < 0.0);
        let fused = if torchs_nan { fused.where_self(&fused.isfinite(), output) } else { fused };
        if !close(output, &fused) {
            let apart = (output - &fused).abs().max().double_value(&[]);
            differing.push(format!("{i}: {case} of {:?}: {apart:e} apart", query.kind()));
        }
    }
    let count = cases.cases.len();
    println!("stepwise = fused: {} of {count} calls", count - differing.len());
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Each Python line of a trace, executed by Python, gives the tensor of its step to the last bit.
#[test]
fn the_python_lines_are_true() {
    let Some(python) = support::python_with_torch() else { return };
    let _turn = support::draws();
    let cases = Cases::open("attention/attention.safetensors");
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let (mut traces, mut tensors) = (Vec::new(), Vec::new());
    for (i, case) in cases.cases.iter().enumerate() {
        let inputs = Inputs::of(&cases, i);
        let Inputs { query, key, value, .. } = &inputs;
        tch::manual_seed(case["seed"].as_i64().unwrap());
        let options = inputs.options(case);
        let trace = scaled_dot_product_attention_steps(query, key, value, &options).unwrap();
        let lines: Vec<_> = trace.steps().iter().map(|s| json!([s.name, s.python])).collect();
        let swapped = &case["swapped"];
        traces.push(json!({"case": case["options"], "seed": case["seed"], "swapped": swapped, "lines": lines}));
        for (name, leaf) in inputs.named() {
            tensors.push((format!("{i}.in.{name}"), plain(leaf)));
        }
        for step in trace {
            tensors.push((format!("{i}.{}", step.name), plain(&step.tensor)));
        }
    }
    Tensor::write_safetensors(&tensors, folder.join("steps.safetensors")).unwrap();
    std::fs::write(folder.join("steps.json"), serde_json::to_string(&traces).unwrap()).unwrap();
    let ran = Command::new(python).arg("-c").arg(RUN_LINES).arg(folder).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    println!("{said}");
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

fn plain(tensor: &Tensor) -> Tensor {
    tensor.detach().to_device(Device::Cpu).contiguous()
}

const RUN_LINES: &str = r#"
import json, math, pathlib, sys, torch
from safetensors.torch import load_file
folder = pathlib.Path(sys.argv[1])
tensors = load_file(folder / "steps.safetensors")
count, wrong = 0, []
for i, case in enumerate(json.loads((folder / "steps.json").read_text())):
    # Cloned, because MKL's last bit depends on how memory is aligned, and a file's tensors lie anywhere.
    given = {n: tensors[f"{i}.in.{n}"].clone() for n in ("query", "key", "value", "attn_mask")
             if f"{i}.in.{n}" in tensors}
    for n in case["swapped"]:
        given[n] = given[n].transpose(-3, -2).contiguous().transpose(-3, -2)
    for tensor in given.values():  # matmul folds batches differently where a gradient will be asked for
        if tensor.is_floating_point():
            tensor.requires_grad_(True)
    names = {**given, **case["case"], "torch": torch, "math": math, "d_k": given["query"].size(-1)}
    if names["enable_gqa"]:
        names["group"] = given["query"].size(-3) // given["key"].size(-3)
    torch.manual_seed(case["seed"])
    for name, line in case["lines"]:
        exec(line, names)
        count += 1
        want = tensors[f"{i}.{name}"]
        same = names[name].dtype == want.dtype and torch.equal(
            names[name].detach().contiguous().view(torch.uint8), want.view(torch.uint8))
        if not same:
            wrong.append(f"case {i} {case['case']}: {line}")
print(f"Python's lines: {count - len(wrong)} of {count} steps bit for bit")
sys.exit("\n".join(wrong) or None)
"#;
