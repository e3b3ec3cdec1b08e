//! The tokens before: a cache of `transformers` as pairs of keys and values, layer by layer, and back.

use atencion::Result;
use atencion::attention::DynamicCache;
use atencion::models::EncoderDecoderCache;
use pyo3::prelude::*;
use pyo3_tch::PyTensor;
use tch::Tensor;

use crate::call::Door;
use crate::tensors::known_kind;

/// Keys `[B, H, P, D]` and values of each layer.
pub type Pairs = Vec<(Tensor, Tensor)>;

/// What was computed before: of what was written, and of what an encoder read.
#[derive(Default)]
pub struct Kept {
    pub written: Pairs,
    pub read: Pairs,
}

impl Kept {
    /// P: how many tokens were written.
    pub fn length(&self) -> i64 {
        length(&self.written)
    }
}

fn length(pairs: &Pairs) -> i64 {
    pairs.first().map_or(0, |(keys, _)| keys.size().get(2).copied().unwrap_or(0))
}

/// A list of `(keys, values)`.
pub fn pairs(object: &Bound<'_, PyAny>) -> Door<Pairs> {
    let mut all = Vec::new();
    for pair in object.try_iter()? {
        let (keys, values): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
        all.push((known_kind("past_key_values", &keys)?, known_kind("past_key_values", &values)?));
    }
    Ok(all)
}

/// The crate's cache with them in it, and exactly the room for `more` tokens: what comes out lies as `torch.cat` lays it.
pub fn cache(pairs: &Pairs, more: i64) -> Result<DynamicCache> {
    let mut cache = DynamicCache::with_capacity(length(pairs) + more);
    for (layer, (keys, values)) in pairs.iter().enumerate() {
        let _ = cache.update(keys, values, layer)?;
    }
    Ok(cache)
}

/// Both caches of an encoder–decoder.
pub fn both(kept: &Kept, more: i64) -> Result<EncoderDecoderCache> {
    Ok(EncoderDecoderCache {
        self_attention_cache: cache(&kept.written, more)?,
        cross_attention_cache: cache(&kept.read, 0)?,
    })
}

/// What the cache holds now.
pub fn of_cache(cache: &DynamicCache) -> Result<Pairs> {
    (0..cache.len()).map(|layer| cache.layer(layer)).collect()
}

/// `[(keys, values), ..]`
pub fn to_python(pairs: Pairs) -> Vec<(PyTensor, PyTensor)> {
    pairs.into_iter().map(|(keys, values)| (PyTensor(keys), PyTensor(values))).collect()
}
