//! `atencion explore`: one offline HTML page to look at attention and play with it.

use std::path::{Path, PathBuf};

use tch::Tensor;

use super::reading::Reader;
use super::{Outcome, Ui, given};
use crate::i18n::{Lang, plain};
use crate::page::{self, Inputs, Notice, PageData, WeightSet};
use atencion::device::DeviceChoice;
use atencion::io::read_tensor;
use atencion::models::Watched;
use atencion::{Error, Result};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file to write; `-` for standard output
    #[arg(short, long, value_name = "FILE.html", default_value = "atencion.html")]
    output: PathBuf,
    /// Query [L, E] or [H, L, D] (with --weights: [layers, heads, L, D]); .safetensors, .npy, .json, or `-`
    #[arg(long, value_name = "F", requires = "k")]
    q: Option<String>,
    /// Key [S, E] or [H, S, D] (with --weights: [layers, heads, S, D])
    #[arg(long, value_name = "F", requires = "q")]
    k: Option<String>,
    /// Value [S, Ev] or [H, S, Dv]
    #[arg(long, value_name = "F", requires = "q", conflicts_with = "weights")]
    v: Option<String>,
    /// Mask [L, S]: bool (true = attend) or float (added to the scores)
    #[arg(long, value_name = "F", conflicts_with = "weights")]
    mask: Option<String>,
    /// Start with the causal mask
    #[arg(long, conflicts_with_all = ["weights", "mask"])]
    causal: bool,
    /// Share the columns among this many heads
    #[arg(long, value_name = "N", conflicts_with = "weights")]
    heads: Option<i64>,
    /// Attention weights [layers, heads, L, S] to look at; again for another set, NAME=F to name it
    #[arg(long, value_name = "[NAME=]F")]
    weights: Vec<String>,
    /// A model's folder, or owner/name: every layer and head of it, while it reads TEXT
    #[arg(long, value_name = "DIR", requires = "text", conflicts_with_all = ["weights", "q", "causal", "mask", "heads", "tokens", "tokens_k"])]
    model: Option<String>,
    /// Of owner/name: a branch, a tag or a commit; without it, main
    #[arg(long, value_name = "REVISION", requires = "model")]
    revision: Option<String>,
    /// What the model reads: a text, or a picture's file
    #[arg(value_name = "TEXT", requires = "model")]
    text: Option<String>,
    /// The words: a file (JSON list, or one a line), a JSON list, or the words with commas or spaces between;
    /// once for all sets of weights, or once for each
    #[arg(long, value_name = "TOKENS")]
    tokens: Vec<String>,
    /// The words of the keys, where they are others (cross-attention)
    #[arg(long, value_name = "TOKENS")]
    tokens_k: Vec<String>,
    /// Keep only the first N words of everything
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    first: Option<i64>,
    /// Where to compute: auto, cpu, cuda, cuda:N or mps
    #[arg(long, default_value_t = DeviceChoice::Auto)]
    device: DeviceChoice,
    /// Say what was written as one JSON document on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let data =
        PageData { lang: ui.lang, inputs: inputs(args, ui.lang)?, sets: sets(args, ui.lang)? };
    let html = page::html(&data)?;
    if args.output == Path::new("-") {
        if args.json {
            return Err(Error::value(ui.lang.text("explore-json-and-page"))
                .mend(ui.lang.text("explore-json-and-page-mend"))
                .into());
        }
        ui.out.write_all(html.as_bytes())?;
        return Ok(Outcome::Fine);
    }
    crate::view::save(&args.output, html.as_bytes())?;
    if args.json {
        return write_json(&data, args, html.len(), ui);
    }
    for set in &data.sets {
        for notice in set.notices() {
            writeln!(ui.out, "{}: {}", set.name(), noticed(ui.lang, notice))?;
        }
    }
    let (path, size) = (
        plain(atencion::printable(&args.output.display().to_string())),
        plain(html.len().div_ceil(1024)),
    );
    let said = ui.lang.text_with("explore-written", &[("path", path), ("size", size)]);
    writeln!(ui.out, "{said}")?;
    Ok(Outcome::Fine)
}

/// What was written, and what was remarked about each set of weights.
fn write_json(data: &PageData, args: &Args, bytes: usize, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let lang = ui.lang;
    let sets = data.sets.iter().map(|set| {
        let notices: Vec<String> = set.notices().iter().map(|it| noticed(lang, it)).collect();
        serde_json::json!({ "name": set.name(), "notices": notices })
    });
    let document = serde_json::json!({
        "command": "explore",
        "file": args.output.display().to_string(),
        "bytes": bytes,
        "sets": sets.collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *ui.out, &document)?;
    writeln!(ui.out)?;
    Ok(Outcome::Fine)
}

fn noticed(lang: Lang, notice: &Notice) -> String {
    let number = |x: f64| plain(format!("{x:.4}"));
    match notice {
        Notice::Sum { rows, of, worst } => lang.text_with(
            "explore-notice-sum",
            &[("rows", plain(rows)), ("of", plain(of)), ("worst", number(*worst))],
        ),
        Notice::Range { count, worst } => lang.text_with(
            "explore-notice-range",
            &[("count", plain(count)), ("worst", number(*worst))],
        ),
    }
}

/// What *Play* starts with: the practice, unless there are files.
fn inputs(args: &Args, lang: Lang) -> Result<Inputs> {
    let device = args.device.resolve()?;
    let files = [&args.q, &args.k, &args.v].map(Option::as_deref);
    let (q, k, v) = match &given::qkv(files, lang)? {
        [Some(q), Some(k), v] if args.weights.is_empty() => {
            let k = cut_rows(args, read_tensor(k)?)?;
            let v = v.as_ref().map(|v| cut_rows(args, read_tensor(v)?)).transpose()?;
            let v = v.unwrap_or_else(|| k.shallow_clone());
            (cut_rows(args, read_tensor(q)?)?, k, v)
        }
        _ => {
            let (q, k, v) = atencion::practice3::qkv(device);
            if !args.weights.is_empty() || args.model.is_some() {
                return Inputs::new(&q, &k, &v);
            }
            (cut_rows(args, q)?, cut_rows(args, k)?, cut_rows(args, v)?)
        }
    };
    let [q, k, v] = [q, k, v].map(|tensor| tensor.to_device(device));
    let mut inputs = Inputs::new(&q, &k, &v)?.with_causal(args.causal);
    if let Some(heads) = args.heads {
        inputs = inputs.with_heads(heads)?;
    }
    if let Some(mask) = &args.mask {
        inputs = inputs.with_mask(&cut_both(args, read_tensor(mask)?)?.to_device(device))?;
    }
    inputs.with_tokens(tokens(args, &args.tokens, 0)?, tokens(args, &args.tokens_k, 0)?)
}

/// All layers and heads of a model while it reads; with queries and keys, for the neuron view.
fn of_model(args: &Args, dir: &str, text: &str, lang: Lang) -> Result<WeightSet> {
    let reader = Reader::open(dir, args.revision.as_deref(), args.device, lang)?;
    let (mut words, seen) = reader.watch(text, lang)?;
    let stacked = |part: fn(&Watched) -> Result<Tensor>| -> Result<Tensor> {
        let layers: Vec<Tensor> =
            seen.iter().map(|it| Ok(part(it)?.f_squeeze_dim(0)?)).collect::<Result<_>>()?;
        Ok(Tensor::f_stack(&layers, 0)?)
    };
    let weights = cut_both(args, stacked(Watched::weights)?)?; // [layers, heads, L, L]
    let query = cut_rows(args, stacked(|it| Ok(it.query.shallow_clone()))?)?;
    let key = cut_rows(args, stacked(|it| Ok(it.key.shallow_clone()))?)?;
    if let Some(first) = args.first {
        words.truncate(usize::try_from(first).unwrap_or(usize::MAX));
    }
    let name = Path::new(dir).file_name().map_or(dir.into(), |name| name.to_string_lossy());
    WeightSet::new(name, &weights)?.with_tokens(Some(words), None)?.with_neurons(&query, &key)
}

fn sets(args: &Args, lang: Lang) -> Result<Vec<WeightSet>> {
    if let (Some(dir), Some(text)) = (&args.model, &args.text) {
        return Ok(vec![of_model(args, dir, text, lang)?]);
    }
    let mut sets = Vec::new();
    for (n, spec) in args.weights.iter().enumerate() {
        let (name, file) = named(spec);
        let weights = cut_both(args, read_tensor(file)?)?;
        let set = WeightSet::new(name, &weights)?
            .with_tokens(tokens(args, &args.tokens, n)?, tokens(args, &args.tokens_k, n)?)?;
        sets.push(set);
    }
    match &given::qkv([args.q.as_deref(), args.k.as_deref(), None], lang)? {
        [Some(q), Some(k), _] if sets.len() == 1 => {
            let (q, k) = (cut_rows(args, read_tensor(q)?)?, cut_rows(args, read_tensor(k)?)?);
            Ok(vec![sets.remove(0).with_neurons(&q, &k)?])
        }
        [Some(_), Some(_), _] if sets.len() > 1 => {
            Err(Error::value("--q and --k belong to one set of weights, but there are several")
                .mend("make one page for each set"))
        }
        _ => Ok(sets),
    }
}

/// `NAME=FILE`, or just a file, named after itself.
fn named(spec: &str) -> (String, &str) {
    match spec.split_once('=') {
        Some((name, file)) if !name.is_empty() && !name.contains(['/', '\\', '.']) => {
            (name.to_owned(), file)
        }
        _ => {
            let stem = Path::new(spec).file_stem().map(|stem| stem.to_string_lossy().into_owned());
            (stem.unwrap_or_else(|| spec.to_owned()), spec)
        }
    }
}

/// `--first N` on the words of `[.., L, D]`.
fn cut_rows(args: &Args, tensor: Tensor) -> Result<Tensor> {
    match args.first {
        Some(n) if tensor.dim() >= 2 => Ok(narrowed(&tensor, -2, n)?),
        _ => Ok(tensor),
    }
}

/// `--first N` on both sides of `[.., L, S]`.
fn cut_both(args: &Args, tensor: Tensor) -> Result<Tensor> {
    match args.first {
        Some(n) if tensor.dim() >= 2 => narrowed(&narrowed(&tensor, -2, n)?, -1, n),
        _ => Ok(tensor),
    }
}

fn narrowed(tensor: &Tensor, dim: i64, n: i64) -> Result<Tensor> {
    let size = tensor.size();
    let length = size[(size.len() as i64 + dim) as usize];
    Ok(tensor.f_narrow(dim, 0, n.min(length))?)
}

/// The n-th list of tokens; one list serves all sets.
fn tokens(args: &Args, given: &[String], n: usize) -> Result<Option<Vec<String>>> {
    let text = if given.len() == 1 { given.first() } else { given.get(n) };
    let Some(text) = text else { return Ok(None) };
    let mut tokens = given::tokens(text)?;
    if let Some(first) = args.first {
        tokens.truncate(usize::try_from(first).unwrap_or(usize::MAX));
    }
    Ok(Some(tokens))
}
