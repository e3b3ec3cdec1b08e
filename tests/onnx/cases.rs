//! Reading the cases, and holding outputs against what ONNX expects.

use std::collections::HashMap;

use serde_json::Value;
use tch::{Kind, Tensor};

/// One file of cases and its tensors.
pub struct Set {
    cases: Vec<Value>,
    tensors: HashMap<String, Tensor>,
}

impl Set {
    pub fn read(file: &str) -> Self {
        let text = std::fs::read_to_string(support::golden(&format!("onnx/{file}.json"))).unwrap();
        let tensors =
            Tensor::read_safetensors(support::golden(&format!("onnx/{file}.safetensors"))).unwrap();
        Self { cases: serde_json::from_str(&text).unwrap(), tensors: tensors.into_iter().collect() }
    }

    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// `Attention 93, RotaryEmbedding 8`.
    pub fn count_by_operator(&self) -> String {
        let mut counts = std::collections::BTreeMap::<_, usize>::new();
        self.cases().for_each(|case| *counts.entry(case.op().to_owned()).or_default() += 1);
        let counts: Vec<String> = counts.iter().map(|(op, n)| format!("{op} {n}")).collect();
        counts.join(", ")
    }

    pub fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        self.cases.iter().map(|entry| Case { entry, tensors: &self.tensors })
    }
}

/// One case: an operator, its attributes, inputs, and the outputs it should have.
pub struct Case<'a> {
    entry: &'a Value,
    tensors: &'a HashMap<String, Tensor>,
}

impl Case<'_> {
    pub fn name(&self) -> &str {
        self.entry["name"].as_str().unwrap()
    }

    pub fn op(&self) -> &str {
        self.entry["op"].as_str().unwrap()
    }

    pub fn int(&self, attribute: &str) -> Option<i64> {
        self.entry["attributes"][attribute].as_i64()
    }

    pub fn float(&self, attribute: &str) -> Option<f64> {
        self.entry["attributes"][attribute].as_f64()
    }

    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.entry["attributes"][attribute].as_str()
    }

    /// An input by its name, on the device under test.
    pub fn input(&self, name: &str) -> Option<Tensor> {
        let key = self.entry["inputs"][name].as_str()?;
        Some(self.tensors[key].to_device(support::device()))
    }

    /// The n-th input, whatever its name.
    pub fn nth(&self, n: usize) -> Option<Tensor> {
        let key = format!("{}/in/{n}", self.name());
        self.tensors.get(&key).map(|tensor| tensor.to_device(support::device()))
    }

    pub fn wants(&self, output: &str) -> bool {
        self.entry["outputs"].get(output).is_some()
    }

    /// What is wrong with `outputs`; each that the case names must be there.
    pub fn differences(&self, outputs: &[(&str, Tensor)]) -> Vec<String> {
        let wanted = self.entry["outputs"].as_object().unwrap();
        assert!(!wanted.is_empty(), "{} expects nothing", self.name());
        let single = wanted.len() == 1 && outputs.len() == 1;
        wanted
            .iter()
            .filter_map(|(name, key)| {
                let want = &self.tensors[key.as_str().unwrap()];
                let got = outputs.iter().find(|(n, _)| n == name || single).map(|(_, t)| t);
                let why = match got {
                    Some(got) => self.difference(&got.to_device(tch::Device::Cpu), want)?,
                    None => "not computed".into(),
                };
                Some(format!("{} {name}: {why}", self.name()))
            })
            .collect()
    }

    /// `|got - want| <= atol + rtol |want|`, equal kinds, shapes, NaNs and infinities.
    fn difference(&self, got: &Tensor, want: &Tensor) -> Option<String> {
        if (got.size(), got.kind()) != (want.size(), want.kind()) {
            return Some(format!(
                "{:?} {:?}, not {:?} {:?}",
                got.size(),
                got.kind(),
                want.size(),
                want.kind()
            ));
        }
        let (rtol, atol) =
            (self.entry["rtol"].as_f64().unwrap(), self.entry["atol"].as_f64().unwrap());
        let (got, want) = (got.to_kind(Kind::Double), want.to_kind(Kind::Double));
        let far = got.isclose(&want, rtol, atol, true).logical_not();
        let count = far.sum(Kind::Int64).int64_value(&[]);
        (count > 0).then(|| {
            let worst = (&got - &want).abs().nan_to_num(0.0, 0.0, 0.0).max().double_value(&[]);
            format!("{count} of {} elements, by up to {worst:.3e}", got.numel())
        })
    }
}
