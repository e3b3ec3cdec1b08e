//! Fuzzes the interpreter of notebooks' Python, and the Rust twin that it leads to:
//!
//! ```text
//! cargo run --release -p atencion-cli --example fuzz_lines -- [SECONDS] [SEED]
//! ```
//!
//! Programs are grown from real ones by mutation: tokens, lines, splices, repetitions, numbers. Whatever they are,
//! running them ends within its bounds, does not panic, and keeps the process below a bound of memory. A finding is
//! written to the temporary folder and printed with the seed that leads to it, and the process ends with 1.

use std::time::{Duration, Instant};

use atencion_cli::notebook::lines::{Limits, run};
use atencion_cli::notebook::port::port;

const PROGRAMS: &[&str] = &[
    include_str!("../tests/port/programs.txt"),
    include_str!("../tests/lines/programs/python.py"),
    include_str!("../tests/lines/programs/classes.py"),
    include_str!("../tests/lines/programs/closures.py"),
    include_str!("../tests/lines/programs/numpy.py"),
    include_str!("../tests/lines/programs/training.py"),
    include_str!("../tests/lines/programs/annotated.py"),
    include_str!("../tests/lines/programs/transformer_layers.py"),
    include_str!("../tests/lines/programs/printing.py"),
    include_str!("../tests/lines/programs/mha_module.py"),
    include_str!("../tests/lines/samples/more.txt"),
    include_str!("../tests/lines/samples/in_place.txt"),
    include_str!("../tests/lines/samples/gathering.txt"),
];
const SETUP: &str = include_str!("../tests/lines/samples/setup.py");
/// What programs are made of, and what breaks them.
const TOKENS: &[&str] = &[
    "0",
    "1",
    "-1",
    "10 ** 9",
    "2 ** 62",
    "9223372036854775807",
    "1e308",
    "float('nan')",
    "float('inf')",
    "None",
    "True",
    "...",
    "[]",
    "()",
    "{}",
    "[[]]",
    "x",
    "y",
    "t",
    "n",
    "mask",
    "x[None]",
    "x[:, 0]",
    "x.T",
    "x[mask]",
    "self",
    "lambda x: x",
    "torch.zeros(0, 3)",
    "torch.zeros(3, 0)",
    "torch.tensor(5)",
    "torch.arange(10 ** 6)",
    "torch.ones(10 ** 5, 10 ** 5)",
    "nn.Linear(3, 3)",
    "nn.Linear(10 ** 5, 10 ** 5)",
    "dim=-1",
    "dim=7",
    "dtype=torch.int64",
    "dtype=torch.bool",
    "requires_grad=True",
    ".backward()",
    ".view(-1)",
    ".expand(10 ** 6, -1, -1)",
    ".repeat(10 ** 4, 10 ** 4)",
    ".item()",
    "for i in range(10 ** 12):\n    pass\n",
    "while True: x = x + 1\n",
    "def f(*a, **k): return f(*a, **k)\n",
    "f()",
    "x += x\n",
    "x.append(x)\n",
    "\n",
    "    ",
    ":",
    ",",
    "(",
    ")",
    "[",
    "]",
    "=",
    "==",
    "@",
    "**",
    "//",
    "%",
    "~",
    "is not",
    "not in",
    "if ",
    "else ",
    "yield ",
    "return ",
    "break\n",
    "try:\n",
    "except:\n",
    "with torch.no_grad():\n",
    "print(x)\n",
    "import torch\n",
    "class A(nn.Module):\n",
    "'a' * 10 ** 9",
    "[0] * 10 ** 9",
    "f'{x:>1000}'",
    "'%s' % x",
    "sorted(x)",
    "max(x)",
    "sum(x)",
    "x.__class__",
    "exec('1')",
    "\u{0}",
    "é",
    "\u{202e}",
];
/// No program may take longer than this; its own bound is far below.
const PATIENCE: Duration = Duration::from_secs(30);
/// Nor the process more memory: libtorch itself takes a third of it.
const MOST_MEMORY: u64 = 1200 << 20;

/// xorshift64*: enough to choose mutations by, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % below.max(1)
    }
}

fn mutate(lines: &mut Vec<String>, pool: &[String], dice: &mut Dice) {
    let at = dice.roll(lines.len().max(1)).min(lines.len().saturating_sub(1));
    if lines.is_empty() {
        lines.push(pool[dice.roll(pool.len())].clone());
        return;
    }
    let token = TOKENS[dice.roll(TOKENS.len())];
    match dice.roll(8) {
        0 => lines.insert(at, pool[dice.roll(pool.len())].clone()),
        1 => drop(lines.remove(at)),
        2 | 3 => {
            // A word, number or bracket becomes another.
            let line = &lines[at];
            let places: Vec<usize> = line.char_indices().map(|(at, _)| at).collect();
            if let Some(&from) = places.get(dice.roll(places.len())) {
                let rest = &line[from..];
                let word =
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let end = from + word.max(first);
                lines[at] = format!("{}{token}{}", &line[..from], &line[end..]);
            }
        }
        4 => lines.insert(at, token.trim_end().to_owned()),
        5 => {
            let other = dice.roll(lines.len());
            lines.swap(at, other);
        }
        6 => {
            let line = lines[at].clone();
            lines.insert(at, format!("    {}", line.trim_start()));
        }
        _ => {
            let line = lines[at].clone();
            lines.extend(std::iter::repeat_n(line, 1 + dice.roll(20)));
        }
    }
}

/// The largest memory that the process has had, in bytes.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0)
        << 10
}

fn main() {
    let argument = |at| std::env::args().nth(at).and_then(|text: String| text.parse().ok());
    let seconds: u64 = argument(1).unwrap_or(60);
    let mut seed: u64 = argument(2).unwrap_or(1);
    tch::set_num_threads(1);
    std::panic::set_hook(Box::new(|_| {}));
    let programs: Vec<&str> = PROGRAMS.iter().flat_map(|text| text.split("### ")).collect();
    let pool: Vec<String> = programs
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    let limits = Limits {
        steps: 100_000,
        time: Duration::from_secs(5),
        bytes: 64 << 20,
        output: 1 << 20,
        depth: 200,
        cell_steps: None,
        unseeded: true,
        // Definitions are tried out, too, with smaller sizes for every other seed.
        tries: true,
        small: seed.is_multiple_of(2),
    };
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut count, mut longest, mut slowest) = (0u64, Duration::ZERO, 0);
    while Instant::now() < end {
        seed += 1;
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let program = programs[dice.roll(programs.len())];
        let mut lines: Vec<String> = program.lines().skip(1).map(str::to_owned).collect();
        lines.truncate(80);
        for _ in 0..=dice.roll(8) {
            mutate(&mut lines, &pool, &mut dice);
        }
        let text = lines.join("\n");
        let start = Instant::now();
        let cells = [SETUP, text.as_str()];
        let ran = run(&cells, limits);
        // A panic leaves a run without cells.
        let mut whole = !ran.cells.is_empty();
        if dice.roll(4) == 0 {
            whole &= std::panic::catch_unwind(|| port(&cells, limits).file().len()).is_ok();
        }
        let took = start.elapsed();
        if took > longest {
            (longest, slowest) = (took, seed);
        }
        if !whole || took > PATIENCE || memory() > MOST_MEMORY {
            let file = std::env::temp_dir().join(format!("fuzz_lines_{seed}.py"));
            std::fs::write(&file, &text).expect("the temporary folder can be written to");
            eprintln!(
                "seed {seed}, whole {whole}, {took:?}, {} MiB: {}",
                memory() >> 20,
                file.display()
            );
            std::process::exit(1);
        }
        count += 1;
    }
    println!(
        "{count} programs, the longest took {longest:?} (seed {slowest}), {} MiB at most; nothing found",
        memory() >> 20
    );
}
