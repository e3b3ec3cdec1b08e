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
    let word = match start[6] {
        1 => 2,
        2 | 3 => 4,
        other => return Err(Error::value(format!("version {other} of the .npy format"))),
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
    fn parse(text: &str) -> Result<Self> {
        let field = |name: &str| {
            let after = text.split_once(&format!("'{name}':")).map(|(_, after)| after.trim_start());
            after.ok_or_else(|| Error::value(format!("the header has no {name}")))
        };
        let fortran_order = match field("fortran_order")? {
            yes if yes.starts_with("True") => true,
            no if no.starts_with("False") => false,
            _ => return Err(Error::value("fortran_order is neither True nor False")),
        };
        Ok(Self { kind: kind(field("descr")?)?, fortran_order, shape: shape(field("shape")?)? })
    }
}

fn kind(descr: &str) -> Result<Kind> {
    let name = descr.strip_prefix('\'').and_then(|rest| rest.split('\'').next()).unwrap_or(descr);
    Ok(match name {
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
        other => {
            let what = format!("unsupported dtype {}", printable(other.trim_end()));
            return Err(Error::kind_mismatch(what)
                .mend("in Python, save array.astype(\"<f4\") (or \"<i8\") instead"));
        }
    })
}

fn shape(tuple: &str) -> Result<Vec<u64>> {
    let wrong = || Error::value("the shape in the header is not a tuple of sizes");
    let inside = tuple.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or_else(wrong)?.0;
    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
    sizes.map(|size| size.parse().map_err(|_| wrong())).collect()
}
