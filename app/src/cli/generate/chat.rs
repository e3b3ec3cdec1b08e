//! A conversation: each line is a message, and what the model writes behind the template is its answer.

use std::io::{BufRead, IsTerminal, stdin};

use atencion::tokenizer::EncodeArgs;
use serde_json::{Value, json};

use super::{Outcome, Ui, Writer};

pub(super) fn hold(writer: &Writer, only: Option<&str>, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let mut messages = Vec::new();
    if let Some(message) = only {
        answer(writer, &mut messages, message, ui)?;
        return Ok(Outcome::Fine);
    }
    let typed = stdin().is_terminal();
    let mut line = String::new();
    loop {
        if typed {
            write!(ui.out, "> ")?;
            ui.out.flush()?;
        }
        line.clear();
        if stdin().lock().read_line(&mut line)? == 0 {
            return Ok(Outcome::Fine);
        }
        let message = line.trim();
        if !message.is_empty() {
            answer(writer, &mut messages, message, ui)?;
        }
    }
}

fn answer(
    writer: &Writer,
    messages: &mut Vec<Value>,
    message: &str,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    messages.push(json!({ "role": "user", "content": message }));
    let text = writer.tokenizer.apply_chat_template(&Value::Array(messages.clone()), true)?;
    // The template has put in the special tokens itself.
    let args = EncodeArgs { add_special_tokens: false, ..EncodeArgs::default() };
    let ids = writer.tokenizer.encode_with(&text, None, &args)?.ids;
    let reply = writer.stream(&ids, "", ui)?;
    messages.push(json!({ "role": "assistant", "content": reply.trim() }));
    Ok(())
}
