//! What a model gives back, and what it keeps for the next token: `transformers`' `ModelOutput` and `DynamicCache`.

use tch::Tensor;

use crate::Result;
use crate::attention::append_to_cache;

/// `CausalLMOutput`: what a model that predicts the next token gives back.
#[derive(Debug)]
pub struct CausalLmOutput {
    /// The mean loss over the labels, where labels were given.
    pub loss: Option<Tensor>,
    /// `[B, L, V]`
    pub logits: Tensor,
    /// What was asked for beside them.
    pub outputs: Outputs,
}

/// Layer by layer, what `output_hidden_states` and `output_attentions` ask for; empty where they do not.
#[derive(Debug, Default)]
pub struct Outputs {
    /// The embeddings, then each layer's output, the last one normalised: N + 1 tensors `[B, L, E]`.
    pub hidden_states: Vec<Tensor>,
    /// Each layer's attention weights: N tensors `[B, H, L, S]`.
    pub attentions: Vec<Tensor>,
}

/// Keys and values of the tokens so far, layer by layer: `transformers`' `DynamicCache`.
///
/// ```
/// use atencion::models::DynamicCache;
///
/// let cache = DynamicCache::default();
/// assert_eq!(cache.seq_length(), 0);
/// ```
#[derive(Debug, Default)]
pub struct DynamicCache {
    /// `(keys, values)`, each `[B, H, P, D]`.
    pub layers: Vec<(Tensor, Tensor)>,
}

impl DynamicCache {
    /// P: how many tokens are in it.
    pub fn seq_length(&self) -> i64 {
        self.layers.first().map_or(0, |(keys, _)| keys.size()[2])
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
        let all = match self.layers.get(layer) {
            Some((past_key, past_value)) => append_to_cache((past_key, past_value), key, value)?,
            None => (cached_layout(key)?, cached_layout(value)?),
        };
        let kept = (all.0.shallow_clone(), all.1.shallow_clone());
        match self.layers.get_mut(layer) {
            Some(place) => *place = kept,
            None => self.layers.push(kept),
        }
        Ok(all)
    }
}

/// Keys or values as they lie in a cache that had none before them. `transformers` keeps a cache unless it is told not to,
/// and what lies otherwise in memory is multiplied by other kernels, which round otherwise.
pub(crate) fn cached_layout(states: &Tensor) -> Result<Tensor> {
    let nothing = Tensor::f_empty([0i64], (states.kind(), states.device()))?;
    Ok(Tensor::f_cat(&[&nothing, states], -2)?)
}
