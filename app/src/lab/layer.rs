//! The ways of mixing the words of a sequence that the lab compares, all of one width.

use atencion::nn::{
    MultiheadAttention, MultiheadAttentionArgs, MultiheadAttentionConfig, Path, init,
};
use atencion::{Error, Result};
use tch::{Device, Kind, Tensor};

/// How a layer lets words know of one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `nn.RNN`: a state, word after word.
    Rnn,
    /// `nn.LSTM`: a state with gates and a memory.
    Lstm,
    /// `nn.GRU`: a state with gates.
    Gru,
    /// `nn.Conv1d` over each word and the two before it.
    Convolution,
    /// `nn.MultiheadAttention`: every word at once.
    Attention,
}

/// Words that a convolution's kernel covers.
pub const KERNEL: i64 = 3;
/// Numbers of a head, as in the paper.
const HEAD: i64 = 64;

impl Family {
    /// All of them, in the order of their history.
    pub const ALL: [Self; 5] =
        [Self::Rnn, Self::Lstm, Self::Gru, Self::Convolution, Self::Attention];

    /// The name of its messages.
    pub fn id(self) -> &'static str {
        match self {
            Self::Rnn => "rnn",
            Self::Lstm => "lstm",
            Self::Gru => "gru",
            Self::Convolution => "convolution",
            Self::Attention => "attention",
        }
    }

    /// What stands for it in a chart of letters.
    pub fn letter(self) -> char {
        match self {
            Self::Rnn => 'R',
            Self::Lstm => 'L',
            Self::Gru => 'G',
            Self::Convolution => 'C',
            Self::Attention => 'A',
        }
    }

    /// Whether a word waits for the one before.
    pub fn is_recurrent(self) -> bool {
        matches!(self, Self::Rnn | Self::Lstm | Self::Gru)
    }

    /// Rows of the recurrent weights, in widths: one a gate.
    fn gates(self) -> i64 {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
            _ => 1,
        }
    }
}

/// One layer, `[B, L, E]` → `[B, L, E]`.
#[derive(Debug)]
pub struct Layer {
    family: Family,
    width: i64,
    parts: Parts,
}

#[derive(Debug)]
enum Parts {
    /// `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0` of a recurrence, `weight`, `bias` of a convolution.
    Weights(Vec<Tensor>),
    Attention(Box<MultiheadAttention>),
}

impl Layer {
    /// Fresh parameters, drawn as PyTorch draws those of the module.
    ///
    /// # Errors
    /// When the width is not above 0, or there is no memory.
    pub fn new(family: Family, width: i64) -> Result<Self> {
        if width < 1 {
            return Err(Error::value(format!("a layer of width {width}")).mend("give 1 or more"));
        }
        let rows = family.gates() * width;
        let parts = match family {
            Family::Attention => Parts::Attention(Box::new(MultiheadAttention::new(
                Path::root(Device::Cpu),
                MultiheadAttentionConfig {
                    batch_first: true,
                    ..MultiheadAttentionConfig::new(width, heads(width))
                },
            )?)),
            Family::Convolution => {
                let bound = 1.0 / ((width * KERNEL) as f64).sqrt();
                Parts::Weights(drawn(&[&[width, width, KERNEL], &[width]], bound)?)
            }
            _ => {
                let bound = 1.0 / (width as f64).sqrt();
                Parts::Weights(drawn(&[&[rows, width], &[rows, width], &[rows], &[rows]], bound)?)
            }
        };
        Ok(Self { family, width, parts })
    }

    /// Which one it is.
    pub fn family(&self) -> Family {
        self.family
    }

    /// What an optimiser steps.
    pub fn parameters(&self) -> Vec<Tensor> {
        match &self.parts {
            Parts::Weights(weights) => weights.iter().map(Tensor::shallow_clone).collect(),
            Parts::Attention(attention) => atencion::nn::Module::parameters(&**attention),
        }
    }

    /// `[B, L, E]` → `[B, L, E]`, gradients kept where they are on.
    ///
    /// # Errors
    /// When `x` has another width, or there is no memory.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let state = || Tensor::f_zeros([1, x.size()[0], self.width], (Kind::Float, x.device()));
        Ok(match &self.parts {
            Parts::Attention(attention) => {
                let args = MultiheadAttentionArgs { need_weights: false, ..Default::default() };
                attention.forward_with(x, x, x, &args)?.0
            }
            Parts::Weights(w) => match self.family {
                Family::Lstm => {
                    let state = [state()?, state()?];
                    x.f_lstm(&state, w, true, 1, 0.0, true, false, true)?.0
                }
                Family::Gru => x.f_gru(&state()?, w, true, 1, 0.0, true, false, true)?.0,
                Family::Rnn => x.f_rnn_tanh(&state()?, w, true, 1, 0.0, true, false, true)?.0,
                _ => convolved(x, w)?,
            },
        })
    }
}

/// As many as make heads of 64 numbers, if that goes without a rest.
fn heads(width: i64) -> i64 {
    if width % HEAD == 0 { width / HEAD } else { 1 }
}

fn drawn(sizes: &[&[i64]], bound: f64) -> Result<Vec<Tensor>> {
    let draw = |size: &&[i64]| {
        let weight = Tensor::f_zeros(*size, (Kind::Float, Device::Cpu))?.set_requires_grad(true);
        init::uniform_(&weight, -bound, bound)?;
        Ok(weight)
    };
    sizes.iter().map(draw).collect()
}

/// Each word from itself and those before it: padded on the left alone.
fn convolved(x: &Tensor, weights: &[Tensor]) -> Result<Tensor> {
    let channels = x.f_transpose(1, 2)?.f_constant_pad_nd([KERNEL - 1, 0])?; // [B, E, L + 2]
    let mixed = channels.f_conv1d(&weights[0], Some(&weights[1]), 1, 0, 1, 1)?; // [B, E, L]
    Ok(mixed.f_transpose(1, 2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_keeps_the_shape_and_learns() {
        let _draws = support::draws();
        for family in Family::ALL {
            let layer = Layer::new(family, 8).unwrap();
            let x = Tensor::randn([2, 5, 8], (Kind::Float, Device::Cpu));
            let y = layer.forward(&x).unwrap();
            assert_eq!(y.size(), [2, 5, 8], "{family:?}");
            y.sum(Kind::Float).backward();
            assert!(layer.parameters().iter().all(|weight| weight.grad().defined()), "{family:?}");
        }
    }

    #[test]
    fn only_attention_sees_what_comes_after() {
        let _draws = support::draws();
        let x = Tensor::randn([1, 6, 8], (Kind::Float, Device::Cpu));
        let other = x.copy();
        other.narrow(1, 5, 1).fill_(9.0).size();
        for family in Family::ALL {
            let layer = Layer::new(family, 8).unwrap();
            let first = |x| layer.forward(x).unwrap().narrow(1, 0, 5);
            let same = first(&x).allclose(&first(&other), 1e-6, 1e-6, false);
            assert_eq!(same, family != Family::Attention, "{family:?}");
        }
    }

    #[test]
    fn no_width_is_an_error() {
        assert!(Layer::new(Family::Lstm, 0).is_err());
    }
}
