//! The check at the door of everything that attends: shapes, kinds and masks, under the caller's own names.

use tch::{Kind, Tensor};

use crate::nn::check::{dtype_name, explain_dtype};
use crate::{Error, Result};

/// An argument and the name by which the caller knows it: `query` in attention, `src` in an encoder.
pub(crate) type Named<'a> = (&'static str, &'a Tensor);
/// The same for an argument that may be left out.
pub(crate) type NamedOption<'a> = (&'static str, Option<&'a Tensor>);

/// What one multi-head attention is given.
pub(crate) struct AttentionInputs<'a> {
    pub query: Named<'a>,
    pub key: Named<'a>,
    pub value: Named<'a>,
    pub attn_mask: NamedOption<'a>,
    pub key_padding_mask: NamedOption<'a>,
    pub is_causal: (&'static str, bool),
    pub need_weights: bool,
}

/// What the module expects.
pub(crate) struct Expected {
    pub embed_dim: i64,
    pub kdim: i64,
    pub vdim: i64,
    pub num_heads: i64,
    pub batch_first: bool,
    pub dtype: Kind,
}

/// The sizes that masks are held against.
struct Sizes {
    batch: Option<i64>,
    query: i64,
    key: i64,
}

impl AttentionInputs<'_> {
    /// Everything at once, in the order in which a person reads the arguments.
    pub fn check(&self, expected: &Expected) -> Result<()> {
        let sizes = self.check_sequences(expected)?;
        self.check_attn_mask(expected, &sizes)?;
        self.check_key_padding_mask(&sizes)?;
        if self.is_causal.1 && self.attn_mask.1.is_none() {
            let (hint, mask) = (self.is_causal.0, self.attn_mask.0);
            return Err(Error::value(format!("need {mask} if specifying the {hint} hint")).mend(
                "make it with generate_square_subsequent_mask; the hint only says what the mask is",
            ));
        }
        Ok(())
    }

    fn check_sequences(&self, expected: &Expected) -> Result<Sizes> {
        let (query, key, value) = (self.query.1.size(), self.key.1.size(), self.value.1.size());
        let layout = match (query.len(), expected.batch_first) {
            (2, _) => "[length, features]",
            (3, true) => "[batch, length, features]",
            (3, false) => "[length, batch, features]",
            _ => {
                return Err(Error::value(format!(
                    "{} should be 2-D (unbatched) or 3-D (batched), but is {query:?}",
                    self.query.0
                )));
            }
        };
        for ((name, _), size) in [(self.key, &key), (self.value, &value)] {
            if size.len() != query.len() {
                return Err(Error::value(format!(
                    "{name} is {size:?}, but should be {layout} as {} is: {query:?}",
                    self.query.0
                )));
            }
        }
        check_features(self.query.0, &query, "embed_dim", expected.embed_dim)?;
        check_features(self.key.0, &key, "kdim", expected.kdim)?;
        check_features(self.value.0, &value, "vdim", expected.vdim)?;
        let (length, batch) = if expected.batch_first { (1, 0) } else { (0, 1) };
        if query.len() == 2 {
            self.same_length(key[0], value[0])?;
            return Ok(Sizes { batch: None, query: query[0], key: key[0] });
        }
        self.same_length(key[length], value[length])?;
        for ((name, _), size) in [(self.key, &key), (self.value, &value)] {
            if size[batch] != query[batch] {
                let (ours, theirs) = (size[batch], query[batch]);
                return Err(Error::value(format!(
                    "{name} has a batch of {ours}, but {} has one of {theirs}: {layout} is {size:?} and {query:?}",
                    self.query.0
                )));
            }
        }
        Ok(Sizes { batch: Some(query[batch]), query: query[length], key: key[length] })
    }

    /// What to say when libtorch refused after all.
    pub fn explain(&self, expected: &Expected, error: Error) -> Error {
        [self.value, self.key, self.query]
            .into_iter()
            .fold(error, |error, (name, tensor)| explain_dtype(name, tensor, expected.dtype, error))
    }

    fn same_length(&self, key: i64, value: i64) -> Result<()> {
        if key == value {
            return Ok(());
        }
        let (key_name, value_name) = (self.key.0, self.value.0);
        Err(Error::value(format!(
            "{value_name} has length {value}, but {key_name} has length {key}"
        )))
    }

    fn check_attn_mask(&self, expected: &Expected, sizes: &Sizes) -> Result<()> {
        let (name, Some(mask)) = self.attn_mask else { return Ok(()) };
        self.check_mask_kind(name, mask)?;
        let (l, s, heads) = (sizes.query, sizes.key, expected.num_heads);
        let rows = sizes.batch.unwrap_or(1) * heads;
        let size = mask.size();
        if size == [l, s] || size == [rows, l, s] {
            return Ok(());
        }
        Err(Error::value(format!(
            "{name} is {size:?}, but should be [L={l}, S={s}] or [batch·heads={rows}, L={l}, S={s}]"
        )))
    }

    fn check_key_padding_mask(&self, sizes: &Sizes) -> Result<()> {
        let (name, Some(mask)) = self.key_padding_mask else { return Ok(()) };
        self.check_mask_kind(name, mask)?;
        let (size, s) = (mask.size(), sizes.key);
        let wanted = match sizes.batch {
            Some(batch) if size != [batch, s] => format!("[batch={batch}, S={s}]"),
            None if size != [s] => format!("[S={s}]"),
            _ => return Ok(()),
        };
        Err(Error::value(format!("{name} is {size:?}, but should be {wanted}")))
    }

    /// bool, or the kind of the scores it is added to; the fused attention takes float32 beside half kinds too.
    fn check_mask_kind(&self, name: &str, mask: &Tensor) -> Result<()> {
        let (found, dtype) = (mask.kind(), self.query.1.kind());
        let fits = found == Kind::Bool
            || found == dtype
            || (found == Kind::Float && matches!(dtype, Kind::Half | Kind::BFloat16))
                && !self.need_weights;
        if fits {
            return Ok(());
        }
        let (found, dtype) = (dtype_name(found), dtype_name(dtype));
        Err(Error::kind_mismatch(format!(
            "{name} is {found}, but only bool (true = masked) and {dtype} (added to the scores) are supported"
        )))
    }
}

fn check_features(name: &str, size: &[i64], wanted_name: &str, wanted: i64) -> Result<()> {
    if size.last() == Some(&wanted) {
        return Ok(());
    }
    Err(Error::value(format!(
        "{name} is {size:?}, but its last dimension should be {wanted_name}={wanted}"
    )))
}
