//! What each way of mixing words costs on this machine: time, memory, and what must wait for what.

use std::time::{Duration, Instant};

use atencion::libtorch::{
    MemoryPeak, autograd_graph, get_num_threads, is_mkldnn_enabled, set_mkldnn_enabled,
    set_num_threads,
};
use atencion::{Error, Result};
use serde::Serialize;
use tch::{Device, Kind, Tensor};

use super::layer::{Family, Layer};

/// What to measure.
#[derive(Debug, Clone, Serialize)]
pub struct Setup {
    /// Numbers of a word.
    pub width: i64,
    /// Words of a sequence.
    pub lengths: Vec<i64>,
    /// Sequences at once.
    pub batches: Vec<i64>,
    /// Threads of an operator.
    pub threads: Vec<usize>,
    /// How long each measurement is repeated, in seconds; at least three times.
    pub seconds: f64,
    /// Of the weights and the words.
    pub seed: i64,
}

/// One layer on sequences of one length.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// Which layer.
    #[serde(serialize_with = "super::name")]
    pub family: Family,
    /// Words of a sequence.
    pub length: i64,
    /// Sequences at once.
    pub batch: i64,
    /// Threads of an operator.
    pub threads: usize,
    /// Median of a forward without gradients, in seconds.
    pub forward: f64,
    /// Median of a forward and a backward, in seconds.
    pub training: f64,
    /// The most bytes of tensors that a forward and a backward hold at once, beside the weights and the words.
    pub memory: usize,
}

/// What waits for what, of one layer: not time, which depends on the machine, but what no machine can do at once.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Waiting {
    /// Which layer.
    #[serde(serialize_with = "super::name")]
    pub family: Family,
    /// Words of a sequence.
    pub length: i64,
    /// Operators one behind the other in one layer.
    pub chain: usize,
    /// Layers until the last word knows of the first.
    pub layers: i64,
}

impl Waiting {
    /// Operators between the first word and the last.
    pub fn path(&self) -> usize {
        self.chain * self.layers.max(1) as usize
    }
}

/// Fewer say nothing about the middle one.
const LEAST: usize = 3;
/// More say nothing new.
const MOST: usize = 200;

/// Times every layer at every length, batch and number of threads, taking turns, so that what slows the machine down
/// slows all of them down. `observe` hears how many of how many are done.
///
/// # Errors
/// When a number is not above 0, or there is not enough memory.
pub fn measure(setup: &Setup, observe: &mut dyn FnMut(usize, usize)) -> Result<Vec<Measured>> {
    setup.check()?;
    let before = get_num_threads()?;
    let found = setup.measure(observe);
    set_num_threads(before)?;
    found
}

impl Setup {
    fn check(&self) -> Result<()> {
        let numbers = self.lengths.iter().chain(&self.batches).chain([&self.width]);
        if self.lengths.is_empty() || self.batches.is_empty() || self.threads.is_empty() {
            return Err(Error::value("there is nothing to measure")
                .mend("give at least one length, one batch and one number of threads"));
        }
        match numbers.min() {
            Some(least) if *least < 1 => Err(Error::value(format!("{least} is not above 0"))
                .mend("give lengths, batches and a width of 1 or more")),
            _ => Ok(()),
        }
    }

    fn measure(&self, observe: &mut dyn FnMut(usize, usize)) -> Result<Vec<Measured>> {
        let total = self.threads.len() * self.batches.len() * self.lengths.len();
        let mut found = Vec::new();
        for &threads in &self.threads {
            set_num_threads(threads)?;
            for &batch in &self.batches {
                for &length in &self.lengths {
                    observe(found.len() / Family::ALL.len(), total);
                    found.extend(self.together(length, batch, threads)?);
                }
            }
        }
        observe(total, total);
        Ok(found)
    }

    /// All layers on the same words.
    fn together(&self, length: i64, batch: i64, threads: usize) -> Result<Vec<Measured>> {
        tch::manual_seed(self.seed);
        let layers: Vec<Layer> = Family::ALL
            .iter()
            .map(|&family| Layer::new(family, self.width))
            .collect::<Result<_>>()?;
        let x = words(batch, length, self.width)?;
        let forward =
            in_turn(&layers, self.seconds, |layer| tch::no_grad(|| layer.forward(&x)).map(drop))?;
        let training = in_turn(&layers, self.seconds, |layer| trained(layer, &x))?;
        let memory = layers.iter().map(|layer| peak(layer, &x)).collect::<Result<Vec<_>>>()?;
        let one = |at: usize| Measured {
            family: layers[at].family(),
            length,
            batch,
            threads,
            forward: forward[at],
            training: training[at],
            memory: memory[at],
        };
        Ok((0..layers.len()).map(one).collect())
    }
}

fn words(batch: i64, length: i64, width: i64) -> Result<Tensor> {
    let words = Tensor::f_randn([batch, length, width], (Kind::Float, Device::Cpu))?;
    Ok(words.set_requires_grad(true))
}

/// The median time of each, in seconds.
fn in_turn(layers: &[Layer], seconds: f64, run: impl Fn(&Layer) -> Result<()>) -> Result<Vec<f64>> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); layers.len()];
    for layer in layers {
        run(layer)?; // the first one also makes what is made once
    }
    for _ in 0..MOST {
        for (layer, times) in layers.iter().zip(&mut times) {
            let spent = times.iter().sum::<Duration>().as_secs_f64();
            if times.len() < LEAST || spent < seconds {
                let began = Instant::now();
                run(layer)?;
                times.push(began.elapsed());
            }
        }
    }
    Ok(times.into_iter().map(median).collect())
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
}

/// Forward and backward; the gradients are dropped, so that the next one has as much to do.
fn trained(layer: &Layer, x: &Tensor) -> Result<()> {
    layer.forward(x)?.f_sum(Kind::Float)?.f_backward()?;
    layer.parameters().iter().chain([x]).try_for_each(atencion::libtorch::clear_grad)
}

fn peak(layer: &Layer, x: &Tensor) -> Result<usize> {
    let counting = MemoryPeak::enter()?;
    trained(layer, x)?;
    Ok(counting.bytes())
}

/// What waits for what, of every layer at every length. libtorch's plain operators are counted: oneDNN's LSTM is a single
/// one, whose steps wait for one another all the same.
///
/// # Errors
/// When there is not enough memory.
pub fn waiting(width: i64, lengths: &[i64]) -> Result<Vec<Waiting>> {
    let before = is_mkldnn_enabled();
    set_mkldnn_enabled(false);
    let found = counted(width, lengths);
    set_mkldnn_enabled(before);
    found
}

fn counted(width: i64, lengths: &[i64]) -> Result<Vec<Waiting>> {
    let mut found = Vec::new();
    for family in Family::ALL {
        let layer = Layer::new(family, width)?;
        let reach = reach(&layer, width)?;
        for &length in lengths {
            let last = layer.forward(&words(1, length, width)?)?.f_select(1, -1)?;
            let chain = autograd_graph(&last)?.chain;
            let layers = reach.map_or(1, |reach| ((length - 1).max(1) + reach - 1) / reach);
            found.push(Waiting { family, length, chain, layers });
        }
    }
    Ok(found)
}

/// Long enough to tell a window from a whole sequence, short enough that no gradient vanishes.
const LOOK: i64 = 16;

/// How many words back one layer sees, by where gradients arrive; `None`: to the beginning.
fn reach(layer: &Layer, width: i64) -> Result<Option<i64>> {
    let x = words(1, LOOK, width)?;
    layer.forward(&x)?.f_select(1, -1)?.f_sum(Kind::Float)?.f_backward()?;
    let arrived = x.grad().f_abs()?.f_sum_dim_intlist([0i64, 2].as_slice(), false, Kind::Float)?;
    let first = Vec::<f32>::try_from(&arrived)?.iter().position(|&sum| sum > 0.0);
    let reach = LOOK - 1 - first.unwrap_or(0) as i64;
    Ok((reach < LOOK - 1).then_some(reach.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(found: &[Waiting], family: Family, length: i64) -> Waiting {
        *found.iter().find(|it| it.family == family && it.length == length).unwrap()
    }

    #[test]
    fn what_the_papers_table_says_is_counted() {
        let _draws = support::draws();
        let found = waiting(8, &[16, 32, 64]).unwrap();
        for family in Family::ALL {
            let [short, middle, long] = [16, 32, 64].map(|length| of(&found, family, length));
            if family.is_recurrent() {
                // O(n) operators that wait, O(n) of them between first and last word.
                assert_eq!(
                    long.chain - middle.chain,
                    2 * (middle.chain - short.chain),
                    "{family:?}"
                );
                assert!(long.chain >= 64, "{long:?}");
                assert_eq!(long.layers, 1);
            } else {
                // O(1)
                assert_eq!(long.chain, short.chain, "{family:?}");
                assert!(long.chain < 64);
            }
        }
        assert_eq!(of(&found, Family::Attention, 64).layers, 1);
        // A kernel of three words sees two back: n / 2 layers.
        assert_eq!(of(&found, Family::Convolution, 64).layers, 32);
    }

    #[test]
    fn every_layer_is_measured_at_every_size() {
        let _draws = support::draws();
        let setup = Setup {
            width: 8,
            lengths: vec![4, 64],
            batches: vec![1, 2],
            threads: vec![1],
            seconds: 0.0,
            seed: 0,
        };
        let mut heard = Vec::new();
        let before = get_num_threads().unwrap();
        let found = measure(&setup, &mut |done, all| heard.push((done, all))).unwrap();
        assert_eq!(get_num_threads().unwrap(), before);
        assert_eq!(found.len(), 2 * 2 * 5);
        assert_eq!(heard, [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]);
        assert!(found.iter().all(|it| it.forward > 0.0 && it.training > 0.0));
        let memory = |length| found.iter().find(|it| it.length == length).unwrap().memory;
        assert!(memory(64) > memory(4));
    }

    #[test]
    fn nothing_to_measure_is_an_error() {
        let setup = |lengths: &[i64]| Setup {
            width: 8,
            lengths: lengths.to_vec(),
            batches: vec![1],
            threads: vec![1],
            seconds: 0.0,
            seed: 0,
        };
        assert!(measure(&setup(&[]), &mut |_, _| ()).is_err());
        let error = measure(&setup(&[4, 0]), &mut |_, _| ()).unwrap_err();
        assert_eq!(error.what(), "0 is not above 0");
    }
}
