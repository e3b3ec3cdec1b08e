//! `torch.distributed`: one training on several processes, on libtorch's own c10d. Feature `distributed`.
//!
//! | Python | here |
//! |---|---|
//! | `dist.init_process_group("gloo")` | [`init_process_group`], as `torchrun` or `MASTER_ADDR` and its like say |
//! | `dist.get_rank()`, `dist.get_world_size()` | [`ProcessGroup::rank`], [`ProcessGroup::world_size`] |
//! | `dist.all_reduce(x)`, `broadcast`, `all_gather`, `reduce_scatter_tensor`, `barrier` | methods of [`ProcessGroup`] |
//! | `async_op=True` | the same with `_async`, which give a [`Work`] |
//! | `nn.parallel.DistributedDataParallel` | [`DistributedDataParallel`] |
//! | `utils.data.DistributedSampler` | [`crate::data::DistributedSampler`] |
//! | `dist.destroy_process_group()` | [`ProcessGroup::destroy`], or the last of its handles is dropped |
//!
//! There is no group that is the process's own: who communicates has it in hand, and the compiler sees that nobody does
//! before it is made.
//!
//! ```no_run
//! use atencion::dist::{InitConfig, ReduceOp, init_process_group};
//! use atencion::tensor;
//!
//! // torchrun --no-python --nproc-per-node 2 ./program
//! let group = init_process_group(InitConfig::default())?; //        dist.init_process_group("gloo")
//! let x = tensor![1.0, 2.0] * (group.rank() as f64 + 1.0); //       x = torch.tensor([1., 2.]) * (dist.get_rank() + 1)
//! group.all_reduce(&x, ReduceOp::Sum)?; //                          dist.all_reduce(x)
//! assert!(x.equal(&tensor![3.0, 6.0]));
//! # Ok::<(), atencion::Error>(())
//! ```
//!
//! # When a process is lost
//!
//! A collective fails within the group's timeout, at once where a connection breaks, with the rank that speaks, the rank
//! that is missed, and the cause. A process that gives up can leave word with [`ProcessGroup::tell`]: what the others then
//! report is its reason instead of a broken connection. A group that has lost a process is of no more use: whoever
//! started the processes starts them again, and they go on from their last checkpoint.
//!
//! # Which numbers
//!
//! c10d adds in an order of its own, which two processes cannot differ in (`a + b = b + a`) and three or more can from
//! those of a single process. Equal libtorchs in groups of equal size agree to the last bit, with Python's too: the same
//! code runs.

mod agree;
mod ddp;
mod group;
mod init;
mod launch;
mod peers;
mod work;

pub use ddp::{DdpConfig, DistributedDataParallel, NoSync, Outputs};
pub use group::{ProcessGroup, ReduceOp};
pub use init::{Backend, InitConfig, init_process_group, init_process_group_as};
pub use launch::{Launch, free_port};
pub use work::Work;

/// `torch.distributed.is_nccl_available()`: whether groups can be made of NCCL. Not yet: this crate reaches libtorch's
/// Gloo alone, which PyTorch's own builds all have.
pub const fn is_nccl_available() -> bool {
    false
}
