//! Python's `random`, where a run is only to be judged: any numbers will do, and none of them is Python's.

use super::machine::Machine;
use super::numbers::Number;
use super::ops::bind::Call;
use super::problem::{Step, raise};
use super::value::Value;

/// What is known of it.
pub const FUNCTIONS: [&str; 9] = [
    "random.random",
    "random.uniform",
    "random.gauss",
    "random.randint",
    "random.randrange",
    "random.choice",
    "random.choices",
    "random.sample",
    "random.shuffle",
];

impl Machine {
    /// `random.name(..)`
    pub fn by_chance(&mut self, path: &str, call: &Call) -> Step<Value> {
        if !self.limits.unseeded {
            return self.not_known(path);
        }
        self.drew_unseeded = true;
        let whole = |at: usize| match call.places.get(at) {
            Some(Value::Int(value)) => Some(*value),
            _ => None,
        };
        let float = |at: usize, other: f64| {
            call.places.get(at).and_then(Number::of).map_or(other, Number::float)
        };
        Ok(match (path, whole(0), whole(1)) {
            ("random.random", ..) => Value::Float(self.chance()),
            ("random.uniform", ..) => {
                let (low, high) = (float(0, 0.0), float(1, 1.0));
                Value::Float(low + (high - low) * self.chance())
            }
            // Of about that spread.
            ("random.gauss", ..) => {
                let sum: f64 = (0..12).map(|_| self.chance()).sum();
                Value::Float(float(0, 0.0) + float(1, 1.0) * (sum - 6.0))
            }
            ("random.randint", Some(low), Some(high)) => self.between(low, high)?,
            ("random.randrange", Some(high), None) => self.between(0, high.saturating_sub(1))?,
            ("random.randrange", Some(low), Some(high)) => {
                self.between(low, high.saturating_sub(1))?
            }
            ("random.choice", ..) => {
                let items = self.first_items(call)?;
                let at = self.below(items.len());
                items[at].clone()
            }
            ("random.choices" | "random.sample", ..) => {
                let mut items = self.first_items(call)?;
                let count = match call.get(1, "k") {
                    Some(Value::Int(count)) => usize::try_from(*count).unwrap_or(0),
                    _ => 1,
                };
                self.charge_items(count)?;
                if path == "random.choices" {
                    let mut drawn = Vec::new();
                    for _ in 0..count {
                        let at = self.below(items.len());
                        drawn.push(items[at].clone());
                    }
                    return Ok(Value::list(drawn));
                }
                self.shuffle(&mut items);
                items.truncate(count);
                Value::list(items)
            }
            ("random.shuffle", ..) => {
                if let Some(Value::List(list)) = call.places.first() {
                    let mut items = list.borrow().clone();
                    self.shuffle(&mut items);
                    *list.borrow_mut() = items;
                }
                Value::None
            }
            _ => return self.not_known(path),
        })
    }

    /// The items of the first argument, at least one.
    fn first_items(&mut self, call: &Call) -> Step<Vec<Value>> {
        let items = match call.places.first().cloned() {
            Some(of) => self.items(&of)?,
            None => Vec::new(),
        };
        if items.is_empty() {
            return raise("IndexError", "Cannot choose from an empty sequence");
        }
        Ok(items)
    }

    fn shuffle(&mut self, items: &mut [Value]) {
        for last in (1..items.len()).rev() {
            let at = self.below(last + 1);
            items.swap(at, last);
        }
    }

    fn between(&mut self, low: i64, high: i64) -> Step<Value> {
        let Some(count) = high.checked_sub(low).and_then(|gap| gap.checked_add(1)) else {
            return self.not_known("random.randint");
        };
        match usize::try_from(count) {
            Ok(count) if count > 0 => Ok(Value::Int(low + self.below(count) as i64)),
            _ => raise("ValueError", "empty range in randrange"),
        }
    }

    /// A number below that one, which is not 0.
    fn below(&mut self, count: usize) -> usize {
        ((self.chance() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// In [0, 1).
    fn chance(&mut self) -> f64 {
        // splitmix64
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
