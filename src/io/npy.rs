//! `.npy` files: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
//!
//! The one crate for them (`npyz`) takes the header's length on trust and parses it recursively, which a hostile
//! file can turn into gigabytes or an overflown stack; what a tensor needs of the format is small enough to read here.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tch::{Kind, Tensor};

use super::printable;
use crate::libtorch::bytes::{checked_shape, read_tensor};
use crate::{Error, Result};

const MAGIC: &[u8] = b"\x93NUMPY";
/// numpy itself refuses longer headers; one of a plain array has some 120 bytes.
const MAX_HEADER: u64 = 10_000;

/// What `torch.from_numpy(numpy.load(path))` gives: the same kind, shape and memory order.
pub(crate) fn load(path: &Path) -> Result<Tensor> {
    let mut file = File::open(path).map_err(|error| Error::file(path, error))?;
    let length = file.metadata().map_err(|error| Error::file(path, error))?.len();
    read(&mut file, length).map_err(|error| super::in_file(path, error))
}

/// Reads a `.npy` file of `length` bytes.
fn read(file: &mut impl Read, length: u64) -> Result<Tensor> {
    let (text, start) = header(file, length)?;
    let header = Header::parse(&text)?;
    let (shape, bytes) = checked_shape(&header.shape, header.kind)?;
    let there = length - start;
    if bytes as u64 != there {
        let what = format!("the shape {shape:?} needs {bytes} bytes, the file has {there}");
        return Err(Error::value(what).mend("the file was cut short or something was appended"));
    }
    if !header.fortran_order {
        return read_tensor(file, &shape, header.kind);
    }
    // Column by column: the same bytes as the transposed array row by row.
    let reversed: Vec<i64> = shape.iter().rev().copied().collect();
    let axes: Vec<i64> = (0..shape.len() as i64).rev().collect();
    Ok(read_tensor(file, &reversed, header.kind)?.f_permute(&axes)?)
}

/// The header's text, and where the data start.
fn header(file: &mut impl Read, length: u64) -> Result<(String, u64)> {
    let not_npy = || Error::value("not a .npy file");
    let mut start = [0; 8];
    file.read_exact(&mut start).map_err(|_| not_npy())?;
    if !start.starts_with(MAGIC) {
        return Err(not_npy());
    }
    let word = match start[6..] {
        [1, 0] => 2,
        [2 | 3, 0] => 4,
        _ => {
            let (major, minor) = (start[6], start[7]);
            return Err(Error::value(format!("version {major}.{minor} of the .npy format")));
        }
    };
    let mut size = [0; 4];
    file.read_exact(&mut size[..word]).map_err(|_| not_npy())?;
    let size = u64::from(u32::from_le_bytes(size));
    let start = (start.len() + word) as u64 + size;
    if size > MAX_HEADER || start > length {
        return Err(Error::value(format!("a header of {size} bytes in a .npy file of {length}")));
    }
    let mut text = vec![0; size as usize];
    file.read_exact(&mut text).map_err(|_| not_npy())?;
    Ok((String::from_utf8(text).map_err(|_| Error::value("the header is not text"))?, start))
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }`
struct Header {
    kind: Kind,
    fortran_order: bool,
    shape: Vec<u64>,
}

impl Header {
    /// Python's `ast.literal_eval` of such a dict and of nothing else: every key once, in any order.
    fn parse(text: &str) -> Result<Self> {
        let (mut descr, mut order, mut sizes) = (None, None, None);
        let mut rest = Rest(text.trim_end_matches(BLANK));
        rest.expect("{")?;
        while !rest.takes("}") {
            let key = rest.string()?;
            rest.expect(":")?;
            // A record's.
            if key == "descr" && rest.0.trim_start_matches(BLANK).starts_with('[') {
                return Err(unsupported(rest.0.trim()));
            }
            let again = match key {
                "descr" => descr.replace(rest.string()?).is_some(),
                "fortran_order" => order.replace(rest.bool()?).is_some(),
                "shape" => sizes.replace(rest.sizes()?).is_some(),
                _ => return Err(Error::value(format!("the header has a key {key:?}"))),
            };
            if again {
                return Err(Error::value(format!("the header has {key} twice")));
            }
            if !rest.takes(",") {
                rest.expect("}")?;
                break;
            }
        }
        if !rest.0.is_empty() {
            return Err(Error::value("the header goes on after its end"));
        }
        let lacks = |name: &str| Error::value(format!("the header has no {name}"));
        Ok(Self {
            kind: kind(descr.ok_or_else(|| lacks("descr"))?)?,
            fortran_order: order.ok_or_else(|| lacks("fortran_order"))?,
            shape: sizes.ok_or_else(|| lacks("shape"))?,
        })
    }
}

/// What Python skips between words.
const BLANK: [char; 5] = [' ', '\t', '\n', '\r', '\x0c'];

/// What is left of the header.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn takes(&mut self, word: &str) -> bool {
        let after = self.0.trim_start_matches(BLANK).strip_prefix(word);
        self.0 = after.unwrap_or(self.0);
        after.is_some()
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        let taken = self.takes(word);
        taken.then_some(()).ok_or_else(|| Error::value(format!("the header lacks a {word:?}")))
    }

    fn string(&mut self) -> Result<&'a str> {
        let quote = if self.takes("'") { '\'' } else { '"' };
        if quote == '"' {
            self.expect("\"")?;
        }
        let (text, after) = self
            .0
            .split_once(quote)
            .ok_or_else(|| Error::value("a text in the header has no end"))?;
        self.0 = after;
        Ok(text)
    }

    fn bool(&mut self) -> Result<bool> {
        match (self.takes("True"), self.takes("False")) {
            (yes, no) if yes != no => Ok(yes),
            _ => Err(Error::value("fortran_order is neither True nor False")),
        }
    }

    /// `(4, 3)`, `(4,)` or `()`.
    fn sizes(&mut self) -> Result<Vec<u64>> {
        let wrong = || Error::value("the shape in the header is not a tuple of sizes");
        if !self.takes("(") {
            return Err(wrong());
        }
        let (inside, after) = self.0.split_once(')').ok_or_else(wrong)?;
        self.0 = after;
        if inside.trim_matches(BLANK).is_empty() {
            return Ok(Vec::new());
        }
        let mut sizes: Vec<&str> = inside.split(',').map(|size| size.trim_matches(BLANK)).collect();
        // `(4)` is a number in brackets.
        if sizes.last() == Some(&"") {
            sizes.pop();
        } else if sizes.len() == 1 {
            return Err(wrong());
        }
        sizes.into_iter().map(|size| whole(size).ok_or_else(wrong)).collect()
    }
}

/// A number as Python writes it: no sign, no zeros in front.
fn whole(digits: &str) -> Option<u64> {
    let plain = digits == "0" || !digits.starts_with('0');
    (plain && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

fn kind(descr: &str) -> Result<Kind> {
    Ok(match descr {
        "|b1" => Kind::Bool,
        "|u1" => Kind::Uint8,
        "|i1" => Kind::Int8,
        "<i2" => Kind::Int16,
        "<i4" => Kind::Int,
        "<i8" => Kind::Int64,
        "<f2" => Kind::Half,
        "<f4" => Kind::Float,
        "<f8" => Kind::Double,
        "<c8" => Kind::ComplexFloat,
        "<c16" => Kind::ComplexDouble,
        other => return Err(unsupported(other)),
    })
}

fn unsupported(descr: &str) -> Error {
    Error::kind_mismatch(format!("unsupported dtype {}", printable(descr)))
        .mend("in Python, save array.astype(\"<f4\") (or \"<i8\") instead")
}

#[cfg(test)]
mod tests {
    use super::Header;

    /// numpy refuses them as well.
    #[test]
    fn only_a_whole_dict_is_a_header() {
        let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }";
        let parsed = Header::parse(good).unwrap();
        assert_eq!((parsed.shape, parsed.fortran_order), (vec![4, 3], false));
        assert!(Header::parse("{\"shape\":(), \"descr\" : '|b1','fortran_order':True} \n").is_ok());
        for (from, to) in [
            ("4, 3", "4"),
            ("4, 3", "04, 3"),
            ("4, 3", "+4, 3"),
            ("4, 3", "4,, 3"),
            ("False", "false"),
            ("False", "TrueFalse"),
            (", 'shape'", ", 'descr': '<i8', 'shape'"),
            (", 'shape'", ", 'other': 1, 'shape'"),
            ("{", "x{"),
            ("}", "} x"),
            ("}", "} \u{b}"),
            ("}", "}\u{a0}"),
            ("}", ""),
            ("'descr': '<f4', ", ""),
        ] {
            let bad = good.replacen(from, to, 1);
            assert!(Header::parse(&bad).is_err(), "{bad}");
        }
    }
}
