//! libtorch has one generator of random numbers for the whole process.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// While it lives, no other test of this process draws.
pub type Draws = MutexGuard<'static, ()>;

/// The right to draw from the generator. A test that seeds it, builds a module from scratch or calls anything like
/// `randn` holds this: a draw in between would change the numbers of the test that runs beside it.
pub fn draws() -> Draws {
    static GENERATOR: Mutex<()> = Mutex::new(());
    // A test that failed while it drew leaves nothing broken behind: the next one seeds anew.
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The seed of a live comparison: `ATENCION_SEED`, else this test's own.
pub fn seed(own: u64) -> u64 {
    std::env::var("ATENCION_SEED").map_or(own, |seed| seed.parse().expect("ATENCION_SEED"))
}
