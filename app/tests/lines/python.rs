//! The other side: one Python process that runs programs, and results in a form that both languages share.

use std::io::Write;
use std::process::{Command, Stdio};

use atencion_cli::notebook::lines::{Limits, Plain, Run, run};
use serde_json::{Value as Json, json};
use support::bytes_of;
use tch::Tensor;

/// What Python makes of programs, each a list of cells; `None` without a Python that has torch.
pub fn python(programs: &[Vec<String>]) -> Option<Vec<Json>> {
    let python = support::python_with_torch()?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lines/lines.py");
    let mut child = Command::new(python)
        .args(["-W", "ignore", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = serde_json::to_vec(programs).expect("JSON");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("Python ends");
    writer.join().expect("written").expect("Python reads");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// What Rust makes of a program.
#[allow(dead_code)]
pub fn rust(cells: &[String]) -> Run {
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    run(&cells, Limits::default())
}

/// A value as Python's side writes it.
pub fn json_of(value: &Plain) -> Json {
    match value {
        Plain::Bool(value) => json!(value),
        Plain::Int(value) => json!(value),
        Plain::Float(value) => json!({ "float": hex(&value.to_le_bytes()) }),
        Plain::Text(text) => json!(text),
        Plain::Tensor { tensor, .. } => tensor_json(tensor),
        Plain::List(items) => items.iter().map(json_of).collect(),
        Plain::Dict(items) => {
            json!({ "dict": items.iter().map(|(key, value)| json!([key, json_of(value)])).collect::<Vec<_>>() })
        }
        Plain::Module(state) => {
            json!({ "module": state.iter().map(|(name, tensor)| json!([name, tensor_json(tensor)])).collect::<Vec<_>>() })
        }
        Plain::None | Plain::Unknown | Plain::Other(_) => Json::Null,
    }
}

fn tensor_json(tensor: &Tensor) -> Json {
    let tensor = match tensor.kind() {
        tch::Kind::ComplexFloat | tch::Kind::ComplexDouble => tensor.view_as_real(),
        _ => tensor.shallow_clone(),
    };
    let dtype = match tensor.kind() {
        tch::Kind::Float => "float32",
        tch::Kind::Double => "float64",
        tch::Kind::Half => "float16",
        tch::Kind::BFloat16 => "bfloat16",
        tch::Kind::Int64 => "int64",
        tch::Kind::Int => "int32",
        tch::Kind::Int16 => "int16",
        tch::Kind::Int8 => "int8",
        tch::Kind::Uint8 => "uint8",
        tch::Kind::Bool => "bool",
        _ => "other",
    };
    json!({ "dtype": dtype, "shape": tensor.size(), "bytes": hex(&bytes_of(&tensor)) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
