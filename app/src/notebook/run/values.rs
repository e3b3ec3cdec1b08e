//! What the recorder wrote down in the kernel, read back.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tch::Kind;

use crate::notebook::array::{Array, kind_of_name};

/// Hexadecimal digits of a SHA-256.
const SEAL: usize = 64;
/// A tensor of a million float64, the recorder's largest.
const MOST_BYTES: usize = 16_000_000;
/// 5000 records with room for long names.
const MOST_INDEX: u64 = 64 << 20;

/// A tensor that the code assigned.
#[derive(Debug)]
pub struct Recorded {
    /// The cell, from 0.
    pub cell: usize,
    /// The line in it, from 1.
    pub line: usize,
    /// The variable.
    pub name: String,
    /// The function it is a variable of; empty at the top.
    pub function: String,
    /// Its numbers.
    pub array: Array,
}

/// Where a recorded tensor lies in the file of values.
#[derive(Deserialize)]
struct Entry {
    cell: usize,
    line: usize,
    name: String,
    function: String,
    dtype: String,
    shape: Vec<usize>,
    offset: u64,
    bytes: usize,
}

/// What was written down. A last line cut off by a kill is left out, and so is one whose seal is not the secret's: a
/// cell may write into these files.
pub(super) fn recorded(folder: &Path, secret: &str) -> Vec<Recorded> {
    let Ok(mut values) = File::open(folder.join("values.bin")) else { return Vec::new() };
    let Ok(index) = File::open(folder.join("values.jsonl")) else { return Vec::new() };
    let mut index = BufReader::new(index.take(MOST_INDEX));
    let mut found = Vec::new();
    let mut line = Vec::new();
    while matches!(index.read_until(b'\n', &mut line), Ok(1..)) {
        found.extend(read_line(line.trim_ascii_end(), &mut values, secret));
        line.clear();
    }
    found
}

/// More than the driver writes.
const MOST_FRESH: u64 = 64 << 20;

/// The outputs of the run, if they are sealed.
pub(super) fn fresh(folder: &Path, secret: &str) -> BTreeMap<usize, String> {
    let mut bytes = Vec::new();
    let read = File::open(folder.join("fresh.json"))
        .and_then(|file| file.take(MOST_FRESH).read_to_end(&mut bytes));
    let sealed = || {
        let (seal, data) = bytes.split_at_checked(SEAL)?;
        let data = data.strip_prefix(b" ")?;
        let right = Sha256::new().chain_update(secret).chain_update(data).finalize();
        let right = right.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        (right.as_bytes() == seal).then(|| serde_json::from_slice(data).ok())?
    };
    read.ok().and_then(|_| sealed()).unwrap_or_default()
}

fn read_line(line: &[u8], values: &mut File, secret: &str) -> Option<Recorded> {
    let (seal, record) = line.split_at_checked(SEAL)?;
    let record = record.strip_prefix(b" ")?;
    let entry: Entry = serde_json::from_slice(record).ok()?;
    if entry.bytes > MOST_BYTES {
        return None;
    }
    let mut bytes = vec![0; entry.bytes];
    values.seek(SeekFrom::Start(entry.offset)).ok()?;
    values.read_exact(&mut bytes).ok()?;
    let sealed = Sha256::new().chain_update(secret).chain_update(record).chain_update(&bytes);
    let right = sealed.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if right.as_bytes() != seal {
        return None;
    }
    read_entry(entry, &bytes)
}

fn read_entry(entry: Entry, bytes: &[u8]) -> Option<Recorded> {
    let kind = kind_of_name(&entry.dtype)?;
    let numbers = numbers(kind, bytes)?;
    let count: usize = entry.shape.iter().product();
    (numbers.len() == count).then_some(Recorded {
        cell: entry.cell,
        line: entry.line,
        name: entry.name,
        function: entry.function,
        array: Array { shape: entry.shape, values: numbers, kind },
    })
}

fn numbers(kind: Kind, bytes: &[u8]) -> Option<Vec<f64>> {
    Some(match kind {
        Kind::Double => each(bytes, f64::from_le_bytes),
        Kind::Float => each(bytes, |b| f64::from(f32::from_le_bytes(b))),
        Kind::BFloat16 => {
            each(bytes, |b| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)))
        }
        Kind::Half => each(bytes, |b| half(u16::from_le_bytes(b))),
        Kind::Int64 => each(bytes, |b| i64::from_le_bytes(b) as f64),
        Kind::Int => each(bytes, |b| f64::from(i32::from_le_bytes(b))),
        Kind::Int16 => each(bytes, |b| f64::from(i16::from_le_bytes(b))),
        Kind::Int8 => each(bytes, |b: [u8; 1]| f64::from(b[0] as i8)),
        Kind::Uint8 | Kind::Bool => each(bytes, |b: [u8; 1]| f64::from(b[0])),
        _ => return None,
    })
}

fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(number).collect()
}

/// The value of a half: sign, five bits of exponent, ten of mantissa.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let mantissa = f64::from(bits & 0x3ff);
    match (bits >> 10) & 0x1f {
        0 => sign * mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        exponent => sign * (1.0 + mantissa / 1024.0) * 2f64.powi(i32::from(exponent) - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_read_as_torch_reads_them() {
        for bits in (0..=u16::MAX).step_by(7) {
            let bytes = bits.to_le_bytes();
            let tensor = tch::Tensor::from_data_size(&bytes, &[1], Kind::Half);
            let right = tensor.to_kind(Kind::Double).double_value(&[0]);
            assert!(half(bits) == right || (right.is_nan() && half(bits).is_nan()), "{bits:x}");
        }
    }

    #[test]
    fn only_what_is_sealed_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let record = |name: &str| {
            format!(
                r#"{{"cell":0,"line":1,"name":"{name}","function":"","dtype":"float32","shape":[1],"offset":0,"bytes":4}}"#
            )
        };
        let data = 1.5f32.to_le_bytes();
        let seal = Sha256::new()
            .chain_update("secret")
            .chain_update(record("Z"))
            .chain_update(data)
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        let lines = [
            format!("{seal} {}", record("Z")),
            format!("{seal} {}", record("forged")),
            format!("{} {}", "0".repeat(64), record("guessed")),
            record("bare"),
            format!("{seal} {}", &record("Z")[..40]),
        ];
        std::fs::write(folder.path().join("values.jsonl"), lines.join("\n")).unwrap();
        std::fs::write(folder.path().join("values.bin"), data).unwrap();
        let names: Vec<String> =
            recorded(folder.path(), "secret").into_iter().map(|found| found.name).collect();
        assert_eq!(names, ["Z"]);
        assert!(recorded(folder.path(), "another").is_empty());
    }

    #[test]
    fn numbers_of_every_kind() {
        assert_eq!(numbers(Kind::BFloat16, &[0x80, 0x3f]), Some(vec![1.0]));
        assert_eq!(numbers(Kind::Int8, &[0xff]), Some(vec![-1.0]));
        assert_eq!(numbers(Kind::Float, &1.5f32.to_le_bytes()), Some(vec![1.5]));
    }
}
