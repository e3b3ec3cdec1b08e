//! Numbers as Python writes them, and the format specifications of f-strings, `format` and `%`.

use super::machine::Machine;
use super::numbers::Number;
use super::problem::{Step, type_error, value_error};
use super::value::Value;

/// `repr(x)` of a float: the fewest digits that read back as the same number.
pub fn float_repr(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = format!("{x:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let text = format!("{x}");
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// `[[fill]align][sign][#][0][width][,][.precision][type]`
#[derive(Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse(text: &str) -> Option<Spec> {
    let chars: Vec<char> = text.chars().collect();
    let mut spec = Spec::default();
    let mut at = 0;
    let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
    if is_align(chars.get(1)) {
        (spec.fill, spec.align) = (chars.first().copied(), chars.get(1).copied());
        at = 2;
    } else if is_align(chars.first()) {
        spec.align = chars.first().copied();
        at = 1;
    }
    if let Some(sign @ ('+' | '-' | ' ')) = chars.get(at) {
        spec.sign = Some(*sign);
        at += 1;
    }
    if chars.get(at) == Some(&'#') {
        spec.alternate = true;
        at += 1;
    }
    if chars.get(at) == Some(&'0') {
        if spec.align.is_none() {
            (spec.fill, spec.align) = (Some('0'), Some('='));
        }
        at += 1;
    }
    let number = |at: &mut usize| -> Option<usize> {
        let start = *at;
        while chars.get(*at).is_some_and(char::is_ascii_digit) {
            *at += 1;
        }
        chars[start..*at].iter().collect::<String>().parse().ok()
    };
    spec.width = number(&mut at).unwrap_or(0);
    if let Some(group @ (',' | '_')) = chars.get(at) {
        spec.grouping = Some(*group);
        at += 1;
    }
    if chars.get(at) == Some(&'.') {
        at += 1;
        spec.precision = Some(number(&mut at)?);
    }
    spec.kind = chars.get(at).copied();
    let rest = chars.len().saturating_sub(at + usize::from(spec.kind.is_some()));
    (rest == 0 && spec.width <= 10_000 && spec.precision.unwrap_or(0) <= 400).then_some(spec)
}

impl Machine {
    /// `format(value, spec)`
    pub fn format(&mut self, value: &Value, spec: &str) -> Step<String> {
        if spec.is_empty() {
            return self.text_of(value);
        }
        if let Value::Object(object) = value
            && let Some(method) = object.class.find("__format__")
        {
            let method = self.bind_method(value, method)?;
            let text = self.call(&method, super::ops::bind::Call::of(vec![Value::str(spec)]))?;
            return self.text_of(&text);
        }
        let value = match value {
            Value::Tensor(held) if held.tensor.dim() == 0 => self.item_of(held)?,
            other => other.clone(),
        };
        let Some(parsed) = parse(spec) else {
            return value_error(format!(
                "Invalid format specifier '{spec}' for object of type '{}'",
                value.type_name()
            ));
        };
        match (&value, Number::of(&value)) {
            (Value::Str(text), _) => {
                let text: String = match parsed.precision {
                    Some(most) => text.chars().take(most).collect(),
                    None => text.to_string(),
                };
                if !matches!(parsed.kind, None | Some('s')) {
                    return value_error(format!(
                        "Unknown format code '{}' for object of type 'str'",
                        parsed.kind.unwrap_or(' ')
                    ));
                }
                Ok(padded(&text, &parsed, '<'))
            }
            (Value::Bool(_), _) if parsed.kind.is_none() => {
                let text = self.text_of(&value)?;
                Ok(padded(&text, &parsed, '<'))
            }
            (_, Some(number)) => number_text(number, &parsed),
            _ => type_error(format!(
                "unsupported format string passed to {}.__format__",
                value.type_name()
            )),
        }
    }

    /// `text % values`
    pub fn percent(&mut self, text: &str, values: &Value) -> Step<Value> {
        let mut values = match values {
            Value::Tuple(tuple) => tuple.items.clone(),
            other => vec![other.clone()],
        }
        .into_iter();
        let mut out = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            if rest.peek() == Some(&'%') {
                rest.next();
                out.push('%');
                continue;
            }
            let mut spec = String::new();
            let kind = loop {
                match rest.next() {
                    Some(c) if c.is_ascii_alphabetic() => break c,
                    Some(c) => spec.push(c),
                    None => return value_error("incomplete format"),
                }
            };
            let Some(value) = values.next() else {
                return type_error("not enough arguments for format string");
            };
            let spec = match spec.strip_prefix('-') {
                Some(spec) => format!("<{spec}"),
                None if matches!(kind, 's' | 'r') && !spec.is_empty() => format!(">{spec}"),
                None => spec,
            };
            out.push_str(&match kind {
                's' => {
                    let text = Value::str(self.text_of(&value)?);
                    self.format(&text, &spec)?
                }
                'r' => {
                    let text = Value::str(self.repr(&value)?);
                    self.format(&text, &spec)?
                }
                'd' | 'i' => {
                    let whole = match Number::of(&value) {
                        Some(Number::Float(value)) => Value::Int(value.trunc() as i64),
                        _ => value,
                    };
                    self.format(&whole, &format!("{spec}d"))?
                }
                kind => self.format(&value, &format!("{spec}{kind}"))?,
            });
            self.charge_text(out.len())?;
        }
        if values.next().is_some() {
            return type_error("not all arguments converted during string formatting");
        }
        Ok(Value::str(out))
    }
}

fn number_text(number: Number, spec: &Spec) -> Step<String> {
    let kind = spec.kind;
    let digits = match (number, kind) {
        (Number::Int(value), None | Some('d' | 'n')) => value.unsigned_abs().to_string(),
        (Number::Int(value), Some('x')) => {
            with_prefix(spec, "0x", format!("{:x}", value.unsigned_abs()))
        }
        (Number::Int(value), Some('X')) => {
            with_prefix(spec, "0X", format!("{:X}", value.unsigned_abs()))
        }
        (Number::Int(value), Some('b')) => {
            with_prefix(spec, "0b", format!("{:b}", value.unsigned_abs()))
        }
        (Number::Int(value), Some('o')) => {
            with_prefix(spec, "0o", format!("{:o}", value.unsigned_abs()))
        }
        (Number::Int(value), Some('c')) => {
            char::from_u32(value as u32).map(String::from).unwrap_or_default()
        }
        (number, kind) => {
            let value = number.float();
            let value = value.abs();
            match kind {
                Some('f' | 'F') => fixed(value, spec.precision.unwrap_or(6)),
                Some('e') => scientific(value, spec.precision.unwrap_or(6)),
                Some('E') => scientific(value, spec.precision.unwrap_or(6)).to_uppercase(),
                Some('%') => format!("{}%", fixed(value * 100.0, spec.precision.unwrap_or(6))),
                Some('g' | 'G' | 'n') => {
                    general(value, spec.precision.unwrap_or(6), spec.alternate)
                }
                None => match spec.precision {
                    Some(precision) => {
                        let text = general(value, precision, false);
                        if text.contains(['.', 'e', 'n']) { text } else { format!("{text}.0") }
                    }
                    None => float_repr(value),
                },
                Some(other) => {
                    let of = if matches!(number, Number::Int(_)) { "int" } else { "float" };
                    return value_error(format!(
                        "Unknown format code '{other}' for object of type '{of}'"
                    ));
                }
            }
        }
    };
    let negative = match number {
        Number::Int(value) => value < 0,
        Number::Float(value) => value.is_sign_negative() && !value.is_nan(),
    };
    let digits = match spec.grouping {
        Some(group) => grouped(&digits, group),
        None => digits,
    };
    let sign = match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    if spec.align == Some('=') {
        let fill = spec.fill.unwrap_or(' ');
        let missing = spec.width.saturating_sub(sign.len() + digits.chars().count());
        let filling: String = std::iter::repeat_n(fill, missing).collect();
        return Ok(format!("{sign}{filling}{digits}"));
    }
    Ok(padded(&format!("{sign}{digits}"), spec, '>'))
}

fn with_prefix(spec: &Spec, prefix: &str, digits: String) -> String {
    if spec.alternate { format!("{prefix}{digits}") } else { digits }
}

fn padded(text: &str, spec: &Spec, default: char) -> String {
    let missing = spec.width.saturating_sub(text.chars().count());
    let fill = spec.fill.unwrap_or(' ');
    let (before, after) = match spec.align.unwrap_or(default) {
        '<' => (0, missing),
        '^' => (missing / 2, missing - missing / 2),
        _ => (missing, 0),
    };
    let times = |count| std::iter::repeat_n(fill, count).collect::<String>();
    format!("{}{text}{}", times(before), times(after))
}

/// Thousands, before the point.
fn grouped(digits: &str, group: char) -> String {
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    let mut out = String::new();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(group);
        }
        out.push(c);
    }
    out + rest
}

/// `%.nf`; what is no number has a name.
pub fn fixed(value: f64, precision: usize) -> String {
    if value.is_finite() { format!("{value:.precision$}") } else { float_repr(value) }
}

/// `%.ne`
fn scientific(value: f64, precision: usize) -> String {
    if !value.is_finite() {
        return float_repr(value);
    }
    let text = format!("{value:.precision$e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// `%.ng`
fn general(value: f64, precision: usize, alternate: bool) -> String {
    if !value.is_finite() {
        return float_repr(value);
    }
    let precision = precision.max(1);
    let scientific_text = scientific(value, precision - 1);
    let exponent: i32 =
        scientific_text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let bare = |text: &str| -> String {
        if alternate || !text.contains('.') {
            return text.to_owned();
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if exponent < -4 || exponent >= precision as i32 {
        let (digits, tail) = scientific_text.split_once('e').unwrap_or((&scientific_text, "+00"));
        return format!("{}e{tail}", bare(digits));
    }
    let decimals = (precision as i32 - 1 - exponent).max(0) as usize;
    bare(&format!("{value:.decimals$}"))
}
