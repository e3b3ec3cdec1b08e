//! A classifier of texts from few labels or many, and what counting words brings.

use std::collections::HashMap;

use serde_json::Value;
use tch::{Device, Tensor};

use super::examples::{Example, TOGETHER, attended, padded};
use super::given;
use crate::train::recipe::Labelled;
use atencion::data::{DataLoader, DataLoaderConfig};
use atencion::models::{BertArgs, BertConfig, BertForSequenceClassification, ConfigJson};
use atencion::nn::Module;
use atencion::optim::lr_scheduler::get_linear_schedule_with_warmup;
use atencion::optim::{AdamConfig, AdamW};
use atencion::train::{Flow, Loop, LoopConfig, decay_groups};
use atencion::{Result, StateDict};

/// Texts in a batch.
const BATCH: usize = 32;

/// A classifier that has learned from these texts, in evaluation mode. `start`: what was learned from masked words.
pub(super) fn classifier(
    config: &Value,
    learned: &[Example],
    start: Option<&StateDict>,
    data: &Labelled,
    device: Device,
) -> Result<BertForSequenceClassification> {
    let config = BertConfig::from_json(ConfigJson::parse(&config.to_string())?)?;
    let path = atencion::nn::Path::root(device);
    let mut model = BertForSequenceClassification::new(path, &config)?;
    if let Some(start) = start {
        // The pooler and the head are new.
        let own = model.state_dict();
        let known = own
            .iter()
            .map(|(name, own)| (name.to_owned(), start.get(name).unwrap_or(own).shallow_clone()));
        model.load_state_dict(&known.collect())?;
    }
    model.train(true);
    let (decay, no_decay) = decay_groups(&model);
    let options =
        |weight_decay| AdamConfig { lr: data.finetune_lr, weight_decay, ..AdamW::defaults() };
    let mut optimizer = AdamW::new(decay, options(0.01))?;
    optimizer.add_param_group(no_decay, options(0.0))?;
    let steps = data.finetune_steps as i64;
    let mut scheduler = get_linear_schedule_with_warmup(&mut optimizer, steps / 10, steps)?;
    let batch_size = BATCH.min(learned.len());
    let order =
        DataLoaderConfig { batch_size, shuffle: true, drop_last: true, ..Default::default() };
    let mut loader = DataLoader::new(learned.to_vec(), order)?;
    let training = Loop {
        model: &mut model,
        optimizer: &mut optimizer,
        scheduler: Some(&mut scheduler),
        loader: &mut loader,
        scaler: None,
        ema: None,
        checkpoints: None,
        config: LoopConfig { epochs: u64::MAX, max_norm: Some(1.0), ..LoopConfig::default() },
    };
    let last = data.finetune_steps;
    training.run(
        |model, batch| loss(model, &batch, device),
        |_, step| Ok(if step.step >= last { Flow::Stop } else { Flow::Continue }),
        |_damaged| {},
    )?;
    model.eval();
    Ok(model)
}

fn loss(
    model: &BertForSequenceClassification,
    batch: &[Example],
    device: Device,
) -> Result<Tensor> {
    let (ids, padded) = padded(batch)?;
    let labels: Vec<i64> = batch.iter().map(|example| example.label).collect();
    let (attended, labels) =
        (attended(&padded, device)?, Tensor::from_slice(&labels).f_to_device(device)?);
    let args =
        BertArgs { attention_mask: Some(&attended), labels: Some(&labels), ..BertArgs::default() };
    let loss = model.forward_with(&ids.f_to_device(device)?, args)?.loss;
    given(loss)
}

/// The share of texts that get their own label.
pub(super) fn accuracy(
    model: &BertForSequenceClassification,
    held: &[Example],
    device: Device,
) -> Result<f64> {
    let _no_grad = tch::no_grad_guard();
    let mut right = 0;
    for texts in held.chunks(TOGETHER) {
        let (ids, padded) = padded(texts)?;
        let attended = attended(&padded, device)?;
        let args = BertArgs { attention_mask: Some(&attended), ..BertArgs::default() };
        let said = model.forward_with(&ids.f_to_device(device)?, args)?.logits;
        let said = Vec::<i64>::try_from(&said.f_argmax(-1, false)?.f_to_device(Device::Cpu)?)?;
        right += said.iter().zip(texts).filter(|(said, text)| **said == text.label).count();
    }
    Ok(right as f64 / held.len() as f64)
}

/// The same by counting: multinomial naive Bayes over lower-case words, one added to each count.
///
/// Source: Manning, Raghavan and Schütze, *Introduction to Information Retrieval*, section 13.2.
pub(super) fn naive_bayes(learned: &[Example], held: &[Example], labels: usize) -> f64 {
    let mut counts: HashMap<String, Vec<f64>> = HashMap::new();
    let (mut texts, mut words) = (vec![0.0_f64; labels], vec![0.0_f64; labels]);
    for example in learned {
        let label = example.label as usize;
        texts[label] += 1.0;
        for word in words_of(&example.text) {
            counts.entry(word).or_insert_with(|| vec![0.0; labels])[label] += 1.0;
            words[label] += 1.0;
        }
    }
    let vocabulary = counts.len() as f64;
    let guess = |text: &str| {
        let known: Vec<&Vec<f64>> = words_of(text).filter_map(|word| counts.get(&word)).collect();
        let score = |label: usize| {
            let all = (words[label] + vocabulary).ln();
            let likely = known.iter().map(|counts| (counts[label] + 1.0).ln() - all);
            (texts[label] / learned.len() as f64).ln() + likely.sum::<f64>()
        };
        (0..labels).max_by(|&a, &b| score(a).total_cmp(&score(b))).unwrap_or_default()
    };
    let right = held.iter().filter(|example| guess(&example.text) as i64 == example.label).count();
    right as f64 / held.len() as f64
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase)
}
