//! `--run`: executes a copy of the notebook with the user's own Python, through Jupyter's own machinery.
//!
//! The driver is `run.py`, compiled into the binary. It runs the cells with nbclient and writes down every tensor
//! that the code assigns; here the numbers are read back.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::Deserialize;
use tch::Kind;

use super::array::{Array, kind_of_name};
use atencion::{Error, Result};

const DRIVER: &str = include_str!("run.py");
/// What a kernel may take to start and to stop, besides the time of a cell.
const GRACE: Duration = Duration::from_secs(90);

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The Python to run with.
    pub python: PathBuf,
    /// How long a cell may take.
    pub seconds: u64,
}

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

/// How it ended.
#[derive(Debug, PartialEq)]
pub enum End {
    /// All cells ran.
    Whole,
    /// It could not begin.
    Impossible(Error),
    /// That cell raised this exception.
    Raised(usize, String),
    /// That cell took too long.
    Endless(usize),
    /// The kernel died in that cell.
    Died(usize),
}

/// The Python that is active: the virtual environment's, else `python3`.
pub fn active_python() -> PathBuf {
    let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    match std::env::var_os("VIRTUAL_ENV") {
        Some(folder) => Path::new(&folder).join(inside),
        None => "python3".into(),
    }
}

/// Runs a copy of the notebook; what was assigned until it ended comes with how it ended.
///
/// # Errors
/// When the copy cannot be made.
pub fn run(notebook: &Path, options: &Options) -> Result<(End, Vec<Recorded>)> {
    let folder = tempfile::tempdir().map_err(|error| Error::file("a temporary folder", error))?;
    let copy = folder.path().join("notebook.ipynb");
    std::fs::copy(notebook, &copy).map_err(|error| Error::file(notebook, error))?;
    let driver = folder.path().join("run.py");
    std::fs::write(&driver, DRIVER).map_err(|error| Error::file(&driver, error))?;
    let end = match start(&driver, &copy, folder.path(), notebook, options) {
        Ok(child) => follow(child, options),
        Err(error) => End::Impossible(no_python(&options.python, &error)),
    };
    Ok((end, recorded(folder.path())))
}

fn start(
    driver: &Path,
    copy: &Path,
    folder: &Path,
    notebook: &Path,
    options: &Options,
) -> std::io::Result<Child> {
    // The notebook may read files that lie beside it.
    let beside = notebook.canonicalize()?.parent().unwrap_or(Path::new(".")).to_owned();
    Command::new(&options.python)
        .arg(driver)
        .args([copy, folder])
        .arg(options.seconds.to_string())
        .arg(beside)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

fn no_python(python: &Path, error: &std::io::Error) -> Error {
    Error::value(format!("cannot start {}: {error}", python.display()))
        .mend("name your Python: --python /path/to/python")
}

/// What the driver tells.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Cell { cell: usize },
    Whole,
    Endless { cell: Option<usize> },
    Died { cell: Option<usize> },
    Raised { cell: Option<usize>, name: String, message: String },
    Missing { modules: Vec<String> },
    Failed { message: String },
}

/// Listens until the driver says how it ended.
fn follow(mut child: Child, options: &Options) -> End {
    let events = listen(&mut child);
    let patience = Duration::from_secs(options.seconds).saturating_add(GRACE);
    let mut cell = 0;
    let end = loop {
        match events.recv_timeout(patience) {
            Ok(Event::Cell { cell: next }) => cell = next,
            Ok(event) => break ended(event, cell, options),
            Err(RecvTimeoutError::Timeout) => break End::Endless(cell),
            Err(RecvTimeoutError::Disconnected) => break silent(options),
        }
    };
    // By now it has nothing left to do but to shut its kernel down.
    if !matches!(end, End::Whole) {
        let _ = wait_a_little(&mut child);
    }
    let _ = child.kill();
    let _ = child.wait();
    end
}

fn listen(child: &mut Child) -> Receiver<Event> {
    let (tell, events) = channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
                if let Ok(event) = serde_json::from_str(&line)
                    && tell.send(event).is_err()
                {
                    return;
                }
            }
        });
    }
    events
}

fn wait_a_little(child: &mut Child) -> std::io::Result<()> {
    for _ in 0..100 {
        if child.try_wait()?.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn ended(event: Event, cell: usize, options: &Options) -> End {
    match event {
        Event::Whole | Event::Cell { .. } => End::Whole,
        Event::Endless { cell: at } => End::Endless(at.unwrap_or(cell)),
        Event::Died { cell: at } => End::Died(at.unwrap_or(cell)),
        Event::Raised { cell: at, name, message } => {
            let first = message.lines().next().unwrap_or_default();
            End::Raised(at.unwrap_or(cell), format!("{name}: {first}"))
        }
        Event::Missing { modules } => End::Impossible(
            Error::value(format!("{} lacks {}", options.python.display(), modules.join(", ")))
                .mend(format!("{} -m pip install {}", options.python.display(), modules.join(" "))),
        ),
        Event::Failed { message } => {
            let first = message.lines().next().unwrap_or_default();
            End::Impossible(Error::value(format!("Jupyter could not run it: {first}")))
        }
    }
}

fn silent(options: &Options) -> End {
    End::Impossible(
        Error::value(format!("{} ended without a word", options.python.display()))
            .mend("name a Python 3.9 or newer: --python /path/to/python"),
    )
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
    offset: usize,
    bytes: usize,
}

/// What was written down; a last line cut off by a kill is left out.
fn recorded(folder: &Path) -> Vec<Recorded> {
    let mut values = Vec::new();
    if let Ok(mut file) = std::fs::File::open(folder.join("values.bin")) {
        let _ = file.read_to_end(&mut values);
    }
    let index = std::fs::read_to_string(folder.join("values.jsonl")).unwrap_or_default();
    let entries = index.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok());
    entries.filter_map(|entry| read_entry(entry, &values)).collect()
}

fn read_entry(entry: Entry, values: &[u8]) -> Option<Recorded> {
    let kind = kind_of_name(&entry.dtype)?;
    let end = entry.offset.checked_add(entry.bytes)?;
    let numbers = numbers(kind, values.get(entry.offset..end)?)?;
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
    fn numbers_of_every_kind() {
        assert_eq!(numbers(Kind::BFloat16, &[0x80, 0x3f]), Some(vec![1.0]));
        assert_eq!(numbers(Kind::Int8, &[0xff]), Some(vec![-1.0]));
        assert_eq!(numbers(Kind::Float, &1.5f32.to_le_bytes()), Some(vec![1.5]));
    }
}
