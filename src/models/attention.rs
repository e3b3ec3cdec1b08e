//! The two ways in which `transformers` computes attention, and a faster one for writing.

use std::cell::RefCell;

use tch::{Kind, Tensor};

use crate::attention::{Sdpa, scaled_dot_product_attention_steps};
use crate::libtorch::attend::{attend, can_attend};
use crate::tensor::times;
use crate::{Error, Result};

/// `transformers`' `attn_implementation`: the same mathematics, other kernels, other last bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AttnImplementation {
    /// Matmul, softmax, matmul, step by step; the weights can be looked at.
    Eager,
    /// libtorch's fused kernel: `transformers`' default.
    #[default]
    Sdpa,
    /// The same, and where one token looks back a kernel of this crate's own: for a model that writes at the memory's
    /// speed. It computes in float32 on the CPU; elsewhere, and with a mask, it is [`Sdpa`](Self::Sdpa).
    Fast,
}

impl crate::nn::Field for AttnImplementation {}

/// One call of attention, on heads: query `[B, H, L, D]`, key and value `[B, H, S, D]` or grouped, `[B, G, S, D]`: then
/// each of their G heads serves H / G of the query's.
pub(crate) struct AttentionCall<'a> {
    pub query: &'a Tensor,
    pub key: &'a Tensor,
    pub value: &'a Tensor,
    /// As [`super::mask`] makes it for the implementation.
    pub mask: Option<&'a Tensor>,
    pub scaling: f64,
    /// Probability of dropping a weight; 0 in evaluation.
    pub dropout: f64,
    /// Whether the layer is a decoder's: without a mask, SDPA then looks back only.
    pub is_causal: bool,
    /// `softmax(.., dtype=torch.float32)`: the kind in which `eager` takes the softmax, whatever the scores are.
    pub softmax_kind: Option<Kind>,
}

impl AttentionCall<'_> {
    /// `[B, L, H, D]`, and with `eager` the weights `[B, H, L, S]` after dropout.
    ///
    /// # Errors
    /// When libtorch refuses the shapes.
    pub fn compute(&self, how: AttnImplementation) -> Result<(Tensor, Option<Tensor>)> {
        self.show_who_watches()?;
        match how {
            AttnImplementation::Eager => {
                let (output, weights) = self.eager()?;
                Ok((output, Some(weights)))
            }
            AttnImplementation::Sdpa => Ok((self.sdpa()?, None)),
            AttnImplementation::Fast => Ok((self.fast()?, None)),
        }
    }

    /// `eager_attention_forward`
    fn eager(&self) -> Result<(Tensor, Tensor)> {
        let key = repeat_kv(self.key, self.groups())?; // [B, H, S, D]
        let value = repeat_kv(self.value, self.groups())?;
        let scores = self.query.f_matmul(&key.f_transpose(-1, -2)?)?; // [B, H, L, S]
        let mut attn_weights = times(&scores, self.scaling)?;
        if let Some(mask) = self.mask {
            attn_weights = attn_weights.f_add(mask)?;
        }
        let attn_weights = attn_weights.f_softmax(-1, self.softmax_kind)?;
        let attn_weights = attn_weights.f_to_kind(value.kind())?;
        // F.dropout draws nothing where it drops nothing.
        let attn_weights = attn_weights.f_dropout(self.dropout, self.dropout > 0.0)?;
        let attn_output = attn_weights.f_matmul(&value)?; // [B, H, L, D]
        Ok((attn_output.f_transpose(1, 2)?, attn_weights))
    }

    fn fast(&self) -> Result<Tensor> {
        let free = self.mask.is_none() && self.dropout == 0.0;
        match free && can_attend(self.query, self.key, self.value) {
            true => attend(self.query, self.key, self.value, self.scaling),
            false => self.sdpa(),
        }
    }

    /// `sdpa_attention_forward`
    fn sdpa(&self) -> Result<Tensor> {
        let (b, h, l, d) = self.query.size4()?;
        let groups = self.groups();
        // Without a mask the kernel serves groups itself. With one `transformers` repeats keys and values for it; one
        // single token's heads are laid side by side instead, as if they were a group's tokens.
        let by_kernel = groups > 1 && self.mask.is_none() && d <= 256;
        let packed = groups > 1 && !by_kernel && l == 1;
        let pack = |x: &Tensor| x.f_reshape([b, h / groups, groups, x.size()[3]]);
        let repeats = if by_kernel || packed { 1 } else { groups };
        let query = if packed { pack(self.query)? } else { self.query.shallow_clone() };
        let mask = match self.mask {
            Some(mask) if packed && mask.size()[1] > 1 => Some(pack(mask)?),
            mask => mask.map(Tensor::shallow_clone),
        };
        let attn_output = Tensor::f_scaled_dot_product_attention(
            &query,
            &repeat_kv(self.key, repeats)?,
            &repeat_kv(self.value, repeats)?,
            mask,
            self.dropout,
            self.is_causal && self.mask.is_none() && l > 1,
            self.scaling,
            by_kernel,
        )?;
        let attn_output = if packed { attn_output.f_reshape([b, h, l, d])? } else { attn_output };
        Ok(attn_output.f_transpose(1, 2)?.f_contiguous()?)
    }

    /// H / G: how many heads of the query one of key and value serves.
    fn groups(&self) -> i64 {
        self.query.size()[1] / self.key.size()[1].max(1)
    }
}

/// `repeat_kv`: each of G heads `groups` times, `[B, G, S, D]` → `[B, H, S, D]`.
fn repeat_kv(states: &Tensor, groups: i64) -> Result<Tensor> {
    if groups == 1 {
        return Ok(states.shallow_clone());
    }
    let (b, g, s, d) = states.size4()?;
    let states = states.f_unsqueeze(2)?.f_expand([b, g, groups, s, d], false)?;
    Ok(states.f_reshape([b, g * groups, s, d])?)
}

/// The fused kernel has no weights to give.
pub(crate) fn check_attentions(how: AttnImplementation, output_attentions: bool) -> Result<()> {
    if output_attentions && how != AttnImplementation::Eager {
        return Err(Error::value("attn_implementation \"sdpa\" has no attention weights to give")
            .mend("take AttnImplementation::Eager, as attn_implementation=\"eager\" in Python"));
    }
    Ok(())
}

/// What one attention of a forward pass was given, from [`watch`].
#[derive(Debug)]
pub struct Watched {
    /// `[B, H, L, D]`, turned by its position where the family turns.
    pub query: Tensor,
    /// `[B, H, S, D]`, a head for each of the query's.
    pub key: Tensor,
    /// `[B, H, S, D]`
    pub value: Tensor,
    /// What is added to the scores, or which of them count; `None`: all, or with `is_causal` those before.
    pub mask: Option<Tensor>,
    /// Whether a token looks back only.
    pub is_causal: bool,
    /// What the scores are multiplied by.
    pub scale: f64,
}

impl Watched {
    /// The attention weights, step by step: `[B, H, L, S]`.
    ///
    /// # Errors
    /// When there is no room for them.
    pub fn weights(&self) -> Result<Tensor> {
        let options = Sdpa {
            attn_mask: self.mask.as_ref(),
            is_causal: self.is_causal,
            scale: Some(self.scale),
            ..Sdpa::default()
        };
        let trace =
            scaled_dot_product_attention_steps(&self.query, &self.key, &self.value, &options)?;
        Ok(trace["weights"].shallow_clone())
    }
}

/// Whether somebody [`watch`]es on this thread.
pub(crate) fn is_watched() -> bool {
    SEEN.with_borrow(Option::is_some)
}

thread_local! {
    /// What was seen so far, while somebody watches.
    static SEEN: RefCell<Option<Vec<Watched>>> = const { RefCell::new(None) };
}

/// Runs a forward pass and gives back, besides what it gives, what each attention in it was given, in the order in which
/// they were computed: what a hook on `transformers`' attention function sees. An encoder–decoder's encoder comes first,
/// then of each layer of the decoder its look at itself and its look at what was read.
///
/// # Errors
/// Those of the forward pass.
pub fn watch<T>(forward: impl FnOnce() -> Result<T>) -> Result<(T, Vec<Watched>)> {
    let before = SEEN.replace(Some(Vec::new()));
    let result = forward();
    let seen = SEEN.replace(before).unwrap_or_default();
    Ok((result?, seen))
}

impl AttentionCall<'_> {
    fn show_who_watches(&self) -> Result<()> {
        if !is_watched() {
            return Ok(());
        }
        let l = self.query.size()[2];
        let watched = Watched {
            query: self.query.shallow_clone(),
            key: repeat_kv(self.key, self.groups())?,
            value: repeat_kv(self.value, self.groups())?,
            mask: self.mask.map(Tensor::shallow_clone),
            is_causal: self.is_causal && self.mask.is_none() && l > 1,
            scale: self.scaling,
        };
        SEEN.with_borrow_mut(|seen| seen.get_or_insert_default().push(watched));
        Ok(())
    }
}
