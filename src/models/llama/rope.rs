//! How positions turn queries and keys: `rope_parameters` of `config.json`.

use serde::Serialize;
use serde_json::json;

use super::ConfigJson;
use crate::{Error, Result};

/// `config.json`'s `rope_parameters`: how fast each pair of features turns from one position to the next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RopeParameters {
    /// The angles are `p / rope_theta^(2i/D)`.
    pub rope_theta: f64,
    /// How they are changed for texts longer than those of the training.
    #[serde(flatten)]
    pub rope_type: RopeType,
}

/// `rope_type`, each with its options.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "rope_type", rename_all = "lowercase")]
pub enum RopeType {
    /// The paper's angles.
    Default,
    /// All angles divided by `factor`.
    Linear {
        /// 1 or more.
        factor: f64,
    },
    /// A larger `rope_theta`, the further a text is beyond `max_position_embeddings`.
    Dynamic {
        /// 1 or more.
        factor: f64,
    },
    /// Slow angles divided by `factor`, fast ones left, those between in between: Llama 3.1.
    Llama3 {
        /// 1 or more.
        factor: f64,
        /// Angles with fewer turns than this in the first training's texts are slow.
        low_freq_factor: f64,
        /// Angles with more turns than this are fast.
        high_freq_factor: f64,
        /// The longest text of the first training.
        original_max_position_embeddings: i64,
    },
    /// Slow angles divided, fast ones left, and between the two a ramp; queries and keys grow a little, too.
    Yarn(Yarn),
}

/// The options of [`RopeType::Yarn`] ([Peng et al. 2023](https://arxiv.org/abs/2309.00071)).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Yarn {
    /// What slow angles are divided by.
    pub factor: f64,
    /// What cosines and sines are multiplied by.
    pub attention_factor: f64,
    /// Angles with more turns than this in the first training's texts are fast.
    pub beta_fast: f64,
    /// Angles with fewer turns than this are slow.
    pub beta_slow: f64,
    /// The longest text of the first training.
    pub original_max_position_embeddings: i64,
    /// Whether the ramp begins and ends at whole pairs.
    pub truncate: bool,
}

impl Default for RopeParameters {
    fn default() -> Self {
        Self { rope_theta: 10_000.0, rope_type: RopeType::Default }
    }
}

impl RopeParameters {
    /// Of today's `rope_parameters`, or of `rope_theta` and `rope_scaling` as older files have them.
    pub(super) fn take(json: &mut ConfigJson, max_position_embeddings: i64) -> Result<Self> {
        let outer_theta = json.number("rope_theta", Self::default().rope_theta)?;
        let (scaling, parameters) = (json.object("rope_scaling")?, json.object("rope_parameters")?);
        let Some(mut rope) = scaling.or(parameters) else {
            return Ok(Self { rope_theta: outer_theta, rope_type: RopeType::Default });
        };
        let old_spelling = rope.text("type", "default")?;
        let name = rope.text("rope_type", &old_spelling)?;
        let rope_theta = rope.number("rope_theta", outer_theta)?;
        let mut needed = |option: &str| needed(&mut rope, &name, option);
        let rope_type = match name.as_str() {
            "default" => RopeType::Default,
            "linear" => RopeType::Linear { factor: needed("factor")? },
            "dynamic" => RopeType::Dynamic { factor: needed("factor")? },
            "llama3" => RopeType::Llama3 {
                factor: needed("factor")?,
                low_freq_factor: needed("low_freq_factor")?,
                high_freq_factor: needed("high_freq_factor")?,
                original_max_position_embeddings: rope
                    .integer("original_max_position_embeddings", max_position_embeddings)?,
            },
            "yarn" => RopeType::Yarn(Yarn::take(&mut rope, max_position_embeddings)?),
            _ => {
                return Err(Error::value(format!(
                    "config.json: rope_type {name} is not supported"
                ))
                .mend("known are default, linear, dynamic, llama3 and yarn"));
            }
        };
        rope.only("partial_rotary_factor", &json!(1.0))?;
        rope.finish()?;
        Ok(Self { rope_theta, rope_type })
    }

    pub(super) fn check(&self, head_dim: i64) -> Result<()> {
        match self.rope_type {
            RopeType::Dynamic { .. } if head_dim <= 2 => Err(Error::value(format!(
                "rope_type dynamic needs a head_dim above 2, but got {head_dim}"
            ))),
            _ => Ok(()),
        }
    }
}

/// A number that this `rope_type` cannot be without.
fn needed(rope: &mut ConfigJson, rope_type: &str, option: &str) -> Result<f64> {
    match rope.number(option, f64::NAN)? {
        number if number.is_nan() => Err(Error::value(format!(
            "config.json: rope_parameters of rope_type {rope_type} should have {option}"
        ))),
        number => Ok(number),
    }
}

impl Yarn {
    fn take(rope: &mut ConfigJson, max_position_embeddings: i64) -> Result<Self> {
        let factor = needed(rope, "yarn", "factor")?;
        // `get_mscale`
        let mscale = |mscale: f64| match factor <= 1.0 {
            true => 1.0,
            false => 0.1 * mscale * factor.ln() + 1.0,
        };
        let (one, all_dim) = (rope.number("mscale", 0.0)?, rope.number("mscale_all_dim", 0.0)?);
        let usual = match one != 0.0 && all_dim != 0.0 {
            true => mscale(one) / mscale(all_dim),
            false => mscale(1.0),
        };
        // In Python `rope.get("beta_fast") or 32`: 0 is none.
        let or = |number: f64, default: f64| if number == 0.0 { default } else { number };
        Ok(Self {
            factor,
            attention_factor: rope.number("attention_factor", usual)?,
            beta_fast: or(rope.number("beta_fast", 0.0)?, 32.0),
            beta_slow: or(rope.number("beta_slow", 0.0)?, 1.0),
            original_max_position_embeddings: rope
                .integer("original_max_position_embeddings", max_position_embeddings)?,
            truncate: rope.flag("truncate", true)?,
        })
    }
}
