//! LoRA: what a linear map learns beside a weight that stays as it is.
//!
//! ```text
//! y = x Wᵀ + b + dropout(x) Aᵀ Bᵀ · lora_alpha / r        A: [r, in_features], B: [out_features, r]
//! ```
//!
//! B begins with zeros, so that a model begins as it was; A and B have r · (in + out) numbers where W has in · out.
//!
//! Source: [Hu et al. 2021](https://arxiv.org/abs/2106.09685); `peft/tuners/lora`, whose names, draws and order of operators
//! these are.

#![allow(non_snake_case, reason = "lora_A and lora_B are the fields' names in the files")]

use tch::{Device, Kind, Tensor};

use super::{Dropout, Field, Forward, Module, Parts, Path, check, init};
use crate::tensor::times;
use crate::{Error, Result, StateDict};

/// `peft.LoraConfig`: which linear maps learn beside their weights, and how much.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraConfig {
    /// Rows of A: how many directions are learned.
    pub r: i64,
    /// What is learned is multiplied by `lora_alpha / r`.
    pub lora_alpha: f64,
    /// Probability of an input of A to be dropped in training.
    pub lora_dropout: f64,
    /// Names of modules, or how they end: `q_proj`, `attn.c_attn`.
    pub target_modules: Vec<String>,
    /// Divides by √r in place of r.
    pub use_rslora: bool,
}

impl LoraConfig {
    /// `peft`'s defaults, r = 8 and `lora_alpha` = 8, for these modules.
    pub fn new(target_modules: &[&str]) -> Self {
        Self {
            r: 8,
            lora_alpha: 8.0,
            lora_dropout: 0.0,
            target_modules: target_modules.iter().map(|&name| name.to_owned()).collect(),
            use_rslora: false,
        }
    }

    /// What B A x is multiplied by.
    pub fn scaling(&self) -> f64 {
        let r = self.r as f64;
        self.lora_alpha / if self.use_rslora { r.sqrt() } else { r }
    }

    /// Whether a module of that name is one of them: it has the name, or ends with a dot and the name.
    pub fn targets(&self, module: &str) -> bool {
        self.target_modules.iter().any(|target| {
            module
                .strip_suffix(target.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// Whether the numbers can be.
    ///
    /// # Errors
    /// When `r` is not positive, or `lora_dropout` no probability.
    pub fn check(&self) -> Result<()> {
        if self.r <= 0 {
            return Err(Error::value(format!(
                "`r` should be a positive integer value but the value passed is {}",
                self.r
            ))
            .mend("8 is usual"));
        }
        check::probability("lora_dropout", self.lora_dropout)
    }
}

/// What one linear map learns. It is there where the model was built on a state_dict with
/// [`StateDict::lora`](crate::StateDict::lora); its parameters are its map's, as `lora_A.weight` and `lora_B.weight`.
#[derive(Debug)]
pub struct Lora {
    /// `[r, in_features]`
    pub lora_A: Tensor,
    /// `[out_features, r]`
    pub lora_B: Tensor,
    /// Of what A is given.
    pub lora_dropout: Option<Dropout>,
    /// `lora_alpha / r`
    pub scaling: f64,
}

impl Field for Lora {
    fn list<'a>(&'a self, _: &'static str, parts: &mut Parts<'a>) {
        parts.parameters.push(("lora_A.weight".into(), &self.lora_A));
        parts.parameters.push(("lora_B.weight".into(), &self.lora_B));
    }

    fn set_mode(&mut self, mode: bool) {
        self.lora_dropout.set_mode(mode);
    }
}

impl Lora {
    /// Given ones, or fresh ones, drawn as `peft` draws them: both are `nn.Linear`s at first, then A is drawn once more and
    /// B is filled with zeros.
    pub(super) fn new(
        p: &Path,
        config: &LoraConfig,
        weight: &Tensor,
        [inside, outside]: [i64; 2],
    ) -> Result<Self> {
        config.check()?;
        let shapes = [[config.r, inside], [outside, config.r]];
        let a = (p / "lora_A").given("weight", &shapes[0])?;
        let b = (p / "lora_B").given("weight", &shapes[1])?;
        let (lora_A, lora_B) = match (a, b) {
            (Some(a), Some(b)) => (a, b),
            (None, None) => fresh(shapes, weight)?,
            (a, _) => {
                let has = if a.is_some() { "lora_A" } else { "lora_B" };
                let what = format!("{p:?} has {has}.weight and not the other of the two");
                return Err(Error::value(what));
            }
        };
        let dropout = config.lora_dropout;
        let lora_dropout = (dropout > 0.0).then(|| Dropout::new(dropout)).transpose()?;
        Ok(Self { lora_A, lora_B, lora_dropout, scaling: config.scaling() })
    }

    /// `result + lora_B(lora_A(dropout(x))) * scaling`, of the kind of `result`.
    pub(crate) fn add_to(&self, result: &Tensor, x: &Tensor) -> Result<Tensor> {
        let mut x = x.f_to_kind(self.lora_A.kind())?;
        if let Some(dropout) = &self.lora_dropout {
            x = dropout.forward(&x)?;
        }
        let none = None::<&Tensor>;
        let low = x.f_linear(&self.lora_A, none)?; // [.., r]
        let learned = low.f_linear(&self.lora_B, none)?; // [.., out_features]
        let sum = result.f_add(&times(&learned, self.scaling)?)?;
        Ok(sum.f_to_kind(result.kind())?)
    }
}

/// A and B as `peft` makes them, in float32 on the CPU; then they go where the weight is, and become float64 if it is, but
/// never less than float32.
fn fresh([a, b]: [[i64; 2]; 2], weight: &Tensor) -> Result<(Tensor, Tensor)> {
    let empty = |shape: [i64; 2]| Tensor::f_empty(shape, (Kind::Float, Device::Cpu));
    let (a, b) = (empty(a)?, empty(b)?);
    for drawn in [&a, &b, &a] {
        init::kaiming_uniform_(drawn, 5f64.sqrt())?;
    }
    init::constant_(&b, 0.0)?;
    let kind = if weight.kind() == Kind::Double { Kind::Double } else { Kind::Float };
    let there = |drawn: Tensor| -> Result<Tensor> {
        let drawn = drawn.f_to_device(weight.device())?.f_to_kind(kind)?;
        Ok(drawn.f_set_requires_grad(true)?)
    };
    Ok((there(a)?, there(b)?))
}

/// Only what LoRA learns, and the modules of these names, is to have gradients; everything else stays as it is.
///
/// # Errors
/// When libtorch refuses.
pub fn mark_only_lora_as_trainable(
    model: &(impl Module + ?Sized),
    modules_to_save: &[String],
) -> Result<()> {
    for (name, parameter) in model.named_parameters() {
        let _ = parameter.f_set_requires_grad(is_learned(&name, modules_to_save))?;
    }
    Ok(())
}

/// Whether a parameter is LoRA's, or of one of the modules that learn as a whole.
pub(crate) fn is_learned(parameter: &str, modules_to_save: &[String]) -> bool {
    let of = |module: &String| {
        parameter.strip_prefix(module.as_str()).is_some_and(|rest| rest.starts_with('.'))
            || parameter.contains(&format!(".{module}."))
    };
    is_lora(parameter) || modules_to_save.iter().any(of)
}

fn is_lora(parameter: &str) -> bool {
    parameter.ends_with(".lora_A.weight") || parameter.ends_with(".lora_B.weight")
}

/// `model.merge_and_unload().state_dict()`: each weight with what was learned beside it, `W + B A · lora_alpha / r`, and
/// nothing of LoRA left. The model stays as it is.
///
/// # Errors
/// When libtorch refuses.
pub fn merged(model: &(impl Module + ?Sized), config: &LoraConfig) -> Result<StateDict> {
    let _no_grad = tch::no_grad_guard();
    let mut state: StateDict =
        model.state_dict().into_iter().filter(|(name, _)| !is_lora(name)).collect();
    for (path, module) in model.named_modules() {
        let parts = module.parts();
        let own = |wanted: &str| {
            parts.parameters.iter().find(|(name, _)| name == wanted).map(|(_, tensor)| *tensor)
        };
        let (Some(a), Some(b), Some(weight)) =
            (own("lora_A.weight"), own("lora_B.weight"), own("weight"))
        else {
            continue;
        };
        let delta = delta(a, b, module.name() == "Conv1D", config.scaling())?;
        let merged = weight.f_add(&delta)?.f_to_kind(weight.kind())?;
        state.insert(format!("{path}.weight"), merged);
    }
    Ok(state)
}

/// `get_delta_weight`: on the CPU reduced kinds are multiplied as float32.
fn delta(a: &Tensor, b: &Tensor, fan_in_fan_out: bool, scaling: f64) -> Result<Tensor> {
    let kind = b.kind();
    let wide = b.device() == Device::Cpu && matches!(kind, Kind::Half | Kind::BFloat16);
    let cast = |tensor: &Tensor| match wide {
        true => tensor.f_to_kind(Kind::Float),
        false => Ok(tensor.shallow_clone()),
    };
    let product = cast(b)?.f_matmul(&cast(a)?)?;
    let product = if fan_in_fan_out { product.f_tr()? } else { product };
    Ok(times(&product, scaling)?.f_to_kind(kind)?)
}
