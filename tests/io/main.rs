//! Files of tensors: what they hold, what is refused, and that Python reads what Rust wrote.

mod bad_inputs;
mod exchange;
mod hostile;
mod opening;
mod pt_files;
mod saving;
mod state_dict;
mod tensor_files;
