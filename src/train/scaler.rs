//! `torch.amp.GradScaler`.

use tch::{Device, Kind, Tensor};

use crate::optim::Optimizer;
use crate::{Error, Result, StateDict};

/// The options of a [`GradScaler`]; `default()` has torch's defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradScalerConfig {
    /// What a loss is multiplied by first.
    pub init_scale: f64,
    /// What the scale is multiplied by after `growth_interval` good steps in a row.
    pub growth_factor: f64,
    /// What it is multiplied by after a step whose gradients are not finite.
    pub backoff_factor: f64,
    /// Good steps in a row.
    pub growth_interval: i64,
}

impl Default for GradScalerConfig {
    fn default() -> Self {
        let (init_scale, growth_factor, backoff_factor) = (65536.0, 2.0, 0.5);
        Self { init_scale, growth_factor, backoff_factor, growth_interval: 2000 }
    }
}

/// Scales the loss so that gradients in float16 do not vanish, and leaves out a step in which they overflow.
///
/// ```
/// # use atencion::{Error, nn::{Forward, Linear, LinearConfig, Module, Path}, optim::{Optimizer, Sgd, SgdConfig}};
/// # use atencion::train::{GradScaler, GradScalerConfig};
/// # use tch::{Device, Kind, Tensor};
/// # let model = Linear::new(Path::root(Device::Cpu), LinearConfig::new(2, 1))?;
/// # let mut optimizer = Sgd::new(model.parameters(), SgdConfig::default())?;
/// # let x = Tensor::ones([3, 2], (Kind::Float, Device::Cpu));
/// let mut scaler = GradScaler::new(Device::Cpu, GradScalerConfig::default())?; // scaler = torch.amp.GradScaler("cpu")
/// let loss = model.forward(&x)?.mean(Kind::Float);
/// scaler.scale(&loss)?.backward(); //                                             scaler.scale(loss).backward()
/// scaler.unscale_(&optimizer)?; //                                                scaler.unscale_(optimizer)
/// scaler.step(&mut optimizer)?; //                                                scaler.step(optimizer)
/// scaler.update()?; //                                                            scaler.update()
/// # Ok::<(), Error>(())
/// ```
///
/// Source: `torch/amp/grad_scaler.py`.
#[derive(Debug)]
pub struct GradScaler {
    config: GradScalerConfig,
    /// float32 `[]`
    scale: Tensor,
    /// int32 `[]`: good steps since the last change.
    growth_tracker: Tensor,
    /// float32 `[]`: above 0 where a gradient of this step is not finite; `None` before [`unscale_`](Self::unscale_).
    found_inf: Option<Tensor>,
}

impl GradScaler {
    /// `torch.amp.GradScaler(device, …)`
    ///
    /// # Errors
    /// When a factor is on the wrong side of 1.
    pub fn new(device: Device, config: GradScalerConfig) -> Result<Self> {
        if config.growth_factor <= 1.0 {
            return Err(Error::value("The growth factor must be > 1.0."));
        }
        if config.backoff_factor >= 1.0 {
            return Err(Error::value("The backoff factor must be < 1.0."));
        }
        let scale = Tensor::f_full([0i64; 0], config.init_scale, (Kind::Float, device))?;
        let growth_tracker = Tensor::f_zeros([0i64; 0], (Kind::Int, device))?;
        Ok(Self { config, scale, growth_tracker, found_inf: None })
    }

    /// `scaler.scale(loss)`
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn scale(&self, loss: &Tensor) -> Result<Tensor> {
        Ok(loss.f_mul(&self.scale)?)
    }

    /// `scaler.get_scale()`
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn get_scale(&self) -> Result<f64> {
        Ok(self.scale.f_double_value(&[])?)
    }

    /// `scaler.unscale_(optimizer)`: divides its parameters' gradients by the scale, so that they can be clipped.
    ///
    /// # Errors
    /// When it was done in this step already.
    pub fn unscale_(&mut self, optimizer: &dyn Optimizer) -> Result<()> {
        if self.found_inf.is_some() {
            let what =
                "unscale_() has already been called on this optimizer since the last update().";
            return Err(Error::value(what));
        }
        let _no_grad = tch::no_grad_guard();
        let inverse = self.scale.f_to_kind(Kind::Double)?.f_reciprocal()?.f_to_kind(Kind::Float)?;
        let mut found = self.scale.f_zeros_like()?;
        for group in optimizer.param_groups() {
            for mut grad in group.params().iter().map(Tensor::grad).filter(Tensor::defined) {
                let bad = grad.f_isfinite()?.f_all()?.f_logical_not()?;
                let _ = found.f_add_(&bad)?;
                let _ = grad.f_mul_(&inverse)?;
            }
        }
        self.found_inf = Some(found);
        Ok(())
    }

    /// `scaler.step(optimizer)`: a step, unless a gradient is not finite. Whether it was made.
    ///
    /// # Errors
    /// What the optimiser gives.
    pub fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<bool> {
        if self.found_inf.is_none() {
            self.unscale_(optimizer)?;
        }
        let found = self.found_inf.as_ref().map(|found| found.f_double_value(&[])).transpose()?;
        let is_fine = found == Some(0.0);
        if is_fine {
            optimizer.step()?;
        }
        Ok(is_fine)
    }

    /// `scaler.update()`: the scale for the next step.
    ///
    /// # Errors
    /// When no gradient was looked at since the last one.
    pub fn update(&mut self) -> Result<()> {
        let none = || Error::value("No inf checks were recorded prior to update.");
        let found = self.found_inf.take().ok_or_else(none)?;
        let GradScalerConfig { growth_factor, backoff_factor, growth_interval, .. } = self.config;
        let _ = self.scale.f_internal_amp_update_scale_(
            &self.growth_tracker,
            &found,
            growth_factor,
            backoff_factor,
            growth_interval,
        )?;
        Ok(())
    }

    /// `scaler.state_dict()`, as tensors: `scale`, `growth_factor`, `backoff_factor`, `growth_interval`,
    /// `_growth_tracker`.
    pub fn state_dict(&self) -> StateDict {
        let mut state = StateDict::new();
        state.insert("scale", self.scale.copy());
        state.insert("growth_factor", Tensor::from(self.config.growth_factor));
        state.insert("backoff_factor", Tensor::from(self.config.backoff_factor));
        state.insert("growth_interval", Tensor::from(self.config.growth_interval));
        state.insert("_growth_tracker", self.growth_tracker.copy());
        state
    }

    /// `scaler.load_state_dict(state)`
    ///
    /// # Errors
    /// When something is missing or no single number; nothing is changed then.
    pub fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        let number = |name: &str| -> Result<f64> {
            let tensor = state.require(name)?;
            if tensor.numel() != 1 {
                return Err(Error::value(format!("{name} of the scaler is {:?}", tensor.size())));
            }
            Ok(tensor.f_reshape([0i64; 0])?.f_to_kind(Kind::Double)?.f_double_value(&[])?)
        };
        let config = GradScalerConfig {
            init_scale: number("scale")?,
            growth_factor: number("growth_factor")?,
            backoff_factor: number("backoff_factor")?,
            growth_interval: number("growth_interval")? as i64,
        };
        let tracker = number("_growth_tracker")? as i64;
        let mut new = Self::new(self.scale.device(), config)?;
        let _ = new.growth_tracker.f_fill_(tracker)?;
        // The options that it was made with stay its own.
        new.config.init_scale = self.config.init_scale;
        *self = new;
        Ok(())
    }
}
