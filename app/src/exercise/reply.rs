//! What a student is told who asks: from Python by `atencion.check(..)`, from a Rust cell by [`check!`](crate::check).

use tch::Tensor;

use super::{Answer, Language, check, find};
use crate::i18n::Lang;
use atencion::Result;

/// An answer in words.
#[derive(Debug)]
pub struct Reply {
    /// What was found.
    pub answer: Answer,
    /// In words, with the solution where it was asked for.
    pub text: String,
}

/// Checks a result of the exercise of that name.
///
/// # Errors
/// When there is no such exercise (with the nearest name), or the tensor holds no numbers.
pub fn reply(
    name: &str,
    result: &Tensor,
    solution: bool,
    language: Language,
    lang: Lang,
) -> Result<Reply> {
    let exercise = find(name, lang)?;
    let answer = check(&exercise, result)?;
    let mut text = answer.text(lang);
    if solution {
        let code = language.code(&exercise).solution;
        text = format!("{text}\n\n{}\n\n{code}", lang.text("answer-solution"));
    }
    Ok(Reply { answer, text })
}

/// What [`check!`](crate::check) prints.
#[doc(hidden)]
pub fn say(name: &str, result: &Tensor, solution: bool) {
    match reply(name, result, solution, Language::Rust, Lang::from_locale()) {
        Ok(reply) => println!("{}", reply.text),
        Err(error) => println!("{}\n{}", error.what(), error.how_to_mend().unwrap_or_default()),
    }
}

/// `check!("self_attention", z);` in a cell of a notebook says whether the result is right, or which mistake makes
/// exactly these numbers; `check!("self_attention", z, solution);` shows the solution, too.
///
/// ```
/// use atencion_cli::check;
/// check!("softmax", tch::Tensor::zeros([2, 3], tch::kind::FLOAT_CPU));
/// ```
#[macro_export]
macro_rules! check {
    ($name:expr, $result:expr $(,)?) => {
        $crate::exercise::say($name, &$result, false)
    };
    ($name:expr, $result:expr, solution) => {
        $crate::exercise::say($name, &$result, true)
    };
}
