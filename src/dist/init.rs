//! `init_process_group`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::peers::Peers;
use super::{Launch, ProcessGroup};
use crate::libtorch::c10d::{Group, StoreOptions, TcpStore};
use crate::{Error, Result};

/// What carries the tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// Gloo: TCP, for tensors on the CPU; those on CUDA go through the CPU's memory.
    #[default]
    Gloo,
    /// NCCL: between GPUs. See [`is_nccl_available`](super::is_nccl_available).
    Nccl,
}

impl std::str::FromStr for Backend {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "gloo" => Ok(Self::Gloo),
            "nccl" => Ok(Self::Nccl),
            _ => Err(Error::value(format!("Unknown backend type {name}")).mend("gloo or nccl")),
        }
    }
}

/// The options of [`init_process_group`]; `default()` has torch's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitConfig {
    /// What carries the tensors.
    pub backend: Backend,
    /// How long a collective may wait for the other processes: 30 minutes.
    pub timeout: Duration,
    /// How long the processes are waited for at the start: 5 minutes. torch takes `timeout` for it.
    pub connect_timeout: Duration,
}

impl Default for InitConfig {
    fn default() -> Self {
        Self {
            backend: Backend::default(),
            timeout: Duration::from_secs(30 * 60),
            connect_timeout: Duration::from_secs(5 * 60),
        }
    }
}

/// `torch.distributed.init_process_group(backend, init_method="env://", timeout=…)`: as the environment says, which
/// `torchrun` sets. Waits until all processes are there.
///
/// # Errors
/// When the environment says nothing or nonsense, the backend is not there, the store is not reached or its port taken,
/// the processes disagree on their number, two have one rank, or some do not come.
///
/// Source: `torch/distributed/distributed_c10d.py`, `rendezvous.py`.
pub fn init_process_group(config: InitConfig) -> Result<ProcessGroup> {
    init_process_group_as(&Launch::from_env()?, config)
}

/// The same at a place that is given.
///
/// # Errors
/// As [`init_process_group`].
pub fn init_process_group_as(launch: &Launch, config: InitConfig) -> Result<ProcessGroup> {
    check_backend(config.backend)?;
    let Launch { rank, world_size, .. } = *launch;
    let named = |error: Error| {
        let what = format!("rank {rank} of {world_size}: {}", error.what());
        Error::value(what).mend(error.how_to_mend().unwrap_or(MEND))
    };
    let root = connect(launch, config.connect_timeout).map_err(named)?;
    // torch counts a process's groups, too: a second one must not find the first one's addresses.
    let number = GROUPS.fetch_add(1, Ordering::Relaxed);
    let own = root.under(&format!("atencion/{}/{number}", launch.restart_count), true)?;
    let peers = Peers::new(own, rank, world_size, launch.agent_store)?;
    meet(&peers, config.connect_timeout).map_err(named)?;
    root.wait_for_workers().map_err(named)?;
    // The keys are Python's, so that a Python process may be one of the group. torchrun's agent keeps its store when it starts
    // the group again, with the addresses of those that have ended: then the keys are others.
    let again = match launch.restart_count {
        0 => String::new(),
        count => format!("attempt_{count}/"),
    };
    let store = root.under(&format!("{again}default_pg/{number}/"), false)?;
    let backend = root.under(&format!("{again}default_pg/{number}//cpu/"), false)?;
    let group = Group::gloo(&store, &backend, rank, world_size, config.timeout);
    let group = group.map_err(|error| peers.failed("init_process_group", error))?;
    Ok(ProcessGroup::new(group, peers, root))
}

static GROUPS: AtomicU64 = AtomicU64::new(0);

const MEND: &str = "look at what the other processes say; all must have one MASTER_ADDR, MASTER_PORT and WORLD_SIZE, and each its own RANK";

fn check_backend(backend: Backend) -> Result<()> {
    if backend == Backend::Gloo {
        return Ok(());
    }
    let what = match tch::Cuda::is_available() {
        false => "ProcessGroupNCCL is only supported with GPUs, no GPUs found!",
        true => "Distributed package doesn't have NCCL built in",
    };
    Err(Error::value(what).mend("take Gloo, which carries tensors on CUDA as well"))
}

fn connect(launch: &Launch, timeout: Duration) -> Result<TcpStore> {
    let Launch { rank, world_size, master_port: port, agent_store, .. } = *launch;
    let host = launch.master_addr.as_str();
    let serves = rank == 0 && !agent_store;
    let store = TcpStore::new(&StoreOptions { host, port, workers: world_size, serves, timeout });
    store.map_err(|error| match serves {
        true => Error::value(format!("the store cannot listen on port {port}: {}", error.what()))
            .mend("another program has the port: choose another MASTER_PORT for all processes"),
        false => Error::value(format!("no store at {host}:{port}: {}", error.what())).mend(
            "rank 0 must run, and MASTER_ADDR and MASTER_PORT lead to it; is a firewall between?",
        ),
    })
}

/// Each tells that it is there, and waits for the others: what does not fit is found here, by name.
fn meet(peers: &Peers, timeout: Duration) -> Result<()> {
    if let Err(error) = peers.arrive() {
        // It may be that the others wait for the rank that this one should have been.
        peers.tell(error.what());
        return Err(error);
    }
    let began = Instant::now();
    loop {
        if let Some(said) = peers.said()? {
            return Err(Error::value(said));
        }
        let missing = peers.missing()?;
        if missing.is_empty() {
            return Ok(());
        }
        if began.elapsed() >= timeout {
            let names: Vec<String> = missing.iter().map(usize::to_string).collect();
            let (names, seconds) = (names.join(", "), timeout.as_secs_f64());
            let what = format!("of the ranks, {names} did not come within {seconds} s");
            return Err(Error::value(what));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
