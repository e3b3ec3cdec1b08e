//! What to write on from: the argument, else standard input.

use std::io::{IsTerminal, Read, stdin};

use atencion::Error;

use super::Ui;

/// The prompt. A final line break is the shell's, not the text's.
///
/// # Errors
/// When there is none, and nobody to type it.
pub(super) fn text(argument: Option<&str>, ui: &Ui) -> anyhow::Result<String> {
    if let Some(text) = argument {
        return Ok(text.to_owned());
    }
    if stdin().is_terminal() {
        return Err(Error::value(ui.lang.text("generate-no-prompt"))
            .mend(ui.lang.text("generate-no-prompt-mend"))
            .into());
    }
    let mut bytes = Vec::new();
    stdin().read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}
