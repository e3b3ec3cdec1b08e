//! The run path to libtorch, the release of tch, and the list of the texts.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=DEP_ATENCION_LINK_ARG");
    if let Ok(arg) = std::env::var("DEP_ATENCION_LINK_ARG") {
        println!("cargo::rustc-link-arg={arg}");
        // The folder above is an absolute one; target/libtorch goes along when a checkout is moved or copied.
        let mac = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "macos");
        let own = if mac { "@executable_path" } else { "$ORIGIN" };
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{own}/../libtorch/lib");
    }
    name_tch();
    list_texts();
}

/// tch does not tell its own version; the lock file does.
fn name_tch() {
    // The workspace's; as a package by itself the program has one of its own.
    let file = ["../Cargo.lock", "Cargo.lock"].into_iter().find(|file| Path::new(file).exists());
    let Some(file) = file else { return };
    println!("cargo:rerun-if-changed={file}");
    let lock = std::fs::read_to_string(file).unwrap_or_default();
    let version = lock
        .split_once("name = \"tch\"\nversion = \"")
        .and_then(|(_, rest)| rest.split('"').next());
    if let Some(version) = version {
        println!("cargo:rustc-env=ATENCION_TCH_VERSION={version}");
    }
}

/// Lists the Fluent files of both languages in `texts.rs`, so that a new one needs no other line of code. A file that
/// one language lacks is empty there; a test says so.
fn list_texts() {
    let folder =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("src/i18n");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut names: Vec<_> = ["en", "es"]
        .iter()
        .flat_map(|language| {
            std::fs::read_dir(folder.join(language)).into_iter().flatten().flatten()
        })
        .map(|file| file.file_name())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "ftl"))
        .collect();
    names.sort();
    names.dedup();
    let include = |language: &str, name: &std::ffi::OsStr| {
        let file = folder.join(language).join(name);
        if file.exists() { format!("include_str!({file:?})") } else { "\"\"".to_owned() }
    };
    let parts: String = names
        .iter()
        .map(|name| format!("    Part::new({}, {}),\n", include("es", name), include("en", name)))
        .collect();
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("texts.rs");
    if let Err(error) =
        std::fs::write(&out, format!("static PARTS: [Part; {}] = [\n{parts}];\n", names.len()))
    {
        panic!("{}: {error}", out.display());
    }
}
