//! Makes the binary and the tests find libtorch by themselves.
//!
//! tch's own run path never reaches a crate that depends on it, so without this every user would have to set
//! `LD_LIBRARY_PATH`. torch-sys has `links = "tch"`, which hands us libtorch's folder in `DEP_TCH_LIBTORCH_LIB`.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let Some(lib) = std::env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else {
        // torch-sys exports the folder on Linux and macOS only.
        if os != "linux" && os != "macos" {
            println!(
                "cargo:warning={os} has no run path: put libtorch's lib folder into PATH before running atencion"
            );
        }
        return;
    };
    // The link target/libtorch may later point elsewhere; the binary keeps the folder it was built against.
    let lib = std::fs::canonicalize(&lib).unwrap_or(lib);
    println!("cargo:rustc-env=ATENCION_LIBTORCH_LIB={}", lib.display());
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
    if os == "linux" {
        keep_cuda_linked(&lib);
    }
}

/// No symbol of libtorch_cuda is named by our code, so `--as-needed` drops it and CUDA is gone at run time.
/// A CPU-only copy has no libtorch_cuda.so; there libtorch.so itself may not load, and is not needed.
fn keep_cuda_linked(lib: &Path) {
    if lib.join("libtorch_cuda.so").exists() {
        println!("cargo:rustc-link-arg=-Wl,--push-state,--no-as-needed,-ltorch,--pop-state");
    }
}
