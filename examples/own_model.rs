//! A model of one's own: three children. Its Python twin is own_model.py; both print the same.
//!
//! With a file name they also write every number: `cargo run --example own_model numbers.safetensors`

use atencion::nn::*;
use atencion::{Result, StateDict};
use tch::kind::{FLOAT_CPU, INT64_CPU};
use tch::{Device, Kind, Tensor};

module! {
    /// From the ids of one language to scores for those of another.
    struct Translator(vocabulary: i64) {
        embedding: Embedding = EmbeddingConfig::new(vocabulary, 32),
        transformer: Transformer = TransformerConfig { batch_first: true, ..TransformerConfig::new(32, 4, 2, 2, 64) },
        generator: Linear = LinearConfig::new(32, vocabulary),
    }

    fn forward(&self, src: &Tensor, tgt: &Tensor) -> Result<Tensor> {
        let mask = <Transformer>::generate_square_subsequent_mask(tgt.size()[1], FLOAT_CPU)?;
        let (src, tgt) = (self.embedding.forward(src)?, self.embedding.forward(tgt)?);
        let out = self.transformer.forward_with(&src, &tgt, &TransformerArgs::causal(&mask))?;
        self.generator.forward(&out)
    }
}

fn main() -> Result<()> {
    tch::manual_seed(0);
    let model = Translator::new(Path::root(Device::Cpu), 23)?;
    println!("{model}");
    println!("{} parameters", model.num_parameters());

    let src = Tensor::randint(23, [4, 7], INT64_CPU);
    let tgt = Tensor::randint(23, [4, 6], INT64_CPU);
    let scores = model.forward(&src, &tgt)?;
    scores.square().mean(Kind::Float).backward();

    let mut numbers = StateDict::new();
    numbers.insert("scores", scores.detach());
    for (name, parameter) in model.named_parameters() {
        numbers.insert(format!("{name}.grad"), parameter.grad());
        numbers.insert(name, parameter.detach());
    }
    std::env::args().skip(1).try_for_each(|file| numbers.save(file))
}
