//! Numbers as Python's `format` and `repr` write them. Rust rounds exactly, ties to even, as Python does; the
//! spelling of exponents and of what is not a number differs.

/// `format(value, f".{precision}f")`
pub(crate) fn fixed(value: f64, precision: u16) -> String {
    not_finite(value).unwrap_or_else(|| format!("{value:.*}", usize::from(precision)))
}

/// `format(value, f".{precision}e")`: at least two digits of exponent, always with its sign.
pub(crate) fn scientific(value: f64, precision: u16) -> String {
    not_finite(value)
        .unwrap_or_else(|| python_exponent(&format!("{value:.*e}", usize::from(precision))))
}

/// `repr(value)`: the shortest digits that read back as the same value.
pub(crate) fn repr(value: f64) -> String {
    if let Some(text) = not_finite(value) {
        return text;
    }
    let scientific = format!("{value:e}");
    let exponent: i32 = scientific.rsplit('e').next().and_then(|e| e.parse().ok()).unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        if plain.contains('.') { plain } else { plain + ".0" }
    } else {
        python_exponent(&scientific)
    }
}

fn not_finite(value: f64) -> Option<String> {
    if value.is_nan() {
        Some("nan".to_owned())
    } else if value.is_infinite() {
        Some(if value > 0.0 { "inf" } else { "-inf" }.to_owned())
    } else {
        None
    }
}

/// `1.5e-7` → `1.5e-07`
fn python_exponent(text: &str) -> String {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}
