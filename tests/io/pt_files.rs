//! Files of Python's `torch.save` hold here what they hold there, and nothing in them is ever run.

use std::path::PathBuf;
use std::process::Command;

use atencion::StateDict;
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
    assert_eq!(paths.len(), 10);
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
        ("sparse.pt", "torch._utils._rebuild_sparse_tensor"),
        ("tensor.pt", "something else than a state_dict"),
        ("torchscript.pt", "__torch__"),
        ("whole_module.pt", "torch.nn.modules.linear.Linear"),
    ];
    let paths = files("pt_files/pt/refused", ".pt");
    assert_eq!(paths.len(), parts.len());
    for (path, (name, part)) in paths.iter().zip(parts) {
        assert!(path.ends_with(name));
        let error = StateDict::load(path).expect_err(name);
        assert!(error.what().contains(part), "{error}");
        assert!(error.how_to_mend().unwrap().contains("save_file"), "{error}");
    }
}

/// The line that a refusal hands out does convert the file.
#[test]
fn the_line_of_python_works() {
    let Some(python) = python_with_torch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut code = "import torch, safetensors.torch\n".to_string();
    let expected = [
        ("integer_key", &["1"][..]),
        ("legacy", &["w"]),
        ("numpy_scalar", &[]),
        ("torchscript", &["weight", "bias"]),
        ("whole_module", &["weight", "bias"]),
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
    }
}
