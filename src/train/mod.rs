//! Training: the loop, and checkpoints that outlive a kill.
//!
//! | what | where |
//! |---|---|
//! | batches, loss, accumulation, clipping, optimiser, schedule | [`Loop`] |
//! | weights, optimiser, schedule, generators and the place in the data, in one folder | [`Checkpoints`] |
//! | an average of the weights as they change; of the last checkpoints | [`Ema`], [`average`] |
//! | the loss scaled up for float16 | [`GradScaler`] |
//! | no decay on biases and norms | [`decay_groups`] |
//! | when to stop | [`EarlyStopping`] |
//!
//! `examples/train_loop.rs` stands beside `examples/train_loop.py`, the loop that one writes by hand in Python; both
//! end with the same weights, to the last bit.

mod checkpoint;
mod looping;
mod scaler;
mod weights;

pub use checkpoint::{Checkpoint, Checkpoints};
pub use looping::{EarlyStopping, Flow, Loop, LoopConfig, Progress, Step};
pub use scaler::{GradScaler, GradScalerConfig};
pub use weights::{Ema, average, decay_groups};
