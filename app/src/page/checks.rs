//! What every tensor and every list of tokens must be before it goes into a page.

use tch::{Kind, Tensor};

use atencion::{Error, Result};

/// Real numbers, at least one of them, none NaN and none infinite.
pub(super) fn real_and_finite(name: &str, tensor: &Tensor) -> Result<()> {
    real(name, tensor)?;
    let finite = tensor.f_to_kind(Kind::Double)?.f_isfinite()?;
    if finite.f_all()?.f_int64_value(&[])? != 0 {
        return Ok(());
    }
    let at: Vec<i64> = Vec::try_from(finite.f_logical_not()?.f_nonzero()?.f_get(0)?)?;
    let value = at.iter().fold(tensor.shallow_clone(), |rest, &i| rest.get(i));
    let value = value.f_double_value(&[])?;
    Err(Error::value(format!("{name} holds {value} at {at:?}"))
        .mend("every number must be finite; find where the NaN or infinity comes from"))
}

/// Real numbers, at least one of them.
pub(super) fn real(name: &str, tensor: &Tensor) -> Result<()> {
    let kind = tensor.kind();
    if matches!(kind, Kind::ComplexHalf | Kind::ComplexFloat | Kind::ComplexDouble) {
        return Err(Error::kind_mismatch(format!("{name} holds complex numbers ({kind:?})"))
            .mend("give real numbers, such as float32"));
    }
    if tensor.numel() == 0 {
        return Err(Error::value(format!("{name} is empty: {:?}", tensor.size()))
            .mend("give at least one word of at least one number"));
    }
    Ok(())
}

/// Drops leading dimensions of size one until `most` dimensions are left.
pub(super) fn without_leading_ones(tensor: &Tensor, most: usize) -> Result<Tensor> {
    let mut tensor = tensor.shallow_clone();
    while tensor.dim() > most && tensor.size()[0] == 1 {
        tensor = tensor.f_squeeze_dim(0)?;
    }
    Ok(tensor)
}

/// One token for each row or column; without tokens, `letter₁`, `letter₂`, ….
pub(super) fn tokens(
    option: &str,
    given: Option<Vec<String>>,
    count: i64,
    what: &str,
    letter: &str,
) -> Result<Vec<String>> {
    let Some(tokens) = given else {
        return Ok((1..=count).map(|n| format!("{letter}{}", subscript(n))).collect());
    };
    if tokens.len() as i64 == count {
        return Ok(tokens);
    }
    let n = tokens.len();
    Err(Error::value(format!("{option} has {n} tokens for {count} {what}"))
        .mend(format!("give exactly {count} tokens, or cut both with --first")))
}

fn subscript(n: i64) -> String {
    let digits = n.to_string();
    digits
        .chars()
        .map(|c| char::from_u32(c as u32 - '0' as u32 + '₀' as u32).unwrap_or(c))
        .collect()
}
