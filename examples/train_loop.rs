//! Learns to turn ten digits round: examples/train_loop.py in Rust. Both end with the same weights, to the last bit.
//!
//! `cargo run --example train_loop -- FOLDER SEED [bfloat16] [checkpoints=N] [workers=N]` writes `FOLDER/rust.safetensors`
//! and, with `checkpoints`, one every N steps into `FOLDER/checkpoints`, from which it goes on if there are any.

use atencion::data::{DataLoader, DataLoaderConfig};
use atencion::nn::{
    CrossEntropyLoss, Embedding, EmbeddingConfig, Forward, Linear, LinearConfig, Module, Path,
    TransformerEncoderLayer, TransformerLayerConfig, module,
};
use atencion::optim::lr_scheduler::{CosineAnnealingLR, LRScheduler, LinearLR, SequentialLR};
use atencion::optim::{AdamConfig, AdamW, Optimizer};
use atencion::train::{Checkpoints, Flow, Loop, LoopConfig, decay_groups};
use atencion::{Result, StateDict};
use tch::{Device, Kind, Tensor};

const DIGITS: i64 = 10;
const LENGTH: i64 = 10;
const WIDTH: i64 = 32;

module! {
    pub struct Reverser() {
        pub digit: Embedding = EmbeddingConfig::new(DIGITS, WIDTH),
        pub place: Embedding = EmbeddingConfig::new(LENGTH, WIDTH),
        pub encoder: TransformerEncoderLayer = TransformerLayerConfig {
            dim_feedforward: 64, batch_first: true, ..TransformerLayerConfig::new(WIDTH, 4)
        },
        pub generator: Linear = LinearConfig::new(WIDTH, DIGITS),
    }
}

impl Forward for Reverser {
    /// `[B, L]` → `[B, L, DIGITS]`
    fn forward(&self, digits: &Tensor) -> Result<Tensor> {
        let places = Tensor::arange(LENGTH, (Kind::Int64, Device::Cpu));
        let x = self.digit.forward(digits)? + self.place.forward(&places)?;
        self.generator.forward(&self.encoder.forward(&x)?)
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seed, options @ ..] = &arguments[..] else {
        return Err(atencion::Error::value("train_loop FOLDER SEED [bfloat16] [checkpoints=N]"));
    };
    let number = |name: &str| -> Option<u64> {
        options.iter().find_map(|option| option.strip_prefix(name)?.parse().ok())
    };
    let autocast = options.iter().any(|option| option == "bfloat16").then_some(Kind::BFloat16);

    tch::manual_seed(seed.parse().unwrap_or(0));
    let data = Tensor::randint(DIGITS, [256, LENGTH], (Kind::Int64, Device::Cpu));
    let data = Vec::<Vec<i64>>::try_from(&data)?;
    let num_workers = number("workers=").unwrap_or(0) as usize;
    let config =
        DataLoaderConfig { batch_size: 16, shuffle: true, num_workers, ..Default::default() };
    let mut loader = DataLoader::new(data, config)?;

    let mut model = Reverser::new(Path::root(Device::Cpu))?;
    let (decay, no_decay) = decay_groups(&model);
    let config = |weight_decay| AdamConfig { lr: 3e-3, weight_decay, ..AdamW::defaults() };
    let mut optimizer = AdamW::new(decay, config(0.1))?;
    optimizer.add_param_group(no_decay, config(0.0))?;
    let warm_up = LinearLR::new(&mut optimizer, 0.1, 1.0, 8)?;
    let cosine = CosineAnnealingLR::new(&mut optimizer, 56, 0.0)?;
    let schedulers: Vec<Box<dyn LRScheduler>> = vec![Box::new(warm_up), Box::new(cosine)];
    let mut scheduler = SequentialLR::new(&mut optimizer, schedulers, vec![8])?;
    let criterion = CrossEntropyLoss { label_smoothing: 0.1, ..Default::default() };

    let every = number("checkpoints=");
    let checkpoints = Checkpoints::new(std::path::Path::new(folder).join("checkpoints"), 3)?;
    let (mut losses, mut norms) = (Vec::new(), Vec::new());
    let training = Loop {
        model: &mut model,
        optimizer: &mut optimizer,
        scheduler: Some(&mut scheduler),
        loader: &mut loader,
        scaler: None,
        ema: None,
        checkpoints: every.map(|_| &checkpoints),
        config: LoopConfig {
            epochs: 8,
            accumulate: 2,
            max_norm: Some(1.0),
            autocast,
            ..LoopConfig::default()
        },
    };
    let loss_of = |model: &Reverser, batch: Vec<Vec<i64>>| {
        let digits = Tensor::from_slice2(&batch);
        let logits = model.forward(&digits)?;
        let loss = criterion.forward(&logits.flatten(0, 1), &digits.flip([1]).flatten(0, 1))?;
        losses.push(loss.double_value(&[]));
        Ok(loss)
    };
    let hook = |_model: &mut Reverser, step: atencion::train::Step| {
        norms.extend(step.norm);
        Ok(if every.is_some_and(|every| step.step.is_multiple_of(every)) {
            Flow::Save
        } else {
            Flow::Continue
        })
    };
    let end = training.run(loss_of, hook, |damaged| eprintln!("passed over: {damaged}"))?;

    let mut all = StateDict::new();
    all.insert("losses", Tensor::from_slice(&losses));
    all.insert("norms", Tensor::from_slice(&norms));
    for (part, state) in [("model", model.state_dict()), ("optimizer", optimizer.state_dict())] {
        for (name, tensor) in state {
            all.insert(format!("{part}.{name}"), tensor);
        }
    }
    all.save(std::path::Path::new(folder).join("rust.safetensors"))?;
    println!("step {}: loss {:.4}", end.step, losses.last().copied().unwrap_or(f64::NAN));
    Ok(())
}
