//! The seam to libtorch beside Python: the same bytes, the same switches, and no exception that gets through.

use std::process::Command;

use atencion::libtorch;
use support::python_with_torch;
use tch::{Device, Kind, Tensor};

/// One generator for the whole process, and other tests draw from it, so that everything about it is here.
#[test]
fn the_generators_state_is_pythons() {
    tch::manual_seed(1234);
    assert_eq!(libtorch::initial_seed(Device::Cpu).unwrap(), 1234);
    let fresh = libtorch::get_rng_state(Device::Cpu).unwrap();
    let draw = || Tensor::randn([17], tch::kind::FLOAT_CPU);
    let _ = draw();
    let _ = Tensor::randperm(9, tch::kind::INT64_CPU);
    let used = libtorch::get_rng_state(Device::Cpu).unwrap();
    assert_eq!((used.size(), used.kind()), (vec![5056], Kind::Uint8));
    assert!(!used.equal(&fresh));

    // A refused state leaves the generator as it was.
    for bad in
        [Tensor::zeros([3], (Kind::Uint8, Device::Cpu)), used.to_kind(Kind::Float), Tensor::new()]
    {
        let error = libtorch::set_rng_state(&bad, Device::Cpu).unwrap_err();
        assert!(!error.what().contains('\n'), "{error}");
    }
    assert!(libtorch::get_rng_state(Device::Cpu).unwrap().equal(&used));
    let first = draw();
    libtorch::set_rng_state(&used, Device::Cpu).unwrap();
    assert!(draw().equal(&first) && !draw().equal(&first));

    if !tch::Cuda::is_available() {
        assert!(libtorch::get_rng_state(Device::Cuda(0)).is_err());
    }
    let Some(python) = python_with_torch() else { return };
    let code = "import torch; torch.manual_seed(1234); a = torch.get_rng_state(); torch.randn(17); \
                torch.randperm(9); print(bytes(a).hex()); print(bytes(torch.get_rng_state()).hex())";
    let ran = Command::new(python).args(["-c", code]).output().unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    let hex = |state: &Tensor| {
        let bytes = Vec::<u8>::try_from(state).unwrap();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert_eq!(text.lines().collect::<Vec<_>>(), [hex(&fresh), hex(&used)]);
}

#[test]
fn settings_of_the_process() {
    use libtorch::*;
    assert!(!are_deterministic_algorithms_enabled());
    use_deterministic_algorithms(true, true).unwrap();
    assert!(are_deterministic_algorithms_enabled());
    assert!(is_deterministic_algorithms_warn_only_enabled());
    use_deterministic_algorithms(false, false).unwrap();
    assert!(!are_deterministic_algorithms_enabled());

    let before = get_num_threads().unwrap();
    set_num_threads(1).unwrap();
    assert_eq!((get_num_threads().unwrap(), tch::get_num_threads()), (1, 1));
    set_num_threads(before).unwrap();
    assert!(set_num_threads(0).unwrap_err().what().contains("0 threads"));
    set_num_interop_threads(1).unwrap();
    assert_eq!(get_num_interop_threads().unwrap(), 1);
    // libtorch takes it once; its exception is an error here, where tch panics.
    let error = set_num_interop_threads(2).unwrap_err();
    assert!(error.what().contains("interop threads"), "{error}");
}

/// An exception that leaves C++ for Rust ends the process without a word: no function may let one through.
#[test]
fn no_foreign_function_may_throw() {
    let mut open = vec![support::repository("src/libtorch/cpp")];
    let mut functions = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|file| file.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for declared in text.split("extern \"C\"").skip(1) {
            let head = declared.split(['{', ';']).next().unwrap();
            assert!(head.trim_end().ends_with("noexcept"), "{}: {head}", path.display());
            functions += 1;
        }
    }
    assert!(functions > 40, "only {functions} were found");
}
