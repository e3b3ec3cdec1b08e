//! `doctor --deep`: each library of the libtorch in use, held to the SHA-256 that was written down when it was installed.
//!
//! scripts/setup writes the sums of what it downloads, from wheels whose own sums are pinned, into `complete.json`; pip
//! writes those of an installed torch into its `RECORD`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Which libraries are what they were; names of files.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
pub(in crate::cli) struct Deep {
    pub same: Vec<String>,
    pub changed: Vec<String>,
    /// Nobody wrote their sums down: scripts/setup's own empty `libtorch.so`, for one.
    pub unknown: Vec<String>,
}

/// Reads every library in that folder, `lib` of a libtorch.
pub(in crate::cli) fn check(folder: &Path) -> io::Result<Deep> {
    let sums = recorded(folder);
    let mut found = Deep::default();
    let mut files: Vec<PathBuf> =
        folder.read_dir()?.map(|entry| entry.map(|it| it.path())).collect::<io::Result<_>>()?;
    files.sort();
    for file in files.iter().filter(|file| is_library(file)) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kept = match sums.get(&file.canonicalize()?) {
            None => &mut found.unknown,
            Some(right) if *right == sum(file)? => &mut found.same,
            Some(_) => &mut found.changed,
        };
        kept.push(atencion::printable(&name));
    }
    Ok(found)
}

fn is_library(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("lib") && (name.contains(".so") || name.ends_with(".dylib")) && file.is_file()
}

/// SHA-256 by file, from whichever record there is.
fn recorded(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let download = folder.ancestors().nth(2).map(of_download).unwrap_or_default();
    if !download.is_empty() {
        return download;
    }
    // The CPU half of a CUDA torch is links to the torch that pip installed.
    let files = folder.read_dir().into_iter().flatten().flatten();
    let mut sites: Vec<PathBuf> = files
        .filter_map(|file| Some(file.path().canonicalize().ok()?.ancestors().nth(3)?.to_owned()))
        .collect();
    sites.sort();
    sites.dedup();
    sites.iter().flat_map(|site| of_pip(site)).collect()
}

fn of_download(bundle: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    #[derive(Deserialize)]
    struct Record {
        libraries: BTreeMap<String, Library>,
    }
    #[derive(Deserialize)]
    struct Library {
        sha256: String,
    }
    let text = std::fs::read(bundle.join("complete.json")).unwrap_or_default();
    let Ok(record) = serde_json::from_slice::<Record>(&text) else { return BTreeMap::new() };
    let libraries = record.libraries.into_iter();
    libraries
        .filter_map(|(path, library)| {
            Some((bundle.join(path).canonicalize().ok()?, from_hex(&library.sha256)?))
        })
        .collect()
}

/// `torch/lib/libc10.so,sha256=…,1234`: a line of a wheel's RECORD.
fn of_pip(site: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = site.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let records = entries.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("torch-") && name.ends_with(".dist-info")
    });
    let mut sums = BTreeMap::new();
    for text in records.filter_map(|path| std::fs::read_to_string(path.join("RECORD")).ok()) {
        for line in text.lines().filter(|line| line.starts_with("torch/lib/")) {
            let mut fields = line.split(',');
            let (Some(path), Some(sum)) = (fields.next(), fields.next()) else { continue };
            let sum = sum.strip_prefix("sha256=").and_then(|sum| URL_SAFE_NO_PAD.decode(sum).ok());
            sums.extend(site.join(path).canonicalize().ok().zip(sum));
        }
    }
    sums
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn sum(file: &Path) -> io::Result<Vec<u8>> {
    let mut digest = Sha256::new();
    io::copy(&mut io::BufReader::with_capacity(1 << 20, File::open(file)?), &mut digest)?;
    Ok(digest.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn a_download_is_held_to_its_record() {
        let bundle = tempfile::tempdir().unwrap();
        let lib = bundle.path().join("torch/lib");
        for (name, text) in [("libc10.so", "abc"), ("libtorch_cpu.so", "abd"), ("libtorch.so", "")]
        {
            write(&lib.join(name), text);
        }
        let entry = serde_json::json!({ "size": 3, "sha256": ABC });
        let record = serde_json::json!({ "version": "2.13.0", "libraries": {
            "torch/lib/libc10.so": entry, "torch/lib/libtorch_cpu.so": entry } });
        write(&bundle.path().join("complete.json"), &record.to_string());
        let found = check(&lib.canonicalize().unwrap()).unwrap();
        assert_eq!(found.same, ["libc10.so"]);
        assert_eq!(found.changed, ["libtorch_cpu.so"]);
        assert_eq!(found.unknown, ["libtorch.so"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_into_an_installed_torch_are_held_to_its_record() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site-packages");
        write(&site.join("torch/lib/libc10.so"), "abc");
        write(&site.join("torch/lib/libtorch_cpu.so"), "abcd");
        let sum = URL_SAFE_NO_PAD.encode(from_hex(ABC).unwrap());
        let line = |name: &str| format!("torch/lib/{name},sha256={sum},3\n");
        let record = line("libc10.so") + &line("libtorch_cpu.so");
        write(&site.join("torch-2.13.0.dist-info/RECORD"), &record);
        let half = folder.path().join("half/torch/lib");
        std::fs::create_dir_all(&half).unwrap();
        for name in ["libc10.so", "libtorch_cpu.so"] {
            std::os::unix::fs::symlink(site.join("torch/lib").join(name), half.join(name)).unwrap();
        }
        let found = check(&half).unwrap();
        assert_eq!(found.same, ["libc10.so"]);
        assert_eq!(found.changed, ["libtorch_cpu.so"]);
    }
}
