//! GradScaler: torch's scales and steps.

use atencion::StateDict;
use atencion::optim::{AdamConfig, AdamW, Optimizer};
use atencion::train::{GradScaler, GradScalerConfig};
use support::{assert_bits, repository};
use tch::{Device, Kind, Tensor};

const CONFIG: GradScalerConfig = GradScalerConfig {
    init_scale: 2048.0,
    growth_factor: 1.7,
    backoff_factor: 0.3,
    growth_interval: 3,
};

/// Gradients are what backward leaves: those of `(parameter * grad).sum()`.
fn give(parameters: &[Tensor], grads: &Tensor) {
    let mut from = 0;
    for parameter in parameters {
        let count = parameter.numel() as i64;
        let grad = grads.narrow(0, from, count).view_as(parameter);
        (parameter * grad).sum(Kind::Float).backward();
        from += count;
    }
}

#[test]
fn scales_and_steps_are_torchs_also_after_an_interruption() {
    let golden = StateDict::load(repository("tests/golden/scaler/steps.safetensors")).unwrap();
    let parameters: Vec<Tensor> = ["parameter.0", "parameter.1"]
        .map(|name| golden.require(name).unwrap().copy().set_requires_grad(true))
        .into();
    let config = AdamConfig { lr: 0.1, ..AdamW::defaults() };
    let mut optimizer =
        AdamW::new(parameters.iter().map(Tensor::shallow_clone).collect(), config).unwrap();
    let mut scaler = GradScaler::new(Device::Cpu, CONFIG).unwrap();
    let (grads, after) = (golden.require("grads").unwrap(), golden.require("after").unwrap());
    let scales = Vec::<f64>::try_from(golden.require("scales").unwrap()).unwrap();
    let mut left_out = 0;
    for (step, scale) in scales.iter().enumerate() {
        give(&parameters, &grads.get(step as i64));
        scaler.unscale_(&optimizer).unwrap();
        left_out += usize::from(!scaler.step(&mut optimizer).unwrap());
        scaler.update().unwrap();
        optimizer.zero_grad().unwrap();
        assert_eq!(scaler.get_scale().unwrap(), *scale, "step {step}");
        let weights: Vec<Tensor> = parameters.iter().map(|p| p.detach().view([-1])).collect();
        assert_bits(&format!("step {step}"), &Tensor::cat(&weights, 0), &after.get(step as i64));
        // As a checkpoint would.
        let state = scaler.state_dict();
        scaler = GradScaler::new(Device::Cpu, GradScalerConfig::default()).unwrap();
        scaler.load_state_dict(&state).unwrap();
    }
    assert!(left_out > 5, "{left_out} steps left out");
}

#[test]
fn what_cannot_be_is_said_in_torchs_words() {
    let wrong = GradScalerConfig { growth_factor: 1.0, ..CONFIG };
    assert_eq!(
        GradScaler::new(Device::Cpu, wrong).unwrap_err().what(),
        "The growth factor must be > 1.0."
    );
    let wrong = GradScalerConfig { backoff_factor: 1.0, ..CONFIG };
    assert_eq!(
        GradScaler::new(Device::Cpu, wrong).unwrap_err().what(),
        "The backoff factor must be < 1.0."
    );
    let mut scaler = GradScaler::new(Device::Cpu, CONFIG).unwrap();
    assert_eq!(scaler.update().unwrap_err().what(), "No inf checks were recorded prior to update.");
    let weight = Tensor::ones([2], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let optimizer = AdamW::new(vec![weight], AdamW::defaults()).unwrap();
    scaler.unscale_(&optimizer).unwrap();
    assert!(
        scaler
            .unscale_(&optimizer)
            .unwrap_err()
            .what()
            .starts_with("unscale_() has already been called")
    );
    assert!(scaler.load_state_dict(&StateDict::new()).is_err());
}
