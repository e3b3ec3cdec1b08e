//! Checkpoints, resuming in the middle, and a loop that has to stop.

use std::cell::RefCell;
use std::fs;

use atencion::data::{DataLoader, DataLoaderConfig};
use atencion::nn::{Dropout, Forward, Linear, LinearConfig, Module, Path, module};
use atencion::optim::{Adam, AdamConfig};
use atencion::train::{
    Checkpoint, Checkpoints, EarlyStopping, Ema, Flow, Loop, LoopConfig, Progress, average,
};
use atencion::{Error, Result, StateDict, tensor};
use support::{assert_bits, draws};
use tch::{Device, Kind, Tensor};

module! {
    pub struct Small() {
        pub map: Linear = LinearConfig::new(1, 3),
        pub dropout: Dropout = 0.5,
    }
}

/// Trains on 20 numbers, three a batch, until the step `stop`; returns its end, its weights and the average of them.
fn train(
    checkpoints: Option<&Checkpoints>,
    seed: i64,
    num_workers: usize,
    stop: u64,
    loss_of: impl Fn(&Small, Tensor) -> Tensor,
) -> (Result<Progress>, StateDict, StateDict, Vec<Error>) {
    tch::manual_seed(seed);
    let mut model = Small::new(Path::root(Device::Cpu)).unwrap();
    let config = AdamConfig { lr: 0.01, ..Default::default() };
    let mut optimizer = Adam::new(model.parameters(), config).unwrap();
    let data: Vec<f32> = (0..20).map(|number| number as f32 / 20.0).collect();
    let config =
        DataLoaderConfig { batch_size: 3, shuffle: true, num_workers, ..Default::default() };
    let mut loader = DataLoader::new(data, config).unwrap();
    let mut ema = Ema::new(&model, 0.9).unwrap();
    let damaged = RefCell::new(Vec::new());
    let training = Loop {
        model: &mut model,
        optimizer: &mut optimizer,
        scheduler: None,
        loader: &mut loader,
        scaler: None,
        ema: Some(&mut ema),
        checkpoints,
        config: LoopConfig { epochs: 3, max_norm: Some(0.5), ..Default::default() },
    };
    let end = training.run(
        |model, batch| Ok(loss_of(model, Tensor::from_slice(&batch).unsqueeze(1))),
        |_, step| Ok(if step.step == stop { Flow::Stop } else { Flow::Save }),
        |error| damaged.borrow_mut().push(error),
    );
    let average = ema.state_dict().iter().map(|(name, tensor)| (name.to_owned(), tensor.copy()));
    (end, model.state_dict(), average.collect(), damaged.into_inner())
}

fn square(model: &Small, batch: Tensor) -> Tensor {
    let map = model.map.forward(&batch).unwrap();
    model.dropout.forward(&map).unwrap().square().mean(Kind::Float)
}

fn same(actual: &StateDict, expected: &StateDict) {
    assert_eq!(actual.len(), expected.len());
    for (name, tensor) in expected.iter() {
        assert_bits(name, actual.get(name).unwrap(), tensor);
    }
}

#[test]
fn a_run_goes_on_in_the_middle_of_a_pass_to_the_same_bits() {
    let _draws = draws();
    let (end, expected, average, _) = train(None, 3, 0, u64::MAX, square);
    assert_eq!(end.unwrap(), Progress { epoch: 3, step: 21 });
    // At the end of a pass, before it, in the middle; on with other threads and another seed.
    for stop in [1, 6, 7, 8, 20] {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path(), 2).unwrap();
        let (end, ..) = train(Some(&checkpoints), 3, 2, stop, square);
        assert_eq!(end.unwrap().step, stop);
        let (end, weights, averaged, damaged) = train(Some(&checkpoints), 99, 3, u64::MAX, square);
        assert_eq!(end.unwrap(), Progress { epoch: 3, step: 21 });
        assert!(damaged.is_empty());
        same(&weights, &expected);
        same(&averaged, &average);
        assert_eq!(checkpoints.steps().unwrap(), [20, 21]);
    }
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_taken() {
    let _draws = draws();
    let (_, expected, ..) = train(None, 3, 0, u64::MAX, square);
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(folder.path(), 5).unwrap();
    train(Some(&checkpoints), 3, 0, 10, square).0.unwrap();
    let file = |step: u64, name: &str| folder.path().join(format!("step-{step:08}")).join(name);
    let mut bytes = fs::read(file(10, "model.safetensors")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(file(10, "model.safetensors"), bytes).unwrap();
    let bytes = fs::read(file(9, "optimizer.safetensors")).unwrap();
    fs::write(file(9, "optimizer.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
    fs::remove_file(file(8, "place.safetensors")).unwrap();
    fs::write(file(7, "checkpoint.json"), "{").unwrap();
    let (end, weights, _, damaged) = train(Some(&checkpoints), 4, 0, u64::MAX, square);
    end.unwrap();
    same(&weights, &expected);
    let named = [
        "step-00000010/model.safetensors: is damaged",
        "step-00000009/optimizer.safetensors: is damaged",
        "step-00000008/place.safetensors: ",
        "step-00000007/checkpoint.json: ",
    ];
    assert_eq!(damaged.len(), named.len(), "{damaged:?}");
    for (error, part) in damaged.iter().zip(named) {
        assert!(error.what().contains(part), "{error} / {part}");
    }
}

/// A manifest names files of its own folder, and reads no others: neither by their path nor through a link.
#[test]
fn a_manifest_leads_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDict::from_iter([("x".to_owned(), tensor![1.0, 2.0])]);
    let checkpoints = Checkpoints::new(folder.path().join("mine"), 2).unwrap();
    let path = checkpoints.save(1, &[("model", &state)]).unwrap();
    let outside = folder.path().join("outside.safetensors");
    let (manifest, model) = (path.join("checkpoint.json"), path.join("model.safetensors"));
    fs::copy(&model, &outside).unwrap();
    let text = fs::read_to_string(&manifest).unwrap();
    let absolute = outside.to_str().unwrap();
    for name in [
        "../../outside.safetensors",
        absolute,
        "./model.safetensors",
        "model.safetensors/",
        "..",
        ".",
        "",
        "a/b",
    ] {
        fs::write(&manifest, text.replace("model.safetensors", name)).unwrap();
        let error = Checkpoint::open(&path).unwrap_err();
        assert!(error.what().ends_with("is no file name"), "{name}: {error}");
    }
    fs::write(&manifest, &text).unwrap();
    Checkpoint::open(&path).unwrap();

    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        // The very bytes that were saved, but not here; a folder; what never ends.
        let leads = [outside.as_path(), folder.path(), std::path::Path::new("/dev/zero")];
        for (file, whole) in [(&model, fs::read(&model).unwrap()), (&manifest, text.into_bytes())] {
            for lead in leads {
                fs::remove_file(file).unwrap();
                symlink(lead, file).unwrap();
                let error = Checkpoint::open(&path).unwrap_err();
                assert!(error.what().contains("is damaged"), "{}: {error}", lead.display());
            }
            fs::remove_file(file).unwrap();
            fs::write(file, whole).unwrap();
        }
        Checkpoint::open(&path).unwrap();
    }
}

#[test]
fn what_a_killed_process_left_behind_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(folder.path(), 2).unwrap();
    let unfinished = folder.path().join(".unfinished-00000007");
    fs::create_dir(&unfinished).unwrap();
    assert!(checkpoints.latest().unwrap().0.is_none());
    let mut state = StateDict::new();
    state.insert("x", tensor![1.0, 2.0]);
    let path = checkpoints.save(8, &[("model", &state)]).unwrap();
    assert!(!unfinished.exists());
    let saved = Checkpoint::open(&path).unwrap();
    same(saved.part("model").unwrap(), &state);
    let error = saved.part("ema").unwrap_err();
    assert!(error.what().ends_with("has no ema, only model"), "{error}");
    // The same step again, and more of them than are kept.
    for step in [8, 9, 10] {
        checkpoints.save(step, &[("model", &state)]).unwrap();
    }
    assert_eq!(checkpoints.steps().unwrap(), [9, 10]);
}

#[test]
fn a_loss_that_is_no_number_stops_with_its_place() {
    let _draws = draws();
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(folder.path(), 2).unwrap();
    // Whichever batch has the last number in it.
    let poisoned = |model: &Small, batch: Tensor| {
        let bad = batch.max().double_value(&[]) > 0.94;
        square(model, batch) * if bad { f64::NAN } else { 1.0 }
    };
    let error = train(Some(&checkpoints), 3, 2, u64::MAX, poisoned).0.unwrap_err();
    assert!(error.what().starts_with("the loss is NaN in step "), "{error}");
    let items = error.what().split("items [").nth(1).unwrap().trim_end_matches(']');
    assert!(items.split(", ").any(|item| item == "19"), "{error}");
    let step: u64 =
        error.what().split(['p', ':']).nth(1).and_then(|n| n.trim().parse().ok()).unwrap();
    let latest = checkpoints.latest().unwrap().0.map_or(0, |checkpoint| checkpoint.step);
    assert!(latest + 1 == step, "{error}: the last good one is {latest}");
}

#[test]
fn averages_are_torchs() {
    let _draws = draws();
    let state = |values: [f32; 2]| -> StateDict {
        [("w".to_owned(), Tensor::from_slice(&values))].into_iter().collect()
    };
    let mean = average(&[state([1.0, 2.0]), state([3.0, 2.0])]).unwrap();
    assert_bits("mean", mean.get("w").unwrap(), &tensor![2.0, 2.0]);
    assert!(average(&[]).is_err());
    let mut model = Small::new(Path::root(Device::Cpu)).unwrap();
    let mut ema = Ema::new(&model, 0.75).unwrap();
    ema.update(&model).unwrap();
    let before = model.map.bias.as_ref().unwrap().detach().copy();
    let _ = tch::no_grad(|| model.map.bias.as_mut().unwrap().f_add_scalar_(1.0).unwrap());
    ema.update(&model).unwrap();
    let after = model.map.bias.as_ref().unwrap().detach();
    assert_bits("ema", ema.state_dict().get("map.bias").unwrap(), &before.lerp(&after, 0.25));
    assert!(Ema::new(&model, 1.5).is_err());
}

#[test]
fn it_is_time_to_stop_when_nothing_gets_better() {
    let mut stopping = EarlyStopping::new(1);
    let heard: Vec<(bool, bool)> = [3.0, 2.0, 2.5, f64::NAN]
        .into_iter()
        .map(|metric| (stopping.is_best(metric), stopping.is_over()))
        .collect();
    assert_eq!(heard, [(true, false), (true, false), (false, false), (false, true)]);
}
