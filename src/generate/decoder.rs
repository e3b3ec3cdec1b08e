//! What generating asks of a model, whichever it is.

use tch::{Device, Tensor};

use crate::Result;
use crate::attention::DynamicCache;

/// A model that says what comes next: a causal one, or the decoder of an encoder–decoder.
///
/// Here a model that always counts on, whatever it has read:
///
/// ```
/// use atencion::Result;
/// use atencion::generate::{Decoder, DecoderArgs, GenerationConfig, generate};
/// use tch::{Device, Kind, Tensor};
///
/// struct Counter;
///
/// impl Decoder for Counter {
///     fn next_logits(&self, input_ids: &Tensor, _: DecoderArgs) -> Result<Tensor> {
///         let last = input_ids.select(1, -1); // [B]
///         Ok((last + 1i64).remainder(10).one_hot(10).to_kind(Kind::Float)) // [B, V]
///     }
///     fn vocab_size(&self) -> i64 {
///         10
///     }
///     fn device(&self) -> Device {
///         Device::Cpu
///     }
/// }
///
/// let how = GenerationConfig { max_new_tokens: Some(3), ..GenerationConfig::default() };
/// let written = generate(&Counter, &Tensor::from_slice2(&[[6i64, 7]]), None, &how)?;
/// assert_eq!(Vec::<Vec<i64>>::try_from(written.sequences).unwrap(), [[6, 7, 8, 9, 0]]);
/// # Ok::<(), atencion::Error>(())
/// ```
pub trait Decoder {
    /// The logits `[B, V]` of what follows the last of `input_ids [B, L]`.
    ///
    /// # Errors
    /// When an id is not in the vocabulary, or the sequence is longer than the model can see.
    fn next_logits(&self, input_ids: &Tensor, args: DecoderArgs) -> Result<Tensor>;

    /// V
    fn vocab_size(&self) -> i64;

    /// Where its parameters are.
    fn device(&self) -> Device;

    /// The longest sequence that it can see; `None` where there is no such limit.
    fn max_positions(&self) -> Option<i64> {
        None
    }

    /// Of an encoder–decoder: what its encoder makes of `input_ids [B, S]`. A causal model has none.
    ///
    /// # Errors
    /// When an id is not in the vocabulary, or the text is too long.
    fn encode(
        &self,
        _input_ids: &Tensor,
        _attention_mask: Option<&Tensor>,
    ) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// Whether it has an encoder, which reads the prompt.
    fn is_encoder_decoder(&self) -> bool {
        false
    }
}

/// What [`Decoder::next_logits`] takes besides the ids.
#[derive(Debug, Default)]
pub struct DecoderArgs<'a> {
    /// `[B, P + L]`: 0 = padding. `None`: there is none.
    pub attention_mask: Option<&'a Tensor>,
    /// `[B, L]` or `[1, L]`: where the tokens stand; `None` for an encoder–decoder.
    pub position_ids: Option<&'a Tensor>,
    /// The P tokens before these, to which these are added; `None`: nothing is kept.
    pub past_key_values: Option<&'a mut DynamicCache>,
    /// Of an encoder–decoder: the keys and values of what its encoder read, which a model puts in once.
    pub cross_attention_cache: Option<&'a mut DynamicCache>,
    /// Of an encoder–decoder: what its encoder made of the prompt.
    pub encoded: Option<&'a Encoded>,
}

/// What an encoder made of a text.
#[derive(Debug)]
pub struct Encoded {
    /// `[B, S, E]`
    pub last_hidden_state: Tensor,
    /// `[B, S]`: 0 = padding.
    pub attention_mask: Option<Tensor>,
}
