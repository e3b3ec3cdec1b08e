//! `torch.optim`: this crate's optimisers on the notebook's parameters.

use std::rc::Rc;

use tch::Tensor;

use super::machine::Machine;
use super::numbers::Number;
use super::ops::bind::Call;
use super::problem::{Step, type_error, value_error};
use super::value::{Inner, Object, Value};
use atencion::optim::{Adam, AdamConfig, AdamW, Optimizer, Sgd, SgdConfig};

/// What an optimiser can do here.
pub const METHODS: &[&str] = &["step", "zero_grad"];

/// An optimiser of any kind.
pub type AnyOptimizer = dyn OptimizerSend;

/// An optimiser; a name for the trait object.
pub trait OptimizerSend: Optimizer {}
impl<O: Optimizer> OptimizerSend for O {}

impl Machine {
    /// `torch.optim.Adam(parameters, lr=..)`
    pub fn optimizer_init(&mut self, name: &str, object: &Rc<Object>, mut call: Call) -> Step<()> {
        let Some(parameters) = call
            .take("params")
            .or_else(|| (!call.places.is_empty()).then(|| call.places.remove(0)))
        else {
            return type_error("an optimizer needs parameters");
        };
        if let Value::List(groups) = &parameters
            && groups.borrow().iter().any(|group| matches!(group, Value::Dict(_)))
        {
            return self.not_known(format!("torch.optim.{name}([groups])"));
        }
        let parameters = self.tensors_in(&parameters)?;
        if parameters.is_empty() {
            return value_error("optimizer got an empty parameter list");
        }
        let lr =
            call.take("lr").or_else(|| (!call.places.is_empty()).then(|| call.places.remove(0)));
        let lr = lr.as_ref().and_then(Number::of).map(Number::float);
        if !call.places.is_empty() {
            return self.not_known(format!("torch.optim.{name}(…)"));
        }
        let made = self.optimizer(name, parameters, lr, &mut call)?;
        if let Some((key, _)) = call.keys.first() {
            return self.not_known(format!("torch.optim.{name}({key}=…)"));
        }
        *object.inner.borrow_mut() = Inner::Optimizer(made);
        Ok(())
    }

    fn optimizer(
        &mut self,
        name: &str,
        parameters: Vec<Tensor>,
        lr: Option<f64>,
        call: &mut Call,
    ) -> Step<Box<AnyOptimizer>> {
        let mut number = |key: &str, default: f64| {
            call.take(key).as_ref().and_then(Number::of).map_or(default, Number::float)
        };
        if name == "SGD" {
            let defaults = SgdConfig::default();
            let config = SgdConfig {
                lr: lr.unwrap_or(defaults.lr),
                momentum: number("momentum", defaults.momentum),
                dampening: number("dampening", defaults.dampening),
                weight_decay: number("weight_decay", defaults.weight_decay),
                nesterov: number("nesterov", 0.0) != 0.0,
                maximize: number("maximize", 0.0) != 0.0,
            };
            return self
                .library(|| Ok(Box::new(Sgd::new(parameters, config)?) as Box<AnyOptimizer>));
        }
        let defaults = if name == "AdamW" { AdamW::defaults() } else { AdamConfig::default() };
        let (eps, weight_decay) =
            (number("eps", defaults.eps), number("weight_decay", defaults.weight_decay));
        let (amsgrad, maximize) = (number("amsgrad", 0.0) != 0.0, number("maximize", 0.0) != 0.0);
        let betas = match call.take("betas") {
            Some(betas) => {
                let betas = self.items(&betas)?;
                match (betas.first().and_then(Number::of), betas.get(1).and_then(Number::of)) {
                    (Some(a), Some(b)) => (a.float(), b.float()),
                    _ => return type_error("betas should be two floats"),
                }
            }
            None => defaults.betas,
        };
        let lr = lr.unwrap_or(defaults.lr);
        let config = AdamConfig { lr, betas, eps, weight_decay, amsgrad, maximize, ..defaults };
        self.library(|| {
            Ok(match name {
                "AdamW" => Box::new(AdamW::new(parameters, config)?) as Box<AnyOptimizer>,
                _ => Box::new(Adam::new(parameters, config)?),
            })
        })
    }

    /// `optimizer.param_groups` and the like are not kept as Python's.
    pub fn optimizer_attribute(
        &mut self,
        _object: &Rc<Object>,
        _name: &str,
    ) -> Step<Option<Value>> {
        Ok(None)
    }

    /// `optimizer.step()`, `optimizer.zero_grad()`
    pub fn optimizer_method(&mut self, object: &Rc<Object>, name: &str, call: Call) -> Step<Value> {
        if !call.places.is_empty() {
            return self.not_known(format!("Optimizer.{name}(…)"));
        }
        let mut inner = object.inner.borrow_mut();
        let Inner::Optimizer(optimizer) = &mut *inner else {
            return type_error("the optimizer was not initialised");
        };
        match name {
            "step" => self.library(|| optimizer.step())?,
            "zero_grad" => self.library(|| optimizer.zero_grad())?,
            _ => {
                drop(inner);
                return self.not_known(format!("Optimizer.{name}"));
            }
        }
        Ok(Value::None)
    }
}
