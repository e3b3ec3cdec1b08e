//! How much a printed number says: 0.5857 stands for everything that rounds to it.

/// The digits with which numbers were printed.
#[derive(Debug, Clone, PartialEq)]
pub enum Precision {
    /// Nothing was rounded away but what the dtype cannot hold.
    Full,
    /// So many digits after the point, for all of them.
    Decimals(u8),
    /// So many digits after the point of a mantissa: `1.8924e-01` has four.
    Scientific(u8),
    /// Every number with digits of its own, as people write tables.
    Each(Vec<u8>),
}

impl Precision {
    /// Half a unit of the last digit printed of number `index`, whose value is `value`.
    pub fn half_unit(&self, index: usize, value: f64) -> f64 {
        match self {
            Precision::Full => 0.0,
            Precision::Decimals(digits) => half_of_digit(i32::from(*digits)),
            Precision::Scientific(digits) => half_of_digit(i32::from(*digits) - exponent(value)),
            Precision::Each(digits) => {
                half_of_digit(i32::from(digits.get(index).copied().unwrap_or(0)))
            }
        }
    }

    /// The digits after the point, where one figure says it.
    pub fn digits(&self) -> Option<u8> {
        match self {
            Precision::Full => None,
            Precision::Decimals(digits) | Precision::Scientific(digits) => Some(*digits),
            Precision::Each(digits) => digits.iter().copied().max(),
        }
    }
}

fn half_of_digit(digits: i32) -> f64 {
    0.5 * 10f64.powi(-digits)
}

/// The decimal exponent of a number, exactly: a logarithm may land on the wrong side of a power of ten.
fn exponent(value: f64) -> i32 {
    format!("{value:e}").rsplit('e').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_unit_of_the_last_digit() {
        assert_eq!(Precision::Decimals(4).half_unit(0, 0.5857), 0.5e-4);
        assert_eq!(Precision::Scientific(4).half_unit(0, 1e-5), 0.5 * 10f64.powi(-9));
        assert_eq!(Precision::Scientific(1).half_unit(0, 0.0), 0.05);
        assert_eq!(Precision::Each(vec![1, 2]).half_unit(1, 3.0), 0.5e-2);
        assert_eq!(Precision::Each(vec![1, 2]).digits(), Some(2));
    }
}
