//! What a format's own reader says of the same file.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use safetensors::SafeTensors;
use serde_json::Value;
use tch::{Kind, Tensor};

use super::Target;

/// A tensor: name, torch's name of the kind, shape, and the CRC-32 of its numbers in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    name: String,
    dtype: String,
    shape: Vec<i64>,
    sum: u32,
}

pub fn found(name: &str, tensor: &Tensor) -> Found {
    let plain = tensor.detach().resolve_conj().resolve_neg();
    let dtype = atencion::tensor::dtype_name(&plain);
    let sum = crc32fast::hash(&support::bytes_of(&plain));
    Found { name: name.to_owned(), dtype, shape: plain.size(), sum }
}

/// The reader to compare with. Only what was accepted here is asked about: to refuse more is no mistake.
pub struct Oracle {
    python: Option<Child>,
    answers: Option<BufReader<std::process::ChildStdout>>,
    pub compared: u64,
}

impl Oracle {
    pub fn new(target: Target) -> Self {
        let mut oracle = Self { python: None, answers: None, compared: 0 };
        if matches!(target, Target::Npy | Target::Json | Target::Pt)
            && let Some(python) = support::python_with_torch()
        {
            let script = support::repository("examples/fuzz_files/oracle.py");
            let mut child = Command::new(python)
                .args(["-W", "ignore"])
                .arg(script)
                .arg(target.name())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("Python starts");
            oracle.answers = child.stdout.take().map(BufReader::new);
            oracle.python = Some(child);
            // It answers once torch is imported, which takes seconds that are no fuzzing.
            let _ = oracle.ask(Path::new("no such file"));
        }
        oracle
    }

    pub fn compare(
        &mut self,
        target: Target,
        path: &Path,
        bytes: &[u8],
        ours: &[Found],
    ) -> Result<(), String> {
        let theirs = match target {
            Target::Config | Target::Tokenizer | Target::Checkpoint => None,
            Target::Safetensors => Some(by_the_crate(bytes)?),
            // A number in quotes is this crate's own way of writing what is not finite.
            Target::Json if bytes.contains(&b'"') => None,
            _ => self.ask(path)?,
        };
        let Some(theirs) = theirs else { return Ok(()) };
        self.compared += 1;
        let sorted = |found: &[Found]| {
            let mut found = found.to_vec();
            found.sort_by(|a, b| a.name.cmp(&b.name));
            found
        };
        let (ours, theirs) = (sorted(ours), sorted(&theirs));
        if ours == theirs { Ok(()) } else { Err(format!("here it is {ours:?}, there {theirs:?}")) }
    }

    /// `None` where there is no Python.
    fn ask(&mut self, path: &Path) -> Result<Option<Vec<Found>>, String> {
        let (Some(python), Some(answers)) = (&mut self.python, &mut self.answers) else {
            return Ok(None);
        };
        let questions = python.stdin.as_mut().expect("it was piped");
        writeln!(questions, "{}", path.display()).map_err(|_| "the oracle has ended")?;
        let mut line = String::new();
        answers.read_line(&mut line).map_err(|error| error.to_string())?;
        let answer: Value =
            serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        // Pickles of protocol 4 and 5 have opcodes that torch reads only where it executes them, which is not asked for.
        // torch's zip reader is miniz, which takes other names and refuses other damage of an archive than the zip crate does: what counts is
        // that the numbers are the same wherever both read it.
        let not_compared = ["PytorchStreamReader", "inline_container", "Unsupported operand"];
        if answer.as_str().is_some_and(|error| not_compared.iter().any(|by| error.contains(by))) {
            return Ok(None);
        }
        let tensors =
            answer.as_array().ok_or_else(|| format!("here it is read, there: {answer}"))?;
        let found = tensors.iter().map(|tensor| Found {
            name: tensor[0].as_str().unwrap_or_default().to_owned(),
            dtype: tensor[1].as_str().unwrap_or_default().to_owned(),
            shape: tensor[2].as_array().into_iter().flatten().filter_map(Value::as_i64).collect(),
            sum: tensor[3].as_u64().unwrap_or_default() as u32,
        });
        Ok(Some(found.collect()))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        if let Some(python) = &mut self.python {
            drop(python.stdin.take());
            let _ = python.wait();
        }
    }
}

fn by_the_crate(bytes: &[u8]) -> Result<Vec<Found>, String> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| format!("here it is read, there: {error}"))?;
    let found = file.iter().map(|(name, view)| {
        let dtype = match view.dtype().to_string().as_str() {
            "BOOL" => "bool".to_owned(),
            "BF16" => "bfloat16".to_owned(),
            "C64" => "complex64".to_owned(),
            known => known.replace('F', "float").replace('U', "uint").replace('I', "int"),
        };
        let shape = view.shape().iter().map(|&size| size as i64).collect();
        let sum = if dtype == "bool" {
            // Any byte but 0 is true.
            let bools = Tensor::from_slice(view.data()).ne(0).to_kind(Kind::Uint8);
            crc32fast::hash(&support::bytes_of(&bools))
        } else {
            crc32fast::hash(view.data())
        };
        let dtype = dtype.replace("uintnt", "uint");
        Found { name: name.to_owned(), dtype, shape, sum }
    });
    Ok(found.collect())
}
