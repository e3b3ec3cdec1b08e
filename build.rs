//! Makes programs find libtorch by themselves.
//!
//! tch's own run path never reaches a crate that depends on it, so without this every user would have to set
//! `LD_LIBRARY_PATH`. torch-sys has `links = "tch"`, which hands us libtorch's folder in `DEP_TCH_LIBTORCH_LIB`. What
//! makes of it a run path is handed on in the same way, because Cargo links only a package's own programs as its build
//! script says: a program that uses this library needs a `build.rs` with the one line
//!
//! ```ignore
//! println!("cargo::rustc-link-arg={}", std::env::var("DEP_ATENCION_LINK_ARG").unwrap());
//! ```

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os != "linux" && os != "macos" {
        // torch-sys exports libtorch's folder on these two only, and Windows has no run path to put it in.
        println!(
            "cargo::error=atencion needs a run path to find libtorch, and {os} has none: build it inside WSL 2"
        );
        return;
    }
    if std::env::var_os("DOCS_RS").is_some() {
        return; // nothing is linked there
    }
    let Some(lib) = std::env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else {
        println!(
            "cargo::error=torch-sys named no libtorch: run scripts/setup first, or scripts/setup --for the folder of a crate of your own"
        );
        return;
    };
    // The link target/libtorch may later point elsewhere; the binary keeps the folder it was built against.
    let lib = std::fs::canonicalize(&lib).unwrap_or(lib);
    println!("cargo:rustc-env=ATENCION_LIBTORCH_LIB={}", lib.display());
    let mut link = format!("-Wl,-rpath,{}", lib.display());
    if os == "linux" && lib.join("libtorch_cuda.so").exists() {
        link += KEEP_CUDA;
    }
    println!("cargo::rustc-link-arg={link}");
    println!("cargo::metadata=LINK_ARG={link}");
    compile_questions_to_libtorch(&lib);
}

/// No symbol of libtorch_cuda is named by our code, so `--as-needed` drops it and CUDA is gone at run time.
/// A CPU-only copy has no libtorch_cuda.so; there libtorch.so itself may not load, and is not needed.
const KEEP_CUDA: &str = ",--push-state,--no-as-needed,-ltorch,--pop-state";

/// All C++ of this crate. The second unit needs the header of autograd's nodes, which alone takes longer than the rest.
const CPP: &str = "src/libtorch/cpp";
const UNITS: [&str; 2] = ["all", "tensor_facts"];

/// This script runs again for every changed text; a unit, whose headers take long, is compiled only if it changed.
fn compile_questions_to_libtorch(lib: &Path) {
    println!("cargo:rerun-if-changed={CPP}");
    let mut files: Vec<_> =
        std::fs::read_dir(CPP).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    for unit in UNITS {
        let others = UNITS.map(|other| format!("{CPP}/{other}.cpp"));
        let own = Path::new(CPP).join(unit).with_extension("cpp");
        // A unit includes every file but the other units.
        let parts = files.iter().filter(|&file| {
            *file == own
                || (unit == "all" || file.extension().is_some_and(|end| end == "h"))
                    && !others.iter().any(|other| file == Path::new(other))
        });
        compile_unit(lib, unit, &own, parts);
    }
}

fn compile_unit<'a>(lib: &Path, unit: &str, own: &Path, parts: impl Iterator<Item = &'a PathBuf>) {
    let include = lib.with_file_name("include");
    let name = format!("atencion_{unit}");
    let level = std::env::var("OPT_LEVEL").unwrap_or_default();
    let texts = parts.map(|part| std::fs::read_to_string(part).unwrap_or_default());
    let made_of = format!("{} {level}{}", include.display(), texts.collect::<String>());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let stamp = out.join(&name);
    if std::fs::read_to_string(&stamp).is_ok_and(|before| before == made_of) {
        // What cc prints when it compiles.
        println!("cargo:rustc-link-search=native={}", out.display());
        println!("cargo:rustc-link-lib=static={name}");
        let mac = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "macos");
        println!("cargo:rustc-link-lib={}", if mac { "c++" } else { "stdc++" });
        return;
    }
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .warnings(false)
        .debug(false)
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        .file(own)
        .compile(&name);
    // Without the stamp it is only compiled once more.
    let _ = std::fs::write(stamp, made_of);
}
