//! TensorBoard's event files: whole records, a file a run, and what a run that was stopped wrote twice marked as such.

use std::collections::BTreeMap;
use std::path::Path;

use super::trained;

/// CRC-32C bit by bit, from its polynomial.
fn crc32c(bytes: &[u8]) -> u32 {
    let shift = |crc: u32, _| (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), shift);
    !bytes.iter().fold(!0, byte)
}

/// The events of a file, each with its checksums held.
fn records(file: &[u8]) -> Vec<&[u8]> {
    let masked =
        |bytes: &[u8]| crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let (mut rest, mut found) = (file, Vec::new());
    while !rest.is_empty() {
        let (length, after) = rest.split_at(8);
        let (checksum, after) = after.split_at(4);
        assert_eq!(checksum, masked(length));
        let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
        let (event, after) = after.split_at(length);
        assert_eq!(after[..4], masked(event));
        found.push(event);
        rest = &after[4..];
    }
    found
}

/// Each file's records, the oldest file first.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let all = all.filter(|it| it.file_name().to_string_lossy().starts_with("events.out.tfevents."));
    let by_time: BTreeMap<_, _> =
        all.map(|it| (it.metadata().unwrap().modified().unwrap(), it.path())).collect();
    by_time.into_values().map(|path| std::fs::read(path).unwrap()).collect()
}

fn has(event: &[u8], what: &str) -> bool {
    event.windows(what.len()).any(|bytes| bytes == what.as_bytes())
}

#[test]
fn tensorboard_gets_every_step_and_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let steps = ["--set", "train.steps=60", "--set", "train.checkpoint=20"];
    trained("sort", &out, &steps);
    let written = files(&out);
    assert_eq!(written.len(), 1);
    let events = records(&written[0]);
    assert!(has(events[0], "brain.Event:2"));
    let count = |what: &str| events.iter().filter(|event| has(event, what)).count();
    assert_eq!((count("train/loss"), count("train/norm"), count("train/lr")), (60, 60, 60));
    assert_eq!(count("eval/exact"), 2);
    let metrics = std::fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(metrics.lines().next().unwrap()).unwrap();
    let loss = first["loss"].as_f64().unwrap() as f32;
    let bytes = [b"train/loss\x15".as_slice(), &loss.to_le_bytes()].concat();
    assert!(events[1].windows(bytes.len()).any(|found| found == bytes), "the first loss");

    // What is damaged is gone back behind: the new file says from where on the old one counts no more.
    std::fs::remove_dir_all(out.join("checkpoints/step-00000060")).unwrap();
    trained("sort", &out, &[&steps[..], &["--resume"]].concat());
    let written = files(&out);
    assert_eq!(written.len(), 2);
    let events = records(&written[1]);
    // Step 41, and a session that starts.
    assert!(events[1].ends_with(b"\x10\x29\x3a\x02\x08\x01"), "{:?}", events[1]);
    assert_eq!(events.iter().filter(|event| has(event, "train/loss")).count(), 20);
}

#[test]
fn the_profile_shows_where_the_time_went() {
    let folder = tempfile::tempdir().unwrap();
    let said =
        trained("sort", &folder.path().join("run"), &["--set", "train.steps=10", "--profile"]);
    let after = said.split_once("Where ").expect("a profile").1;
    let shares: Vec<f64> =
        after.lines().filter_map(|line| line.split_once(" % ")?.0.trim().parse().ok()).collect();
    assert_eq!(shares.len(), 17, "15 operators, the others, the rest: {said}");
    assert!(shares[..15].is_sorted_by(|a, b| a >= b), "{shares:?}");
    assert!((99.0..101.0).contains(&shares.iter().sum::<f64>()), "{shares:?}");
    assert!(after.contains("aten::addmm") && after.contains("no operator"), "{said}");
}
