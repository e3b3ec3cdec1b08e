//! `torch.optim.lr_scheduler`: how the learning rate changes while a model learns.
//!
//! | schedule | after warming up, the rate |
//! |---|---|
//! | [`LambdaLR`] | is the initial one times a function of the step |
//! | [`StepLR`] | falls by a factor every so many steps |
//! | [`ConstantLR`], [`LinearLR`] | begins at a part of itself |
//! | [`CosineAnnealingLR`] | falls like a cosine |
//! | [`OneCycleLR`] | rises and falls once, the momentum against it |
//! | [`SequentialLR`] | follows one schedule after another |
//! | [`ReduceLROnPlateau`] | falls when a metric no longer gets better |
//! | [`get_noam_schedule`] | the paper's: falls with the root of the step |
//! | [`get_linear_schedule_with_warmup`] and others | as `transformers` has them |
//!
//! A schedule belongs to an optimiser, which Python's keeps a reference to; here it is passed along:
//!
//! ```
//! use atencion::optim::lr_scheduler::{LRScheduler, StepLR};
//! use atencion::optim::{Optimizer, Sgd, SgdConfig};
//!
//! let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 0.1, ..Default::default() })?;
//! let mut scheduler = StepLR::new(&mut optimizer, 2, 0.5)?; // StepLR(optimizer, step_size=2, gamma=0.5)
//! let mut rates = Vec::new();
//! for _epoch in 0..5 {
//!     rates.push(optimizer.param_groups[0].config.lr);
//!     optimizer.step()?;
//!     scheduler.step(&mut optimizer)?; //                      scheduler.step()
//! }
//! assert_eq!(rates, [0.1, 0.1, 0.05, 0.05, 0.025]);
//! # Ok::<(), atencion::Error>(())
//! ```
//!
//! **The bits are torch's.** Where torch computes a rate from the one before, so does this: after a thousand steps the
//! closed formula has other last bits, and where a user changed `lr` by hand it has another value.
//!
//! **State** goes to and from Python under torch's names, flat, as the optimisers' does ([`LRScheduler::state_dict`]).
//! Make the schedule before the optimiser loads its own state: making it sets the optimiser's rates, as in torch.
//!
//! To begin in the middle without a state, `last_epoch` in Python, make it on [`resumed`]`(&mut optimizer, last_epoch)?`.
//!
//! A schedule of your own has a [`Base`] and says what [`get_lr`](LRScheduler::get_lr) is.
//!
//! Source: [torch.optim](https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate),
//! `torch/optim/lr_scheduler.py`.

mod base;
mod cosine;
mod factor;
mod lambda;
mod one_cycle;
mod plateau;
mod resumed;
mod saved;
mod sequential;
mod warmup;

pub use base::{Base, LRScheduler};
pub use cosine::CosineAnnealingLR;
pub use factor::{ConstantLR, LinearLR, StepLR};
pub use lambda::LambdaLR;
pub use one_cycle::{AnnealStrategy, OneCycleConfig, OneCycleLR};
pub use plateau::{PlateauConfig, PlateauMode, ReduceLROnPlateau, ThresholdMode};
pub use resumed::{Resumed, resumed};
pub use sequential::SequentialLR;
pub use warmup::{
    get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup, get_inverse_sqrt_schedule,
    get_linear_schedule_with_warmup, get_noam_schedule, noam,
};
