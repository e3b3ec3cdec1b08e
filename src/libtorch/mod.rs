//! The one seam to libtorch: all C++ and all foreign functions of this crate, and nearly all its `unsafe`.
//!
//! tch passes on most of libtorch. What it leaves out, and PyTorch's users rely on, is here under torch's names:
//! autograd's flags ([`is_grad_enabled`], [`InferenceMode`], [`clear_grad`]), [`Autocast`], generators' states
//! ([`get_rng_state`]), [`add()`] with `alpha`, [`use_deterministic_algorithms`], threads, a [`MemoryBound`], and tensors
//! over a [`MappedFile`]. A [`PackedWeight`] multiplies few rows at the memory's speed, [`profile()`] counts operators.
//! [`config`] and its neighbours tell which libtorch this is.
//!
//! # How to add one more
//!
//! 1. **C++.** In the file of its topic in `src/libtorch/cpp/` (a new file is named in `all.cpp`) write an `extern "C"`
//!    function, `noexcept`, whose body runs in `seam::guarded`. What it finds goes to a place that the caller names;
//!    what it returns is the text of what libtorch threw, or null:
//!
//!    ```cpp
//!    extern "C" char *atencion_is_leaf(const at::Tensor *x, bool *out) noexcept {
//!      return seam::guarded([&] { *out = x->is_leaf(); });
//!    }
//!    ```
//!
//!    Without `guarded` only what cannot throw, such as reading a flag. A new tensor is `*out = new at::Tensor(..)`. Of
//!    libtorch's headers include the smallest: `ATen/ops/add_ops.h` instead of `ATen/ops/add.h`; a free function can be
//!    declared by hand, as in `autocast.cpp`; a class never, since its layout is libtorch's business. Both releases that
//!    `Cargo.toml` allows must have it.
//! 2. **Rust.** In the module of the same name declare it in the `unsafe extern "C"` block (`safe fn` if no argument is
//!    a pointer), and wrap it in a function with torch's name that calls `error::check`, which makes an [`Error`] of the
//!    text, one line of it:
//!
//!    ```ignore
//!    pub fn is_leaf(x: &Tensor) -> Result<bool> {
//!        let mut leaf = false;
//!        // SAFETY: the tensor and the flag are alive for the call.
//!        check(unsafe { atencion_is_leaf(x.as_ptr(), &mut leaf) })?;
//!        Ok(leaf)
//!    }
//!    ```
//!
//!    Each `unsafe` block says why it holds. Kinds and devices become numbers in `numbers`. A returned tensor is
//!    `Tensor::from_ptr(out)`, after `check`. What must be undone is a value whose `Drop` undoes it, and which is not
//!    `Send` where the switch is the thread's.
//! 3. **A test** beside it, whose expectation is Python's, and one with an argument that libtorch refuses: the error is
//!    one line and the program goes on.
//!
//! `build.rs` compiles the folder when one of its files, or libtorch, has changed.
//!
//! [`Error`]: crate::Error

mod about;
pub(crate) mod attend;
mod autocast;
mod autograd;
pub(crate) mod below_autograd;
pub(crate) mod bytes;
#[cfg(feature = "distributed")]
pub(crate) mod c10d;
mod error;
mod generator;
mod graph;
mod mapped;
mod memory;
mod memory_peak;
pub(crate) mod norm;
mod numbers;
mod operators;
mod packed;
mod profile;
mod random;
mod settings;
pub(crate) mod tensor_facts;
mod warnings;

pub use about::{
    BUILT_AGAINST, built_for, config, cpu_capability, cuda_is_linked, cxx_abi, folder, leave,
    version,
};
pub use autocast::{
    Autocast, AutocastArgs, clear_autocast_cache, get_autocast_dtype, is_autocast_enabled,
};
pub use autograd::{
    InferenceMode, clear_grad, is_grad_enabled, is_inference_mode_enabled, is_leaf, is_same,
    set_grad,
};
pub use generator::Generator;
pub use graph::{AutogradGraph, autograd_graph};
pub use mapped::MappedFile;
pub(crate) use mapped::forget_pages;
pub use memory::{MEMORY_BOUND, MemoryBound};
pub use memory_peak::MemoryPeak;
pub use operators::{add, add_, addcdiv_, addcmul_};
pub(crate) use packed::After;
pub use packed::{PackedWeight, WeightFormat};
pub use profile::{OperatorTime, profile};
pub use random::{get_rng_state, initial_seed, set_rng_state};
pub use settings::{
    are_deterministic_algorithms_enabled, get_num_interop_threads, get_num_threads,
    is_deterministic_algorithms_warn_only_enabled, is_mkldnn_enabled, set_mkldnn_enabled,
    set_num_interop_threads, set_num_threads, use_deterministic_algorithms,
};
pub use warnings::QuietWarnings;
