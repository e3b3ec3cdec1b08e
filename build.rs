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
    compile_c10d(&lib);
}

/// No symbol of libtorch_cuda is named by our code, so `--as-needed` drops it and CUDA is gone at run time.
/// A CPU-only copy has no libtorch_cuda.so; there libtorch.so itself may not load, and is not needed.
const KEEP_CUDA: &str = ",--push-state,--no-as-needed,-ltorch,--pop-state";

/// All C++ of this crate.
const CPP: &str = "src/libtorch/cpp";

/// For x86 processors of the last ten years; the program asks the processor before it calls what these made.
const AVX2: &[&str] = &["-mavx2", "-mfma", "-mf16c", "-fopenmp-simd"];

/// What is compiled on its own.
struct Unit {
    name: &'static str,
    /// What the compiler is told besides, where it knows it.
    flags: &'static [&'static str],
    /// Loops over all weights of a model: without optimisation even a test waits for them.
    always_fast: bool,
    /// The C++ that its headers are written in.
    standard: &'static str,
}

const fn unit(name: &'static str) -> Unit {
    Unit { name, flags: &[], always_fast: false, standard: "c++17" }
}

/// The second one needs the header of autograd's nodes, which alone takes longer than the rest.
const UNITS: [Unit; 6] = [
    unit("all"),
    unit("tensor_facts"),
    Unit { always_fast: true, ..unit("packed") },
    Unit { always_fast: true, ..unit("packed_attend") },
    // OpenMP's `simd` alone, which needs none of its library.
    Unit { always_fast: true, flags: &["-fopenmp-simd"], ..unit("packed_plain") },
    Unit { always_fast: true, flags: AVX2, ..unit("packed_avx2") },
];

/// torch.distributed: a folder of its own, since few need it and its headers take a minute.
const C10D: Unit = Unit { standard: "c++20", ..unit("c10d") };

/// Compiled with the feature `distributed`, where libtorch has c10d, as PyTorch's own builds all have.
fn compile_c10d(lib: &Path) {
    let folder = format!("{CPP}/{}", C10D.name);
    println!("cargo:rerun-if-changed={folder}");
    if std::env::var_os("CARGO_FEATURE_DISTRIBUTED").is_none() {
        return;
    }
    let header = "include/torch/csrc/distributed/c10d/ProcessGroupGloo.hpp";
    if !lib.with_file_name(header).exists() {
        println!(
            "cargo::error=the feature `distributed` needs a libtorch with torch.distributed, and {} has no {header}: take one of PyTorch's own builds, or leave the feature out",
            lib.with_file_name("").display()
        );
        return;
    }
    let mut parts: Vec<_> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.path())
        .collect();
    parts.push(Path::new(CPP).join("seam.h"));
    parts.sort();
    let own = Path::new(&folder).join(C10D.name).with_extension("cpp");
    compile_unit(lib, &C10D, &own, parts.iter().filter(|part| part.is_file()));
}

/// This script runs again for every changed text; a unit, whose headers take long, is compiled only if it changed.
fn compile_questions_to_libtorch(lib: &Path) {
    println!("cargo:rerun-if-changed={CPP}");
    let mut files: Vec<_> =
        std::fs::read_dir(CPP).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    let x86 = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64");
    for unit in UNITS.iter().filter(|unit| unit.flags != AVX2 || x86) {
        let others = UNITS.each_ref().map(|other| format!("{CPP}/{}.cpp", other.name));
        let own = Path::new(CPP).join(unit.name).with_extension("cpp");
        // A unit includes every file but the other units.
        let parts = files.iter().filter(|&file| {
            *file == own
                || (unit.name == "all" || file.extension().is_some_and(|end| end == "h"))
                    && !others.iter().any(|other| file == Path::new(other))
        });
        compile_unit(lib, unit, &own, parts);
    }
}

fn compile_unit<'a>(lib: &Path, unit: &Unit, own: &Path, parts: impl Iterator<Item = &'a PathBuf>) {
    let include = lib.with_file_name("include");
    let name = format!("atencion_{}", unit.name);
    let level = match unit.always_fast {
        true => "3".to_owned(),
        false => std::env::var("OPT_LEVEL").unwrap_or_default(),
    };
    let texts = parts.map(|part| std::fs::read_to_string(part).unwrap_or_default());
    let texts = texts.collect::<String>();
    let made_of = format!("{} {level} {:?}{texts}", include.display(), unit.flags);
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
    let mut build = cc::Build::new();
    for flag in unit.flags {
        build.flag_if_supported(flag);
    }
    build
        .cpp(true)
        .opt_level_str(&level)
        .std(unit.standard)
        .warnings(false)
        .debug(false)
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        // Gloo's headers, of which libtorch brings none, are beside the unit that needs them.
        .include(own.with_file_name(""))
        .file(own)
        .compile(&name);
    // Without the stamp it is only compiled once more.
    let _ = std::fs::write(stamp, made_of);
}
