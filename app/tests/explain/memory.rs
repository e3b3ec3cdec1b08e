//! `explain` takes memory in proportion to what it shows, and says before where its limit is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::command::{atencion, refused};

/// `rows` vectors of that many numbers.
fn vectors(folder: &Path, rows: usize, columns: usize) -> PathBuf {
    let path = folder.join(format!("{rows}x{columns}.npy"));
    let header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let header = format!("{header:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    let numbers = (0..rows * columns).map(|at| (at % 97) as f32 / 97.0);
    bytes.extend(numbers.flat_map(f32::to_le_bytes));
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn the_limit_is_said_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = vectors(folder.path(), 8000, 64);
    let file = file.to_str().unwrap();
    for more in [&["--json"][..], &["--row", "7"], &["--lang", "es"]] {
        let (what, mend) =
            refused(&[&["explain", "--q", file, "--k", file, "--v", file], more].concat());
        assert!(what.contains("8000") && what.contains("16777216"), "{what}");
        assert!(mend.contains(":1000"), "{mend}");
    }
}

/// The most memory that it takes while its output is thrown away, in bytes.
#[cfg(target_os = "linux")]
fn peak(arguments: &[&str]) -> u64 {
    let mut child = atencion(arguments).stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let now = fs::read_to_string(&status).unwrap_or_default();
        let line = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        most = most.max(kib.unwrap_or(0) * 1024);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    most
}

/// 1024 × 1024 scores, three such steps: 12 MB each as a tensor. A tree of JSON would take 230 MB, eight copies as
/// float64 67 MB.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_that_of_the_tensors() {
    let folder = tempfile::tempdir().unwrap();
    let small = vectors(folder.path(), 4, 8);
    let large = vectors(folder.path(), 1024, 8);
    let with = |file: &Path, more: &[&str]| {
        let file = file.to_str().unwrap();
        peak(&[&["explain", "--q", file, "--k", file, "--v", file], more].concat())
    };
    for more in [&["--json"][..], &["--row", "3"]] {
        let above = with(&large, more).saturating_sub(with(&small, more));
        println!("explain {more:?} of 1024 words: {} MB above 4 words", above / 1_000_000);
        assert!(above < 60_000_000, "{more:?}: {above} bytes");
    }
}
