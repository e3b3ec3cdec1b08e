//! `DataLoader` against PyTorch's: batches, order, and the process's generator afterwards.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atencion::data::{DataLoader, DataLoaderConfig, Dataset, Position};
use atencion::libtorch::Generator;
use atencion::{Error, Result};
use serde_json::Value;
use support::{draws, golden, made_by};
use tch::{Device, Kind, Tensor};

const EPOCHS: usize = 3;

fn config(case: &Value, num_workers: usize) -> DataLoaderConfig {
    DataLoaderConfig {
        batch_size: case["batch_size"].as_u64().unwrap() as usize,
        shuffle: case["shuffle"].as_bool().unwrap(),
        drop_last: case["drop_last"].as_bool().unwrap(),
        num_workers,
        ..Default::default()
    }
}

/// The function of the same name in scripts/goldens/loader.py.
fn run(case: &Value, num_workers: usize) -> (usize, Vec<Vec<Vec<u64>>>, Vec<i64>) {
    let seed = case["seed"].as_u64().unwrap();
    tch::manual_seed(seed as i64);
    let own = case["own_generator"].as_bool().unwrap();
    let generator = own.then(|| Generator::new(seed + 1).unwrap());
    let numbers: Vec<u64> = (0..case["size"].as_u64().unwrap()).collect();
    let config = config(case, num_workers);
    let mut loader = DataLoader::with_generator(numbers, config, generator).unwrap();
    let (mut batches, mut draws) = (Vec::new(), Vec::new());
    for _ in 0..EPOCHS {
        let mut epoch = Vec::new();
        for batch in loader.iter().unwrap() {
            epoch.push(batch.unwrap());
            let number = Tensor::randint(1 << 40, [0i64; 0], (Kind::Int64, Device::Cpu));
            draws.push(number.int64_value(&[]));
            if case["leave_after"].as_u64() == Some(epoch.len() as u64) {
                break;
            }
        }
        batches.push(epoch);
    }
    (loader.len(), batches, draws)
}

fn compare(file: &Path) -> usize {
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    for case in &cases {
        for num_workers in [0, 1, 3] {
            let (length, batches, draws) = run(case, num_workers);
            let what = format!(
                "size {}, batches of {}, seed {}, {num_workers} workers",
                case["size"], case["batch_size"], case["seed"]
            );
            assert_eq!(Some(length as u64), case["length"].as_u64(), "{what}");
            let expected: Vec<Vec<Vec<u64>>> =
                serde_json::from_value(case["batches"].clone()).unwrap();
            assert_eq!(batches, expected, "{what}");
            let expected: Vec<i64> = serde_json::from_value(case["draws"].clone()).unwrap();
            assert_eq!(draws, expected, "{what}");
        }
    }
    cases.len()
}

#[test]
fn the_order_is_pytorchs() {
    let _draws = draws();
    assert_eq!(compare(&golden("loader/loader.json")), 12);
}

#[test]
fn the_order_is_pythons_here() {
    let Some(folder) = made_by("loader", &["--seeds", "5", "6", "7"]) else { return };
    let _draws = draws();
    assert_eq!(compare(&folder.path().join("loader.json")), 180);
}

/// Items that take a time of their own, so that threads end out of order.
struct Slow(usize, AtomicUsize);

impl Dataset for Slow {
    type Item = usize;

    fn len(&self) -> usize {
        self.0
    }

    fn get(&self, index: usize) -> Result<usize> {
        self.1.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_micros(if index.is_multiple_of(5) { 1500 } else { 20 }));
        match index {
            90.. => Err(Error::value(format!("item {index} cannot be read"))),
            80 => panic!("item 80 has no end"),
            index => Ok(index),
        }
    }
}

#[test]
fn threads_keep_the_order_and_read_no_further_than_asked() {
    let _draws = draws();
    let config = DataLoaderConfig { batch_size: 2, num_workers: 4, ..Default::default() };
    let mut loader = DataLoader::new(Slow(80, AtomicUsize::new(0)), config).unwrap();
    let all: Vec<Vec<usize>> = loader.iter().unwrap().map(Result::unwrap).collect();
    assert_eq!(all.concat(), (0..80).collect::<Vec<_>>());

    let before = loader.dataset().1.load(Ordering::Relaxed);
    let mut batches = loader.iter().unwrap();
    batches.next().unwrap().unwrap();
    drop(batches);
    let read = loader.dataset().1.load(Ordering::Relaxed) - before;
    assert!(read <= 2 * (1 + 4 * 2), "{read} items for one batch");
}

#[test]
fn what_cannot_be_read_is_an_error_in_its_place() {
    let _draws = draws();
    for num_workers in [0, 3] {
        let config = DataLoaderConfig { batch_size: 30, num_workers, ..Default::default() };
        let mut loader = DataLoader::new(Slow(100, AtomicUsize::new(0)), config).unwrap();
        let mut batches = loader.iter().unwrap();
        for _ in 0..2 {
            batches.next().unwrap().unwrap();
        }
        if num_workers == 0 {
            continue; // A panic in the caller's own thread is the caller's.
        }
        let error = batches.next().unwrap().unwrap_err();
        assert_eq!(error.what(), "the data set panicked in batch 2: item 80 has no end");
        let error = batches.next().unwrap().unwrap_err();
        assert_eq!(error.what(), "item 90 cannot be read");
        assert!(batches.next().is_none());
    }
}

#[test]
fn a_pass_goes_on_where_it_stood_with_any_number_of_threads() {
    let _draws = draws();
    let config = |num_workers| DataLoaderConfig {
        batch_size: 3,
        shuffle: true,
        num_workers,
        ..Default::default()
    };
    let numbers: Vec<u32> = (0..50).collect();
    let mut loader = DataLoader::new(numbers.clone(), config(2)).unwrap();
    let mut batches = loader.iter().unwrap();
    for _ in 0..5 {
        batches.next().unwrap().unwrap();
    }
    let state = batches.position().state_dict();
    let rest: Vec<_> = batches.map(Result::unwrap).collect();
    for num_workers in [0, 4] {
        let again = DataLoader::new(numbers.clone(), config(num_workers)).unwrap();
        let position = Position::from_state_dict(&state).unwrap();
        assert_eq!(position.batch(), 5);
        let resumed: Vec<_> = again.resume(position).unwrap().map(Result::unwrap).collect();
        assert_eq!(resumed, rest);
    }
    let shorter = DataLoader::new(numbers[..40].to_vec(), config(0)).unwrap();
    let error = shorter.resume(Position::from_state_dict(&state).unwrap()).err().unwrap();
    assert_eq!(error.what(), "the position is batch 5 of 50 items; the data has 40");
}

#[test]
fn options_that_cannot_be_are_refused_in_torchs_words() {
    let refused =
        |numbers: Vec<u8>, config| DataLoader::new(numbers, config).unwrap_err().what().to_owned();
    let config = DataLoaderConfig { batch_size: 0, ..Default::default() };
    assert_eq!(
        refused(vec![1], config),
        "batch_size should be a positive integer value, but got batch_size=0"
    );
    let config = DataLoaderConfig { shuffle: true, ..Default::default() };
    assert_eq!(
        refused(vec![], config),
        "num_samples should be a positive integer value, but got num_samples=0"
    );
}
