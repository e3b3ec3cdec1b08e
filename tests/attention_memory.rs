//! Long attention is linear in memory: 1×12×16384×64 takes less than 1 GB above its inputs, where the weights alone
//! would take 12.9 GB. A file, and so a process, of its own: the peak is the process's.

mod common;

use atencion::attention::{Sdpa, scaled_dot_product_attention};
use tch::{Kind, Tensor};

/// The most memory that this process has had, in bytes.
fn peak() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: i64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[test]
fn sixteen_thousand_tokens() {
    let inputs =
        [(); 3].map(|()| Tensor::randn([1, 12, 16_384, 64], (Kind::Float, common::device())));
    let [q, k, v] = &inputs;
    let Some(before) = peak() else { return };
    let output = scaled_dot_product_attention(q, k, v, &Sdpa::default()).unwrap();
    let above = peak().unwrap() - before;
    println!("attention 1x12x16384x64: {} MB above its inputs", above / 1_000_000);
    assert_eq!(output.size(), [1, 12, 16_384, 64]);
    assert!(above < 1_000_000_000, "{above} bytes above the inputs");
}
