//! `torch.optim`'s optimisers, step for step in the order of torch's `_single_tensor_…` functions, so that weights stay
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
mod adamw;
mod groups;
mod sgd;
mod state;

use crate::{Result, StateDict};

pub use adam::{Adam, AdamConfig};
pub use adamw::AdamW;
pub use groups::ParamGroup;
pub use sgd::{Sgd, SgdConfig};

/// torch's `optim.Optimizer`.
pub trait Optimizer {
    /// Changes every parameter that has a gradient.
    ///
    /// # Errors
    /// When libtorch refuses.
    fn step(&mut self) -> Result<()>;

    /// Takes the gradients away (`set_to_none=True`), so that a parameter that gets none in the next backward pass is
    /// left alone by [`step`](Self::step).
    ///
    /// # Errors
    /// When libtorch refuses.
    fn zero_grad(&mut self) -> Result<()>;

    /// Sets the learning rate of every group, as a schedule does.
    fn set_lr(&mut self, lr: f64);

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
