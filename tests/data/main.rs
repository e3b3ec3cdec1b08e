//! torch.utils.data: the same batches in the same order.

mod distributed;
mod loader;
mod texts;
