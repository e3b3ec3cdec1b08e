//! Files of Python's `torch.save` hold here what they hold there, and nothing in them is ever run.

use std::path::PathBuf;
use std::process::Command;

use atencion::{StateDict, io, tensor};
use support::{golden, python_with_torch};

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(golden(folder)).expect("golden vectors");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    paths
}

fn assert_same(loaded: &StateDict, expected: &StateDict, what: &str) {
    let sorted = |state: &StateDict| {
        let mut names: Vec<_> = state.names().map(str::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(sorted(loaded), sorted(expected), "{what}");
    for (name, tensor) in expected.iter() {
        let found = loaded.get(name).unwrap();
        assert_eq!((found.kind(), found.size()), (tensor.kind(), tensor.size()), "{what} {name}");
        assert!(found.equal(tensor), "{what} {name}");
    }
}

#[test]
fn state_dicts_load_as_their_safetensors_twins() {
    let paths: Vec<_> = files("pt_files/pt", ".pt")
        .into_iter()
        .filter(|path| !path.ends_with("checkpoint.nested.pt"))
        .collect();
    assert_eq!(paths.len(), 12);
    for path in paths {
        let expected = StateDict::load(path.with_extension("safetensors")).unwrap();
        assert_same(&StateDict::load(&path).unwrap(), &expected, &path.display().to_string());
    }
}

#[test]
fn names_keep_the_order_of_the_dict() {
    let state = StateDict::load(golden("pt_files/pt/ordered_dict.pt")).unwrap();
    assert_eq!(state.names().collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn tensors_that_share_storage_share_it_and_keep_their_strides() {
    let state = StateDict::load(golden("pt_files/pt/views.pt")).unwrap();
    let get = |name: &str| state.get(name).unwrap();
    assert_eq!(get("transposed").stride(), [1, 6]);
    assert_eq!(get("strided").stride(), [12, 3]);
    assert_eq!(get("expanded").stride(), [0, 1]);
    assert_eq!(get("transposed").data_ptr(), get("base").data_ptr());
    let _ = get("base").shallow_clone().fill_(7.0);
    assert_eq!(get("scalar").double_value(&[]), 7.0);
}

#[test]
fn a_nested_checkpoint_is_named_and_can_be_flattened() {
    let path = golden("pt_files/pt/checkpoint.nested.pt");
    let error = StateDict::load(&path).unwrap_err();
    assert!(error.what().contains("dicts in it under [\"model\", \"optimizer\"]"), "{error}");
    assert!(error.how_to_mend().unwrap().contains("load_flat"));
    let flat = StateDict::load_flat(&path).unwrap();
    let expected = StateDict::load(path.with_extension("safetensors")).unwrap();
    assert_same(&flat, &expected, "checkpoint");
    assert_eq!(flat.under("model").names().collect::<Vec<_>>(), ["weight", "bias"]);
}

#[test]
fn everything_else_is_refused_with_the_line_that_converts_it() {
    let parts = [
        ("custom_class.pt", "goldens.pt_files.Custom"),
        ("float8.pt", "torch._utils._rebuild_tensor_v3"),
        ("integer_key.pt", "a key in it is not a string"),
        ("legacy.pt", "a bare pickle"),
        ("list.pt", "something else than a state_dict"),
        ("numpy_scalar.pt", "numpy"),
        ("quantized.pt", "torch._utils._rebuild_qtensor"),
        ("sparse.pt", "torch._utils._rebuild_sparse_tensor"),
        ("sparse_and_dense.pt", "torch._utils._rebuild_sparse_tensor"),
        ("tensor.pt", "something else than a state_dict"),
        ("torchscript.pt", "__torch__"),
        ("uint16.pt", "torch.uint16"),
        ("whole_module.pt", "torch.nn.modules.linear.Linear"),
    ];
    let paths = files("pt_files/pt/refused", ".pt");
    assert_eq!(paths.len(), parts.len());
    for (path, (name, part)) in paths.iter().zip(parts) {
        assert!(path.ends_with(name));
        let error = StateDict::load(path).expect_err(name);
        assert!(error.what().contains(part), "{error}");
        let mend = error.how_to_mend().unwrap();
        assert!(mend.contains("save_file"), "{error}");
        // Either would run what a hostile file says.
        assert!(!mend.contains("weights_only=False") && !mend.contains("jit.load"), "{mend}");
    }
}

/// A file of objects is not opened; whoever made it can save its tensors.
#[test]
fn files_that_would_run_are_given_back_to_their_makers() {
    for name in ["custom_class", "numpy_scalar", "torchscript", "whole_module"] {
        let error = StateDict::load(golden(&format!("pt_files/pt/refused/{name}.pt"))).unwrap_err();
        let mend = error.how_to_mend().unwrap();
        assert!(mend.contains("where it was made") && !mend.contains("torch.load"), "{mend}");
    }
}

/// The line that a refusal hands out does convert the file.
#[test]
fn the_line_of_python_works() {
    let Some(python) = python_with_torch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut code = "import torch, safetensors.torch\n".to_string();
    let expected = [
        ("float8", &["w"][..]),
        ("integer_key", &["1"]),
        ("legacy", &["w"]),
        ("list", &["0"]),
        ("quantized", &["w", "d"]),
        ("sparse", &["w"]),
        ("sparse_and_dense", &["w", "d"]),
        ("tensor", &["tensor"]),
        ("uint16", &["w", "d"]),
    ];
    for (name, _) in expected {
        let path = folder.path().join(name).with_extension("pt");
        std::fs::copy(golden("pt_files/pt/refused").join(format!("{name}.pt")), &path).unwrap();
        let error = StateDict::load(&path).unwrap_err();
        let (_, line) = error.how_to_mend().unwrap().split_once(": ").unwrap();
        code.push_str(line);
        code.push('\n');
    }
    let ran = Command::new(python).args(["-c", &code]).current_dir(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{code}{}", String::from_utf8_lossy(&ran.stderr));
    for (name, keys) in expected {
        let state =
            StateDict::load(folder.path().join(name).with_extension("safetensors")).unwrap();
        assert_eq!(state.len(), keys.len(), "{name}");
        assert!(keys.iter().all(|key| state.get(key).is_some()), "{name}: {state:?}");
        if let Some(dense) = state.get("d") {
            assert!(dense.equal(&tensor![0, 1]), "{name}: what needs no conversion keeps its kind");
        }
        assert_eq!(state.iter().next().unwrap().1.size(), [2], "{name}");
    }
}

/// `torch.save(Q, "q.pt")`: what a student has.
#[test]
fn a_saved_tensor_or_list_of_tensors_is_read_where_one_is_asked_for() {
    let path = |name: &str, part: &str| {
        let path = golden(&format!("pt_files/pt/refused/{name}.pt"));
        format!("{}{part}", path.display())
    };
    for spec in [path("tensor", ""), path("list", ""), path("list", "#0")] {
        assert!(io::read_tensor(&spec).unwrap().equal(&tensor![1.0, 1.0]), "{spec}");
    }
    let error = io::read_tensor(&path("tensor", "#q")).unwrap_err();
    assert_eq!(error.how_to_mend(), Some("leave out #q"));
    let error = io::read_tensor(&path("list", "#1")).unwrap_err();
    assert!(error.what().contains("there is no tensor \"1\""), "{error}");
}

#[test]
fn requires_grad_is_as_it_was_saved() {
    let state = StateDict::load(golden("pt_files/pt/parameters.pt")).unwrap();
    let wanting: Vec<_> = state.iter().map(|(_, tensor)| tensor.requires_grad()).collect();
    assert_eq!(wanting, [true, true, false]);
}

/// Whole models: many small tensors, views of one, batch norms, an optimiser's state. All were refused as too much for
/// their size.
#[test]
fn valid_files_of_many_tensors_load() {
    let Some(python) = python_with_torch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let code = r#"
import torch
base = torch.arange(2000.0).view(500, 4)
layer = lambda: torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.BatchNorm2d(1))
linears = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(200)])
optimizer = torch.optim.AdamW(linears.parameters())
linears(torch.ones(1, 2)).sum().backward()
optimizer.step()
for name, state in {
    "small": {f"t{i}": torch.full((2,), float(i)) for i in range(1000)},
    "views": {f"v{i}": base[i] for i in range(500)},
    "norms": torch.nn.Sequential(*[layer() for _ in range(300)]).state_dict(),
    "large": {f"layer.{i}.weight": torch.full((2,), float(i)) for i in range(10000)},
    "flat": {"model": linears.state_dict(), "optimizer": optimizer.state_dict()},
}.items():
    torch.save(state, name + ".pt")
"#;
    let ran = Command::new(python).args(["-c", code]).current_dir(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let path = |name: &str| folder.path().join(name).with_extension("pt");
    for (name, count) in [("small", 1000), ("views", 500), ("norms", 2100), ("large", 10_000)] {
        let before = std::time::Instant::now();
        let state = StateDict::load(path(name)).unwrap();
        println!("{name}: {count} tensors in {:?}", before.elapsed());
        assert_eq!(state.len(), count);
    }
    let large = StateDict::load(path("large")).unwrap();
    assert!(large.get("layer.9999.weight").unwrap().equal(&tensor![9999.0, 9999.0]));
    let flat = StateDict::load_flat(path("flat")).unwrap();
    assert_eq!(flat.under("model").len(), 400);
    assert_eq!(flat.under("optimizer.state").len(), 3 * 400);
}
