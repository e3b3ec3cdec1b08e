//! torch.optim: training is Python's training.

mod training;
