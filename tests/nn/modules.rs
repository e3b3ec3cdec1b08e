//! Modules that a user composes: what follows from the declaration, beside Python's own module.

use std::process::Command;

use atencion::nn::*;
use atencion::{Result, StateDict};
use support::{assert_bits, draws, python_with_torch, repository};
use tch::{Device, Kind, Tensor};

module! {
    /// A language model whose head shares its weight with the embedding.
    struct Tied(width: i64) {
        wte: Embedding = EmbeddingConfig::new(11, width),
        h: ModuleList<Block> = vec![width; 3],
        head: Option<Linear> = None,
        scale: f64 = 0.5,
    }
}

module! {
    struct Block(width: i64) {
        norm: LayerNorm = LayerNormConfig::new(&[width]),
        mlp: Sequential = vec![
            layer::<Linear>(LinearConfig::new(width, 2 * width)),
            layer::<Gelu>(()),
            layer::<Linear>(LinearConfig { bias: false, ..LinearConfig::new(2 * width, width) }),
        ],
        dropout: Dropout = 0.1,
    }
}

module! {
    /// A parameter, a buffer that is saved and one that is not.
    struct Statistics from () {
        weight: Tensor,
        mean: Buffer,
        count: Buffer,
        scratch: Buffer,
    }

    fn new<'a>(path: impl Into<Path<'a>>) -> Result<Self> {
        let p = path.into();
        let zeros = |kind| Tensor::zeros([2], (kind, Device::Cpu));
        let weight = p.parameter("weight", &[2])?;
        let mean = p.buffer("mean", zeros(Kind::Float), true)?;
        let count = p.buffer("count", zeros(Kind::Int64), true)?;
        let scratch = p.buffer("scratch", zeros(Kind::Float), false)?;
        if p.draws() {
            init::constant_(&weight, 1.0)?;
        }
        Ok(Self { weight, mean, count, scratch, training: true })
    }
}

fn root() -> Path<'static> {
    Path::root(Device::Cpu)
}

/// As in Python: `model.head.weight = model.wte.weight`.
fn tied() -> Tied {
    let mut model = Tied::new(root(), 4).unwrap();
    let config = LinearConfig { bias: false, ..LinearConfig::new(4, 11) };
    model.head = Some(Linear::tied(root() / "head", config, &model.wte.weight).unwrap());
    model
}

fn names(parameters: &[(String, Tensor)]) -> Vec<&str> {
    parameters.iter().map(|(name, _)| name.as_str()).collect()
}

fn what<T>(result: Result<T>) -> String {
    result.err().expect("it is refused").what().to_owned()
}

#[test]
fn a_tied_parameter_counts_once_and_is_in_the_state_dict_twice() {
    let _draws = draws();
    let model = tied();
    let block = 4 + 4 + (4 * 8 + 8) + 8 * 4;
    assert_eq!(model.num_parameters(), 11 * 4 + 3 * block);
    let parameters = model.named_parameters();
    assert_eq!(parameters[0].0, "wte.weight");
    assert!(!names(&parameters).contains(&"head.weight"));
    let state = model.state_dict();
    assert_eq!(state.names().last(), Some("head.weight"));
    assert_eq!(state.len(), parameters.len() + 1);
}

#[test]
fn a_tied_parameter_is_stepped_once() {
    use atencion::optim::{Optimizer, Sgd, SgdConfig};
    let _draws = draws();
    let model = tied();
    let before = model.wte.weight.detach().copy();
    model.wte.weight.sum(Kind::Float).backward();
    let mut sgd =
        Sgd::new(model.parameters(), SgdConfig { lr: 0.25, ..Default::default() }).unwrap();
    sgd.step().unwrap();
    assert_bits("stepped", &model.wte.weight.detach(), &(before - 0.25));
}

#[test]
fn a_state_dict_may_lack_a_tied_parameter_but_not_contradict_it() {
    let build = |p: &Path| -> Result<(Embedding, Linear)> {
        let wte = Embedding::new(p / "wte", EmbeddingConfig::new(3, 2))?;
        let config = LinearConfig { bias: false, ..LinearConfig::new(2, 3) };
        let head = Linear::tied(p / "head", config, &wte.weight)?;
        Ok((wte, head))
    };
    let weight = Tensor::ones([3, 2], (Kind::Float, Device::Cpu));
    let mut state: StateDict = [("wte.weight".to_owned(), weight)].into_iter().collect();
    let (wte, head) = state.build("", build).unwrap();
    assert_eq!(head.weight.data_ptr(), wte.weight.data_ptr());
    state.insert("head.weight", wte.weight.copy());
    assert!(state.build("", build).is_ok());
    state.insert("head.weight", &wte.weight + 1);
    let error = what(state.build("", build));
    assert!(error.contains("head.weight is tied to another parameter"), "{error}");
}

#[test]
fn moving_keeps_the_tensors_and_their_ties() {
    let _draws = draws();
    let mut model = tied();
    let handle = model.wte.weight.shallow_clone();
    handle.sum(Kind::Float).backward();
    model.to(Device::Cpu, Some(Kind::Double)).unwrap();
    assert_eq!((handle.kind(), handle.grad().kind()), (Kind::Double, Kind::Double));
    assert_eq!(model.head.as_ref().unwrap().weight.data_ptr(), handle.data_ptr());
    assert!(model.parameters().iter().all(|p| p.kind() == Kind::Double && p.requires_grad()));
    let error = what(model.to(Device::Cpu, Some(Kind::Int64)));
    assert_eq!(error, "a module only takes floating-point kinds, but got int64");

    let mut statistics = Statistics::new(root()).unwrap();
    statistics.to(Device::Cpu, Some(Kind::Half)).unwrap();
    assert_eq!((statistics.mean.kind(), statistics.count.kind()), (Kind::Half, Kind::Int64));
}

#[test]
fn buffers_are_saved_if_persistent_and_never_trained() {
    let mut statistics = Statistics::new(root()).unwrap();
    assert_eq!(names(&statistics.named_parameters()), ["weight"]);
    assert_eq!(names(&statistics.named_buffers()), ["mean", "count", "scratch"]);
    let state = statistics.state_dict();
    assert_eq!(state.names().collect::<Vec<_>>(), ["weight", "mean", "count"]);
    let changed: StateDict =
        state.iter().map(|(name, tensor)| (name.to_owned(), tensor + 2)).collect();
    statistics.load_state_dict(&changed).unwrap();
    assert_eq!(statistics.count.int64_value(&[0]), 2);
    let given = changed.build("", |p| Statistics::new(p)).unwrap();
    assert_eq!(given.mean.double_value(&[1]), 2.0);
    let lacking: StateDict =
        state.iter().take(1).map(|(name, tensor)| (name.to_owned(), tensor.copy())).collect();
    let error = what(lacking.build("", |p| Statistics::new(p)));
    assert!(error.ends_with("missing: mean, count"), "{error}");
}

#[test]
fn modes_gradients_and_children_follow_from_the_declaration() {
    let _draws = draws();
    let mut model = tied();
    model.eval();
    assert!(model.named_modules().iter().all(|(_, module)| !module.training()));
    model.h.train(true);
    assert!(!model.training() && model.h[2].dropout.training);
    let children: Vec<String> = model.named_children().into_iter().map(|(name, _)| name).collect();
    assert_eq!(children, ["wte", "h", "head"]);
    model.parameters().iter().for_each(|p| p.sum(Kind::Float).backward());
    model.zero_grad().unwrap();
    assert!(model.parameters().iter().all(|p| !p.grad().defined()));
    model.requires_grad_(false).unwrap();
    assert!(model.parameters().iter().all(|p| !p.requires_grad()));
    assert_eq!(model.scale, 0.5);
}

#[test]
fn names_that_no_module_can_have_are_refused() {
    let _draws = draws();
    let linear = |path: Path| Linear::new(path, LinearConfig::new(2, 2));
    let p = root();
    linear(&p / "a").unwrap();
    assert_eq!(what(linear(&p / "a")), "a.weight is already in this model");
    assert_eq!(
        what(linear(&p / "a.b")),
        "the name of a parameter or module can't contain \".\", got: a.b"
    );
    assert_eq!(what(linear(&p / "a.b" / "c")), what(linear(&p / "a.b")));
    assert_eq!(
        what(linear(&p / "")),
        "the name of a parameter or module can't be empty string \"\""
    );
    let _gain = p.parameter("gain", &[1]).unwrap();
    assert_eq!(what(linear(&p / "gain")), "gain cannot be both a parameter and a child module");
    assert_eq!(what(p.parameter("a", &[1])), "a cannot be both a parameter and a child module");
    let vs = tch::nn::VarStore::new(Device::Cpu);
    Linear::new(vs.root(), LinearConfig::new(2, 2)).unwrap();
    let again = what(Linear::new(vs.root(), LinearConfig::new(2, 2)));
    assert_eq!(again, "weight is already in this VarStore");
    let error = what(Linear::tied(&p / "t", LinearConfig::new(2, 3), &Tensor::new()));
    assert!(error.contains("should be [3, 2]"), "{error}");
}

const PRINTED: &str = r#"
import torch
from torch import nn
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width, bias=False))
        self.dropout = nn.Dropout(0.1)
class Tied(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.wte = nn.Embedding(11, width)
        self.h = nn.ModuleList([Block(width) for _ in range(3)])
        self.head = nn.Linear(width, 11, bias=False)
        self.head.weight = self.wte.weight
model = Tied(4)
print(model)
print([n for n, _ in model.named_parameters()], list(model.state_dict()), [n for n, _ in model.named_modules()], sep="\n")
print(nn.Transformer(8, 2, 2, 1, 16, activation="gelu"))
print(nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, bias=False), 1), nn.ModuleList([]), nn.Sequential(), sep="\n")
print(nn.RMSNorm([2, 3], eps=1e-6), nn.RMSNorm(2), nn.LayerNorm([2, 3], eps=1e-12, bias=False), nn.ReLU(), nn.SiLU(), nn.Tanh(), sep="\n")
print(nn.Embedding(5, 2, padding_idx=-1, max_norm=1.5, norm_type=1.0, scale_grad_by_freq=True, sparse=True))
print(nn.MultiheadAttention(4, 2, kdim=3))
"#;

/// `['a', 'b']`
fn python_list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let quoted: Vec<String> =
        names.into_iter().map(|name| format!("'{}'", name.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}

#[test]
fn a_model_prints_as_pythons() {
    let Some(python) = python_with_torch() else { return };
    let _draws = draws();
    let run = Command::new(python).args(["-W", "ignore", "-c", PRINTED]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let model = tied();
    let modules = model.named_modules().into_iter().map(|(name, _)| name);
    let transformer = TransformerConfig {
        activation: Activation::Gelu,
        ..TransformerConfig::new(8, 2, 2, 1, 16)
    };
    let layer = TransformerLayerConfig { bias: false, ..TransformerLayerConfig::new(8, 2) };
    let eps = |eps| RmsNormConfig { eps, ..RmsNormConfig::new(&[2, 3]) };
    let norm = LayerNormConfig { eps: 1e-12, bias: false, ..LayerNormConfig::new(&[2, 3]) };
    let embedding = EmbeddingConfig {
        padding_idx: Some(-1),
        max_norm: Some(1.5),
        norm_type: 1.0,
        scale_grad_by_freq: true,
        sparse: true,
        ..EmbeddingConfig::new(5, 2)
    };
    let attention =
        MultiheadAttentionConfig { kdim: Some(3), ..MultiheadAttentionConfig::new(4, 2) };
    let lines = [
        model.to_string(),
        python_list(names(&model.named_parameters())),
        python_list(model.state_dict().names()),
        python_list(modules),
        Transformer::new(root(), transformer).unwrap().to_string(),
        TransformerEncoder::new(root(), TransformerEncoderConfig::new(layer, 1))
            .unwrap()
            .to_string(),
        ModuleList::<Linear>::from_iter([]).to_string(),
        Sequential::new(root(), []).unwrap().to_string(),
        RmsNorm::new(root(), eps(Some(1e-6))).unwrap().to_string(),
        RmsNorm::new(root(), RmsNormConfig::new(&[2])).unwrap().to_string(),
        LayerNorm::new(root(), norm).unwrap().to_string(),
        Relu::default().to_string(),
        Silu::default().to_string(),
        Tanh::default().to_string(),
        Embedding::new(root(), embedding).unwrap().to_string(),
        MultiheadAttention::new(root(), attention).unwrap().to_string(),
    ];
    let printed = String::from_utf8(run.stdout).unwrap();
    for (ours, python) in lines.join("\n").lines().zip(printed.lines()) {
        assert_eq!(ours, python);
    }
    assert_eq!(lines.join("\n"), printed.trim_end());
}

/// The program and its twin print the same, and every weight, score and gradient is the same to the last bit.
#[test]
fn a_model_of_ones_own_is_its_python_twin() {
    let Some(python) = python_with_torch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let ran = |mut command: Command, file: &str| {
        let run = command.arg(folder.path().join(file)).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let numbers = StateDict::load(folder.path().join(file)).unwrap();
        (String::from_utf8(run.stdout).unwrap(), numbers)
    };
    let mut twin = Command::new(python);
    twin.args(["-W", "ignore"]).arg(repository("examples/own_model.py"));
    let (python_printed, python_numbers) = ran(twin, "python.safetensors");
    let (printed, numbers) = ran(own_model(), "rust.safetensors");
    assert_eq!(printed, python_printed);
    assert_eq!(numbers.len(), python_numbers.len());
    for (name, tensor) in python_numbers.iter() {
        assert_bits(name, numbers.get(name).unwrap(), tensor);
    }
}

/// The example's program. `cargo test --test nn` alone does not build it.
fn own_model() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--example", "own_model", "--"]).current_dir(repository(""));
    cargo
}

/// The lines of a file that are code, from the one that starts with `from` on.
fn code_lines(file: &str, comment: &str, from: &str, to: &str) -> usize {
    let text = std::fs::read_to_string(repository(file)).unwrap();
    let (mut lines, mut in_docstring) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        let quotes = line.matches("\"\"\"").count();
        if quotes == 0 && !in_docstring && !line.is_empty() && !line.starts_with(comment) {
            lines.push(line);
        }
        in_docstring ^= quotes == 1;
    }
    let start = lines.iter().position(|line| line.starts_with(from)).unwrap();
    lines[start..].iter().position(|line| line.starts_with(to)).unwrap()
}

#[test]
fn a_model_of_ones_own_takes_few_lines() {
    let python = code_lines("examples/own_model.py", "#", "class Translator", "torch.manual_seed");
    let rust = code_lines("examples/own_model.rs", "//", "module! {", "fn main");
    assert_eq!((python, rust), (10, 13), "code lines of Python's class and of its twin");
    assert!(rust as f64 <= 1.3 * python as f64);
}
