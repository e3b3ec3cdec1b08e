//! A state_dict made to fit: other names, fewer tensors, another kind or device. Each says what it does not do in silence.

use tch::{Device, Kind, Tensor};

use super::StateDict;
use crate::{Error, Result};

impl StateDict {
    /// Every tensor under the name that `new` gives it; storage is shared.
    ///
    /// ```
    /// use atencion::{StateDict, tensor};
    ///
    /// let bert: StateDict = [("bert.LayerNorm.gamma".to_string(), tensor![1.0])].into_iter().collect();
    /// let bert = bert.rename(|name| name.trim_start_matches("bert.").replace("gamma", "weight"))?;
    /// assert_eq!(bert.names().collect::<Vec<_>>(), ["LayerNorm.weight"]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// # Errors
    /// When two tensors would have one name; all such are named.
    pub fn rename(mut self, mut new: impl FnMut(&str) -> String) -> Result<Self> {
        let mut renamed = Self { building: std::mem::take(&mut self.building), ..Self::new() };
        let mut from: indexmap::IndexMap<String, String> = indexmap::IndexMap::new();
        let mut taken = Vec::new();
        for (old, tensor) in self {
            let name = new(&old);
            match from.get(&name) {
                Some(other) => taken.push(format!("{other:?} and {old:?} would both be {name:?}")),
                None => {
                    from.insert(name.clone(), old);
                    renamed.insert(name, tensor);
                }
            }
        }
        if taken.is_empty() { Ok(renamed) } else { Err(Error::value(taken.join("; "))) }
    }

    /// Every tensor under `prefix` and a dot: the opposite of [`under`](Self::under).
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        let building = std::mem::take(&mut self.building);
        let named = self.into_iter().map(|(name, tensor)| (format!("{prefix}.{name}"), tensor));
        Self { building, ..named.collect() }
    }

    /// Without the tensors whose names fit one of the patterns, in which `*` stands for anything:
    /// `state.ignore(&["lm_head.weight", "h.*.attn.masked_bias"])`. A pattern may fit none.
    #[must_use]
    pub fn ignore(mut self, patterns: &[&str]) -> Self {
        let building = std::mem::take(&mut self.building);
        let kept = self.into_iter();
        let kept = kept.filter(|(name, _)| !patterns.iter().any(|pattern| fits(name, pattern)));
        Self { building, ..kept.collect() }
    }

    /// Every floating-point tensor as `kind`, as `module.to(dtype)` has it: integers and bools stay what they are.
    /// Numbers are rounded to the nearest.
    ///
    /// # Errors
    /// When the numbers would be lost rather than rounded: to a kind that is not floating, from complex ones, or where
    /// finite numbers are too large for `kind`. All such tensors are named.
    pub fn cast(mut self, kind: Kind) -> Result<Self> {
        if !is_floating(kind) {
            let floats: Vec<_> =
                self.iter().filter(|(_, tensor)| is_floating(tensor.kind())).collect();
            let names: Vec<_> = floats.iter().map(|(name, _)| format!("{name:?}")).collect();
            let lost = if names.is_empty() {
                String::new()
            } else {
                format!(" would lose the fractions of {}", names.join(", "))
            };
            return Err(Error::kind_mismatch(format!("a cast to {kind:?}{lost}"))
                .mend("cast to Kind::Float, Kind::Double, Kind::Half or Kind::BFloat16"));
        }
        let mut cast = Self { building: std::mem::take(&mut self.building), ..Self::new() };
        let mut lost = Vec::new();
        for (name, tensor) in self {
            match to_floating(&tensor, kind)? {
                Some(tensor) => drop(cast.insert(name, tensor)),
                None => lost.push(format!("{name:?}, which is {:?}", tensor.kind())),
            }
        }
        if lost.is_empty() {
            return Ok(cast);
        }
        Err(Error::kind_mismatch(format!(
            "a cast to {kind:?} would lose numbers of {}",
            lost.join(", ")
        )))
    }

    /// Every tensor on `device`; those that are there already are shared, not copied.
    ///
    /// # Errors
    /// When the device is not there, or its memory does not suffice.
    pub fn to(mut self, device: Device) -> Result<Self> {
        let building = std::mem::take(&mut self.building);
        let moved = self.into_iter().map(|(name, tensor)| Ok((name, tensor.f_to_device(device)?)));
        Ok(Self { building, ..moved.collect::<Result<Self>>()? })
    }
}

fn is_floating(kind: Kind) -> bool {
    matches!(kind, Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double)
}

/// `None` where the numbers would not survive.
fn to_floating(tensor: &Tensor, kind: Kind) -> Result<Option<Tensor>> {
    let from = tensor.f_kind()?;
    if from == kind
        || matches!(
            from,
            Kind::Uint8 | Kind::Int8 | Kind::Int16 | Kind::Int | Kind::Int64 | Kind::Bool
        )
    {
        return Ok(Some(tensor.shallow_clone()));
    }
    if !is_floating(from) {
        return Ok(None);
    }
    let cast = tensor.f_to_kind(kind)?;
    let overflows = kind == Kind::Half || from == Kind::Double;
    let finite = |tensor: &Tensor| -> Result<i64> {
        Ok(tensor.f_isfinite()?.f_sum(Kind::Int64)?.f_int64_value(&[])?)
    };
    if overflows && finite(tensor)? != finite(&cast)? {
        return Ok(None);
    }
    Ok(Some(cast))
}

/// Whether the whole name fits the pattern.
fn fits(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}
