//! The keys and values of a model's layers, kept while it writes on: `transformers`' `DynamicCache`.
//!
//! `transformers` concatenates: each token copies all tokens before it. Here each layer has a buffer with room to spare,
//! and a token is written behind those that are there. What is given back is a view of the buffer, whose rows lie as
//! `torch.cat`'s do, so the kernels of attention compute the same bits.

use tch::Tensor;

use super::cache::{append_to_cache, check_past};
use crate::libtorch::attend::Kept;
use crate::{Error, Result};

/// Keys and values of the tokens so far, layer by layer.
///
/// ```
/// use atencion::attention::DynamicCache;
/// use tch::{Tensor, kind::FLOAT_CPU};
///
/// let mut cache = DynamicCache::with_capacity(16);
/// let prompt = Tensor::ones([1, 2, 5, 4], FLOAT_CPU); // [B, H, L, D]
/// let _ = cache.update(&prompt, &prompt, 0)?;
/// let token = Tensor::zeros([1, 2, 1, 4], FLOAT_CPU);
/// let (keys, _) = cache.update(&token, &token, 0)?;
/// assert_eq!(keys.size(), [1, 2, 6, 4]); // [B, H, P + L, D]
/// assert_eq!(cache.seq_length(), 6);
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct DynamicCache {
    layers: Vec<Layer>,
    capacity: i64,
    sliding_window: Option<i64>,
}

impl DynamicCache {
    /// With room for `tokens` from the beginning, so that nothing is copied until there are more.
    pub fn with_capacity(tokens: i64) -> Self {
        Self { capacity: tokens, ..Self::default() }
    }

    /// Keeps what the next token of a layer with a sliding window may look at: the last `sliding_window` − 1 tokens.
    ///
    /// # Errors
    /// When the window is not at least 1.
    pub fn with_sliding_window(sliding_window: i64) -> Result<Self> {
        if sliding_window < 1 {
            return Err(Error::value(format!(
                "sliding_window should be 1 or more, but is {sliding_window}"
            )));
        }
        Ok(Self { sliding_window: Some(sliding_window), ..Self::default() })
    }

    /// P: how many tokens it has seen.
    pub fn seq_length(&self) -> i64 {
        self.layers.first().map_or(0, |layer| layer.seen)
    }

    /// How many layers have keys and values.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether no layer has any.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// A layer's `(keys, values)`, each `[B, H, P, D]`: views of what the next token is written behind.
    ///
    /// # Errors
    /// When there is no such layer.
    pub fn layer(&self, layer: usize) -> Result<(Tensor, Tensor)> {
        let layers = self.layers.len();
        let found = self.layers.get(layer).ok_or_else(|| {
            Error::value(format!("the cache has {layers} layers, there is no layer {layer}"))
        })?;
        Ok((found.view(&found.keys)?, found.view(&found.values)?))
    }

    /// Adds `[B, H, L, D]` to a layer and returns all its keys and values, `[B, H, P + L, D]`.
    ///
    /// # Errors
    /// When batch, heads or head size are not those of what is in it.
    pub fn update(
        &mut self,
        key: &Tensor,
        value: &Tensor,
        layer: usize,
    ) -> Result<(Tensor, Tensor)> {
        if layer >= self.layers.len() {
            self.layers.push(Layer::new(key, value, self.capacity)?);
        }
        let place = self.layers.len().min(layer + 1) - 1;
        let layer = &mut self.layers[place];
        let all = layer.append(key, value)?;
        if let Some(window) = self.sliding_window {
            layer.forget_before(window - 1);
        }
        Ok(all)
    }

    /// A layer's buffers with room for one more token of `[B, H, 1, D]`, and afterwards
    /// [`has_next`](Self::has_next); `None` where there are no tokens yet, or a window leaves some behind.
    pub(crate) fn room_for_next(&mut self, layer: usize) -> Result<Option<Kept<'_>>> {
        match self.layers.get_mut(layer) {
            Some(layer) if self.sliding_window.is_none() => {
                layer.make_room(1)?;
                let Layer { keys, values, start, length, .. } = &*layer;
                Ok(Some(Kept { keys, values, start: *start, length: *length }))
            }
            _ => Ok(None),
        }
    }

    /// The room of [`room_for_next`](Self::room_for_next) has been filled.
    pub(crate) fn has_next(&mut self, layer: usize) {
        if let Some(layer) = self.layers.get_mut(layer) {
            layer.length += 1;
            layer.seen += 1;
        }
    }

    /// Takes away the last tokens; all of them, if there are not more.
    ///
    /// # Errors
    /// When `tokens` is negative, or what it would need was left behind by the sliding window.
    pub fn crop(&mut self, tokens: i64) -> Result<()> {
        if tokens < 0 {
            return Err(Error::value(format!("{tokens} tokens cannot be taken away")));
        }
        if self.sliding_window.is_some_and(|window| self.seq_length() >= window) && tokens > 0 {
            return Err(Error::value(
                "what the sliding window has left behind cannot come back: the cache cannot be cropped",
            ));
        }
        for layer in &mut self.layers {
            let tokens = tokens.min(layer.length);
            layer.length -= tokens;
            layer.seen -= tokens;
        }
        Ok(())
    }

    /// `reorder_cache`: row i becomes what row `indices[i]` was. `indices` is int64, `[B]`.
    ///
    /// # Errors
    /// When an index is no row.
    pub fn batch_select_indices(&mut self, indices: &Tensor) -> Result<()> {
        self.layers
            .iter_mut()
            .try_for_each(|layer| layer.rearrange(|t| Ok(t.f_index_select(0, indices)?)))
    }

    /// Each row `repeats` times, one copy after the other.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn batch_repeat_interleave(&mut self, repeats: i64) -> Result<()> {
        self.layers.iter_mut().try_for_each(|layer| {
            layer.rearrange(|t| Ok(t.f_repeat_interleave_self_int(repeats, 0, None)?))
        })
    }
}

/// One layer: buffers `[B, H, C, D]`, of which the tokens `start .. start + length` count.
#[derive(Debug)]
struct Layer {
    keys: Tensor,
    values: Tensor,
    start: i64,
    length: i64,
    /// The tokens there ever were, those left behind included.
    seen: i64,
}

impl Layer {
    fn new(key: &Tensor, value: &Tensor, capacity: i64) -> Result<Self> {
        let room = |like: &Tensor| {
            let mut size = like.size();
            if size.len() < 2 {
                return Err(Error::value(format!(
                    "keys and values are [B, H, L, D], but these are {size:?}"
                )));
            }
            let sequence = size.len() - 2;
            size[sequence] = capacity.max(size[sequence]);
            Ok(Tensor::f_empty(size, (like.kind(), like.device()))?)
        };
        Ok(Self { keys: room(key)?, values: room(value)?, start: 0, length: 0, seen: 0 })
    }

    fn view(&self, buffer: &Tensor) -> Result<Tensor> {
        Ok(buffer.f_narrow(-2, self.start, self.length)?)
    }

    fn append(&mut self, key: &Tensor, value: &Tensor) -> Result<(Tensor, Tensor)> {
        for (name, buffer, new) in [("key", &self.keys, key), ("value", &self.values, value)] {
            // Of a buffer that fits no view is made for each token to find that out.
            if !differ_in_sequence_only(&buffer.size(), &new.size()) {
                check_past(name, &self.view(buffer)?, new)?;
            }
        }
        let new = sequence(key);
        // A buffer that is written over has no gradient.
        if [key, value, &self.keys, &self.values].iter().any(|t| t.requires_grad()) {
            let past = (&self.view(&self.keys)?, &self.view(&self.values)?);
            (self.keys, self.values) = append_to_cache(past, key, value)?;
            self.start = 0;
        } else {
            self.make_room(new)?;
            let behind = self.start + self.length;
            self.keys.f_narrow(-2, behind, new)?.f_copy_(key)?;
            self.values.f_narrow(-2, behind, new)?.f_copy_(value)?;
        }
        self.length += new;
        self.seen += new;
        Ok((self.view(&self.keys)?, self.view(&self.values)?))
    }

    /// Doubles the buffers, or moves to their beginning what the window has left, so that `new` tokens fit.
    fn make_room(&mut self, new: i64) -> Result<()> {
        let needed = self.length + new;
        let room = sequence(&self.keys);
        if self.start + needed <= room {
            return Ok(());
        }
        let room = if 2 * needed <= room { room } else { needed.max(2 * room) };
        for buffer in [&mut self.keys, &mut self.values] {
            let kept = buffer.f_narrow(-2, self.start, self.length)?;
            let mut size = buffer.size();
            let place = size.len() - 2;
            size[place] = room;
            let larger = Tensor::f_empty(size, (buffer.kind(), buffer.device()))?;
            larger.f_narrow(-2, 0, self.length)?.f_copy_(&kept)?;
            *buffer = larger;
        }
        self.start = 0;
        Ok(())
    }

    fn forget_before(&mut self, most: i64) {
        let left_behind = (self.length - most).max(0);
        self.start += left_behind;
        self.length -= left_behind;
    }

    /// Other rows, with the room there was.
    fn rearrange(&mut self, rows: impl Fn(&Tensor) -> Result<Tensor>) -> Result<()> {
        for buffer in [&mut self.keys, &mut self.values] {
            let chosen = rows(&buffer.f_narrow(-2, self.start, self.length)?)?;
            let mut size = chosen.size();
            let place = size.len() - 2;
            size[place] = sequence(buffer);
            let arranged = Tensor::f_empty(size, (buffer.kind(), buffer.device()))?;
            arranged.f_narrow(-2, 0, self.length)?.f_copy_(&chosen)?;
            *buffer = arranged;
        }
        self.start = 0;
        Ok(())
    }
}

fn differ_in_sequence_only(before: &[i64], after: &[i64]) -> bool {
    let rank = after.len();
    rank >= 2 && before.len() == rank && (0..rank).all(|i| i == rank - 2 || before[i] == after[i])
}

/// L of `[B, H, L, D]`.
fn sequence(states: &Tensor) -> i64 {
    let size = states.size();
    size[size.len() - 2]
}
