//! What generating begins with: ids, masks and positions, one row for each sequence that is followed.

use tch::{Kind, Tensor};

use super::feed::Feed;
use super::processors::processors;
use super::{Decoder, Encoded, GenerationConfig, LogitsProcessor};
use crate::attention::DynamicCache;
use crate::{Error, Result};

/// The prompt, ready to be written behind.
pub(super) struct Prepared<'a> {
    pub feed: Feed<'a>,
    pub processors: Vec<Box<dyn LogitsProcessor>>,
    /// int64 `[B · expand, max_length]`: the prompt, and room behind it.
    pub sequences: Tensor,
    /// How long what the decoder begins with is.
    pub prompt: i64,
    pub max_length: i64,
}

/// Each row of the prompt `expand` times, as beams or sequences to come need them.
///
/// # Errors
/// When an option is out of range, a mask does not fit, or the prompt leaves no room.
pub(super) fn prepare<'a>(
    model: &'a dyn Decoder,
    input_ids: &Tensor,
    attention_mask: Option<&Tensor>,
    config: &GenerationConfig,
    expand: i64,
) -> Result<Prepared<'a>> {
    config.check()?;
    let input_ids = check_prompt(model, input_ids, attention_mask)?;
    let (encoded, ids, mask) = if model.is_encoder_decoder() {
        let encoded = encode(model, &input_ids, attention_mask, expand)?;
        (Some(encoded), start(config, &input_ids)?, None)
    } else {
        let inferred = infer_mask(&input_ids, attention_mask, config)?;
        (None, input_ids, Some(inferred))
    };
    let prompt = ids.size()[1];
    let max_length = config.length_limit(prompt, model.max_positions())?;
    let repeat = |t: &Tensor| t.f_repeat_interleave_self_int(expand, 0, None);
    let ids = repeat(&ids)?;
    let mask = mask.as_ref().map(repeat).transpose()?;
    let padding = match &mask {
        Some(mask) => Some(mask.f_to_kind(Kind::Int)?.f_argmax(1, false)?),
        None => None,
    };
    let sequences = Tensor::f_zeros([ids.size()[0], max_length], (Kind::Int64, ids.device()))?;
    sequences.f_narrow(1, 0, prompt)?.f_copy_(&ids)?;
    let feed = Feed {
        model,
        encoded,
        cache: config.use_cache.then(|| DynamicCache::with_capacity(max_length)),
        cross_attention_cache: DynamicCache::default(),
        position_ids: mask.as_ref().map(|mask| positions(mask, max_length)).transpose()?,
        attention_mask: mask
            .as_ref()
            .map(|mask| padded_mask(mask, max_length))
            .transpose()?
            .flatten(),
    };
    let processors = processors(config, prompt, max_length, padding.as_ref());
    Ok(Prepared { feed, processors, sequences, prompt, max_length })
}

fn check_prompt(
    model: &dyn Decoder,
    input_ids: &Tensor,
    attention_mask: Option<&Tensor>,
) -> Result<Tensor> {
    let size = input_ids.size();
    if size.len() != 2 || input_ids.kind() != Kind::Int64 {
        return Err(Error::value(format!(
            "input_ids should be int64 [B, S], but is {:?} {size:?}",
            input_ids.kind()
        )));
    }
    if size.contains(&0) {
        return Err(Error::value("the prompt is empty: there is nothing to write on from")
            .mend("begin with the model's bos_token_id"));
    }
    let vocabulary = model.vocab_size();
    let (least, most) =
        (input_ids.f_min()?.f_int64_value(&[])?, input_ids.f_max()?.f_int64_value(&[])?);
    if let Some(id) = [least, most].into_iter().find(|id| !(0..vocabulary).contains(id)) {
        return Err(Error::value(format!(
            "the prompt has the id {id}, but the vocabulary has {vocabulary} tokens"
        )));
    }
    if let Some(mask) = attention_mask
        && mask.size() != size
    {
        return Err(Error::value(format!(
            "attention_mask is {:?}, but input_ids is {size:?}",
            mask.size()
        )));
    }
    Ok(input_ids.f_to_device(model.device())?)
}

/// `_prepare_attention_mask_for_generation`: padding is where the padding's id is, unless it ends texts, too.
fn infer_mask(
    input_ids: &Tensor,
    given: Option<&Tensor>,
    config: &GenerationConfig,
) -> Result<Tensor> {
    if let Some(mask) = given {
        return Ok(mask.f_to_device(input_ids.device())?.f_to_kind(Kind::Int64)?);
    }
    match config.pad_token_id {
        Some(pad) if !config.eos_token_id.contains(&pad) => {
            Ok(input_ids.f_ne(pad)?.f_to_kind(Kind::Int64)?)
        }
        _ => Ok(input_ids.f_ones_like()?),
    }
}

/// `_prepare_position_ids_for_generation`, for all tokens to come: the first that is no padding stands at 0.
fn positions(mask: &Tensor, max_length: i64) -> Result<Tensor> {
    let positions = (mask.f_cumsum(-1, None::<Kind>)?).f_sub_scalar(1)?;
    let positions = positions.f_masked_fill(&mask.f_eq(0)?, 0)?; // [B, S]
    let prompt = mask.size()[1];
    let behind = Tensor::f_arange_start(1, max_length - prompt + 1, (Kind::Int64, mask.device()))?;
    let behind = positions.f_narrow(1, prompt - 1, 1)?.f_add(&behind.f_unsqueeze(0)?)?;
    Ok(Tensor::f_cat(&[positions, behind], 1)?)
}

/// The mask for all tokens to come; `None`: nothing is padded.
fn padded_mask(mask: &Tensor, max_length: i64) -> Result<Option<Tensor>> {
    if mask.f_eq(1)?.f_all()?.f_int64_value(&[])? != 0 {
        return Ok(None);
    }
    let (batch, prompt) = mask.size2()?;
    let behind = Tensor::f_ones([batch, max_length - prompt], (mask.kind(), mask.device()))?;
    Ok(Some(Tensor::f_cat(&[mask, &behind], 1)?))
}

fn encode(
    model: &dyn Decoder,
    input_ids: &Tensor,
    attention_mask: Option<&Tensor>,
    expand: i64,
) -> Result<Encoded> {
    let attention_mask =
        attention_mask.map(|mask| mask.f_to_device(input_ids.device())).transpose()?;
    let hidden = model.encode(input_ids, attention_mask.as_ref())?.ok_or_else(|| {
        Error::value("the model says that it has an encoder, but encodes nothing")
    })?;
    let repeat = |t: &Tensor| t.f_repeat_interleave_self_int(expand, 0, None);
    Ok(Encoded {
        last_hidden_state: repeat(&hidden)?,
        attention_mask: attention_mask.as_ref().map(repeat).transpose()?,
    })
}

/// What an encoder–decoder writes from: `[B, 1]`.
fn start(config: &GenerationConfig, input_ids: &Tensor) -> Result<Tensor> {
    let start = config.decoder_start_token_id.or(config.bos_token_id).ok_or_else(|| {
        Error::value(
            "an encoder-decoder needs decoder_start_token_id or bos_token_id to write from",
        )
    })?;
    Ok(Tensor::f_full([input_ids.size()[0], 1], start, (Kind::Int64, input_ids.device()))?)
}
