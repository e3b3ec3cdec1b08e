//! torch.optim: training is Python's training.

mod schedules;
mod training;
