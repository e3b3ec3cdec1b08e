//! Which layer still remembers, at which distance: each is trained on the same task, and asked at the end.
//!
//! A sequence is a list of pairs, a key and a value in each step; then a step with a key alone, and the value that stood
//! beside it is the answer. In *copy* the pair that is asked for is the first one, so the distance is the length; every
//! key in between is another. In *associative* recall it is any of them, as in the tests of
//! [fast weights](https://arxiv.org/abs/1610.06258) and of state-space models.

use atencion::nn::{CrossEntropyLoss, init};
use atencion::optim::{Adam, AdamConfig, Optimizer};
use atencion::{Error, Result};
use serde::Serialize;
use tch::{Device, Kind, Tensor};

use super::layer::{Family, Layer};

/// What is asked at the end of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// The first value.
    Copy,
    /// The value that stood beside a key.
    Associative,
}

/// What to train.
#[derive(Debug, Clone, Serialize)]
pub struct Setup {
    /// What is asked.
    pub task: Task,
    /// Numbers of a word.
    pub width: i64,
    /// Pairs of a sequence.
    pub distances: Vec<i64>,
    /// Sequences at once.
    pub batch: i64,
    /// Steps of Adam.
    pub steps: u64,
    /// Adam's learning rate.
    pub lr: f64,
    /// Of the weights and the sequences.
    pub seed: i64,
}

/// What one layer remembers at one distance.
#[derive(Debug, Clone, Serialize)]
pub struct Remembered {
    /// Which layer.
    #[serde(serialize_with = "super::name")]
    pub family: Family,
    /// Pairs of a sequence.
    pub distance: i64,
    /// Share of right answers on fresh sequences, 0 to 1.
    pub accuracy: f64,
    /// Cross entropy on them, in nats.
    pub loss: f64,
}

/// Values that there are; guessing is right once in so many.
pub const VALUES: i64 = 8;
/// Fresh sequences to ask at the end.
const ASKED: i64 = 1000;

/// Trains every layer at every distance. `observe` hears how many of how many are done.
///
/// # Errors
/// When a number is not above 0, or there is not enough memory.
pub fn measure(setup: &Setup, observe: &mut dyn FnMut(usize, usize)) -> Result<Vec<Remembered>> {
    let numbers = setup.distances.iter().chain([&setup.width, &setup.batch]);
    if setup.distances.is_empty() || numbers.min().is_some_and(|least| *least < 1) {
        return Err(Error::value("a distance, the width or the batch is not above 0")
            .mend("give numbers of 1 or more"));
    }
    let total = setup.distances.len() * Family::ALL.len();
    let mut found = Vec::new();
    for &distance in &setup.distances {
        for family in Family::ALL {
            observe(found.len(), total);
            found.push(setup.trained(family, distance)?);
        }
    }
    observe(total, total);
    Ok(found)
}

impl Setup {
    fn trained(&self, family: Family, distance: i64) -> Result<Remembered> {
        tch::manual_seed(self.seed);
        let model = Reader::new(family, self.width, self.keys())?;
        let config = AdamConfig { lr: self.lr, ..AdamConfig::default() };
        let cross_entropy = CrossEntropyLoss::default();
        let mut adam = Adam::new(model.parameters(), config)?;
        for _ in 0..self.steps {
            let asked = self.sequences(self.batch, distance)?;
            adam.zero_grad()?;
            let logits = model.forward(&asked)?;
            cross_entropy.forward(&logits, &asked.answer)?.f_backward()?;
            adam.step()?;
        }
        let asked = self.sequences(ASKED, distance)?;
        let logits = tch::no_grad(|| model.forward(&asked))?;
        let right = logits.f_argmax(-1, false)?.f_eq_tensor(&asked.answer)?;
        Ok(Remembered {
            family,
            distance,
            accuracy: right.f_to_kind(Kind::Double)?.f_mean(Kind::Double)?.f_double_value(&[])?,
            loss: cross_entropy.forward(&logits, &asked.answer)?.f_double_value(&[])?,
        })
    }

    /// Enough for the longest sequence to have every key once.
    fn keys(&self) -> i64 {
        self.distances.iter().copied().max().unwrap_or(1)
    }

    /// Fresh sequences of so many pairs.
    fn sequences(&self, batch: i64, distance: i64) -> Result<Sequences> {
        let options = (Kind::Int64, Device::Cpu);
        // Another order of the keys in each sequence.
        let order = Tensor::f_rand([batch, self.keys()], (Kind::Float, Device::Cpu))?;
        let keys = order.f_argsort(1, false)?.f_narrow(1, 0, distance)?; // [B, D]
        let values = Tensor::f_randint(VALUES, [batch, distance], options)?; // [B, D]
        let place = match self.task {
            Task::Copy => Tensor::f_zeros([batch, 1], options)?,
            Task::Associative => Tensor::f_randint(distance, [batch, 1], options)?,
        };
        let key = keys.f_gather(1, &place, false)?; // [B, 1]
        let answer = values.f_gather(1, &place, false)?.f_squeeze_dim(1)?; // [B]
        let nothing = Tensor::f_full([batch, 1], VALUES, options)?;
        Ok(Sequences {
            keys: Tensor::f_cat(&[keys, key], 1)?,
            values: Tensor::f_cat(&[values, nothing], 1)?,
            answer,
        })
    }
}

/// Pairs, and in the last step a key with [`VALUES`] for a value: the question.
struct Sequences {
    /// `[B, D + 1]`
    keys: Tensor,
    /// `[B, D + 1]`
    values: Tensor,
    /// `[B]`
    answer: Tensor,
}

/// A layer between an embedding and an answer. All that knows of other words is the layer.
struct Reader {
    keys: Tensor,
    values: Tensor,
    layer: Layer,
    out: Tensor,
}

impl Reader {
    fn new(family: Family, width: i64, keys: i64) -> Result<Self> {
        let drawn = |size: [i64; 2]| -> Result<Tensor> {
            let weight = Tensor::f_zeros(size, (Kind::Float, Device::Cpu))?.set_requires_grad(true);
            init::normal_(&weight, 0.0, 1.0)?;
            Ok(weight)
        };
        let out = Tensor::f_zeros([VALUES, width], (Kind::Float, Device::Cpu))?;
        let out = out.set_requires_grad(true);
        init::kaiming_uniform_(&out, 5f64.sqrt())?;
        Ok(Self {
            keys: drawn([keys, width])?,
            values: drawn([VALUES + 1, width])?,
            layer: Layer::new(family, width)?,
            out,
        })
    }

    fn parameters(&self) -> Vec<Tensor> {
        let own = [&self.keys, &self.values, &self.out].map(Tensor::shallow_clone);
        own.into_iter().chain(self.layer.parameters()).collect()
    }

    /// `[B, VALUES]`
    fn forward(&self, asked: &Sequences) -> Result<Tensor> {
        let keys = Tensor::f_embedding(&self.keys, &asked.keys, -1, false, false)?;
        let values = Tensor::f_embedding(&self.values, &asked.values, -1, false, false)?;
        let mixed = self.layer.forward(&keys.f_add(&values)?)?; // [B, D + 1, E]
        Ok(mixed.f_select(1, -1)?.f_matmul(&self.out.f_transpose(0, 1)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(task: Task) -> Setup {
        Setup { task, width: 16, distances: vec![2], batch: 32, steps: 150, lr: 1e-2, seed: 1 }
    }

    #[test]
    fn a_sequence_asks_for_what_it_says() {
        let _draws = support::draws();
        for task in [Task::Copy, Task::Associative] {
            let setup = Setup { distances: vec![5, 9], ..setup(task) };
            let asked = setup.sequences(50, 5).unwrap();
            let rows = |x: &Tensor| Vec::<Vec<i64>>::try_from(x).unwrap();
            let (keys, values) = (rows(&asked.keys), rows(&asked.values));
            let answers = Vec::<i64>::try_from(&asked.answer).unwrap();
            for ((keys, values), answer) in keys.iter().zip(&values).zip(answers) {
                assert_eq!((keys.len(), values.len(), values[5]), (6, 6, VALUES));
                let places: Vec<usize> = (0..5).filter(|&at| keys[at] == keys[5]).collect();
                assert_eq!(places.len(), 1, "{keys:?}");
                assert_eq!(values[places[0]], answer);
                assert!(task == Task::Associative || places[0] == 0);
            }
        }
    }

    #[test]
    fn two_words_back_are_remembered_and_beyond_a_kernel_nothing_is() {
        let _draws = support::draws();
        let setup = Setup { distances: vec![2, 6], ..setup(Task::Copy) };
        let found = measure(&setup, &mut |_, _| ()).unwrap();
        let of = |family, distance| {
            found.iter().find(|it| it.family == family && it.distance == distance).unwrap().accuracy
        };
        for family in Family::ALL {
            assert!(of(family, 2) > 0.6, "{family:?} {found:?}");
        }
        // The convolution sees two words back, and guesses: one in eight.
        assert!(of(Family::Convolution, 6) < 0.3, "{found:?}");
    }

    #[test]
    fn the_same_seed_learns_the_same() {
        let _draws = support::draws();
        let setup = Setup { steps: 5, ..setup(Task::Associative) };
        let losses = || -> Vec<f64> {
            measure(&setup, &mut |_, _| ()).unwrap().iter().map(|it| it.loss).collect()
        };
        assert_eq!(losses(), losses());
    }

    #[test]
    fn no_distance_is_an_error() {
        let none = Setup { distances: vec![], ..setup(Task::Copy) };
        assert!(measure(&none, &mut |_, _| ()).is_err());
    }
}
