//! `DistributedSampler` against PyTorch's, and batches that are shared out.

use std::process::Command;

use atencion::data::{
    DataLoader, DataLoaderConfig, DistributedSampler, DistributedSamplerConfig, Position,
};
use atencion::libtorch::Generator;
use support::python_with_torch;

/// Every part of data sets of several sizes, over several epochs.
const PYTHON: &str = "
import json
from torch.utils.data.distributed import DistributedSampler
found = []
for size in (1, 2, 5, 12, 101):
    for replicas in (1, 2, 3, 4, 7):
        for shuffle in (True, False):
            for drop_last in (True, False):
                if drop_last and size < replicas:
                    continue  # Python's own assertion fails there
                for rank in range(replicas):
                    for epoch in (0, 1, 5):
                        sampler = DistributedSampler(range(size), replicas, rank, shuffle, 42, drop_last)
                        sampler.set_epoch(epoch)
                        found.append([size, replicas, rank, shuffle, drop_last, epoch, len(sampler), list(sampler)])
print(json.dumps(found))
";

#[test]
fn each_part_is_pytorchs_to_the_index() {
    let Some(python) = python_with_torch() else { return };
    let ran = Command::new(python).args(["-c", PYTHON]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    type Case = (usize, usize, usize, bool, bool, u64, usize, Vec<usize>);
    let cases: Vec<Case> = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(cases.len(), 798);
    for (size, replicas, rank, shuffle, drop_last, epoch, len, expected) in cases {
        let config = DistributedSamplerConfig { shuffle, seed: 42, drop_last };
        let mut sampler = DistributedSampler::new(size, replicas, rank, config).unwrap();
        sampler.set_epoch(epoch);
        let what = format!("{size} items, rank {rank} of {replicas}, {config:?}, epoch {epoch}");
        assert_eq!(sampler.len(), len, "{what}");
        assert_eq!(sampler.indices().unwrap(), expected, "{what}");
    }
}

#[test]
fn a_loader_takes_the_samplers_order() {
    let numbers: Vec<usize> = (0..11).collect();
    let sampler = DistributedSampler::new(11, 2, 1, DistributedSamplerConfig::default()).unwrap();
    let config = DataLoaderConfig { batch_size: 4, ..Default::default() };
    let mut loader = DataLoader::with_sampler(numbers.clone(), config, sampler).unwrap();
    assert_eq!(loader.len(), 2);
    let first = loader.iter().unwrap().collect::<Result<Vec<_>, _>>().unwrap().concat();
    assert_eq!(first, sampler.indices().unwrap());
    loader.sampler_mut().unwrap().set_epoch(1);
    let second = loader.iter().unwrap().collect::<Result<Vec<_>, _>>().unwrap().concat();
    assert!(second.len() == first.len() && second != first, "an epoch of its own");

    let shuffled = DataLoaderConfig { shuffle: true, ..config };
    let error = DataLoader::with_sampler(numbers.clone(), shuffled, sampler).unwrap_err();
    assert_eq!(error.what(), "sampler option is mutually exclusive with shuffle");
    let error = DataLoader::with_sampler(vec![0; 10], config, sampler).unwrap_err();
    assert_eq!(error.what(), "the sampler is of 11 items, the data set has 10");
    let error = DistributedSampler::new(11, 2, 2, DistributedSamplerConfig::default()).unwrap_err();
    assert_eq!(error.what(), "Invalid rank 2, rank should be in the interval [0, 1]");
}

fn loader(workers: usize, seed: u64) -> DataLoader<Vec<usize>> {
    let config = DataLoaderConfig {
        batch_size: 6,
        shuffle: true,
        drop_last: true,
        num_workers: workers,
        ..Default::default()
    };
    let generator = Some(Generator::new(seed).unwrap());
    DataLoader::with_generator((0..44).collect(), config, generator).unwrap()
}

#[test]
fn a_batch_is_the_same_whoever_shares_it() {
    let mut whole = loader(0, 7);
    let passes: Vec<Vec<Vec<usize>>> =
        (0..2).map(|_| whole.iter().unwrap().collect::<Result<Vec<_>, _>>().unwrap()).collect();
    for (processes, workers) in [(1, 0), (2, 0), (3, 2), (6, 1)] {
        let mut parts: Vec<_> = (0..processes)
            .map(|process| loader(workers, 7).split_batches(processes, process).unwrap())
            .collect();
        for pass in &passes {
            let mut shares: Vec<_> = parts.iter_mut().map(|part| part.iter().unwrap()).collect();
            for batch in pass {
                let mut together = vec![0; batch.len()];
                for (process, share) in shares.iter_mut().enumerate() {
                    let part = share.next().unwrap().unwrap();
                    assert_eq!(part.len(), batch.len() / processes);
                    assert_eq!(share.items(), part, "a list's items are their own numbers");
                    for (at, item) in part.into_iter().enumerate() {
                        together[at * processes + process] = item;
                    }
                }
                assert_eq!(&together, batch, "{processes} processes");
            }
            assert!(shares.iter_mut().all(|share| share.next().is_none()));
        }
    }
}

#[test]
fn a_pass_that_two_began_one_goes_on_with() {
    let mut alone = loader(0, 3);
    let whole: Vec<Vec<usize>> = alone.iter().unwrap().map(Result::unwrap).collect();
    let mut two = loader(0, 3).split_batches(2, 1).unwrap();
    let mut batches = two.iter().unwrap();
    batches.nth(2).unwrap().unwrap();
    let place = Position::from_state_dict(&batches.position().state_dict()).unwrap();
    let one = loader(0, 99);
    let left: Vec<Vec<usize>> = one.resume(place).unwrap().map(Result::unwrap).collect();
    assert_eq!(left, whole[3..]);
}

#[test]
fn shares_that_are_not_even_are_refused() {
    let error = loader(0, 1).split_batches(4, 0).unwrap_err();
    assert_eq!(error.what(), "a batch of 6 is not shared out evenly to 4 processes");
    let error = loader(0, 1).split_batches(2, 2).unwrap_err();
    assert_eq!(error.what(), "process 2 is none of 2");
    let kept = DataLoaderConfig { batch_size: 2, ..Default::default() };
    let kept = DataLoader::new(vec![1, 2, 3], kept).unwrap();
    let error = kept.split_batches(2, 0).unwrap_err();
    assert_eq!(error.what(), "a last batch that is not full cannot be shared out evenly");
}
