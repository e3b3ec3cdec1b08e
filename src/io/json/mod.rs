//! Tensors as JSON: nested lists of numbers, in and out.
//!
//! Reading gives what `torch.tensor(json.load(file))` gives in Python: integers become `int64`, one fraction among
//! them makes all of it `float32` (rounded from the nearest `float64`, as Python does), `true`/`false` become
//! `bool`. Writing gives what `tensor.tolist()` gives. JSON has no word for what is not finite: it is written
//! as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, and read back from them, and from the bare words that Python
//! writes. A number beyond `float64`
//! (`1e999`) or an integer beyond `int64` is an error, never silently infinite or rounded.

mod python;

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use super::printable;
use crate::libtorch::bytes::{MAX_RANK, bytes_of, bytes_of_mut, plain};
use crate::{Error, Result};

/// The tensor as nested lists, exactly as Python's `tensor.tolist()` has its numbers.
///
/// Floating point numbers of every kind are written as the `float64` that they are, in the fewest digits that
/// read back to it; the ones that are not finite as `"NaN"`, `"Infinity"`, `"-Infinity"`.
///
/// # Errors
/// When the tensor is complex, quantized or sparse.
pub fn to_value(tensor: &Tensor) -> Result<Value> {
    let tensor = plain(tensor)?;
    let shape = tensor.size();
    match tensor.f_kind()? {
        Kind::Bool => nest(&shape, &values_of(&tensor, Kind::Uint8, |[byte]| byte != 0)?),
        Kind::Uint8 | Kind::Int8 | Kind::Int16 | Kind::Int | Kind::Int64 => {
            nest(&shape, &values_of(&tensor, Kind::Int64, i64::from_le_bytes)?)
        }
        Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double => {
            let floats =
                values_of(&tensor, Kind::Double, |bytes| float(f64::from_le_bytes(bytes)))?;
            nest(&shape, &floats)
        }
        other => Err(Error::kind_mismatch(format!("JSON has no numbers for {other:?}"))
            .mend("convert the tensor first: .real(), .to_dense() or .dequantize()")),
    }
}

fn values_of<const N: usize, T>(
    tensor: &Tensor,
    kind: Kind,
    value: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>> {
    let tensor = tensor.f_to_kind(kind)?;
    let (chunks, _) = bytes_of(&tensor).as_chunks::<N>();
    Ok(chunks.iter().map(|&chunk| value(chunk)).collect())
}

/// A floating point number in JSON; what is not finite becomes a string.
pub fn float(value: f64) -> Value {
    match serde_json::Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

fn nest<T: Clone + Into<Value>>(shape: &[i64], values: &[T]) -> Result<Value> {
    let Some((&length, inner)) = shape.split_first() else {
        let value = values.first().cloned().map(Into::into);
        return value.ok_or_else(|| Error::value("a scalar without a value"));
    };
    let size = inner.iter().product::<i64>() as usize;
    let items = (0..length as usize).map(|at| nest(inner, &values[at * size..][..size]));
    items.collect::<Result<Vec<_>>>().map(Value::Array)
}

/// Reads nested lists of numbers: what `torch.tensor(json.loads(text))` gives.
///
/// # Errors
/// When it is not JSON, the lists are ragged or nested more than 64 deep, or something in them is not a number; the
/// place is named. Numbers that `float64` or `int64` cannot hold are refused.
pub fn from_text(text: &[u8]) -> Result<Tensor> {
    let text = &*python::as_json(text);
    // Once to know the shape and the kind, and again to fill the tensor: nothing else is allocated.
    let mut survey = Survey::default();
    walk(text, &mut survey)?;
    if survey.huge_integer
        && let Some(token) = integer_beyond_i64(text)
    {
        return Err(Error::value(format!(
            "the integer {} does not fit in int64",
            printable(token)
        )));
    }
    let kind = survey.kind();
    let shape: Vec<i64> = survey.lengths.iter().flatten().map(|&length| length as i64).collect();
    let mut tensor = Tensor::f_zeros(&shape, (kind, Device::Cpu))?;
    walk(text, &mut Fill { kind, bytes: bytes_of_mut(&mut tensor), at: 0 })?;
    Ok(tensor)
}

fn walk(text: &[u8], sink: &mut dyn Sink) -> Result<()> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut json = serde_json::Deserializer::from_slice(text);
    Lists { sink, path: &mut Vec::new() }
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| Error::value(printable(&error.to_string())))
}

/// One number of the lists.
#[derive(Clone, Copy)]
enum Number {
    Bool(bool),
    Int(i64),
    Float(f64),
}

/// Where the numbers go.
trait Sink {
    fn number(&mut self, number: Number, path: &[usize]) -> std::result::Result<(), String>;
    fn list(&mut self, length: usize, path: &[usize]) -> std::result::Result<(), String>;
}

/// First walk: the shape, and which kind holds every number.
#[derive(Default)]
struct Survey {
    /// Lengths by depth; a list is measured when it ends, so the innermost is known first.
    lengths: Vec<Option<usize>>,
    /// How deep the numbers lie, once one was seen.
    depth: Option<usize>,
    floats: bool,
    ints: bool,
    bools: bool,
    huge_integer: bool,
}

impl Survey {
    fn kind(&self) -> Kind {
        match (self.floats, self.ints, self.bools) {
            (false, true, _) => Kind::Int64,
            (false, false, true) => Kind::Bool,
            _ => Kind::Float,
        }
    }
}

impl Sink for Survey {
    fn number(&mut self, number: Number, path: &[usize]) -> std::result::Result<(), String> {
        match number {
            Number::Bool(_) => self.bools = true,
            Number::Int(_) => self.ints = true,
            Number::Float(value) => {
                self.floats = true;
                self.huge_integer |= value.abs() >= i64::MAX as f64;
            }
        }
        let depth = path.len();
        match self.depth.replace(depth) {
            Some(seen) if seen < depth => Err(misplaced_list(&path[..seen])),
            // A list of this depth was seen: the numbers lie deeper.
            _ if self.lengths.len() > depth => Err("a number stands where a list should".into()),
            _ => Ok(()),
        }
    }

    fn list(&mut self, length: usize, path: &[usize]) -> std::result::Result<(), String> {
        let dim = path.len();
        if self.depth.is_some_and(|depth| depth <= dim) {
            return Err(misplaced_list(path));
        }
        if self.lengths.len() <= dim {
            self.lengths.resize(dim + 1, None);
        }
        let expected = *self.lengths[dim].get_or_insert(length);
        if length != expected {
            let what =
                format!("expected sequence of length {expected} at dim {dim} (got {length})");
            return Err(format!("{what} in {}", row(path)));
        }
        Ok(())
    }
}

fn misplaced_list(path: &[usize]) -> String {
    format!("a list stands where a number should, in {}", row(path))
}

/// Where a list stands: `row 1`, or `row [1][0]` further in.
fn row(path: &[usize]) -> String {
    match path {
        [] => "the whole".into(),
        [only] => format!("row {only}"),
        deeper => {
            let indices: String = deeper.iter().map(|index| format!("[{index}]")).collect();
            format!("row {indices}")
        }
    }
}

/// Second walk: the numbers into the tensor's bytes.
struct Fill<'a> {
    kind: Kind,
    bytes: &'a mut [u8],
    at: usize,
}

impl Sink for Fill<'_> {
    fn number(&mut self, number: Number, _: &[usize]) -> std::result::Result<(), String> {
        match self.kind {
            Kind::Bool => self.put(&[u8::from(matches!(number, Number::Bool(true)))]),
            Kind::Int64 => {
                let value = match number {
                    Number::Bool(value) => i64::from(value),
                    Number::Int(value) => value,
                    Number::Float(_) => return Err("a fraction among integers".into()),
                };
                self.put(&value.to_ne_bytes())
            }
            _ => {
                let value = match number {
                    Number::Bool(value) => f64::from(value),
                    Number::Int(value) => value as f64,
                    Number::Float(value) => value,
                };
                self.put(&(value as f32).to_ne_bytes())
            }
        }
    }

    fn list(&mut self, _: usize, _: &[usize]) -> std::result::Result<(), String> {
        Ok(())
    }
}

impl Fill<'_> {
    fn put(&mut self, value: &[u8]) -> std::result::Result<(), String> {
        let place = self.bytes.get_mut(self.at..self.at + value.len());
        place.ok_or("more numbers than before")?.copy_from_slice(value);
        self.at += value.len();
        Ok(())
    }
}

/// Nested lists, handed to a sink as they are read.
struct Lists<'a> {
    sink: &'a mut dyn Sink,
    /// The indices that lead to where we are.
    path: &'a mut Vec<usize>,
}

impl Lists<'_> {
    fn number<E: de::Error>(self, number: Number) -> std::result::Result<(), E> {
        self.sink.number(number, self.path).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Lists<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Lists<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number or nested lists of numbers")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> std::result::Result<(), E> {
        self.number(Number::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> std::result::Result<(), E> {
        self.number(Number::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> std::result::Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.number(Number::Int(value)),
            Err(_) => Err(E::custom(format!("the integer {value} does not fit in int64"))),
        }
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> std::result::Result<(), E> {
        self.number(Number::Float(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<(), E> {
        match text {
            "NaN" => self.number(Number::Float(f64::NAN)),
            "Infinity" => self.number(Number::Float(f64::INFINITY)),
            "-Infinity" => self.number(Number::Float(f64::NEG_INFINITY)),
            _ => Err(E::invalid_type(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        if self.path.len() >= MAX_RANK {
            let what = format!("more than {MAX_RANK} lists in one another");
            return Err(de::Error::custom(what));
        }
        let mut length = 0;
        self.path.push(0);
        while items.next_element_seed(Lists { sink: self.sink, path: self.path })?.is_some() {
            length += 1;
            if let Some(last) = self.path.last_mut() {
                *last = length;
            }
        }
        self.path.pop();
        self.sink.list(length, self.path).map_err(de::Error::custom)
    }
}

/// serde_json turns an integer beyond 64 bits into the nearest `f64`; this finds such a one.
fn integer_beyond_i64(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).find(|token| {
        let digits = token.strip_prefix('-').unwrap_or(token);
        let integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        integer && token.parse::<i64>().is_err()
    })
}
