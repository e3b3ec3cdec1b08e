//! `print(t)` of 2,000 random tensors, compared with the Python on this machine, where it has torch.

use std::io::Write;
use std::process::{Command, Stdio};

use atencion::tensor::TorchDisplay;
use serde::Serialize;
use tch::{Kind, Tensor};

use crate::print_cases::{KINDS, Options, Raw, tensor_of};

const CASES: usize = 2000;

#[derive(Serialize)]
struct LiveCase {
    #[serde(flatten)]
    raw: Raw,
    options: Options,
}

#[test]
fn random_tensors_print_as_python_prints_them() {
    let Some(python) = support::python_with_torch() else { return };
    let seed = support::seed(20);
    let mut random = Random(seed);
    let cases: Vec<LiveCase> = (0..CASES).map(|_| random.case()).collect();
    let texts = python_prints(python, &cases);
    assert_eq!(texts.len(), CASES);
    for (case, text) in cases.iter().zip(&texts) {
        let tensor = tensor_of(&case.raw);
        let ours = tensor.printed().options(case.options.resolve()).to_string();
        assert_eq!(ours, *text, "{:?} {:?}", case.raw, case.options);
    }
    println!("{CASES} random tensors, character for character (seed {seed})");
}

fn python_prints(python: &std::path::Path, cases: &[LiveCase]) -> Vec<String> {
    let mut child = Command::new(python)
        .args(["-W", "ignore"])
        .arg(support::repository("scripts/goldens/printing.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::to_vec(cases).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// From 0 to 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn sometimes<T>(&mut self, one_in: u64, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(one_in) == 0).then(|| value(self))
    }

    fn case(&mut self) -> LiveCase {
        let (dtype, kind) = KINDS[self.below(KINDS.len() as u64) as usize];
        let shape = self.shape();
        let numel: i64 = shape.iter().product();
        let bytes = if self.below(4) == 0 {
            self.any_bits(numel as usize, kind)
        } else {
            self.values(numel, kind)
        };
        let bytes = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let raw = Raw { dtype: dtype.to_owned(), shape, bytes };
        LiveCase { raw, options: self.options() }
    }

    fn shape(&mut self) -> Vec<i64> {
        if self.below(12) == 0 {
            let large = [vec![1100], vec![30, 40], vec![2, 3, 200], vec![5, 300], vec![9, 9, 13]];
            return large[self.below(5) as usize].clone();
        }
        let most = [40, 12, 6, 4][self.below(4) as usize];
        let dims = self.below(if most == 40 { 3 } else { 5 });
        (0..dims).map(|_| self.below(most) as i64 + i64::from(self.below(8) != 0)).collect()
    }

    fn options(&mut self) -> Options {
        if self.below(2) == 0 {
            return Options::default();
        }
        Options {
            profile: self
                .sometimes(4, |r| ["default", "short", "full"][r.below(3) as usize].into()),
            precision: self.sometimes(3, |r| r.below(12) as u16),
            threshold: self.sometimes(4, |r| r.below(60) as usize),
            edgeitems: self.sometimes(4, |r| r.below(6) as usize),
            linewidth: self.sometimes(3, |r| r.below(140) as usize),
            sci_mode: self.sometimes(3, |r| r.below(2) == 0),
        }
    }

    /// Whatever the bits mean: not-a-numbers, infinities, subnormals among them.
    fn any_bits(&mut self, numel: usize, kind: Kind) -> Vec<u8> {
        let most = if kind == Kind::Bool { 2 } else { 256 };
        (0..numel * kind.elt_size_in_bytes()).map(|_| self.below(most) as u8).collect()
    }

    /// Values of one style, so that each notation has its turn.
    fn values(&mut self, numel: i64, kind: Kind) -> Vec<u8> {
        let style = self.below(6);
        let special = self.below(3) == 0;
        let scale = 10f64.powi(self.below(24) as i32 - 12);
        let values: Vec<f64> = (0..numel * 2)
            .map(|_| match self.below(8) {
                0 if special => {
                    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0][self.below(4) as usize]
                }
                _ => self.value(style, scale),
            })
            .collect();
        let tensor = Tensor::from_slice(&values);
        let tensor = match kind {
            Kind::ComplexFloat | Kind::ComplexDouble | Kind::ComplexHalf => {
                tensor.reshape([numel, 2]).view_as_complex().to_kind(kind)
            }
            _ => tensor.narrow(0, 0, numel).to_kind(kind),
        };
        let mut bytes = vec![0; numel as usize * kind.elt_size_in_bytes()];
        tensor.contiguous().copy_data_u8(&mut bytes, numel as usize);
        bytes
    }

    fn value(&mut self, style: u64, scale: f64) -> f64 {
        let sign = if self.below(2) == 0 { 1.0 } else { -1.0 };
        match style {
            0 => (self.unit() - 0.5) * scale,
            1 => sign * self.below(100) as f64,
            2 => sign * self.below(2_000_000_000) as f64,
            // Exact ties at some precision.
            3 => sign * self.below(4096) as f64 / 64.0,
            4 => sign * self.unit() * 10f64.powi(self.below(20) as i32 - 10),
            // Around the thresholds of scientific notation.
            _ => {
                sign * [1.0, 1000.0, 1e8, 1e-4][self.below(4) as usize] * (1.0 + self.unit() * 1e-7)
            }
        }
    }
}
