//! What the fuzzers share: dice that fall the same way everywhere, and the changes that they decide on.

/// xorshift64*: enough to choose mutations by, and the same on every machine.
pub struct Dice(u64);

impl Dice {
    /// The same throws for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below that one; 0 where there is none.
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % below.max(1)
    }
}

/// Changes the input that many times: bytes, the words that its format is made of, repetitions, and splices from the pool.
pub fn mutate(
    input: &mut Vec<u8>,
    words: &[&[u8]],
    pool: &[Vec<u8>],
    times: usize,
    dice: &mut Dice,
) {
    for _ in 0..times {
        let at = dice.roll(input.len() + 1);
        let end = (at + dice.roll(40)).min(input.len());
        match dice.roll(10) {
            0 if at < input.len() => input[at] = dice.roll(256) as u8,
            1 if at < input.len() => input[at] ^= 1 << dice.roll(8),
            2 => drop(input.drain(at..end)),
            3..=5 => drop(input.splice(at..at, words[dice.roll(words.len())].iter().copied())),
            6 => {
                let word = words[dice.roll(words.len())];
                drop(input.splice(at..(at + word.len()).min(input.len()), word.iter().copied()));
            }
            7 => {
                let piece = input[at..end].repeat(1 + dice.roll(50));
                drop(input.splice(at..end, piece));
            }
            8 => {
                let other = &pool[dice.roll(pool.len())];
                let from = dice.roll(other.len() + 1);
                let until = (from + dice.roll(200)).min(other.len());
                drop(input.splice(at..end, other[from..until].iter().copied()));
            }
            _ if dice.roll(8) == 0 => {
                let word = words[dice.roll(words.len())].repeat(1 << dice.roll(12));
                drop(input.splice(at..end, word));
            }
            _ => {}
        }
    }
}
