//! Python's `math`.

use super::machine::Machine;
use super::numbers::Number;
use super::ops::bind::Call;
use super::problem::{Limit, Step, Why, type_error, value_error};
use super::value::Value;

/// The functions that are known here.
pub const FUNCTIONS: &[&str] = &[
    "math.sqrt",
    "math.exp",
    "math.log",
    "math.log2",
    "math.log10",
    "math.log1p",
    "math.expm1",
    "math.sin",
    "math.cos",
    "math.tan",
    "math.asin",
    "math.acos",
    "math.atan",
    "math.atan2",
    "math.sinh",
    "math.cosh",
    "math.tanh",
    "math.floor",
    "math.ceil",
    "math.trunc",
    "math.pow",
    "math.fabs",
    "math.isnan",
    "math.isinf",
    "math.isfinite",
    "math.isclose",
    "math.gcd",
    "math.factorial",
    "math.prod",
    "math.hypot",
    "math.degrees",
    "math.radians",
    "math.copysign",
    "math.fmod",
    "math.erf",
    "math.fsum",
    "math.comb",
    "math.isqrt",
    "math.dist",
];

impl Machine {
    /// `math.name(..)`
    pub fn math(&mut self, path: &str, call: &Call) -> Step<Value> {
        let name = path.trim_start_matches("math.");
        let mut numbers = Vec::new();
        if !matches!(name, "prod" | "fsum" | "dist") {
            for place in &call.places {
                let value = match place {
                    Value::Tensor(held) => self.item_of(held)?,
                    other => other.clone(),
                };
                match Number::of(&value) {
                    Some(number) => numbers.push(number),
                    None => {
                        return type_error(format!(
                            "must be real number, not {}",
                            value.type_name()
                        ));
                    }
                }
            }
        }
        match (name, &numbers[..]) {
            ("floor" | "ceil" | "trunc", &[Number::Int(value)]) => return Ok(Value::Int(value)),
            ("floor", &[Number::Float(value)]) => return self.whole_of(value.floor()),
            ("ceil", &[Number::Float(value)]) => return self.whole_of(value.ceil()),
            ("trunc", &[Number::Float(value)]) => return self.whole_of(value.trunc()),
            ("factorial", &[Number::Int(of)]) => {
                if of < 0 {
                    return value_error("factorial() not defined for negative values");
                }
                let product = (1..=of.min(30)).try_fold(1i64, i64::checked_mul);
                return match product {
                    Some(value) if of <= 30 => Ok(Value::Int(value)),
                    _ => self.unknown(Why::Limit(Limit::Integer)),
                };
            }
            ("gcd", &[Number::Int(a), Number::Int(b)]) => {
                let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
                while b != 0 {
                    (a, b) = (b, a % b);
                }
                return Ok(Value::Int(i64::try_from(a).unwrap_or(i64::MAX)));
            }
            ("comb", &[Number::Int(n), Number::Int(k)]) if n >= 0 && k >= 0 => {
                let mut value = 1i128;
                for at in 0..k.min(n - k).max(0) {
                    self.tick()?;
                    value = value * i128::from(n - at) / i128::from(at + 1);
                    if value > i128::from(i64::MAX) {
                        return self.unknown(Why::Limit(Limit::Integer));
                    }
                }
                return Ok(Value::Int(if k > n { 0 } else { value as i64 }));
            }
            ("isqrt", &[Number::Int(n)]) if n >= 0 => {
                let mut root = (n as f64).sqrt() as i64;
                while root.saturating_mul(root) > n {
                    root -= 1;
                }
                while (root + 1).saturating_mul(root + 1) <= n {
                    root += 1;
                }
                return Ok(Value::Int(root));
            }
            ("prod" | "fsum", _) => {
                let Some(of) = call.places.first() else {
                    return type_error("an iterable is missing");
                };
                let mut total = if name == "prod" { Value::Int(1) } else { Value::Float(0.0) };
                for item in self.items(of)? {
                    total = self.binary(if name == "prod" { "*" } else { "+" }, total, item)?;
                }
                return Ok(total);
            }
            ("isclose", &[a, b]) => {
                let tolerance = |key: &str, default: f64| match call.get(9, key) {
                    Some(value) => Number::of(value).map_or(default, Number::float),
                    None => default,
                };
                let (a, b) = (a.float(), b.float());
                let most = (tolerance("rel_tol", 1e-9) * a.abs().max(b.abs()))
                    .max(tolerance("abs_tol", 0.0));
                return Ok(Value::Bool(a == b || (a - b).abs() <= most));
            }
            _ => {}
        }
        let floats: Vec<f64> = numbers.iter().map(|number| number.float()).collect();
        let domain = || value_error("math domain error");
        let result = match (name, &floats[..]) {
            ("sqrt", &[x]) if x < 0.0 => return domain(),
            ("sqrt", &[x]) => x.sqrt(),
            ("exp", &[x]) => {
                if x > 709.79 && x.is_finite() {
                    return super::problem::raise("OverflowError", "math range error");
                }
                x.exp()
            }
            ("log", &[x]) | ("log2", &[x]) | ("log10", &[x]) if x <= 0.0 => return domain(),
            ("log", &[x]) => x.ln(),
            ("log", &[x, base]) if x > 0.0 && base > 0.0 && base != 1.0 => x.ln() / base.ln(),
            ("log", &[_, _]) => return domain(),
            ("log2", &[x]) => x.log2(),
            ("log10", &[x]) => x.log10(),
            ("log1p", &[x]) if x > -1.0 => x.ln_1p(),
            ("expm1", &[x]) => x.exp_m1(),
            ("sin", &[x]) => x.sin(),
            ("cos", &[x]) => x.cos(),
            ("tan", &[x]) => x.tan(),
            ("asin", &[x]) if x.abs() <= 1.0 => x.asin(),
            ("acos", &[x]) if x.abs() <= 1.0 => x.acos(),
            ("atan", &[x]) => x.atan(),
            ("atan2", &[y, x]) => y.atan2(x),
            ("sinh", &[x]) => x.sinh(),
            ("cosh", &[x]) => x.cosh(),
            ("tanh", &[x]) => x.tanh(),
            ("pow", &[x, y]) => x.powf(y),
            ("fabs", &[x]) => x.abs(),
            ("hypot", &[x, y]) => x.hypot(y),
            ("degrees", &[x]) => x * (180.0 / std::f64::consts::PI),
            ("radians", &[x]) => x * (std::f64::consts::PI / 180.0),
            ("copysign", &[x, y]) => x.copysign(y),
            ("fmod", &[x, y]) if y != 0.0 => x % y,
            ("erf", &[x]) => {
                let erf = self.torch(|| tch::Tensor::from(x).f_erf())?;
                self.torch(|| erf.f_double_value(&[]))?
            }
            ("isnan", &[x]) => return Ok(Value::Bool(x.is_nan())),
            ("isinf", &[x]) => return Ok(Value::Bool(x.is_infinite())),
            ("isfinite", &[x]) => return Ok(Value::Bool(x.is_finite())),
            ("asin" | "acos" | "log1p" | "fmod", _) => return domain(),
            _ => return self.not_known(format!("{path}(…)")),
        };
        Ok(Value::Float(result))
    }
}
