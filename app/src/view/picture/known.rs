//! The pictures that every introduction shows: positional encodings and masks.

use tch::{Device, Kind, Tensor};

use super::{Panel, Picture};
use crate::i18n::Lang;
use crate::view::Matrix;
use crate::view::labels::{Labels, numbered};
use atencion::{Error, Result};

/// The sinusoids of *Attention Is All You Need*, section 3.5: `PE(pos, 2i) = sin(pos / 10000^(2i/d))` and
/// `PE(pos, 2i+1) = cos(..)`. Result `[positions, d]`, float32.
///
/// `interleaved` puts sine and cosine in turn, as the paper does; otherwise all sines come first and then all
/// cosines, as in tensor2tensor and in the Illustrated Transformer's picture. An odd `d` has one cosine less.
///
/// # Errors
/// When a size is not positive.
pub fn positional_encoding(positions: i64, d: i64, interleaved: bool) -> Result<Tensor> {
    if positions < 1 || d < 1 {
        return Err(Error::value(format!("no positional encoding is [{positions}, {d}]"))
            .mend("use at least one position and one dimension"));
    }
    let position = Tensor::f_arange(positions, (Kind::Float, Device::Cpu))?.f_unsqueeze(1)?;
    let even = Tensor::f_arange_start_step(0, d, 2, (Kind::Float, Device::Cpu))?;
    let angle = position * (even * (-(10_000f64.ln()) / d as f64)).exp();
    let halves = [angle.sin(), angle.cos()];
    match interleaved {
        true => Ok(Tensor::f_stack(&halves, 2)?.f_flatten(1, 2)?.f_narrow(1, 0, d)?),
        false => Ok(Tensor::f_cat(&halves, 1)?.f_narrow(1, 0, d)?),
    }
}

impl Picture {
    /// Positional encodings in both layouts, one above the other: sine and cosine in turn, and in two halves.
    ///
    /// # Errors
    /// When a size is not positive.
    pub fn positional(positions: i64, d: i64, lang: Lang) -> Result<Self> {
        let panel = |interleaved, name: &str| -> Result<Panel> {
            let tensor = positional_encoding(positions, d, interleaved)?;
            Ok(Panel {
                title: lang.text(name),
                caption: lang.text_with(
                    "picture-positional-caption",
                    &[("positions", positions.to_string().into()), ("d", d.to_string().into())],
                ),
                matrix: Matrix::of(&tensor)?,
                labels: Labels {
                    rows: (0..positions).map(|at| at.to_string()).collect(),
                    columns: vec![],
                },
            })
        };
        Ok(Self {
            title: lang.text("picture-positional"),
            panels: vec![
                panel(true, "picture-positional-interleaved")?,
                panel(false, "picture-positional-halves")?,
            ],
        })
    }

    /// The causal mask of that many words, as torch's `tril`: 1 where a word may look.
    ///
    /// # Errors
    /// When there is no word.
    pub fn causal(words: i64, lang: Lang) -> Result<Self> {
        let mask = some(words)?.f_ones_like()?.f_tril(0)?;
        Ok(Self::mask("picture-causal", &mask, lang)?
            .with_caption(lang.text("picture-causal-caption")))
    }

    /// The padding mask of a batch of one sentence of `words` words in a row of `length`: no word looks at the
    /// padding.
    ///
    /// # Errors
    /// When there are more words than places, or none.
    pub fn padding(words: i64, length: i64, lang: Lang) -> Result<Self> {
        if words < 1 || words > length {
            return Err(Error::value(format!("{words} words do not fit into {length} places"))
                .mend("use between one word and as many as there are places"));
        }
        let real = Tensor::f_arange(length, (Kind::Int64, Device::Cpu))?.f_lt(words)?;
        let mask = real.f_to_kind(Kind::Float)?.f_expand([length, length], false)?;
        let caption = lang.text_with(
            "picture-padding-caption",
            &[("words", words.to_string().into()), ("length", length.to_string().into())],
        );
        Ok(Self::mask("picture-padding", &mask, lang)?.with_caption(caption))
    }

    fn mask(title: &str, mask: &Tensor, lang: Lang) -> Result<Self> {
        let matrix = Matrix::of(mask)?;
        let labels =
            Labels { rows: numbered("q", matrix.rows), columns: numbered("k", matrix.columns) };
        let title = lang.text(title);
        let panel = Panel { title: title.clone(), caption: String::new(), matrix, labels };
        Ok(Self { title, panels: vec![panel] })
    }

    fn with_caption(mut self, caption: String) -> Self {
        self.panels.iter_mut().for_each(|panel| panel.caption.clone_from(&caption));
        self
    }
}

fn some(words: i64) -> Result<Tensor> {
    if words < 1 {
        return Err(Error::value(format!("a mask of {words} words")).mend("use one word or more"));
    }
    Ok(Tensor::f_ones([words, words], (Kind::Float, Device::Cpu))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_hold_the_same_numbers() {
        let in_turn = positional_encoding(20, 512, true).unwrap();
        let halves = positional_encoding(20, 512, false).unwrap();
        assert!(in_turn.slice(1, 0, 512, 2).equal(&halves.slice(1, 0, 256, 1)));
        assert!(in_turn.slice(1, 1, 512, 2).equal(&halves.slice(1, 256, 512, 1)));
        // sin 1, cos 1, and sin(3 / 10000^(2/512)).
        assert!((in_turn.double_value(&[1, 0]) - 0.841_470_98).abs() < 1e-6);
        assert!((in_turn.double_value(&[1, 1]) - 0.540_302_31).abs() < 1e-6);
        let slower = (3.0 / 10_000f64.powf(2.0 / 512.0)).sin();
        assert!((in_turn.double_value(&[3, 2]) - slower).abs() < 1e-6);
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        for (positions, d) in [(0, 4), (3, 0), (-1, 2)] {
            assert!(positional_encoding(positions, d, true).is_err());
        }
        // An odd width has one sine more than cosines.
        assert_eq!(positional_encoding(4, 9, true).unwrap().size(), [4, 9]);
        assert!(Picture::causal(0, Lang::En).is_err());
        assert!(Picture::padding(5, 4, Lang::En).is_err());
    }
}
