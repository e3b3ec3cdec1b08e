//! Where texts and pictures come from: lines, parallel lines, tab-separated pairs, JSON lines, IDX.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{Error, Result};

/// The lines of a text file, without their ends.
///
/// # Errors
/// When it cannot be read, is empty, or a line is not UTF-8 (which is named).
pub fn lines(path: impl AsRef<Path>) -> Result<Vec<String>> {
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(|error| Error::file(path, error))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if bytes.is_empty() {
        return Err(Error::file(path, "is empty"));
    }
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = bytes.split(|&byte| byte == b'\n').enumerate();
    let text = lines.map(|(at, line)| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line).map(str::to_owned);
        text.map_err(|_| Error::file(path, format!("line {} is not UTF-8", at + 1)))
    });
    text.collect()
}

/// Two files whose lines are translations of each other.
///
/// # Errors
/// As [`lines`]; when one file has more lines than the other.
pub fn parallel(
    source: impl AsRef<Path>,
    target: impl AsRef<Path>,
) -> Result<Vec<(String, String)>> {
    let (first, second) = (lines(&source)?, lines(&target)?);
    if first.len() != second.len() {
        let (here, there) = (first.len(), second.len());
        let why = format!("has {here} lines, {} has {there}", target.as_ref().display());
        return Err(Error::file(source, why).mend("line by line they should be translations"));
    }
    Ok(first.into_iter().zip(second).collect())
}

/// Two columns of a tab-separated file, counted from 0; Tatoeba's sentences and translations are 0 and 1.
///
/// # Errors
/// As [`lines`]; when a line has not so many columns.
pub fn tsv(path: impl AsRef<Path>, columns: [usize; 2]) -> Result<Vec<(String, String)>> {
    let path = path.as_ref();
    let pair = |(at, line): (usize, String)| {
        let cells: Vec<&str> = line.split('\t').collect();
        match columns.map(|column| cells.get(column)) {
            [Some(source), Some(target)] => Ok(((*source).to_owned(), (*target).to_owned())),
            _ => {
                let (line, found, last) = (at + 1, cells.len(), columns[0].max(columns[1]));
                Err(Error::file(
                    path,
                    format!("line {line} has {found} columns, none is number {last}"),
                )
                .mend("columns are separated by tabs and counted from 0"))
            }
        }
    };
    lines(path)?.into_iter().enumerate().map(pair).collect()
}

/// Columns of a JSON Lines file by name; a number or a bool comes as its text.
///
/// # Errors
/// As [`lines`]; when a line is no JSON object, or lacks a column (the line is named, and the names it has).
pub fn jsonl(path: impl AsRef<Path>, columns: &[&str]) -> Result<Vec<Vec<String>>> {
    let path = path.as_ref();
    let row = |(at, line): (usize, String)| {
        let failed = |why: String| Error::file(path, format!("line {}: {why}", at + 1));
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(&line).map_err(|error| failed(error.to_string()))?;
        let cell = |column: &&str| match object.get(*column) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            _ => {
                let names: Vec<&str> = object.keys().map(String::as_str).collect();
                Err(failed(format!("no text under {column}; there is {}", names.join(", "))))
            }
        };
        columns.iter().map(cell).collect()
    };
    lines(path)?.into_iter().enumerate().map(row).collect()
}

/// Bytes of an IDX file, MNIST's format: its sizes, and the numbers in order. Uncompressed, of unsigned bytes.
///
/// # Errors
/// When it is no such file, or not as long as its sizes say.
pub fn idx(path: impl AsRef<Path>) -> Result<(Vec<usize>, Vec<u8>)> {
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(|error| Error::file(path, error))?;
    let &[0, 0, 8, dimensions, ref rest @ ..] = &bytes[..] else {
        return Err(
            Error::file(path, "is no IDX file of bytes").mend("unpack it with gunzip first")
        );
    };
    let header = 4 * usize::from(dimensions);
    let cut = || Error::file(path, "ends before its own sizes say");
    let sizes = rest.get(..header).ok_or_else(cut)?.chunks_exact(4);
    let size = |bytes: &[u8]| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    let sizes: Vec<usize> = sizes.map(size).collect();
    let wanted = sizes.iter().try_fold(1usize, |all, &size| all.checked_mul(size));
    let numbers = &rest[header..];
    if wanted != Some(numbers.len()) {
        let found = numbers.len();
        return Err(Error::file(path, format!("has {found} numbers after sizes of {sizes:?}")));
    }
    Ok((sizes, numbers.to_vec()))
}
