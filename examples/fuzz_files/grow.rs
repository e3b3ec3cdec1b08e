//! Inputs grown from real files.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use support::fuzz::{Dice, mutate};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Target;

/// What the formats are made of.
fn words(target: Target) -> &'static [&'static [u8]] {
    match target {
        Target::Safetensors => &[
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b"\"",
            b"\"dtype\":\"F32\"",
            b"\"dtype\":\"BOOL\"",
            b"\"shape\":[",
            b"\"data_offsets\":[0,4]",
            b"\"__metadata__\":{}",
            b"F8_E4M3",
            b"BF16",
            b"I64",
            b"-1",
            b"0",
            b"1",
            b"4",
            b"8",
            b"18446744073709551615",
            b"9223372036854775807",
            b"1e3",
            b"null",
            b"\\u0000",
            b"\\ud800",
            b" ",
            b"\"a\":",
        ],
        Target::Npy => &[
            b"'",
            b"{",
            b"}",
            b"(",
            b")",
            b",",
            b":",
            b" ",
            b"\n",
            b"'descr'",
            b"'<f4'",
            b"'<i8'",
            b"'|b1'",
            b"'<c8'",
            b"'>f4'",
            b"'|O'",
            b"'fortran_order'",
            b"True",
            b"False",
            b"'shape'",
            b"(3,)",
            b"()",
            b"0",
            b"1",
            b"2",
            b"24",
            b"-1",
            b"9223372036854775807",
            b"18446744073709551616",
            b"L",
            b"#",
            b"\\",
            b"\x93NUMPY",
            b"\x01\x00",
            b"\x02\x00",
        ],
        Target::Json => &[
            b"[",
            b"]",
            b",",
            b"[[",
            b"]]",
            b"[]",
            b"0",
            b"1",
            b"-",
            b"-0",
            b".",
            b"0.5",
            b"e",
            b"1e39",
            b"1e-46",
            b"1e400",
            b"NaN",
            b"Infinity",
            b"-Infinity",
            b"true",
            b"false",
            b"null",
            b"9223372036854775807",
            b"9223372036854775808",
            b"-9223372036854775808",
            b"16777217",
            b" ",
            b"\n",
            b"\t",
            b"\"NaN\"",
            b"{",
            b"}",
            b"\\",
            b"\xef\xbb\xbf",
            b"00",
            b"+",
        ],
        Target::Config | Target::Tokenizer | Target::Checkpoint => super::folders::WORDS,
        Target::Pt => &[
            b"(",
            b".",
            b"0",
            b"1",
            b"N",
            b"\x88",
            b"\x89",
            b"J\xff\xff\xff\x7f",
            b"J\xff\xff\xff\xff",
            b"K\x00",
            b"K\x01",
            b"M\x00\x01",
            b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
            b"G",
            b"X\x01\x00\x00\x00a",
            b"X\x04\x00\x00\x00conj",
            b"X\x03\x00\x00\x00neg",
            b")",
            b"\x85",
            b"\x86",
            b"\x87",
            b"t",
            b"]",
            b"l",
            b"a",
            b"e",
            b"}",
            b"s",
            b"u",
            b"q\x00",
            b"h\x00",
            b"h\x01",
            b"h\x02",
            b"h\x05",
            b"\x94",
            b"R",
            b"Q",
            b"b",
            b"\x93",
            b"ctorch\nFloatStorage\n",
            b"ctorch\nBoolStorage\n",
            b"ctorch._utils\n_rebuild_tensor_v2\n",
            b"ctorch._utils\n_rebuild_parameter\n",
            b"ccollections\nOrderedDict\n",
            b"ctorch\nSize\n",
            b"cos\nsystem\n",
        ],
    }
}

/// Small files that are right.
pub fn seeds(target: Target) -> Vec<Vec<u8>> {
    let texts: &[&str] = &[
        "[[1, 2], [3, 4]]",
        "[[0.5, -1e-3], [NaN, -Infinity]]",
        "[true, false]",
        "7",
        "[]",
        "[[], []]",
        "[[[1.5]], [[2.5]]]",
        "[1, -0, 2.0, true]",
    ];
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    if target == Target::Json {
        seeds.extend(texts.iter().map(|text| text.as_bytes().to_vec()));
    }
    for folder in ["pt_files/pt", "pt_files/npy", "pt_files/pt/refused", "bad_inputs"] {
        let entries = std::fs::read_dir(support::golden(folder)).expect("the golden files");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("a golden file").path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| ends_with(path, target)) {
            let bytes = std::fs::read(path).expect("a golden file");
            seeds.extend((bytes.len() < 20_000).then_some(bytes));
        }
    }
    seeds
}

fn ends_with(path: &Path, target: Target) -> bool {
    path.extension().is_some_and(|ending| ending == target.name())
}

/// One input: a seed that has been changed, whole or in its inner text.
pub fn grow(target: Target, seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.roll(seeds.len())].clone();
    let times = 1 + dice.roll(3);
    let raw = dice.roll(4) == 0;
    let inner = match target {
        Target::Safetensors if !raw => {
            with_header(&mut bytes, 8, 0, |text| mutate(text, words(target), seeds, times, dice))
        }
        Target::Npy if !raw => {
            with_header(&mut bytes, 2, 8, |text| mutate(text, words(target), seeds, times, dice))
        }
        Target::Pt if !raw => {
            with_pickle(&mut bytes, |text| mutate(text, words(target), seeds, times, dice))
        }
        _ => None,
    };
    if inner.is_none() {
        mutate(&mut bytes, words(target), seeds, times, dice);
    }
    bytes
}

/// A text that its length in `word` bytes precedes, at `skip`: changed, and the length put right.
fn with_header(
    bytes: &mut Vec<u8>,
    word: usize,
    skip: usize,
    change: impl FnOnce(&mut Vec<u8>),
) -> Option<()> {
    let start = skip + word;
    let mut length = [0; 8];
    length[..word].copy_from_slice(bytes.get(skip..start)?);
    let end = start.checked_add(usize::try_from(u64::from_le_bytes(length)).ok()?)?;
    let mut text = bytes.get(start..end)?.to_vec();
    change(&mut text);
    let length = (text.len() as u64).to_le_bytes();
    drop(bytes.splice(skip..end, length[..word].iter().copied().chain(text)));
    Some(())
}

/// An archive's pickle, changed, with checksums that are right.
fn with_pickle(bytes: &mut Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Option<()> {
    let mut archive = ZipArchive::new(Cursor::new(&*bytes)).ok()?;
    let mut made = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut change = Some(change);
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).ok()?;
        let name = entry.name().ok()?.to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).ok()?;
        if let Some(change) = name.ends_with("data.pkl").then(|| change.take()).flatten() {
            change(&mut content);
        }
        made.start_file(name, stored).ok()?;
        made.write_all(&content).ok()?;
    }
    *bytes = made.finish().ok()?.into_inner();
    Some(())
}
