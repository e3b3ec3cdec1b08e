//! `np.random` after `np.random.seed`: NumPy's legacy Mersenne Twister, draw for draw.

use tch::{Kind, Tensor};

use super::super::machine::Machine;
use super::super::numbers::Number;
use super::super::ops::bind::Call;
use super::super::problem::{Limit, Step, Why, type_error, value_error};
use super::super::value::Value;

/// MT19937 as NumPy's `RandomState` uses it.
pub struct Generator {
    state: Vec<u32>,
    at: usize,
    /// The second of the last pair of normal numbers.
    kept: Option<f64>,
}

impl Generator {
    /// `np.random.seed(seed)`, for a seed of one word.
    pub fn seeded(seed: u32) -> Self {
        let mut state = Vec::with_capacity(624);
        let mut word = seed;
        for i in 0..624u32 {
            state.push(word);
            word = 1_812_433_253u32.wrapping_mul(word ^ (word >> 30)).wrapping_add(i + 1);
        }
        Self { state, at: 624, kept: None }
    }

    fn word(&mut self) -> u32 {
        if self.at >= 624 {
            for i in 0..624 {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % 624] & 0x7fff_ffff);
                let mixed = if y & 1 == 0 { 0 } else { 0x9908_b0df };
                self.state[i] = self.state[(i + 397) % 624] ^ (y >> 1) ^ mixed;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Uniform in [0, 1), of 53 bits.
    fn double(&mut self) -> f64 {
        let (a, b) = (self.word() >> 5, self.word() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }

    /// Normal, by the polar method, in pairs.
    fn gauss(&mut self) -> f64 {
        if let Some(kept) = self.kept.take() {
            return kept;
        }
        loop {
            let x = 2.0 * self.double() - 1.0;
            let y = 2.0 * self.double() - 1.0;
            let r2 = x * x + y * y;
            if r2 < 1.0 && r2 != 0.0 {
                let f = (-2.0 * r2.ln() / r2).sqrt();
                self.kept = Some(f * x);
                return f * y;
            }
        }
    }

    /// A whole number in 0..=most, by rejection under a mask.
    fn below(&mut self, most: u64) -> u64 {
        if most == 0 {
            return 0;
        }
        let mask = u64::MAX >> most.leading_zeros();
        loop {
            let drawn = if most <= u64::from(u32::MAX) {
                u64::from(self.word()) & mask
            } else {
                ((u64::from(self.word()) << 32) | u64::from(self.word())) & mask
            };
            if drawn <= most {
                return drawn;
            }
        }
    }
}

impl Machine {
    /// `np.random.name(..)`
    pub fn numpy_random(&mut self, name: &str, call: Call) -> Step<Value> {
        let int = |value: Option<&Value>| match value {
            Some(Value::Int(value)) => Some(*value),
            _ => None,
        };
        let float = |at: usize, key: &str, default: f64| {
            call.get(at, key).and_then(Number::of).map_or(default, Number::float)
        };
        if name == "seed" {
            let Some(seed) = int(call.places.first()).and_then(|seed| u32::try_from(seed).ok())
            else {
                return value_error("Seed must be between 0 and 2**32 - 1");
            };
            self.numpy = Some(Generator::seeded(seed));
            return Ok(Value::None);
        }
        // What is asked is only of which kind each value is.
        if self.numpy.is_none() && self.observed.is_some() {
            self.numpy = Some(Generator::seeded(0));
        }
        // Unseeded, Python would draw others each time: only who asks for them gets any.
        let seeded = self.numpy.is_some();
        let any = self.limits.unseeded.then(|| Generator::seeded(self.steps as u32));
        let Some(mut generator) = self.numpy.take().or(any) else {
            return self.not_known(format!("numpy.random.{name} without numpy.random.seed"));
        };
        self.drew_unseeded |= !seeded;
        let sizes = match name {
            "rand" | "randn" => Some(Value::tuple(call.places.clone())),
            "random" | "random_sample" | "standard_normal" => call.get(0, "size").cloned(),
            _ => call.get(2, "size").cloned(),
        };
        let result = self.drawn(name, &call, sizes, &mut generator, &float, &int);
        if seeded {
            self.numpy = Some(generator);
        }
        result
    }

    fn drawn(
        &mut self,
        name: &str,
        call: &Call,
        sizes: Option<Value>,
        generator: &mut Generator,
        float: &dyn Fn(usize, &str, f64) -> f64,
        int: &dyn Fn(Option<&Value>) -> Option<i64>,
    ) -> Step<Value> {
        let shape = match &sizes {
            Some(Value::Int(size)) => Some(vec![*size]),
            Some(Value::Tuple(_) | Value::List(_)) => {
                let items = self.items(sizes.as_ref().unwrap_or(&Value::None))?;
                items.iter().map(|item| int(Some(item))).collect::<Option<Vec<i64>>>()
            }
            _ => Some(Vec::new()),
        };
        let Some(shape) = shape else { return type_error("sizes must be whole numbers") };
        let count = shape
            .iter()
            .try_fold(1usize, |n, &s| usize::try_from(s).ok().and_then(|s| n.checked_mul(s)));
        let Some(count) = count else { return value_error("negative dimensions are not allowed") };
        if count > 1 << 22 {
            return self.unknown(Why::Limit(Limit::Memory));
        }
        self.charge(count >> 8)?;
        let tensor = match name {
            "rand" | "random" | "random_sample" | "uniform" | "randn" | "standard_normal"
            | "normal" => {
                let (low, high) = (float(0, "low", 0.0), float(1, "high", 1.0));
                let (mean, std) = (float(0, "loc", 0.0), float(1, "scale", 1.0));
                let mut one = || match name {
                    "rand" | "random" | "random_sample" => generator.double(),
                    "uniform" => low + (high - low) * generator.double(),
                    "randn" | "standard_normal" => generator.gauss(),
                    _ => mean + std * generator.gauss(),
                };
                let numbers: Vec<f64> = (0..count).map(|_| one()).collect();
                self.torch(|| Tensor::f_from_slice(&numbers)?.f_reshape(&shape))?
            }
            "randint" => {
                let low = int(call.get(0, "low")).unwrap_or(0);
                let (low, high) = match int(call.get(1, "high")) {
                    Some(high) => (low, high),
                    None => (0, low),
                };
                if high <= low {
                    return value_error("low >= high");
                }
                let most = high.wrapping_sub(low) as u64 - 1;
                let numbers: Vec<i64> =
                    (0..count).map(|_| low.wrapping_add(generator.below(most) as i64)).collect();
                self.torch(|| {
                    Tensor::f_from_slice(&numbers)?.f_to_kind(Kind::Int64)?.f_reshape(&shape)
                })?
            }
            _ => return self.not_known(format!("numpy.random.{name}")),
        };
        Ok(self.array(tensor, &format!("numpy.random.{name}"), Vec::new()))
    }
}
