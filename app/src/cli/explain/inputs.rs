//! What is explained: the practice, or the user's own Q, K, V and mask.

use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::of_model;
use crate::cli::given;
use crate::cli::reading::Reader;
use crate::i18n::{Lang, plain};
use crate::runnable::Lines;
use atencion::device::DeviceChoice;
use atencion::io::Contents;
use atencion::{Error, Result, Step, io, practice3};

/// More query-key pairs than this (with heads, in all of them) are not explained: each step keeps them all, and shows
/// them. 4096 words.
const MOST_PAIRS: i64 = 1 << 24;

#[derive(Debug, clap::Args)]
pub(super) struct InputArgs {
    /// A model's folder, or owner/name: one head of one layer of it, while it reads TEXT
    #[arg(long, value_name = "DIR", requires = "text", conflicts_with_all = ["q", "mask", "causal", "heads", "tokens"])]
    model: Option<String>,
    /// Of owner/name: a branch, a tag or a commit; without it, main
    #[arg(long, value_name = "REVISION", requires = "model")]
    revision: Option<String>,
    /// Which layer of the model, counted from 0
    #[arg(long, value_name = "L", default_value_t = 0, requires = "model")]
    layer: u16,
    /// Which head of the layer, counted from 0
    #[arg(long, value_name = "H", default_value_t = 0, requires = "model")]
    head: u16,
    /// What the model reads: a text, or a picture's file
    #[arg(value_name = "TEXT", requires = "model")]
    text: Option<String>,
    /// Queries `[L, E]`: a .safetensors, .npy or .json file, or - for JSON on standard input
    #[arg(long, value_name = "FILE", requires_all = ["k", "v"])]
    q: Option<String>,
    /// Keys `[S, E]`
    #[arg(long, value_name = "FILE", requires_all = ["q", "v"])]
    k: Option<String>,
    /// Values `[S, Ev]`
    #[arg(long, value_name = "FILE", requires_all = ["q", "k"])]
    v: Option<String>,
    /// Mask `[L, S]`: true or 1 = may look; floats are added to the scores
    #[arg(long, value_name = "FILE", conflicts_with = "causal")]
    mask: Option<String>,
    /// A word looks only at itself and the words before it
    #[arg(long)]
    causal: bool,
    /// Split into that many heads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    heads: u16,
    /// The words, as names in the heatmaps: a file (JSON list, or one a line), a JSON list, or the words with commas or
    /// spaces between
    #[arg(long, value_name = "TOKENS")]
    tokens: Option<String>,
}

/// The tensors, checked and on their device, and the lines that make them.
pub(super) struct Inputs {
    pub given: Vec<Step>,
    pub query: Tensor,
    pub key: Tensor,
    pub value: Tensor,
    pub mask: Option<Tensor>,
    /// The lines that read the mask.
    pub mask_line: Option<Lines>,
    pub causal: bool,
    /// What the scores are multiplied by, where it is not 1/√d_k.
    pub scale: Option<f64>,
    /// Heads that the tensors were split into; 1: they are as they were given.
    pub heads: i64,
    pub words: Vec<String>,
}

impl InputArgs {
    pub fn read(&self, device: DeviceChoice, lang: Lang) -> Result<Inputs> {
        if let (Some(model), Some(text)) = (&self.model, &self.text) {
            let head = (usize::from(self.layer), i64::from(self.head));
            let reader = Reader::open(model, self.revision.as_deref(), device, lang)?;
            let inputs = of_model::read(&reader, text, head, lang)?;
            inputs.check_size(lang)?;
            return Ok(inputs);
        }
        let device = device.resolve()?;
        self.check_stdin(lang)?;
        let files = [&self.q, &self.k, &self.v].map(Option::as_deref);
        let mut given = match &given::qkv(files, lang)? {
            [Some(q), Some(k), Some(v)] => {
                vec![
                    self.file("query", q, device)?,
                    self.file("key", k, device)?,
                    self.file("value", v, device)?,
                ]
            }
            _ => practice(device),
        };
        for step in &given {
            check(step, lang)?;
        }
        let heads = i64::from(self.heads);
        if heads > 1 {
            given = split_all(given, heads, lang)?;
        }
        let tensor = |at: usize| given[at].tensor.shallow_clone();
        let (mask, mask_line) = self.read_mask(device, lang)?.unzip();
        let inputs = Inputs {
            query: tensor(0),
            key: tensor(1),
            value: tensor(2),
            mask,
            mask_line,
            causal: self.causal,
            scale: None,
            heads,
            words: self.words()?,
            given,
        };
        inputs.check_size(lang)?;
        inputs.check_words(lang)?;
        Ok(inputs)
    }

    fn check_stdin(&self, lang: Lang) -> Result<()> {
        let files = [&self.q, &self.k, &self.v, &self.mask];
        let from_stdin = files.into_iter().flatten().filter(|file| *file == "-").count();
        if from_stdin > 1 {
            return Err(Error::value(lang.text("explain-stdin-twice"))
                .mend(lang.text("explain-stdin-twice-mend")));
        }
        Ok(())
    }

    fn file(&self, name: &str, file: &str, device: Device) -> Result<Step> {
        let tensor = io::read_tensor(file)?;
        let is_integer = matches!(
            tensor.kind(),
            Kind::Uint8 | Kind::Int8 | Kind::Int16 | Kind::Int | Kind::Int64
        );
        let (tensor, to_float) = match is_integer {
            true => (tensor.f_to_kind(Kind::Float)?, (".float()", ".to_kind(Kind::Float)")),
            false => (tensor, ("", "")),
        };
        Ok(Step {
            name: name.into(),
            formula: letter(name).into(),
            python: format!("{name} = {}{}", python_reader(file), to_float.0),
            rust: format!("let {name} = atencion::io::read_tensor({file:?})?{};", to_float.1),
            tensor: tensor.f_to_device(device)?,
        })
    }

    /// 0 and 1 are how a mask is written in JSON or by numpy; torch wants `true` and `false`.
    fn read_mask(&self, device: Device, lang: Lang) -> Result<Option<(Tensor, Lines)>> {
        let Some(file) = &self.mask else { return Ok(None) };
        let mask = io::read_tensor(file)?.f_to_device(device)?;
        let is_float = mask.is_floating_point();
        if is_float && mask.f_isnan()?.f_any()?.f_int64_value(&[])? != 0 {
            let what = lang.text_with("explain-mask-nan", &[("file", plain(io::printable(file)))]);
            return Err(Error::value(what).mend(lang.text("explain-mask-nan-mend")));
        }
        let (python, rust) = (python_reader(file), format!("atencion::io::read_tensor({file:?})?"));
        let (to_bool, to_kind) = match mask.kind() {
            _ if is_float => ("", ""),
            Kind::Bool => ("", ""),
            _ => (".bool()", ".to_kind(Kind::Bool)"),
        };
        let lines =
            (format!("attn_mask = {python}{to_bool}"), format!("let attn_mask = {rust}{to_kind};"));
        Ok(Some((if is_float { mask } else { mask.f_to_kind(Kind::Bool)? }, lines)))
    }

    fn words(&self) -> Result<Vec<String>> {
        Ok(self.tokens.as_deref().map(given::tokens).transpose()?.unwrap_or_default())
    }
}

impl Inputs {
    fn check_size(&self, lang: Lang) -> Result<()> {
        let [l, s] =
            [&self.query, &self.key].map(|it| it.size().iter().rev().nth(1).copied().unwrap_or(1));
        let rest: i64 = self.query.size().iter().rev().skip(2).product();
        let pairs = l.saturating_mul(s).saturating_mul(rest);
        if pairs <= MOST_PAIRS {
            return Ok(());
        }
        let what = lang.text_with(
            "explain-too-long",
            &[
                ("queries", plain(l)),
                ("keys", plain(s)),
                ("heads", plain(rest)),
                ("most", plain(MOST_PAIRS)),
            ],
        );
        Err(Error::value(what).mend(lang.text("explain-too-long-mend")))
    }

    fn check_words(&self, lang: Lang) -> Result<()> {
        let count = |tensor: &Tensor| tensor.size().iter().rev().nth(1).copied().unwrap_or(1);
        let (queries, keys, words) =
            (count(&self.query), count(&self.key), self.words.len() as i64);
        if words == 0 || words == queries || words == keys {
            return Ok(());
        }
        let counts = [("words", words.into()), ("queries", plain(queries)), ("keys", plain(keys))];
        Err(Error::value(lang.text_with("explain-words", &counts))
            .mend(lang.text("explain-words-mend")))
    }
}

/// The practice's Q, K and V under the names that the steps give them.
fn practice(device: Device) -> Vec<Step> {
    let renamed = |step: Step| {
        let name = match step.name.as_str() {
            "Q" => "query",
            "K" => "key",
            _ => "value",
        };
        let python = step.python.replacen(&step.name, name, 1);
        let rust = step.rust.replacen(
            &format!("let {}", step.name.to_lowercase()),
            &format!("let {name}"),
            1,
        );
        let tensor = step.tensor.to_device(device);
        Step { name: name.into(), formula: letter(name).into(), python, rust, tensor }
    };
    practice3::inputs().into_iter().map(renamed).collect()
}

pub(super) fn letter(name: &str) -> &'static str {
    match name {
        "query" => "Q",
        "key" => "K",
        _ => "V",
    }
}

/// How Python reads such a file.
fn python_reader(file: &str) -> String {
    // A file may have a # in its name.
    let (file, name) = match file.rsplit_once('#') {
        Some((path, name)) if !Path::new(file).exists() => (path, Some(name)),
        _ => (file, None),
    };
    let end = file.rsplit('.').next().unwrap_or_default().to_lowercase();
    let path = quoted(file);
    let named = |dict: String| match name {
        Some(name) => format!("{dict}[{}]", quoted(name)),
        None => format!("next(iter({dict}.values()))"),
    };
    match end.as_str() {
        "npy" => format!("torch.from_numpy(numpy.load({path}))"),
        "json" => format!("torch.tensor(json.load(open({path})))"),
        _ if file == "-" => "torch.tensor(json.load(sys.stdin))".into(),
        "safetensors" => named(format!("safetensors.torch.load_file({path})")),
        _ => match io::contents(file) {
            Ok(Contents::One) => format!("torch.load({path})"),
            Ok(Contents::Numbered(_)) => format!("torch.load({path})[{}]", name.unwrap_or("0")),
            _ => named(format!("torch.load({path})")),
        },
    }
}

/// A text as Python writes it: what would steer a terminal, by its number.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            _ if atencion::is_hidden(letter) => literal += &format!("\\U{:08x}", u32::from(letter)),
            _ => literal.push(letter),
        }
    }
    literal + "\""
}

/// Neither empty nor with anything that is no number: it would only spread.
fn check(step: &Step, lang: Lang) -> Result<()> {
    let (name, tensor) = (step.name.as_str(), &step.tensor);
    if tensor.numel() == 0 {
        let shape = plain(format!("{:?}", tensor.size()));
        let what = lang.text_with("explain-empty", &[("name", plain(name)), ("shape", shape)]);
        return Err(Error::value(what).mend(lang.text("explain-empty-mend")));
    }
    if !tensor.is_floating_point() {
        return Err(Error::kind_mismatch(
            lang.text_with("explain-no-floats", &[("name", plain(name))]),
        )
        .mend(lang.text("explain-no-floats-mend")));
    }
    let bad = tensor.f_isfinite()?.f_logical_not()?.f_sum(Kind::Int64)?.f_int64_value(&[])?;
    if bad > 0 {
        let what =
            lang.text_with("explain-not-finite", &[("name", plain(name)), ("count", bad.into())]);
        return Err(Error::value(what).mend(lang.text("explain-not-finite-mend")));
    }
    Ok(())
}

fn split_all(given: Vec<Step>, heads: i64, lang: Lang) -> Result<Vec<Step>> {
    given.into_iter().map(|step| split(step, heads, lang)).collect()
}

/// `[.., L, E]` as `[.., H, L, E/H]`: each head gets its share of a word's numbers.
fn split(step: Step, heads: i64, lang: Lang) -> Result<Step> {
    let size = step.tensor.size();
    let name = step.name;
    let (Some(&e), 2..=3) = (size.last(), size.len()) else {
        let shape = plain(format!("{size:?}"));
        let what =
            lang.text_with("explain-heads-shape", &[("name", plain(&name)), ("shape", shape)]);
        return Err(Error::value(what).mend(lang.text("explain-heads-shape-mend")));
    };
    if e % heads != 0 {
        let values = [("name", plain(&name)), ("size", plain(e)), ("heads", plain(heads))];
        return Err(Error::value(lang.text_with("explain-heads", &values))
            .mend(lang.text("explain-heads-mend")));
    }
    let mut apart = size[..size.len() - 1].to_vec();
    apart.extend([heads, e / heads]);
    let shape = apart.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    Ok(Step {
        tensor: step.tensor.f_reshape(&apart)?.f_transpose(-3, -2)?,
        formula: format!("{} → {heads} × {}ₕ", step.formula, step.formula),
        python: format!("{}\n{name} = {name}.reshape({shape}).transpose(-3, -2)", step.python),
        rust: format!("{}\nlet {name} = {name}.reshape([{shape}]).transpose(-3, -2);", step.rust),
        name,
    })
}
