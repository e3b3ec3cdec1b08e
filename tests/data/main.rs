//! torch.utils.data: the same batches in the same order.

mod loader;
mod texts;
