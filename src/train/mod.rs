//! Training: optimisers, gradient clipping, checkpoints.
