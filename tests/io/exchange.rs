//! state_dicts go to Python and back: the same keys, the same bits, and everything that does not fit named at once.

use std::path::Path;
use std::process::Command;

use atencion::StateDict;
use atencion::nn::{
    Linear, LinearConfig, Module, MultiheadAttention, MultiheadAttentionConfig, Transformer,
    TransformerConfig,
};
use support::{assert_bits, python_with_torch};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

fn config() -> TransformerConfig {
    TransformerConfig {
        d_model: 16,
        nhead: 4,
        num_encoder_layers: 2,
        num_decoder_layers: 1,
        dim_feedforward: 24,
        ..Default::default()
    }
}

fn transformer(seed: i64) -> Transformer {
    tch::manual_seed(seed);
    let vs = VarStore::new(Device::Cpu);
    Transformer::new(vs.root(), config()).unwrap()
}

fn python(folder: &Path, code: &str) {
    let python = python_with_torch().expect("asked for before");
    let start = "import torch\nfrom safetensors.torch import load_file, save_file\n\
                 def module(): return torch.nn.Transformer(16, 4, 2, 1, 24)\n";
    let ran = Command::new(python)
        .args(["-c", &format!("{start}{code}")])
        .current_dir(folder)
        .output()
        .expect("python runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

fn assert_equal_to(module: &Transformer, state: &StateDict) {
    assert_eq!(module.named_parameters().len(), state.len());
    for (name, parameter) in module.named_parameters() {
        assert_bits(&name, &parameter, state.get(&name).unwrap());
    }
}

#[test]
fn a_state_dict_of_python_loads_here() {
    let _draws = support::draws();
    if python_with_torch().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    python(
        folder.path(),
        "m = module()\nsave_file(m.state_dict(), 'm.safetensors')\ntorch.save(m.state_dict(), 'm.pt')\n\
         print(list(m.state_dict()), file=open('names', 'w'))",
    );
    let safetensors = StateDict::load(folder.path().join("m.safetensors")).unwrap();
    let pt = StateDict::load(folder.path().join("m.pt")).unwrap();
    for state in [&safetensors, &pt] {
        let mut module = transformer(1);
        module.load_state_dict(state).unwrap();
        assert_equal_to(&module, state);
        let shared = state.build("", |p| Transformer::new(p, config())).unwrap();
        assert_equal_to(&shared, state);
    }
    let names = std::fs::read_to_string(folder.path().join("names")).unwrap();
    let ours: Vec<_> = transformer(1)
        .named_parameters()
        .into_iter()
        .map(|(name, _)| format!("'{name}'"))
        .collect();
    assert_eq!(names.trim(), format!("[{}]", ours.join(", ")), "torch's keys in torch's order");
}

#[test]
fn a_state_dict_saved_here_loads_strictly_in_python() {
    let _draws = support::draws();
    if python_with_torch().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let module = transformer(2);
    module.state_dict().save(folder.path().join("ours.safetensors")).unwrap();
    python(
        folder.path(),
        "m = module()\nm.load_state_dict(load_file('ours.safetensors'), strict=True)\n\
         torch.save(m.state_dict(), 'back.pt')",
    );
    assert_equal_to(&module, &StateDict::load(folder.path().join("back.pt")).unwrap());
}

/// Tied weights are in the file under both names, so that nothing is missing on the other side.
#[test]
fn tied_weights_are_written_under_each_name() {
    let _draws = support::draws();
    if python_with_torch().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let weight = Tensor::randn([3, 3], (Kind::Float, Device::Cpu));
    let state: StateDict = ["0.weight", "1.weight"]
        .map(|name| (name.to_string(), weight.shallow_clone()))
        .into_iter()
        .collect();
    state.save(folder.path().join("tied.safetensors")).unwrap();
    python(
        folder.path(),
        "m = torch.nn.Sequential(*[torch.nn.Linear(3, 3, bias=False) for _ in range(2)])\n\
         m[1].weight = m[0].weight\n\
         m.load_state_dict(load_file('tied.safetensors'), strict=True)\n\
         torch.save(m.state_dict(), 'back.pt')",
    );
    let back = StateDict::load(folder.path().join("back.pt")).unwrap();
    let pointers = ["0.weight", "1.weight"].map(|name| back.get(name).unwrap().data_ptr());
    assert_eq!(pointers[0], pointers[1], "tied in Python, tied here");
    assert_bits("1.weight", back.get("1.weight").unwrap(), &weight);
}

#[test]
fn whatever_does_not_fit_is_named_at_once_and_nothing_is_loaded() {
    let _draws = support::draws();
    let mut module = transformer(3);
    let before: Vec<Tensor> = module.parameters().iter().map(Tensor::copy).collect();
    let other = transformer(4).state_dict();
    let mut state = StateDict::new();
    for (name, tensor) in other.iter() {
        match name {
            "encoder.norm.bias" => {}
            "encoder.layers.0.linear1.weight" => drop(state.insert(name, tensor.narrow(0, 0, 1))),
            "decoder.norm.weight" => drop(state.insert(name, tensor.to_kind(Kind::Half))),
            // tch would broadcast this one in silence.
            "decoder.norm.bias" => drop(state.insert(name, Tensor::from(1f32))),
            _ => drop(state.insert(name, tensor.shallow_clone())),
        }
    }
    state.insert("encoder.surplus", Tensor::from(1f32));
    let parts = [
        "missing: encoder.norm.bias",
        "unexpected: encoder.surplus",
        "encoder.layers.0.linear1.weight is [1, 16] but should be [24, 16]",
        "decoder.norm.weight is float16 but should be float32",
        "decoder.norm.bias is [] but should be [16]",
    ];
    let errors = [
        module.load_state_dict(&state).unwrap_err(),
        state.build("", |p| Transformer::new(p, config())).unwrap_err(),
    ];
    for error in errors {
        for part in parts {
            assert!(error.what().contains(part), "{part} not in {error}");
        }
        assert!(error.how_to_mend().is_some());
    }
    for (parameter, before) in module.parameters().iter().zip(&before) {
        assert_bits("untouched", parameter, before);
    }
}

#[test]
fn a_part_of_a_state_dict_is_taken_by_its_prefix() {
    let _draws = support::draws();
    let state = transformer(5).state_dict();
    let attention = MultiheadAttentionConfig::new(16, 4);
    let module = state
        .build("encoder.layers.1.self_attn", |p| MultiheadAttention::new(p, attention))
        .unwrap();
    let part = state.under("encoder.layers.1.self_attn");
    assert_eq!(part.len(), 4);
    for (name, parameter) in module.named_parameters() {
        assert_eq!(
            parameter.data_ptr(),
            part.get(&name).unwrap().data_ptr(),
            "{name} shares its storage"
        );
    }
}

#[test]
fn a_module_on_given_tensors_shares_them() {
    let weight = Tensor::ones([2, 3], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let state: StateDict = [("weight".to_string(), weight.shallow_clone())].into_iter().collect();
    let config = LinearConfig { bias: false, ..LinearConfig::new(3, 2) };
    let linear = state.build("", |p| Linear::new(p, config)).unwrap();
    use atencion::nn::Forward;
    linear
        .forward(&Tensor::ones([1, 3], (Kind::Float, Device::Cpu)))
        .unwrap()
        .sum(Kind::Float)
        .backward();
    assert!(weight.grad().equal(&Tensor::ones([2, 3], (Kind::Float, Device::Cpu))));
}
