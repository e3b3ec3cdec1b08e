//! What a model gives back: `transformers`' `ModelOutput`.

use tch::Tensor;

use crate::Result;

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

/// `hidden_states[:, -logits_to_keep:]`, all of them for 0: `[B, L, E]` → `[B, logits_to_keep, E]`.
pub(crate) fn last_tokens(hidden_states: &Tensor, logits_to_keep: i64) -> Result<Tensor> {
    Ok(hidden_states.f_slice(1, -logits_to_keep, None, 1)?)
}

/// Keys or values as they lie in a cache that had none before them. `transformers` keeps a cache unless it is told not to,
/// and what lies otherwise in memory is multiplied by other kernels, which round otherwise.
pub(crate) fn cached_layout(states: &Tensor) -> Result<Tensor> {
    let nothing = Tensor::f_empty([0i64], (states.kind(), states.device()))?;
    Ok(Tensor::f_cat(&[&nothing, states], -2)?)
}
