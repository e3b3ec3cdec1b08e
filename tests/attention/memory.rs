//! Long attention is linear in memory: 1×12×16384×64 takes less than 1 GB above its inputs, where the weights alone
//! would take 12.9 GB. In a process of its own: the peak is the process's.

use std::process::Command;

use atencion::attention::{Sdpa, scaled_dot_product_attention};
use tch::{Kind, Tensor};

/// The most memory that this process has had, in bytes.
fn peak() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: i64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Set in the process of its own.
const ALONE: &str = "ATENCION_TEST_ALONE";

#[test]
fn sixteen_thousand_tokens() {
    if peak().is_none() {
        return support::skipped("no /proc to read a process's peak memory from");
    }
    if std::env::var_os(ALONE).is_some() {
        return measure();
    }
    let this = std::env::current_exe().expect("this program");
    let run = Command::new(this)
        .args(["--exact", "memory::sixteen_thousand_tokens", "--show-output"])
        .env(ALONE, "1")
        .output()
        .expect("this program starts again");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    let line = said.lines().find(|line| line.contains("MB above"));
    println!("{}", line.expect("the test ran in the other process"));
}

fn measure() {
    let shape = [1, 12, 16_384, 64];
    let [q, k, v] = [(); 3].map(|()| Tensor::randn(shape, (Kind::Float, support::device())));
    let before = peak().unwrap();
    let output = scaled_dot_product_attention(&q, &k, &v, &Sdpa::default()).unwrap();
    let above = peak().unwrap() - before;
    println!("attention 1x12x16384x64: {} MB above its inputs", above / 1_000_000);
    assert_eq!(output.size(), shape);
    assert!(above < 1_000_000_000, "{above} bytes above the inputs");
}
