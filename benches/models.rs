//! Whole models at their usual sizes, random weights: forward, and forward with backward. Its Python twin is models.py.
//! With `--open FOLDER` the process opens a GPT-2 and ends at its first logits.

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::Instant;

use atencion::models::{
    BertArgs, BertConfig, BertModel, Gpt2Config, Gpt2LmHeadModel, Seq2SeqConfig, Seq2SeqLmModel,
    ViTConfig, ViTForImageClassification,
};
use atencion::nn::{Module, Path};
use tch::{Device, Kind, Tensor};

type Forward = Box<dyn Fn() -> Tensor>;

/// One model at a time: two of them are more than some machines have room for.
const MODELS: [&str; 4] = ["gpt2 1x512", "bert 32x64", "vit 8", "marian 32x25"];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|it| it == "--open") {
        return open(&arguments[at + 1]);
    }
    if !arguments.iter().any(|it| it == "--serve") {
        // `cargo test --benches` asks nothing: then it is enough that there is something to ask.
        return println!("{MODELS:?}");
    }
    let mut ready: Option<(String, Forward)> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("standard input");
        let (case, calls) = line.rsplit_once(' ').expect("CASE CALLS");
        let calls: u32 = calls.parse().expect("a number of calls");
        let (name, backward) = match case.strip_suffix(" with backward") {
            Some(name) => (name, true),
            None => (case, false),
        };
        if ready.as_ref().is_none_or(|(there, _)| there != case) {
            drop(ready.take());
            ready = Some((case.to_owned(), model(name, backward)));
        }
        let Some((_, forward)) = &ready else { continue };
        let start = Instant::now();
        for _ in 0..calls {
            match backward {
                true => {
                    let out = tch::with_grad(forward);
                    out.sum(Kind::Float).backward();
                }
                false => drop(black_box(tch::no_grad(forward))),
            }
        }
        println!("{}", start.elapsed().as_nanos());
        std::io::stdout().flush().expect("standard output");
    }
}

/// A fresh model in training mode or not; dropout is off in both, so that both sides compute the same.
fn model(name: &str, training: bool) -> Forward {
    tch::manual_seed(0);
    let root = || Path::root(Device::Cpu);
    let ids = |b: i64, l: i64| Tensor::randint(30_000, [b, l], (Kind::Int64, Device::Cpu));
    match name {
        "gpt2 1x512" => {
            let config = Gpt2Config {
                attn_pdrop: 0.0,
                embd_pdrop: 0.0,
                resid_pdrop: 0.0,
                ..Gpt2Config::default()
            };
            let mut model = Gpt2LmHeadModel::new(root(), &config).expect("a fitting config");
            model.train(training);
            let ids = ids(1, 512);
            Box::new(move || model.forward(&ids).expect("fitting ids"))
        }
        "bert 32x64" => {
            let config = BertConfig {
                hidden_dropout_prob: 0.0,
                attention_probs_dropout_prob: 0.0,
                ..BertConfig::default()
            };
            let mut model = BertModel::new(root(), &config, true).expect("a fitting config");
            model.train(training);
            let ids = ids(32, 64);
            let call = move || model.forward_with(&ids, BertArgs::default());
            Box::new(move || call().expect("fitting ids").last_hidden_state)
        }
        "vit 8" => {
            let mut model = ViTForImageClassification::new(root(), &ViTConfig::default())
                .expect("a fitting config");
            model.train(training);
            let pixels = Tensor::randn([8, 3, 224, 224], (Kind::Float, Device::Cpu));
            Box::new(move || model.forward(&pixels).expect("fitting pixels"))
        }
        _ => {
            let config = Seq2SeqConfig {
                vocab_size: 58_101,
                decoder_vocab_size: 58_101,
                max_position_embeddings: 512,
                d_model: 512,
                encoder_layers: 6,
                decoder_layers: 6,
                encoder_attention_heads: 8,
                decoder_attention_heads: 8,
                encoder_ffn_dim: 2048,
                decoder_ffn_dim: 2048,
                dropout: 0.0,
                scale_embedding: true,
                activation_function: "swish".into(),
                ..Seq2SeqConfig::marian()
            };
            let mut model = Seq2SeqLmModel::new(root(), &config).expect("a fitting config");
            model.train(training);
            let (read, written) = (ids(32, 25), ids(32, 25));
            Box::new(move || model.forward(&read, &written).expect("fitting ids"))
        }
    }
}

fn open(folder: &str) {
    let model = Gpt2LmHeadModel::from_pretrained(folder).expect("a GPT-2's folder");
    let ids = Tensor::from_slice2(&[[15496i64, 11, 995]]);
    let logits = tch::no_grad(|| model.forward(&ids)).expect("fitting ids");
    println!("{}", logits.get(0).get(-1).argmax(-1, false).int64_value(&[]));
}
