//! Fuzzes the reader of recipes, and of the settings that `--set` puts into them:
//!
//! ```text
//! cargo run -p atencion-cli --example fuzz_recipe -- [SECONDS] [SEED]
//! ```
//!
//! Inputs are grown from the program's own recipes by mutation. Whatever the reader is given, it ends soon, does not
//! panic, and holds no more memory than the file explains. What it accepts is written out whole and read again as the
//! same recipe, as a training that goes on needs it, and Python's tomllib finds the same values in both texts. A finding
//! is left in the temporary folder and printed with its seed; the process then ends with 1.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use atencion_cli::i18n::Lang;
use atencion_cli::train::Recipe;
use atencion_cli::train::recipe::NAMED;
use support::fuzz::{Dice, mutate};
use support::memory::{Counting, most_held};

#[global_allocator]
static COUNTING: Counting = Counting;

/// No input may keep the reader longer than this; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);
const LONGEST: usize = 100_000;
/// Every word of a recipe, and what TOML is made of.
const WORDS: &[&[u8]] = &[
    b"[data]\n",
    b"[model]\n",
    b"[train]\n",
    b"[[train]]\n",
    b"[train.lr]\n",
    b"task = \"copy\"\n",
    b"task = \"sort\"\n",
    b"digits = 10\n",
    b"length = 3\n",
    b"examples = 1\n",
    b"text = \"/dev/zero\"\n",
    b"language = 'es'\n",
    b"vocabulary = 257\n",
    b"held_out = 0.5\n",
    b"seed = -1\n",
    b"steps = 9223372036854775807\n",
    b"betas = [0.9, 0.95]\n",
    b"betas = [0.9]\n",
    b"schedule = \"inverse_sqrt\"\n",
    b"dtype = \"bfloat16\"\n",
    b"ema = 1e-3\n",
    b"lr = nan\n",
    b"lr = +inf\n",
    b"eps = 1e-400\n",
    b"n_layer = 2\n",
    b"train.workers = 3\n",
    b"model = { n_head = 1 }\n",
    b"1979-05-27T07:32:00Z",
    b"07:32:00",
    b"0x7fffffffffffffff",
    b"0b11",
    b"1_000",
    b"-0.0",
    b"true",
    b"\"\"\"\n",
    b"'''\n",
    b"\\u0000",
    b"\\U0010ffff",
    b"\\e",
    b"\\",
    b"\"",
    b"'",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[",
    b",",
    b".",
    b"=",
    b"#",
    b"\r\n",
    b"\n",
    b"\t",
    b"\0",
    b"\xff",
    b"a.b.c.d = 1\n",
];
const SETTINGS: [&str; 6] = [
    "train.lr=0.01",
    "data.digits=3",
    "model.n_embd=[1, {a = 2}]",
    "train.schedule=cosine",
    "data.text=notes.txt",
    "train.betas=[0.5, 0.5]",
];

/// Python's reader of the same files, where there is a Python.
struct Oracle(Option<(Child, BufReader<ChildStdout>)>);

impl Oracle {
    fn new() -> Self {
        Self(support::python_with_torch().map(|python| {
            let mut child = Command::new(python)
                .arg(support::repository("app/examples/fuzz_recipe/oracle.py"))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("Python starts");
            let answers = BufReader::new(child.stdout.take().expect("it was piped"));
            (child, answers)
        }))
    }

    fn compare(&mut self, given: &Path, written: &Path) -> Result<(), String> {
        let Some((python, answers)) = &mut self.0 else { return Ok(()) };
        let questions = python.stdin.as_mut().expect("it was piped");
        writeln!(questions, "{}\t{}", given.display(), written.display())
            .map_err(|_| "the oracle has ended")?;
        let mut answer = String::new();
        answers.read_line(&mut answer).map_err(|error| error.to_string())?;
        if answer.trim_end() == "''" { Ok(()) } else { Err(format!("tomllib: {answer}")) }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        if let Some((python, _)) = &mut self.0 {
            drop(python.stdin.take());
            let _ = python.wait();
        }
    }
}

/// A recipe's text, and what `--set` is given.
struct Input {
    text: Vec<u8>,
    settings: Vec<String>,
}

fn grow(seeds: &[Vec<u8>], dice: &mut Dice) -> Input {
    let mut text = seeds[dice.roll(seeds.len())].clone();
    let times = 1 + dice.roll(4);
    mutate(&mut text, WORDS, seeds, times, dice);
    text.truncate(LONGEST);
    let settings = (0..dice.roll(6).saturating_sub(3)).map(|_| {
        let mut setting = SETTINGS[dice.roll(SETTINGS.len())].as_bytes().to_vec();
        let times = dice.roll(3);
        mutate(&mut setting, WORDS, seeds, times, dice);
        // An argument is text, and has no more than a line of a terminal.
        String::from_utf8_lossy(&setting[..setting.len().min(4000)]).into_owned()
    });
    Input { settings: settings.collect(), text }
}

/// What there is to complain of, and how the reader ended.
fn examine(folder: &Path, input: &Input, oracle: &mut Oracle) -> Result<String, String> {
    let path = folder.join("recipe.toml");
    std::fs::write(&path, &input.text).expect("the temporary folder can be written to");
    let read = || Recipe::find(&path.to_string_lossy(), &input.settings, Lang::En);
    let start = Instant::now();
    let (outcome, held) = most_held(|| catch_unwind(AssertUnwindSafe(read)));
    let outcome = outcome.map_err(|_| "it panicked".to_owned())?;
    if start.elapsed() > PATIENCE {
        return Err(format!("it took {:?}", start.elapsed()));
    }
    let bytes = input.text.len() + input.settings.iter().map(String::len).sum::<usize>();
    if held > 200 * bytes as isize + (1 << 20) {
        return Err(format!("it held {held} bytes for {bytes}"));
    }
    let recipe = match outcome {
        Ok(recipe) => recipe,
        Err(error) if error.what().contains('\n') => return Err(format!("two lines: {error}")),
        Err(error) => return Ok(kind_of(error.what(), &path)),
    };
    let whole = recipe.to_toml().map_err(|error| format!("it cannot be written: {error}"))?;
    let written = folder.join("written.toml");
    std::fs::write(&written, whole).expect("the temporary folder can be written to");
    let again = Recipe::load(&written, Lang::En)
        .map_err(|error| format!("what was written of it is refused: {error}"))?;
    let differences = recipe.differences(&again);
    if !differences.is_empty() {
        return Err(format!("read again it differs: {differences:?}"));
    }
    // What `--set` puts in is in no text that Python could read.
    if input.settings.is_empty() {
        oracle.compare(&path, &written)?;
    }
    Ok("read".to_owned())
}

/// The message without what differs from input to input.
fn kind_of(message: &str, path: &Path) -> String {
    let message = message.replace(&*path.to_string_lossy(), "");
    let message = message.split(['"', '`']).next().unwrap_or_default();
    message.chars().filter(|c| !c.is_ascii_digit()).take(50).collect()
}

fn main() {
    let argument = |at| std::env::args().nth(at).and_then(|text: String| text.parse().ok());
    let seconds: u64 = argument(1).unwrap_or(60);
    let mut seed: u64 = argument(2).unwrap_or(1);
    let seeds = NAMED.map(|(_, text)| text.as_bytes().to_vec());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut oracle = Oracle::new();
    let mut endings: BTreeMap<String, u64> = BTreeMap::new();
    let mut executions = 0u64;
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        seed += 1;
        let input = grow(&seeds, &mut Dice::new(seed));
        match examine(folder.path(), &input, &mut oracle) {
            Ok(ending) => *endings.entry(ending).or_default() += 1,
            Err(what) => {
                let kept = std::env::temp_dir().join(format!("fuzz_{seed}_recipe.toml"));
                std::fs::write(&kept, &input.text).expect("the temporary folder can be written to");
                eprintln!("seed {seed}: {what}\n{}\n{:?}", kept.display(), input.settings);
                std::process::exit(1);
            }
        }
        executions += 1;
    }
    println!("recipe: {executions} executions, nothing found");
    let mut endings: Vec<_> = endings.into_iter().collect();
    endings.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    endings.iter().take(12).for_each(|(ending, count)| println!("{count:9} {ending}"));
}
