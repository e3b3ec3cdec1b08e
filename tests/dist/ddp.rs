//! `DistributedDataParallel` against PyTorch's: losses, weights, buffers and buckets of fifty steps, to the bit; and
//! against one process with the whole batch.

use std::path::Path as File;

use atencion::data::{DistributedSampler, DistributedSamplerConfig};
use atencion::dist::{DdpConfig, DistributedDataParallel};
use atencion::nn::{
    Buffer, CrossEntropyLoss, Forward, Linear, LinearConfig, Module, Path, TransformerEncoderLayer,
    TransformerLayerConfig, module,
};
use atencion::optim::{AdamConfig, AdamW, Optimizer, Sgd, SgdConfig};
use atencion::{Result, StateDict, tensor};
use serde_json::{Value, json};
use support::{assert_bits, assert_close, made_by};
use tch::{Device, Kind, Tensor};

use crate::processes::{all, folder, group, is_one_of, start, together};

const STEPS: usize = 50;
const ITEMS: usize = 44;
const BATCH: usize = 4;

module! {
    /// The model of scripts/goldens/ddp.py.
    struct Net from (unused: bool) {
        pub layer: TransformerEncoderLayer,
        pub head: Linear,
        pub spare: Option<Linear>,
        pub seen: Buffer,
    }

    fn new<'a>(path: impl Into<Path<'a>>, unused: bool) -> Result<Self> {
        let p = path.into();
        let config = TransformerLayerConfig {
            dim_feedforward: 32,
            dropout: 0.0,
            batch_first: true,
            ..TransformerLayerConfig::new(16, 2)
        };
        let linear = || LinearConfig::new(16, 5);
        let layer = TransformerEncoderLayer::new(&p / "layer", config)?;
        let head = Linear::new(&p / "head", linear())?;
        let spare = unused.then(|| Linear::new(&p / "spare", linear())).transpose()?;
        Ok(Self { layer, head, spare, seen: p.buffer("seen", tensor![0.0], true)?, training: true })
    }

    fn forward(&self, x: &Tensor, spare: bool) -> Result<Tensor> {
        let _ = self.seen.shallow_clone().f_add_(&x.f_mean(None)?)?;
        let pooled = self.layer.forward(x)?.f_mean_dim(&[1i64][..], false, None)?;
        let logits = self.head.forward(&pooled)?;
        match self.spare.as_ref().filter(|_| spare) {
            Some(spare) => Ok(logits.f_add(&spare.forward(&pooled)?)?),
            None => Ok(logits),
        }
    }
}

impl Net {
    fn of(case: &Value, folder: Option<&File>) -> Self {
        let mut net = Self::new(Path::root(Device::Cpu), truth(case, "unused")).unwrap();
        let kind = if case["dtype"] == "float64" { Kind::Double } else { Kind::Float };
        net.to(Device::Cpu, Some(kind)).unwrap();
        if let Some(folder) = folder {
            net.load_state_dict(&StateDict::load(folder.join("model.safetensors")).unwrap())
                .unwrap();
        }
        net
    }

    fn optimizer(&self, case: &Value) -> Box<dyn Optimizer> {
        match case["sgd"].as_bool() {
            Some(true) => {
                let config = SgdConfig { lr: 1e-2, momentum: 0.9, ..SgdConfig::default() };
                Box::new(Sgd::new(self.parameters(), config).unwrap())
            }
            _ => {
                let config = AdamConfig { lr: 1e-2, ..AdamW::defaults() };
                Box::new(AdamW::new(self.parameters(), config).unwrap())
            }
        }
    }
}

fn truth(case: &Value, name: &str) -> bool {
    case[name].as_bool().unwrap()
}

fn number(case: &Value, name: &str) -> usize {
    case[name].as_u64().unwrap() as usize
}

fn batches(case: &Value, rank: usize) -> Vec<Vec<i64>> {
    let seed = case["seed"].as_u64().unwrap();
    let config = DistributedSamplerConfig { seed, ..Default::default() };
    let processes = number(case, "processes");
    let mut sampler = DistributedSampler::new(ITEMS, processes, rank, config).unwrap();
    let (mut indices, mut epoch) = (Vec::new(), 0);
    while indices.len() < STEPS * number(case, "accumulate") {
        sampler.set_epoch(epoch);
        let order: Vec<i64> = sampler.indices().unwrap().into_iter().map(|i| i as i64).collect();
        indices.extend(order.chunks_exact(BATCH).map(<[i64]>::to_vec));
        epoch += 1;
    }
    indices.truncate(STEPS * number(case, "accumulate"));
    indices
}

struct Data(StateDict);

impl Data {
    fn of(folder: &File) -> Self {
        Self(StateDict::load(folder.join("data.safetensors")).unwrap())
    }

    fn batch(&self, indices: &[i64]) -> (Tensor, Tensor) {
        let indices = Tensor::from_slice(indices);
        let of = |name| self.0.get(name).unwrap().index_select(0, &indices);
        (of("x"), of("y"))
    }
}

/// The function of the same name in scripts/goldens/ddp.py.
fn train(folder: &File) {
    let case: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("case.json")).unwrap()).unwrap();
    let group = group();
    let rank = group.rank();
    tch::manual_seed(rank as i64);
    let model = Net::of(&case, Some(folder).filter(|_| rank == 0));
    let config = DdpConfig {
        bucket_cap_mb: case["bucket_cap_mb"].as_f64(),
        find_unused_parameters: truth(&case, "unused"),
        gradient_as_bucket_view: truth(&case, "view"),
        ..DdpConfig::default()
    };
    let ddp = DistributedDataParallel::new(&model, &group, config).unwrap();
    let (mut optimizer, criterion) = (model.optimizer(&case), CrossEntropyLoss::default());
    let (data, indices) = (Data::of(folder), batches(&case, rank));
    let (mut losses, accumulate) = (Vec::new(), number(&case, "accumulate"));
    for step in 0..STEPS {
        optimizer.zero_grad().unwrap();
        for micro in 0..accumulate {
            let (x, y) = data.batch(&indices[step * accumulate + micro]);
            let spare = truth(&case, "unused") && (step + rank).is_multiple_of(3);
            let _no_sync = (micro + 1 < accumulate).then(|| ddp.no_sync());
            let loss = ddp.forward(|| criterion.forward(&model.forward(&x, spare)?, &y)).unwrap();
            let loss = loss / accumulate as i64;
            ddp.backward(&loss).unwrap();
            losses.push(loss.detach());
        }
        optimizer.step().unwrap();
    }
    let mut found = StateDict::new();
    found.insert("losses", Tensor::stack(&losses, 0));
    let flat: Vec<i64> = indices.iter().flatten().copied().collect();
    found.insert("indices", Tensor::from_slice(&flat).view([-1, BATCH as i64]));
    for (name, tensor) in model.state_dict().iter() {
        found.insert(format!("model.{name}"), tensor.shallow_clone());
    }
    let bytes: Vec<i64> = ddp.bucket_bytes().unwrap().iter().map(|&size| size as i64).collect();
    found.insert("bucket_bytes", Tensor::from_slice(&bytes));
    found.save(folder.join(format!("rust{rank}.safetensors"))).unwrap();
    group.barrier().unwrap();
}

fn compare(name: &str, case: &Value) {
    let Some(made) = made_by("ddp", &[&case.to_string()]) else { return };
    for (rank, ended) in
        all(start(name, number(case, "processes"), Some(made.path()))).iter().enumerate()
    {
        assert!(ended.status.success(), "rank {rank}: {}", ended.stderr);
        let read =
            |of| StateDict::load(made.path().join(format!("{of}{rank}.safetensors"))).unwrap();
        let (rust, python) = (read("rust"), read("rank"));
        assert_eq!(rust.names().count(), python.names().count());
        for (name, expected) in python.iter() {
            let what = format!("{case}, rank {rank}, {name}");
            assert_bits(&what, rust.get(name).unwrap(), expected);
        }
        let buckets = python.get("bucket_bytes").unwrap().size()[0];
        assert!(buckets > 1 || case["bucket_cap_mb"].is_null(), "{buckets} buckets prove little");
    }
}

#[test]
fn two_processes_learn_what_pythons_two_learn() {
    const NAME: &str = "ddp::two_processes_learn_what_pythons_two_learn";
    if is_one_of(NAME) {
        return train(&folder());
    }
    for case in [
        json!({"processes": 2, "dtype": "float32", "seed": 1, "bucket_cap_mb": 0.004, "accumulate": 1, "unused": false, "view": false}),
        json!({"processes": 2, "dtype": "float64", "seed": 2, "bucket_cap_mb": 0.004, "accumulate": 2, "unused": false, "view": true}),
        json!({"processes": 2, "dtype": "float32", "seed": 3, "bucket_cap_mb": 0.004, "accumulate": 1, "unused": true, "view": false}),
    ] {
        compare(NAME, &case);
    }
}

#[test]
fn four_processes_learn_what_pythons_four_learn() {
    const NAME: &str = "ddp::four_processes_learn_what_pythons_four_learn";
    if is_one_of(NAME) {
        return train(&folder());
    }
    let case = json!({"processes": 4, "dtype": "float32", "seed": 4, "bucket_cap_mb": null, "accumulate": 1, "unused": false, "view": false});
    compare(NAME, &case);
}

/// What one process learns from the batches of all of them together.
fn learn_alone(case: &Value, folder: &File) -> (Net, Vec<f64>) {
    let model = Net::of(case, Some(folder));
    let (mut optimizer, criterion) = (model.optimizer(case), CrossEntropyLoss::default());
    let data = Data::of(folder);
    let shares: Vec<_> = (0..number(case, "processes")).map(|rank| batches(case, rank)).collect();
    let losses = (0..STEPS).map(|step| {
        let whole: Vec<i64> = shares.iter().flat_map(|share| share[step].clone()).collect();
        let (x, y) = data.batch(&whole);
        optimizer.zero_grad().unwrap();
        let loss = criterion.forward(&model.forward(&x, false).unwrap(), &y).unwrap();
        loss.backward();
        optimizer.step().unwrap();
        loss.double_value(&[])
    });
    let losses = losses.collect();
    (model, losses)
}

/// With SGD: the gradient of the keys' bias is zero but for rounding, which Adam would make steps of full length from.
#[test]
fn together_they_learn_what_one_learns_from_the_whole_batch() {
    const NAME: &str = "ddp::together_they_learn_what_one_learns_from_the_whole_batch";
    if is_one_of(NAME) {
        return train(&folder());
    }
    for (processes, dtype, atol) in
        [(2, "float32", 1e-6), (2, "float64", 1e-12), (4, "float64", 1e-12)]
    {
        let case = json!({"processes": processes, "dtype": dtype, "seed": 5, "bucket_cap_mb": 0.004, "accumulate": 1, "unused": false, "view": false, "sgd": true});
        let made = tempfile::tempdir().unwrap();
        let kind = if dtype == "float64" { Kind::Double } else { Kind::Float };
        {
            let _draws = support::draws();
            tch::manual_seed(5);
            Net::of(&case, None).state_dict().save(made.path().join("model.safetensors")).unwrap();
            let mut data = StateDict::new();
            data.insert("x", Tensor::randn([ITEMS as i64, 6, 16], (kind, Device::Cpu)));
            data.insert("y", Tensor::randint(5, [ITEMS as i64], (Kind::Int64, Device::Cpu)));
            data.save(made.path().join("data.safetensors")).unwrap();
        }
        std::fs::write(made.path().join("case.json"), case.to_string()).unwrap();
        for ended in all(start(NAME, processes, Some(made.path()))) {
            assert!(ended.status.success(), "{}", ended.stderr);
        }
        let (model, losses) = learn_alone(&case, made.path());
        let ranks: Vec<StateDict> = (0..processes)
            .map(|rank| {
                StateDict::load(made.path().join(format!("rust{rank}.safetensors"))).unwrap()
            })
            .collect();
        let all: Vec<Tensor> =
            ranks.iter().map(|rank| rank.get("losses").unwrap().to_kind(Kind::Double)).collect();
        let mean = Tensor::stack(&all, 0).mean_dim(&[0i64][..], false, None);
        let what = format!("{processes} processes, {dtype}");
        assert_close(&format!("{what}: losses"), &mean, &Tensor::from_slice(&losses), atol);
        for (name, parameter) in model.named_parameters() {
            let found = ranks[0].get(&format!("model.{name}")).unwrap();
            assert_close(&format!("{what}: {name}"), found, &parameter.detach(), atol);
            for other in &ranks[1..] {
                assert_bits(&name, other.get(&format!("model.{name}")).unwrap(), found);
            }
        }
    }
}

#[test]
fn models_that_differ_are_named() {
    together("ddp::models_that_differ_are_named", 2, |group| {
        let out = 3 + group.rank() as i64;
        let p = Path::root(Device::Cpu);
        let model = Linear::new(&p, LinearConfig::new(4, out)).unwrap();
        let failed = DistributedDataParallel::new(&model, &group, DdpConfig::default());
        let error = failed.err().expect("they differ");
        assert_eq!(
            error.what(),
            "the models differ: rank 0 has weight [3, 4] Float, rank 1 has weight [4, 4] Float"
        );
        let mut frozen = Linear::new(Path::root(Device::Cpu), LinearConfig::new(4, 3)).unwrap();
        frozen.requires_grad_(false).unwrap();
        let failed = DistributedDataParallel::new(&frozen, &group, DdpConfig::default());
        assert!(failed.err().unwrap().what().contains("doesn't have any parameter"));
        let config = DdpConfig { bucket_cap_mb: Some(0.0), ..DdpConfig::default() };
        let failed = DistributedDataParallel::new(&model, &group, config);
        assert_eq!(failed.err().unwrap().what(), "bucket_cap_mb is 0, not a positive number");
    });
}

#[test]
fn a_peer_that_is_lost_ends_backward() {
    const NAME: &str = "ddp::a_peer_that_is_lost_ends_backward";
    if is_one_of(NAME) {
        let group = group();
        let model = Linear::new(Path::root(Device::Cpu), LinearConfig::new(4, 3)).unwrap();
        let ddp = DistributedDataParallel::new(&model, &group, DdpConfig::default()).unwrap();
        let x = Tensor::ones([2, 4], (Kind::Float, Device::Cpu));
        for step in 0.. {
            if group.rank() == 1 && step == 3 {
                std::process::abort();
            }
            let passed = ddp
                .forward(|| Ok(model.forward(&x)?.sum(Kind::Float)))
                .and_then(|loss| ddp.backward(&loss));
            if let Err(error) = passed {
                assert!(error.what().starts_with("rank 0 of 2, "), "{error}");
                assert!(error.what().contains("rank 1 is gone: its process"), "{error}");
                return eprintln!("found: {error}");
            }
        }
    }
    let ended = all(start(NAME, 2, None));
    assert!(ended[0].status.success(), "{}", ended[0].stderr);
    assert!(ended[0].stderr.contains("found: ") && !ended[1].status.success());
}
