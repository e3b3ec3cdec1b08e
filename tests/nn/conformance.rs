//! The modules against PyTorch: cases its authors wrote, cases its generators make, cases of our own; committed, and
//! live on this machine.

use crate::cases::{Cases, Outcome, build, run};
use serde_json::Value;
use support::{assert_close, bytes_of};
use tch::nn::VarStore;
use tch::{Kind, Tensor};

/// A seed that no committed file was made with; `ATENCION_SEED` names another.
fn seed() -> String {
    support::seed(77).to_string()
}

fn case_name(case: &Value) -> &str {
    case["name"].as_str().expect("a name")
}

/// The largest difference where both are finite; the rest must agree as it is.
fn largest_difference(name: &str, actual: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(actual.size(), expected.size(), "{name}: shape");
    let (actual, expected) = (actual.to_kind(Kind::Double), expected.to_kind(Kind::Double));
    let finite = expected.isfinite();
    assert!(bool::try_from(actual.isfinite().eq_tensor(&finite).all()).unwrap(), "{name}: finite");
    let difference = (actual - expected).abs().where_scalarother(&finite, 0.0);
    if difference.numel() == 0 { 0.0 } else { difference.max().double_value(&[]) }
}

/// float64 outputs and every gradient to 1e-12, relative to their size.
fn assert_float64(cases: &Cases, case: &Value) {
    let name = case_name(case);
    let Outcome { outputs, gradients } = run(cases, case, Kind::Double);
    let expected = case["outputs"].as_array().expect("outputs");
    assert_eq!(outputs.len(), expected.len(), "{name}: number of outputs");
    for (i, (actual, expected)) in outputs.iter().zip(expected).enumerate() {
        let expected = cases.named(expected).expect("an output");
        assert_to_1e12(&format!("{name} output {i}"), actual, expected);
    }
    let expected = case["gradients"].as_object().expect("gradients");
    for (leaf, expected) in expected {
        let name = format!("{name} gradient of {leaf}");
        let actual = gradients.get(leaf).unwrap_or_else(|| panic!("{name}: none"));
        let actual = if actual.is_sparse() {
            actual.to_dense(None::<Kind>, false)
        } else {
            actual.shallow_clone()
        };
        assert_to_1e12(&name, &actual, cases.named(expected).expect("a gradient"));
    }
    assert_eq!(gradients.len(), expected.len(), "{name}: {:?}", gradients.keys());
}

fn assert_to_1e12(name: &str, actual: &Tensor, expected: &Tensor) {
    let size =
        expected.nan_to_num(0.0, 0.0, 0.0).abs().sum(Kind::Double).double_value(&[]).max(1.0);
    let difference = largest_difference(name, actual, expected);
    assert!(difference <= 1e-12 * size, "{name}: {difference:e} from PyTorch's");
}

/// float32 outputs within twice the error that torch's own float32 run had.
fn assert_float32(cases: &Cases, case: &Value, same_machine: bool) {
    let name = case_name(case);
    let Outcome { outputs, .. } = run(cases, case, Kind::Float);
    for (i, (actual, expected)) in
        outputs.iter().zip(case["outputs"].as_array().expect("outputs")).enumerate()
    {
        let allowed = 2.0 * expected["float32_error"].as_f64().expect("torch's error");
        // Another CPU has other kernels, which may be off where this one's were exact.
        let allowed = if same_machine { allowed } else { allowed + 1e-6 };
        let expected = cases.named(expected).expect("an output");
        let difference = largest_difference(name, actual, expected);
        assert!(difference <= allowed, "{name} output {i}: {difference:e}, allowed {allowed:e}");
    }
}

/// What PyTorch's authors wrote down as literals in its own tests (`test_transformers.py`, `test_nn.py`,
/// `transformer.cpp`), at their own tolerances; the four cases that expect NaN everywhere are left out.
#[test]
fn pytorch_literals() {
    let cases = Cases::committed("pytorch_samples/pytorch_literals");
    for case in &cases.cases {
        let name = case_name(case);
        let dtype = if case["dtype"] == "float64" { Kind::Double } else { Kind::Float };
        let Outcome { outputs, .. } = run(&cases, case, dtype);
        let expected = cases.named(&case["outputs"][0]).expect("an output");
        let tolerance = |which: &str| case[which].as_f64().expect("a tolerance");
        let (rtol, atol) = (tolerance("rtol"), tolerance("atol"));
        assert_eq!(outputs[0].kind(), dtype, "{name}: kind");
        assert!(
            outputs[0].to_kind(expected.kind()).allclose(expected, rtol, atol, true),
            "{name}: {:e} from the literal, allowed {atol:e}",
            largest_difference(name, &outputs[0], expected)
        );
    }
    println!("pytorch_literals: {0}/{0}", cases.cases.len());
    assert_eq!(cases.cases.len(), 137);
}

#[test]
fn pytorch_samples_committed() {
    let mut count = 0;
    for part in ["parts", "losses", "stacks"] {
        let cases = Cases::committed(&format!("pytorch_samples/pytorch_samples_{part}"));
        let same_machine = cases.golden.bits_expected(tch::Device::Cpu);
        for case in &cases.cases {
            assert_float64(&cases, case);
            assert_float32(&cases, case, same_machine);
        }
        count += cases.cases.len();
    }
    println!("pytorch_samples: {count}/{count}, forward and gradients");
}

#[test]
fn pytorch_samples_of_another_seed() {
    let seed = seed();
    let Some(cases) = Cases::fresh("pytorch_samples", &["--seed", &seed]) else { return };
    let mut tally = Tally::default();
    for case in &cases.cases {
        assert_float64(&cases, case);
        assert_float32(&cases, case, true);
        let key = |part: &str| format!("{}/{part}", case_name(case));
        let Outcome { outputs, gradients } = run(&cases, case, Kind::Float);
        for (i, output) in outputs.iter().enumerate() {
            tally.compare(
                key(&format!("out/{i}")),
                output,
                cases.tensor(&key(&format!("out32/{i}"))),
            );
        }
        for (leaf, gradient) in &gradients {
            let dense = if gradient.is_sparse() {
                gradient.to_dense(None::<Kind>, false)
            } else {
                gradient.shallow_clone()
            };
            tally.compare(key(leaf), &dense, cases.tensor(&key(&format!("grad32/{leaf}"))));
        }
    }
    tally.report(&format!("pytorch_samples, seed {seed}, {} cases", cases.cases.len()));
}

/// How many tensors have PyTorch's bits.
#[derive(Default)]
struct Tally {
    equal: usize,
    different: Vec<String>,
}

impl Tally {
    fn compare(&mut self, name: String, actual: &Tensor, expected: &Tensor) {
        let same_nans = || {
            let both = actual.nan_to_num(0.5, f64::INFINITY, f64::NEG_INFINITY);
            let expected_both = expected.nan_to_num(0.5, f64::INFINITY, f64::NEG_INFINITY);
            let same = bool::try_from(actual.isnan().eq_tensor(&expected.isnan()).all());
            same.unwrap_or(false) && bytes_of(&both) == bytes_of(&expected_both)
        };
        let equal = actual.size() == expected.size() && actual.kind() == expected.kind();
        if equal && (bytes_of(actual) == bytes_of(expected) || same_nans()) {
            self.equal += 1;
        } else {
            let by = match actual.size() == expected.size() {
                true => format!("{:e}", largest_difference(&name, actual, expected)),
                false => format!("{:?} for {:?}", actual.size(), expected.size()),
            };
            self.different.push(format!("{name} ({by})"));
        }
    }

    fn report(&self, what: &str) {
        let count = self.equal + self.different.len();
        println!("bit for bit: {}/{count} tensors of {what}", self.equal);
        assert!(self.different.is_empty(), "not bit for bit: {:#?}", self.different);
    }
}

/// Fresh parameters after `manual_seed`, then outputs, weights and gradients on moved ones.
fn module_cases(cases: &Cases, dtype: Kind, what: &str, exact: bool) {
    let _alone = support::draws();
    let mut tally = Tally::default();
    for case in &cases.cases {
        let name = case_name(case);
        tch::manual_seed(case["seed"].as_i64().expect("a seed"));
        let vs = VarStore::new(tch::Device::Cpu);
        let state = build::fresh(case, vs.root()).module().state_dict();
        let expected = case["init"].as_object().expect("fresh parameters");
        let names: Vec<&str> = expected.keys().map(String::as_str).collect();
        assert_eq!(state.names().collect::<Vec<_>>(), names, "{name}: state_dict keys, in order");
        let mut pairs: Vec<(String, Tensor, Tensor)> = Vec::new();
        for (parameter, tensor) in state.iter() {
            let expected = cases.named(&expected[parameter]).expect("a parameter");
            pairs.push((
                format!("{name} init {parameter}"),
                tensor.shallow_clone(),
                expected.shallow_clone(),
            ));
        }
        let Outcome { outputs, gradients } = run(cases, case, dtype);
        let expected = case["outputs"].as_array().expect("outputs");
        assert_eq!(outputs.len(), expected.len(), "{name}: number of outputs");
        for (i, (output, expected)) in outputs.into_iter().zip(expected).enumerate() {
            let expected = cases.named(expected).expect("an output").shallow_clone();
            pairs.push((format!("{name} {} output {i}", case["mode"]), output, expected));
        }
        let expected = case["gradients"].as_object().expect("gradients");
        let mut leaves: Vec<_> = gradients.keys().collect();
        let mut wanted: Vec<_> = expected.keys().collect();
        leaves.sort();
        wanted.sort();
        assert_eq!(leaves, wanted, "{name}: which leaves have gradients");
        for (leaf, gradient) in gradients {
            let expected = cases.named(&expected[&leaf]).expect("a gradient").shallow_clone();
            pairs.push((format!("{name} gradient of {leaf}"), gradient, expected));
        }
        for (name, actual, expected) in pairs {
            match exact {
                true => tally.compare(name, &actual, &expected),
                false => assert_close(&name, &actual, &expected, 1e-5),
            }
        }
    }
    if exact {
        tally.report(&format!("{} {what}", cases.cases.len()));
    }
}

#[test]
fn module_cases_committed() {
    let cases = Cases::committed("modules/modules");
    let same_machine = cases.golden.bits_expected(tch::Device::Cpu);
    module_cases(&cases, Kind::Float, "committed module cases", same_machine);
}

fn live_module_cases(dtype: Kind, name: &str, count: &str) {
    let seed = seed();
    let args = ["--seed", &seed, "--count", count, "--dtype", name];
    let Some(cases) = Cases::fresh("modules", &args) else { return };
    module_cases(&cases, dtype, &format!("live module cases in {name}, seed {seed}"), true);
}

#[test]
fn module_cases_live() {
    live_module_cases(Kind::Float, "float32", "20");
}

/// To Python a number is a tensor of its own, which keeps its precision; C++ rounds it to 8 bits first.
#[test]
fn module_cases_live_in_reduced_precision() {
    live_module_cases(Kind::BFloat16, "bfloat16", "10");
    live_module_cases(Kind::Half, "float16", "10");
}
