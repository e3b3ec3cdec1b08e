//! Arrays as NumPy prints them: 8 digits, 75 columns, the ends of what has more than 1000 numbers.

use tch::{Kind, Tensor};

use super::super::format::float_repr;

const WIDTH: usize = 75;
const THRESHOLD: usize = 1000;
const EDGE: i64 = 3;

/// `str(array)`
pub fn str(tensor: &Tensor) -> String {
    Printer::of(tensor, "", " ").map_or_else(|| "...".to_owned(), |printer| printer.text(tensor, 0))
}

/// `repr(array)`
pub fn repr(tensor: &Tensor) -> String {
    let prefix = "array(";
    let body = Printer::of(tensor, prefix, ", ")
        .map_or_else(|| "...".to_owned(), |printer| printer.text(tensor, prefix.len()));
    let body = if tensor.numel() == 0 { "[]".to_owned() } else { body };
    let mut suffixes = String::new();
    if tensor.numel() == 0 && tensor.dim() != 1 {
        let sizes: Vec<String> = tensor.size().iter().map(i64::to_string).collect();
        suffixes.push_str(&format!(", shape=({})", sizes.join(", ")));
    }
    let kind = tensor.kind();
    if !matches!(kind, Kind::Double | Kind::Int64 | Kind::Bool) || tensor.numel() == 0 {
        let dtype = format!("dtype={}", super::super::tensors::dtype_name(kind));
        let last = body.rsplit('\n').next().map_or(0, str::len);
        let first = if body.contains('\n') { 0 } else { prefix.len() };
        if last + first + dtype.len() + 3 > WIDTH {
            return format!("{prefix}{body}{suffixes},\n{}{dtype})", " ".repeat(prefix.len()));
        }
        suffixes.push_str(&format!(", {dtype}"));
    }
    format!("{prefix}{body}{suffixes})")
}

struct Printer {
    separator: &'static str,
    summary: bool,
    texts: Vec<String>,
    width: usize,
}

impl Printer {
    fn of(tensor: &Tensor, _prefix: &str, separator: &'static str) -> Option<Self> {
        let summary = tensor.numel() > THRESHOLD;
        let mut printer = Self { separator, summary, texts: Vec::new(), width: 0 };
        let mut numbers = Vec::new();
        printer.gather(tensor, &mut numbers)?;
        printer.texts = match tensor.kind() {
            Kind::Bool => {
                let word = |x: &f64| if *x != 0.0 { "True" } else { "False" };
                numbers.iter().map(|x| word(x).to_owned()).collect()
            }
            Kind::Int64 | Kind::Int | Kind::Int16 | Kind::Int8 | Kind::Uint8 => {
                numbers.iter().map(|x| format!("{x:.0}")).collect()
            }
            kind => floats(&numbers, kind),
        };
        printer.width = printer.texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
        let width = printer.width;
        if tensor.dim() > 0 {
            for text in &mut printer.texts {
                *text = format!("{text:>width$}");
            }
        }
        Some(printer)
    }

    /// The numbers that are shown, in order.
    fn gather(&self, tensor: &Tensor, numbers: &mut Vec<f64>) -> Option<()> {
        if tensor.dim() == 0 {
            numbers.push(tensor.f_double_value(&[]).ok()?);
            return Some(());
        }
        for at in self.shown(tensor.size().first().copied()?).into_iter().flatten() {
            self.gather(&tensor.f_select(0, at).ok()?, numbers)?;
        }
        Some(())
    }

    /// The rows that are shown; `None` stands for `...`.
    fn shown(&self, count: i64) -> Vec<Option<i64>> {
        if self.summary && count > 2 * EDGE {
            let ends = (0..EDGE).map(Some).chain([None]).chain((count - EDGE..count).map(Some));
            return ends.collect();
        }
        (0..count).map(Some).collect()
    }

    fn text(&self, tensor: &Tensor, indent: usize) -> String {
        let mut texts = self.texts.iter();
        self.level(&tensor.size(), &mut texts, indent + 1)
    }

    fn level(&self, sizes: &[i64], texts: &mut std::slice::Iter<String>, indent: usize) -> String {
        let Some((&count, inner)) = sizes.split_first() else {
            return texts.next().cloned().unwrap_or_default().trim().to_owned();
        };
        if inner.is_empty() {
            return self.row(count, texts, indent);
        }
        let rows = self.shown(count).into_iter().map(|row| match row {
            Some(_) => self.level(inner, texts, indent + 1),
            None => "...".to_owned(),
        });
        let rows: Vec<String> = rows.collect();
        let break_ = format!(
            "{}{}{}",
            self.separator.trim_end(),
            "\n".repeat(inner.len()),
            " ".repeat(indent)
        );
        format!("[{}]", rows.join(&break_))
    }

    fn row(&self, count: i64, texts: &mut std::slice::Iter<String>, indent: usize) -> String {
        let mut lines = Vec::new();
        let mut line = String::new();
        let words: Vec<String> = self
            .shown(count)
            .into_iter()
            .map(|at| match at {
                Some(_) => texts.next().cloned().unwrap_or_default(),
                None => "...".to_owned(),
            })
            .collect();
        for (at, word) in words.iter().enumerate() {
            let separator = if line.is_empty() { "" } else { self.separator };
            let tail = if at + 1 == words.len() { 1 } else { self.separator.trim_end().len() };
            if !line.is_empty() && indent + line.len() + separator.len() + word.len() + tail > WIDTH
            {
                lines.push(line + self.separator.trim_end());
                line = word.clone();
            } else {
                line = line + separator + word;
            }
        }
        lines.push(line);
        format!("[{}]", lines.join(&format!("\n{}", " ".repeat(indent))))
    }
}

/// Floats with one number of digits, at most 8, or in scientific notation where they range too far.
fn floats(numbers: &[f64], kind: Kind) -> Vec<String> {
    let shortest =
        |x: f64| if kind == Kind::Float { shortest_f32(x as f32) } else { float_repr(x) };
    let finite: Vec<f64> = numbers.iter().copied().filter(|x| x.is_finite()).collect();
    let sizes = finite.iter().map(|x| x.abs()).filter(|x| *x != 0.0);
    let (low, high) = sizes.fold((f64::INFINITY, 0f64), |(low, high), x| (low.min(x), high.max(x)));
    let scientific = high >= 1e8 || (high > 0.0 && (low < 1e-4 || high / low > 1000.0));
    let special = |x: f64| {
        if x.is_nan() {
            "nan"
        } else if x > 0.0 {
            "inf"
        } else {
            "-inf"
        }
    };
    if scientific {
        let digits = finite.iter().map(|&x| {
            let text = format!("{:e}", round_to(x, 8, true));
            text.split('e').next().and_then(|m| m.split_once('.')).map_or(0, |(_, d)| d.len())
        });
        let digits = digits.max().unwrap_or(0).min(8);
        return numbers
            .iter()
            .map(|&x| if x.is_finite() { exponent(x, digits) } else { special(x).to_owned() })
            .collect();
    }
    let decimals = finite.iter().map(|&x| {
        let text = shortest(x);
        let text = if text.contains('e') { format!("{x:.8}") } else { text };
        let places = text.split_once('.').map_or(0, |(_, d)| d.trim_end_matches('0').len());
        if places > 8 {
            format!("{x:.8}").trim_end_matches('0').split_once('.').map_or(0, |(_, d)| d.len())
        } else {
            places
        }
    });
    let decimals = decimals.max().unwrap_or(0);
    let one = |x: f64| {
        if !x.is_finite() {
            return special(x).to_owned();
        }
        let text = format!("{x:.decimals$}");
        if decimals == 0 {
            return format!("{text}.");
        }
        let trimmed = if shortest(x).len() < text.len() || text.ends_with('0') {
            text.trim_end_matches('0').to_owned()
        } else {
            text.clone()
        };
        // Digits that the number does not have are blanks.
        format!("{trimmed:<width$}", width = text.len())
    };
    numbers.iter().map(|&x| one(x)).collect()
}

fn round_to(x: f64, digits: usize, _scientific: bool) -> f64 {
    format!("{x:.digits$e}").parse().unwrap_or(x)
}

fn exponent(x: f64, digits: usize) -> String {
    let text = format!("{x:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mantissa =
        if mantissa.contains('.') { mantissa.to_owned() } else { format!("{mantissa}.") };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn shortest_f32(x: f32) -> String {
    let text = format!("{x}");
    if text.contains('.') { text } else { format!("{text}.0") }
}
