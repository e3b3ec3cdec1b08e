//! Sinusoidal positional encoding (Vaswani et al. 2017, section 3.5).

use atencion::Result;
use tch::Tensor;

use super::{Code, Exercise, Wrong};

const LENGTH: usize = 5;
const WIDTH: usize = 6;

pub const POSITIONAL_ENCODING: Exercise = Exercise {
    name: "positional_encoding",
    python: Code {
        given: "import torch\n\nL, E = 5, 6",
        holes: "position = torch.arange(L).unsqueeze(1)      # [L, 1]\nangle = ___                                  # [L, E / 2]\n\
            PE = torch.zeros(L, E)\nPE[:, 0::2] = ___\nPE[:, 1::2] = ___",
        solution: "position = torch.arange(L).unsqueeze(1)      # [L, 1]\n\
            angle = position / 10000 ** (torch.arange(0, E, 2) / E)\n\
            PE = torch.zeros(L, E)\nPE[:, 0::2] = torch.sin(angle)\nPE[:, 1::2] = torch.cos(angle)",
        result: "PE",
    },
    rust: Code {
        given: "let (l, e) = (5, 6);",
        holes: "let position = Tensor::arange(l, (Kind::Float, Device::Cpu)).unsqueeze(1); // [L, 1]\n\
            let angle = ___; // [L, E / 2]\nlet pe = ___;",
        solution: "let position = Tensor::arange(l, (Kind::Float, Device::Cpu)).unsqueeze(1); // [L, 1]\n\
            let exponent = Tensor::arange_start_step(0, e, 2, (Kind::Float, Device::Cpu)) / e as f64;\n\
            let angle = position / Tensor::pow_scalar(10000.0, &exponent); // [L, E / 2]\n\
            let pe = Tensor::stack(&[angle.sin(), angle.cos()], -1).reshape([l, e]);",
        result: "pe",
    },
    answer: || encoding(&|word, column| interleaved(angle(word, column / 2), column)),
    wrong: || {
        let own = |name: &str, at: &dyn Fn(usize, usize) -> f64| -> Result<Wrong> {
            Ok(Wrong::own(name, "hint-position", encoding(at)?))
        };
        Ok(vec![
            own("sin-cos-exchanged", &|word, column| {
                interleaved(angle(word, column / 2), column + 1)
            })?,
            own("sin-cos-in-halves", &|word, column| match column < WIDTH / 2 {
                true => angle(word, column).sin(),
                false => angle(word, column - WIDTH / 2).cos(),
            })?,
            own("exponent-halved", &|word, column| {
                interleaved(power(word, (column / 2) as f64), column)
            })?,
            own("exponent-of-each-column", &|word, column| {
                interleaved(power(word, column as f64), column)
            })?,
            own("positions-from-1", &|word, column| {
                interleaved(angle(word + 1, column / 2), column)
            })?,
            own("no-base", &|word, column| interleaved(word as f64, column))?,
            own("only-sin", &|word, column| angle(word, column / 2).sin())?,
        ])
    },
};

fn encoding(at: &dyn Fn(usize, usize) -> f64) -> Result<Tensor> {
    let cells = (0..LENGTH).flat_map(|word| (0..WIDTH).map(move |column| (word, column)));
    let values: Vec<f32> = cells.map(|(word, column)| at(word, column) as f32).collect();
    Ok(Tensor::from_slice(&values).f_view([LENGTH as i64, WIDTH as i64])?)
}

fn interleaved(angle: f64, column: usize) -> f64 {
    if column.is_multiple_of(2) { angle.sin() } else { angle.cos() }
}

/// pos / 10000^(2i / E)
fn angle(word: usize, pair: usize) -> f64 {
    power(word, 2.0 * pair as f64)
}

fn power(word: usize, exponent: f64) -> f64 {
    word as f64 / 10000f64.powf(exponent / WIDTH as f64)
}
