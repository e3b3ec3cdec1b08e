//! TensorBoard's event file beside `metrics.jsonl`: `tensorboard --logdir runs` draws its curves.
//!
//! A record is its length, an event in protobuf, and a checksum of either. Source: TensorFlow's `record_writer.cc`,
//! `event.proto` and `summary.proto`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use atencion::{Error, Result};

/// An event, as far as it is needed here.
#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5, 7")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum What {
    /// The first event of a file says in which form the others are.
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

/// A number under a name.
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, tag = "2")]
    simple_value: f32,
}

#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// `SessionLog.START`: what an earlier file has from this step on counts no more.
const START: i32 = 1;

/// The file of this run, open to be written on.
pub(super) struct Events {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Events {
    /// A new file in the folder of a training, which goes on after `step`; earlier runs have files of their own.
    pub fn create(folder: &Path, step: u64) -> Result<Self> {
        let (seconds, process) = (now() as u64, std::process::id());
        let path = folder.join(format!("events.out.tfevents.{seconds:010}.atencion.{process}.0"));
        let file = File::create(&path).map_err(|error| Error::file(&path, error))?;
        let mut events = Self { path, file: BufWriter::new(file) };
        events.write(0, What::FileVersion("brain.Event:2".into()))?;
        if step > 0 {
            // What was written after the last checkpoint is written again.
            events.write(step + 1, What::SessionLog(SessionLog { status: START }))?;
        }
        events.flush()?;
        Ok(events)
    }

    /// Numbers of a step, by their names: `train/loss`.
    pub fn scalars(&mut self, step: u64, scalars: &[(&str, f64)]) -> Result<()> {
        let value = scalars
            .iter()
            .map(|(tag, number)| Value { tag: (*tag).to_owned(), simple_value: *number as f32 });
        self.write(step, What::Summary(Summary { value: value.collect() }))
    }

    /// Brings everything to the disk.
    pub fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(|error| Error::file(&self.path, error))
    }

    fn write(&mut self, step: u64, what: What) -> Result<()> {
        let event = Event { wall_time: now(), step: step as i64, what: Some(what) };
        let record = record(&event.encode_to_vec());
        self.file.write_all(&record).map_err(|error| Error::file(&self.path, error))
    }
}

/// The length, its checksum, the bytes, their checksum: each of the numbers little-endian.
fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    let parts: [&[u8]; 4] = [&length, &masked(&length), bytes, &masked(bytes)];
    parts.concat()
}

/// CRC-32C, turned and moved, so that the checksum of bytes with checksums in them is as good.
fn masked(bytes: &[u8]) -> [u8; 4] {
    let crc = crc32c::crc32c(bytes);
    crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::record;

    /// The record of TensorFlow's file version, as every event file of PyTorch's `SummaryWriter` begins (its time apart).
    #[test]
    fn a_record_is_tensorflows() {
        let event = b"\x09\x00\x00\x00\x00\x00\x00\x00\x00\x1a\x0dbrain.Event:2";
        let bytes = record(event);
        assert_eq!(&bytes[..12], b"\x18\x00\x00\x00\x00\x00\x00\x00\xa3\x7f\x4b\x22");
        assert_eq!(bytes.len(), 12 + event.len() + 4);
    }
}
