//! The tokenizer's files in a model's folder: which there are, and so what it is; and writing them.

use std::io::Write;
use std::path::Path;

use super::chat::ChatTemplate;
use super::fast::{self, refused};
use super::marian::Marian;
use super::settings::Settings;
use super::{Backend, Side, Tokenizer};
use crate::io::write_atomically;
use crate::{Error, Result};

/// Files beside `vocab.json` and `vocab.txt` that say nothing else are taken for those of these classes.
const GPT2: [&str; 2] = ["GPT2Tokenizer", "GPT2TokenizerFast"];
const BERT: [&str; 4] =
    ["BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast"];

impl Tokenizer {
    /// Opens the tokenizer in a model's folder, or, with the feature `hub`, of `owner/name` on the Hub.
    ///
    /// # Errors
    /// When there is none in it, a file of it is broken, or it is of a class that only `tokenizer.json` describes.
    pub fn from_pretrained(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = &crate::io::model_folder(folder)?;
        let mut settings = Settings::read(folder)?;
        let backend = backend(folder, &mut settings)?;
        let llama = settings
            .text("tokenizer_class")
            .is_some_and(|class| class.starts_with("LlamaTokenizer"));
        let mut tokenizer =
            Self::new(backend, settings, if llama { Side::Left } else { Side::Right })?;
        tokenizer.chat_template = chat_template(folder, &tokenizer.settings)?;
        Ok(tokenizer)
    }

    /// Writes the tokenizer to a folder that `from_pretrained` opens, here and in Python.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be written.
    pub fn save_pretrained(&self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
        match &self.backend {
            Backend::Fast(tokenizer) => {
                let json = tokenizer.to_string(true).map_err(refused)?;
                write_atomically(&folder.join("tokenizer.json"), |file| {
                    file.write_all(json.as_bytes())
                })?;
            }
            Backend::Marian { files, .. } => copy_marian(files, folder)?,
        }
        let config = self.settings.to_json(matches!(self.backend, Backend::Marian { .. }));
        write_atomically(&folder.join("tokenizer_config.json"), |file| {
            file.write_all(config.as_bytes())
        })
    }
}

fn backend(folder: &Path, settings: &mut Settings) -> Result<Backend> {
    let has = |name: &str| folder.join(name).is_file();
    let class = settings.text("tokenizer_class").map(str::to_owned);
    let refuse_other = |known: &[&str], file: &str| match &class {
        Some(class) if !known.contains(&class.as_str()) => Err(Error::file(
            folder.join(file),
            format!("{class} is not put together from this file"),
        )
        .mend("save a tokenizer.json with Python's transformers")),
        _ => Ok(()),
    };
    let fast = if has("source.spm") && has("target.spm") {
        let tokenizer = Box::new(Marian::read(folder, settings)?);
        return Ok(Backend::Marian { files: folder.to_owned(), tokenizer });
    } else if has("tokenizer.json") {
        fast::from_json(&folder.join("tokenizer.json"), settings)?
    } else if has("vocab.json") && has("merges.txt") {
        refuse_other(&GPT2, "vocab.json")?;
        fast::byte_level(folder, settings)?
    } else if has("vocab.txt") {
        refuse_other(&BERT, "vocab.txt")?;
        fast::word_piece(&folder.join("vocab.txt"), settings)?
    } else if has("tokenizer.model") {
        fast::llama(&folder.join("tokenizer.model"), settings)?
    } else {
        let mend = "a tokenizer is tokenizer.json, vocab.json and merges.txt, vocab.txt, tokenizer.model, or source.spm, target.spm and vocab.json";
        return Err(Error::file(folder, "there is no tokenizer in this folder").mend(mend));
    };
    Ok(Backend::Fast(Box::new(fast)))
}

fn chat_template(folder: &Path, settings: &Settings) -> Result<Option<ChatTemplate>> {
    let path = folder.join("chat_template.jinja");
    if path.is_file() {
        let source = std::fs::read_to_string(&path).map_err(|error| Error::file(&path, error))?;
        return ChatTemplate::new(&source).map(Some);
    }
    settings.chat_template().map(ChatTemplate::new).transpose()
}

fn copy_marian(from: &Path, to: &Path) -> Result<()> {
    for name in ["source.spm", "target.spm", "vocab.json", "target_vocab.json"] {
        let file = from.join(name);
        if file.is_file() && from != to {
            std::fs::copy(&file, to.join(name)).map_err(|error| Error::file(&file, error))?;
        }
    }
    Ok(())
}
