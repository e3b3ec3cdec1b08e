//! torch.distributed: several processes of this very program, on the loopback.

mod collectives;
mod ddp;
mod failures;
mod processes;
