//! f-strings, what is printed, and comprehensions.

use super::super::lines::ast::{Comprehension, Expr, Makes, Piece};
use super::super::lines::observe::Shape;
use super::code::{Code, Said};
use super::twin::Porter;

impl Porter<'_> {
    /// An f-string's pieces as a format and its values.
    pub fn format(&mut self, pieces: &[Piece]) -> Said<(String, Vec<String>)> {
        let (mut format, mut values) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    format.push_str(&literal(text));
                }
                Piece::Value { value, label, conversion, spec } => {
                    if let Some(label) = label {
                        format.push_str(label);
                    }
                    if conversion.is_some() {
                        return Err("!r in an f-string".to_owned());
                    }
                    let spec = match spec.as_slice() {
                        [] => "",
                        [Piece::Text(text)] => &**text,
                        _ => return Err("a format of this form".to_owned()),
                    };
                    let code = self.expr(value)?;
                    let (hole, value) = printed(&code, spec)?;
                    format.push_str(&hole);
                    if !value.is_empty() {
                        values.push(value);
                    }
                }
            }
        }
        Ok((format, values))
    }

    /// `[x for y in z if w]`
    pub(super) fn comprehension(&mut self, expr: &Expr, made: &Comprehension) -> Said<Code> {
        let shape = match (made.makes, self.shape(expr)?) {
            (Makes::List, shape @ Shape::List(_)) => shape,
            (Makes::Dict, shape @ Shape::Map(..)) => shape,
            // What a generator gives is gone through at once.
            (Makes::Generator, _) => Shape::List(Some(Box::new(self.shape(&made.element)?))),
            _ => return Err("a comprehension of this form".to_owned()),
        };
        super::code::type_of(&shape)?;
        let variables = self.scope().variables.clone();
        // A map's own order is another than Python's: it must not matter.
        let outer = std::mem::replace(&mut self.any_order, matches!(shape, Shape::Map(..)));
        let text = self.made(made, &shape);
        self.any_order = outer;
        self.scope().variables = variables;
        Ok(Code::value(text?, shape))
    }

    fn made(&mut self, made: &Comprehension, shape: &Shape) -> Said<String> {
        let mut heads = Vec::new();
        for clause in &made.clauses {
            let (pattern, over) = self.each(&clause.target, &clause.iterable)?;
            heads.push((format!("for {pattern} in {over}"), pattern, over));
            for condition in &clause.conditions {
                let test = self.condition(condition)?;
                heads.push((format!("if {test}"), String::new(), String::new()));
            }
        }
        let push = match shape {
            Shape::Map(key, value) => {
                let of = made.value.as_ref().ok_or("a comprehension of this form")?;
                let (key, value) = (self.expr_as(&made.element, key)?, self.expr_as(of, value)?);
                format!("made.insert({key}, {value});\n")
            }
            Shape::List(Some(inner)) => {
                let element = self.expr_as(&made.element, inner)?;
                if let [(_, pattern, over)] = heads.as_slice()
                    && !element.contains('?')
                    && !over.contains('?')
                {
                    let over = super::blocks::over_counted(pattern, over.clone(), &element);
                    let over = super::iterate::grouped(&over);
                    let over = match over.starts_with("(&") || !over.contains(".iter()") {
                        true => format!("{over}.into_iter()"),
                        false => over,
                    };
                    return Ok(format!("{over}.map(|{pattern}| {element}).collect::<Vec<_>>()"));
                }
                format!("made.push({element});\n")
            }
            _ => return Err("a comprehension that makes nothing".to_owned()),
        };
        let mut text = push;
        let all: String = heads.iter().map(|(head, _, _)| head.as_str()).collect();
        for (head, pattern, over) in heads.iter().rev() {
            let counted =
                super::blocks::over_counted(pattern, over.clone(), &format!("{all}{text}"));
            let head = match pattern.is_empty() {
                true => head.clone(),
                false => format!("for {pattern} in {counted}"),
            };
            text = format!("{head} {{\n{}}}\n", super::twin::indented(&text));
        }
        let kind =
            if matches!(shape, Shape::Map(..)) { "std::collections::HashMap" } else { "Vec" };
        let inside = format!("let mut made = {kind}::new();\n{text}made\n");
        Ok(format!("{{\n{}}}", super::twin::indented(&inside)))
    }
}

/// A text inside of a format.
pub(super) fn literal(text: &str) -> String {
    let written = format!("{text:?}");
    let inside = written.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inside.unwrap_or_default().replace('{', "{{").replace('}', "}}")
}

/// The hole in a format for a value, and the value.
pub fn printed(code: &Code, spec: &str) -> Said<(String, String)> {
    let form = || "a format of this form".to_owned();
    let hole = |spec: &str| if spec.is_empty() { "{}".to_owned() } else { format!("{{:{spec}}}") };
    let is_width = |spec: &str| {
        let spec = spec.trim_start_matches(['<', '>', '^']);
        spec.chars().all(|c| c.is_ascii_digit()) && (spec.is_empty() || !spec.starts_with('0'))
    };
    Ok(match &code.shape {
        Shape::Tensor if spec.is_empty() => {
            ("{}".to_owned(), format!("{}.printed()", code.receiver()))
        }
        // Of a tensor with one element: Python formats its number.
        Shape::Tensor if spec.ends_with('f') => {
            let text = format!("{}.double_value(&[])", code.receiver());
            return printed(&Code::value(text, Shape::Float), spec);
        }
        Shape::Size if spec.is_empty() => ("torch.Size({:?})".to_owned(), code.text.clone()),
        Shape::Str if is_width(spec) => (hole(spec), code.text.clone()),
        Shape::Int if is_width(spec.trim_end_matches('d')) || spec == "02d" || spec == "03d" => {
            (hole(spec.trim_end_matches('d')), code.text.clone())
        }
        Shape::Int | Shape::Float if spec.ends_with(['f', '%']) => {
            let is_share = spec.ends_with('%');
            let spec = spec.trim_end_matches(['f', '%']);
            if spec.chars().any(|c| !c.is_ascii_digit() && !matches!(c, '.' | '>' | '<' | '+')) {
                return Err(form());
            }
            let precise = if spec.contains('.') { spec.to_owned() } else { format!("{spec}.6") };
            let float = code.float()?;
            match is_share {
                true => (format!("{{:{precise}}}%"), format!("100.0 * ({float})")),
                false => (format!("{{:{precise}}}"), float),
            }
        }
        Shape::Float if spec.is_empty() => ("{:?}".to_owned(), code.text.clone()),
        Shape::Bool if spec.is_empty() => {
            ("{}".to_owned(), format!("if {} {{ \"True\" }} else {{ \"False\" }}", code.text))
        }
        Shape::Dtype(kind) if spec.is_empty() => {
            let name = match kind {
                tch::Kind::Float => "float32",
                tch::Kind::Double => "float64",
                tch::Kind::Int64 => "int64",
                tch::Kind::Int => "int32",
                tch::Kind::Half => "float16",
                tch::Kind::BFloat16 => "bfloat16",
                tch::Kind::Bool => "bool",
                _ => return Err("printing this dtype".to_owned()),
            };
            (format!("torch.{name}"), String::new())
        }
        Shape::Device if spec.is_empty() => ("cpu".to_owned(), String::new()),
        Shape::Object(path) if spec.is_empty() && path.starts_with("torch.nn.") => {
            ("{}".to_owned(), code.text.clone())
        }
        Shape::List(Some(inner)) if spec.is_empty() && is_plain(inner) => {
            ("{:?}".to_owned(), code.text.clone())
        }
        Shape::Tuple(items) if spec.is_empty() && items.len() > 1 && items.iter().all(is_plain) => {
            ("{:?}".to_owned(), code.text.clone())
        }
        other => return Err(format!("printing this: {}", super::code::spoken(other))),
    })
}

/// What Rust's `{:?}` prints as Python does.
fn is_plain(shape: &Shape) -> bool {
    match shape {
        Shape::Int | Shape::Float => true,
        Shape::List(Some(inner)) => is_plain(inner),
        _ => false,
    }
}
