//! Builds and calls any module of `atencion::nn` from a case that PyTorch wrote: config, parameters, arguments.

pub mod build;
pub mod call;
mod losses;

use std::collections::HashMap;
use std::io::Read;

use serde_json::Value;
use tch::{Kind, Tensor};

use support::golden::Golden;

/// The cases of one file.
pub struct Cases {
    pub golden: Golden,
    pub cases: Vec<Value>,
    tensors: HashMap<String, Tensor>,
}

impl Cases {
    /// A committed set, `tests/golden/NAME.safetensors.gz`.
    pub fn committed(name: &str) -> Self {
        let path = support::golden(&format!("{name}.safetensors.gz"));
        let file =
            std::fs::File::open(&path).expect("a golden file; make it with scripts/golden.py");
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).expect("gzip");
        Self::from_bytes(bytes)
    }

    /// A fresh set by PyTorch on this machine, from `scripts/goldens/NAME.py FOLDER ARGS`. `None` without a Python
    /// that can make it.
    pub fn fresh(name: &str, args: &[&str]) -> Option<Self> {
        let folder = support::made_by(name, args)?;
        let file = folder.path().join(format!("{name}.safetensors"));
        Some(Self::from_bytes(std::fs::read(file).expect("what the script wrote")))
    }

    fn from_bytes(bytes: Vec<u8>) -> Self {
        let golden = Golden::from_bytes(bytes);
        let cases = serde_json::from_str(golden.metadata("cases")).expect("the cases");
        let tensors = golden.tensors();
        Self { golden, cases, tensors }
    }

    pub fn tensor(&self, key: &str) -> &Tensor {
        self.tensors.get(key).unwrap_or_else(|| panic!("no tensor {key}"))
    }

    /// The tensor that a value such as `{"tensor": "name"}` names.
    pub fn named(&self, value: &Value) -> Option<&Tensor> {
        Some(self.tensor(value.get("tensor")?.as_str()?))
    }

    /// A fresh leaf for each floating tensor, in `dtype`; one tensor under two names stays one.
    pub fn leaves(
        &self,
        named: &Value,
        dtype: Kind,
        requires_grad: bool,
    ) -> HashMap<String, Tensor> {
        let mut made: HashMap<&str, Tensor> = HashMap::new();
        let mut leaves = HashMap::new();
        for (name, value) in named.as_object().expect("named values") {
            let Some(key) = value.get("tensor").and_then(Value::as_str) else { continue };
            let leaf = made.entry(key).or_insert_with(|| {
                let tensor = self.tensor(key);
                if !tensor.is_floating_point() {
                    return tensor.shallow_clone();
                }
                tensor.to_kind(dtype).copy().set_requires_grad(requires_grad)
            });
            leaves.insert(name.clone(), leaf.shallow_clone());
        }
        leaves
    }
}

/// What a case came to.
pub struct Outcome {
    pub outputs: Vec<Tensor>,
    pub gradients: HashMap<String, Tensor>,
}

/// The gradient of `sum(out * cos(arange))` in every leaf, as the scripts take it.
pub fn backward(outputs: &[Tensor], leaves: &HashMap<String, Tensor>) -> HashMap<String, Tensor> {
    let weighted = |out: &Tensor| {
        let weight = Tensor::arange(out.numel() as i64, (Kind::Double, out.device())).cos();
        (out * weight.view(out.size().as_slice()).to_kind(out.kind())).sum(out.kind())
    };
    let differentiable = outputs.iter().filter(|out| out.requires_grad());
    if let Some(loss) = differentiable.map(weighted).reduce(|a, b| a + b) {
        loss.backward();
    }
    let gradients = leaves.iter().map(|(name, leaf)| (name.clone(), leaf.grad()));
    gradients.filter(|(_, gradient)| gradient.defined()).collect()
}

/// Runs a case in `dtype`: the module on the case's parameters, forward, and backward where there are gradients.
pub fn run(cases: &Cases, case: &Value, dtype: Kind) -> Outcome {
    let mode = case["mode"].as_str().unwrap_or("eval");
    let training = case["training"].as_bool().unwrap_or(mode == "train");
    let with_gradients = mode != "no_grad";
    let mut leaves = cases.leaves(&case["forward"], dtype, with_gradients);
    let outputs = if let Some(op) = case["op"].as_str() {
        call::op(op, &case["forward"], &leaves)
    } else {
        let parameters = cases.leaves(&case["state_dict"], dtype, true);
        let mut module = build::given(case, &parameters);
        module.module().train(training);
        leaves.extend(parameters.into_iter().map(|(name, leaf)| (format!("param:{name}"), leaf)));
        if let Some(seed) = case["seed"].as_i64() {
            tch::manual_seed(seed + 1);
        }
        let forward = || call::module(&module, &case["forward"], &leaves);
        if with_gradients { forward() } else { tch::no_grad(forward) }
    };
    let outputs = outputs.unwrap_or_else(|error| panic!("{}: {error}", case["name"]));
    let gradients = match with_gradients {
        true => backward(&outputs, &leaves),
        false => HashMap::new(),
    };
    Outcome { outputs, gradients }
}
