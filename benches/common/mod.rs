//! The Rust half of a benchmark: waits on standard input for `CASE CALLS`, answers with nanoseconds.
//!
//! scripts/bench lets this process and its Python twin take turns, so that both meet the same state of the machine.

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::Instant;

use tch::Tensor;

/// A named computation.
pub type Case = (&'static str, Box<dyn Fn() -> Tensor>);

/// Runs what is asked for until standard input ends.
pub fn serve(cases: &[Case]) {
    // `cargo bench` and `cargo test --benches` ask nothing: then each case runs once.
    let asked = std::env::args().any(|argument| argument == "--serve");
    if !asked {
        cases.iter().for_each(|(name, case)| println!("{name}: {:?}", case().size()));
        return;
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("standard input");
        let (name, calls) = line.rsplit_once(' ').expect("CASE CALLS");
        let calls: u32 = calls.parse().expect("a number of calls");
        let (_, case) = cases.iter().find(|(known, _)| *known == name).expect("a known case");
        let start = Instant::now();
        // The guard is one for all calls, as `with torch.no_grad():` is in the Python twin.
        tch::no_grad(|| (0..calls).for_each(|_| drop(black_box(case()))));
        println!("{}", start.elapsed().as_nanos());
        std::io::stdout().flush().expect("standard output");
    }
}
