//! Fuzzes the readers of files:
//!
//! ```text
//! cargo run --example fuzz_files -- safetensors|npy|json|pt|config|tokenizer|checkpoint [SECONDS] [SEED]
//! ```
//!
//! Inputs are grown from real files by mutation: bytes, the words that a format is made of, splices, repetitions, and
//! for the containers the header or the pickle inside, put back with the right lengths and checksums. Whatever a reader is
//! given, it ends soon, does not panic, and holds no more memory than the file explains. What it accepts, the format's own
//! reader accepts as well and reads as the same bits: the `safetensors` crate here, torch, numpy and json in the Python
//! that `ATENCION_PYTHON` names. The last three are of folders, and nobody else reads them as they are read here: `config.json`
//! of GPT-2, `tokenizer.json` (with the feature `tokenizers`), and the manifest of a training's checkpoint. A finding is left in the
//! temporary folder and printed with its seed; the process then ends with 1.

mod alike;
mod folders;
mod grow;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alike::{Found, Oracle, found};
use atencion::{Result, StateDict, io};
use support::fuzz::Dice;
use support::memory::{Counting, most_held};

#[global_allocator]
static COUNTING: Counting = Counting;

/// Which reader.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    Safetensors,
    Npy,
    Json,
    Pt,
    Config,
    Tokenizer,
    Checkpoint,
}

impl Target {
    const ALL: [(&str, Target); 7] = [
        ("safetensors", Target::Safetensors),
        ("npy", Target::Npy),
        ("json", Target::Json),
        ("pt", Target::Pt),
        ("config", Target::Config),
        ("tokenizer", Target::Tokenizer),
        ("checkpoint", Target::Checkpoint),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, target)| *target == self).map_or("", |(name, _)| name)
    }

    /// What the file that is read must be called.
    fn file(self) -> &'static str {
        match self {
            Target::Safetensors => "input.safetensors",
            Target::Npy => "input.npy",
            Target::Json => "input.json",
            Target::Pt => "input.pt",
            Target::Config => "config.json",
            Target::Tokenizer => "tokenizer.json",
            Target::Checkpoint => "checkpoint.json",
        }
    }

    /// Bytes that a reader may hold for each of the file's: a pickle's values take up to twelve times their text, twice while
    /// their table grows; a tokenizer keeps tables of its words, and what the regular expressions of its splits compile to.
    fn most_held(self, bytes: usize) -> isize {
        let bytes = bytes as isize;
        match self {
            Target::Tokenizer => 200 * bytes + (64 << 20),
            _ => 24 * bytes + (1 << 20),
        }
    }
}

/// No input may keep a reader longer than this; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);
const LONGEST: usize = 200_000;

fn read(target: Target, path: &Path) -> Result<Vec<Found>> {
    let one = || io::read_tensor(&path.to_string_lossy());
    match target {
        Target::Npy | Target::Json => Ok(vec![found("", &one()?)]),
        Target::Safetensors | Target::Pt => {
            let state = StateDict::load(path)?;
            Ok(state.iter().map(|(name, tensor)| found(name, tensor)).collect())
        }
        Target::Config => folders::config(path),
        Target::Tokenizer => folders::tokenizer(path),
        Target::Checkpoint => folders::checkpoint(path),
    }
}

/// What there is to complain of, and how the reader ended.
fn examine(
    target: Target,
    path: &Path,
    bytes: &[u8],
    oracle: &mut Oracle,
) -> std::result::Result<String, String> {
    let start = Instant::now();
    let (outcome, held) = most_held(|| catch_unwind(AssertUnwindSafe(|| read(target, path))));
    let outcome = outcome.map_err(|_| "it panicked".to_owned())?;
    if start.elapsed() > PATIENCE {
        return Err(format!("it took {:?}", start.elapsed()));
    }
    if held > target.most_held(bytes.len()) {
        return Err(format!("it held {held} bytes for {}", bytes.len()));
    }
    if target == Target::Safetensors {
        let mapped = StateDict::open(path);
        if mapped.is_ok() != outcome.is_ok() {
            return Err(format!("mapped it is {mapped:?}, read {outcome:?}"));
        }
    }
    match outcome {
        Ok(ours) => oracle.compare(target, path, bytes, &ours).map(|()| "read".to_owned()),
        Err(error) => Ok(kind_of(error.what(), path)),
    }
}

/// The message without what differs from input to input.
fn kind_of(message: &str, path: &Path) -> String {
    let message = message.replace(&*path.to_string_lossy(), "");
    let message = message.split(['"', '`']).next().unwrap_or_default();
    message.chars().filter(|c| !c.is_ascii_digit()).take(70).collect()
}

fn main() {
    let argument = |at| std::env::args().nth(at);
    let named = argument(1).unwrap_or_default();
    let Some(&(_, target)) = Target::ALL.iter().find(|(name, _)| *name == named) else {
        eprintln!(
            "usage: fuzz_files safetensors|npy|json|pt|config|tokenizer|checkpoint [SECONDS] [SEED]"
        );
        std::process::exit(2);
    };
    let number =
        |at: usize, default| argument(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seconds, mut seed): (u64, u64) = (number(2, 60), number(3, 1));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path: PathBuf = folder.path().join(target.file());
    let seeds = match target {
        Target::Config | Target::Tokenizer | Target::Checkpoint => {
            folders::seeds(target, folder.path())
        }
        _ => grow::seeds(target),
    };
    let mut oracle = Oracle::new(target);
    let mut endings: BTreeMap<String, u64> = BTreeMap::new();
    let end = Instant::now() + Duration::from_secs(seconds);
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let mut executions = 0u64;
    while Instant::now() < end {
        seed += 1;
        let mut dice = Dice::new(seed);
        let mut bytes = grow::grow(target, &seeds, &mut dice);
        bytes.truncate(LONGEST);
        std::fs::write(&path, &bytes).expect("the temporary folder can be written to");
        match examine(target, &path, &bytes, &mut oracle) {
            Ok(ending) => *endings.entry(ending).or_default() += 1,
            Err(what) => {
                let kept = std::env::temp_dir().join(format!("fuzz_{seed}_{}", target.file()));
                std::fs::write(&kept, &bytes).expect("the temporary folder can be written to");
                eprintln!("seed {seed}: {what}\n{}", kept.display());
                std::process::exit(1);
            }
        }
        executions += 1;
    }
    let compared = oracle.compared;
    println!("{}: {executions} executions, {compared} compared, nothing found", target.name());
    let mut endings: Vec<_> = endings.into_iter().collect();
    endings.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    endings.iter().take(12).for_each(|(ending, count)| println!("{count:9} {ending}"));
}
