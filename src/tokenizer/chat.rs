//! Chat templates: how a list of messages becomes the one text that a model was trained on.
//!
//! A template comes from outside, so it gets a budget of steps and of nested data, and no access to anything but its
//! own messages.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Value as Jinja};
use minijinja::{Environment, ErrorKind};
use serde_json::Value;

use crate::{Error, Result};

/// Steps that a template may take; the longest in use take some thousands.
const FUEL: u64 = 2_000_000;
/// The longest template that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// A compiled template.
pub(super) struct ChatTemplate {
    environment: Environment<'static>,
}

impl ChatTemplate {
    pub(super) fn new(source: &str) -> Result<Self> {
        if source.len() > LONGEST {
            let what =
                format!("the chat template has {} bytes; at most {LONGEST} are read", source.len());
            return Err(Error::value(what));
        }
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(refused)?;
        environment.set_syntax(syntax);
        environment.set_fuel(Some(FUEL));
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_filter("tojson", to_json);
        environment.add_function("raise_exception", raise_exception);
        environment.add_template_owned("chat", source.to_owned()).map_err(refused)?;
        Ok(Self { environment })
    }

    /// `apply_chat_template(messages, tokenize=False)`, with the special tokens by their names.
    pub(super) fn render<'a>(
        &self,
        messages: &Value,
        add_generation_prompt: bool,
        special: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<String> {
        if !messages.is_array() {
            return Err(Error::value("the messages of a chat are a list")
                .mend(r#"for example [{"role": "user", "content": "Hello"}]"#));
        }
        let mut context: serde_json::Map<String, Value> =
            special.map(|(name, token)| (name.to_owned(), token.into())).collect();
        context.insert("messages".into(), messages.clone());
        context.insert("add_generation_prompt".into(), add_generation_prompt.into());
        let template = self.environment.get_template("chat").map_err(refused)?;
        template.render(minijinja::value::Serde(context)).map_err(refused)
    }
}

fn raise_exception(message: String) -> std::result::Result<Jinja, minijinja::Error> {
    Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
}

/// Python's `json.dumps(x, ensure_ascii=False, indent=…)`, in place of a filter that escapes HTML.
fn to_json(value: Jinja, options: Kwargs) -> std::result::Result<Jinja, minijinja::Error> {
    let indent: Option<usize> = options.get("indent")?;
    options.assert_all_used()?;
    let value = serde_json::to_value(&value)
        .map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    let mut text = String::new();
    write_json(&value, indent, 0, &mut text);
    Ok(Jinja::from_safe_string(text))
}

fn write_json(value: &Value, indent: Option<usize>, depth: usize, text: &mut String) {
    let (open, close, items): (char, char, Vec<(Option<&String>, &Value)>) = match value {
        Value::Array(items) if !items.is_empty() => {
            ('[', ']', items.iter().map(|item| (None, item)).collect())
        }
        Value::Object(items) if !items.is_empty() => {
            ('{', '}', items.iter().map(|(name, item)| (Some(name), item)).collect())
        }
        other => return text.push_str(&other.to_string()),
    };
    text.push(open);
    for (index, (name, item)) in items.into_iter().enumerate() {
        match (index, indent) {
            (0, None) => {}
            (_, None) => text.push_str(", "),
            (0, Some(width)) => break_line(width * (depth + 1), text),
            (_, Some(width)) => {
                text.push(',');
                break_line(width * (depth + 1), text);
            }
        }
        if let Some(name) = name {
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push_str(": ");
        }
        write_json(item, indent, depth + 1, text);
    }
    if let Some(width) = indent {
        break_line(width * depth, text);
    }
    text.push(close);
}

fn break_line(spaces: usize, text: &mut String) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', spaces));
}

fn refused(error: minijinja::Error) -> Error {
    if error.kind() == ErrorKind::OutOfFuel {
        return Error::value(format!("the chat template takes more than {FUEL} steps"))
            .mend("it loops; look at chat_template in the folder");
    }
    let place = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    Error::value(format!("chat template{place}: {}", crate::io::printable(&detail)))
}
