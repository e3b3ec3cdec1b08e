//! Training as Python's loop does it, and what is left of it after a kill.

mod checkpoints;
mod scaler;
mod twin;
