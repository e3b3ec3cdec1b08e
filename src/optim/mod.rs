//! `torch.optim`: optimisers, gradient clipping, learning-rate schedules.
//!
//! | what | where |
//! |---|---|
//! | `torch.optim.AdamW`, `Adam`, `SGD` | [`AdamW`], [`Adam`], [`Sgd`], all of them an [`Optimizer`] |
//! | `torch.nn.utils.clip_grad_norm_` | [`clip_grad_norm_`] |
//! | `torch.optim.lr_scheduler`, `transformers`' schedules | [`lr_scheduler`] |
//!
//! One step, as in Python:
//!
//! ```
//! use atencion::nn::{CrossEntropyLoss, Forward, Linear, LinearConfig, Module};
//! use atencion::optim::lr_scheduler::{LRScheduler, get_noam_schedule};
//! use atencion::optim::{AdamConfig, AdamW, Optimizer, clip_grad_norm_};
//! use tch::{Device, Kind, Tensor, nn::VarStore};
//!
//! tch::manual_seed(0);
//! let vs = VarStore::new(Device::Cpu);
//! let model = Linear::new(&vs.root(), LinearConfig::new(8, 3))?;
//! let criterion = CrossEntropyLoss::default();
//! let config = AdamConfig { lr: 1.0, betas: (0.9, 0.98), eps: 1e-9, ..AdamW::defaults() };
//! let mut optimizer = AdamW::new(model.parameters(), config)?;
//! let mut scheduler = get_noam_schedule(&mut optimizer, 512, 4000)?;
//!
//! let input = Tensor::randn([16, 8], (Kind::Float, Device::Cpu));
//! let target = Tensor::randint(3, [16], (Kind::Int64, Device::Cpu));
//! for _ in 0..5 {
//!     optimizer.zero_grad()?; //                       optimizer.zero_grad()
//!     let output = model.forward(&input)?; //          output = model(input)
//!     let loss = criterion.forward(&output, &target)?; // loss = criterion(output, target)
//!     loss.backward(); //                              loss.backward()
//!     clip_grad_norm_(&model.parameters(), 1.0, 2.0, false)?;
//!     optimizer.step()?; //                            optimizer.step()
//!     scheduler.step(&mut optimizer)?; //              scheduler.step()
//! }
//!
//! // To go on another day: weights and the optimiser's averages.
//! # let temporary = tempfile::tempdir().unwrap();
//! # let folder = temporary.path();
//! model.state_dict().save(folder.join("model.safetensors"))?;
//! optimizer.state_dict().save(folder.join("optimizer.safetensors"))?;
//! # Ok::<(), atencion::Error>(())
//! ```
//!
//! # Exactness and state
//!
//! The optimisers go step for step in the order of torch's `_single_tensor_…` functions, so that weights stay
//! equal to Python's to the last bit. (On the CPU that is what Python runs; on CUDA its default is `foreach=True`, which
//! rounds elsewhere.)
//!
//! State is kept as tensors under torch's names and goes to and from Python:
//!
//! ```python
//! # Python → Rust: optimizer.load_state_dict(&StateDict::load_flat("adam.pt")?)?
//! torch.save(optimizer.state_dict(), "adam.pt")
//!
//! # Rust → Python, after optimizer.state_dict().save("adam.safetensors")?
//! flat, state = safetensors.torch.load_file("adam.safetensors"), optimizer.state_dict()
//! state["state"] = {i: {k.split(".")[2]: t for k, t in flat.items() if k.startswith(f"state.{i}.")} for i in state["param_groups"][0]["params"]}
//! optimizer.load_state_dict(state)
//! ```
//!
//! Keys: `state.{i}.{name}` for parameter number `i` (counted through all groups), with the names that torch uses
//! (`step`, `exp_avg`, …), and `param_groups.{g}.{option}` as `float64`, `param_groups.{g}.params` being the numbers
//! of its parameters. Options that are `None` or that only choose among implementations are left out.

mod adam;
mod clip;
mod groups;
pub mod lr_scheduler;
mod sgd;
mod state;

use crate::{Result, StateDict};

pub use adam::{Adam, AdamConfig, AdamW};
pub use clip::clip_grad_norm_;
pub use groups::{Group, ParamGroup};
pub use lr_scheduler::noam;
pub use sgd::{Sgd, SgdConfig};

/// torch's `optim.Optimizer`.
pub trait Optimizer {
    /// Changes every parameter that has a gradient.
    ///
    /// # Errors
    /// When libtorch refuses.
    fn step(&mut self) -> Result<()>;

    /// The groups of parameters, each with its learning rate: `optimizer.param_groups`.
    fn param_groups(&self) -> Vec<&dyn Group>;

    /// The same, to change options between steps.
    fn param_groups_mut(&mut self) -> Vec<&mut dyn Group>;

    /// Takes the gradients away (`set_to_none=True`), so that a parameter that gets none in the next backward pass is
    /// left alone by [`step`](Self::step).
    ///
    /// # Errors
    /// When libtorch refuses.
    fn zero_grad(&mut self) -> Result<()> {
        groups::zero_grad(&self.param_groups())
    }

    /// Sets the learning rate of every group.
    fn set_lr(&mut self, lr: f64) {
        self.param_groups_mut().into_iter().for_each(|group| group.set_lr(lr));
    }

    /// The step after which a schedule that is made on it begins: -1, unless it is [`lr_scheduler::resumed`].
    fn last_epoch(&self) -> i64 {
        -1
    }

    /// What is needed to go on later: state and options, under the keys of [this module](self). The state's storage is
    /// shared.
    fn state_dict(&self) -> StateDict;

    /// Takes up state and options that [`state_dict`](Self::state_dict) or Python gave. Everything is checked before
    /// anything is changed; the tensors are copied.
    ///
    /// # Errors
    /// When groups or parameters differ in number; names every tensor and option that is missing or misshapen.
    fn load_state_dict(&mut self, state: &StateDict) -> Result<()>;
}
