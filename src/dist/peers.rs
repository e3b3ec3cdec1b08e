//! What the processes of a group know of each other beside their tensors: who is there, who gave up and why, and, of
//! those on this machine, whose process has ended.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::libtorch::c10d::Store;
use crate::{Error, Result};

/// How long the store may take to answer one who asks what went wrong.
const ANSWER: Duration = Duration::from_secs(2);
/// How long is looked for a process that has ended: its connections break a moment before.
const LOOK: Duration = Duration::from_millis(500);

/// Notes in the store.
pub(super) struct Peers {
    store: Store,
    pub(super) rank: usize,
    pub(super) size: usize,
    /// Whether `torchrun` holds the store; else it ends with rank 0.
    agent_store: bool,
    told: Cell<bool>,
}

impl Peers {
    pub(super) fn new(store: Store, rank: usize, size: usize, agent_store: bool) -> Result<Self> {
        store.set_timeout(ANSWER)?;
        Ok(Self { store, rank, size, agent_store, told: Cell::new(false) })
    }

    /// Tells the others that it is there, and where it runs.
    pub(super) fn arrive(&self) -> Result<()> {
        let (rank, size) = (self.rank, self.size);
        if self.store.add("arrived", 1)? == 1 {
            self.store.set("world_size", size.to_string().as_bytes())?;
        }
        let first = self.store.get("world_size", ANSWER)?;
        let first = String::from_utf8_lossy(&first).into_owned();
        if first != size.to_string() {
            return Err(Error::value(format!(
                "WORLD_SIZE is {size} here, and {first} where the first process came from"
            )));
        }
        if self.store.add(&format!("taken/{rank}"), 1)? > 1 {
            return Err(Error::value(format!("two processes have RANK {rank}")));
        }
        let here = format!("{}\n{}", host(), std::process::id());
        self.store.set(&format!("rank/{rank}"), here.as_bytes())
    }

    /// The ranks that have not come.
    pub(super) fn missing(&self) -> Result<Vec<usize>> {
        let mut missing = Vec::new();
        for rank in 0..self.size {
            if !self.store.check(&format!("rank/{rank}"))? {
                missing.push(rank);
            }
        }
        Ok(missing)
    }

    /// Leaves word of why it gives up; the first word counts. A store that is gone has nobody who reads.
    pub(super) fn tell(&self, why: &str) {
        if !self.told.replace(true) && self.store.add("words", 1).is_ok_and(|words| words == 1) {
            let _ = self.store.set("word", format!("{}\n{why}", self.rank).as_bytes());
        }
    }

    /// What another left word of: `rank 1: the loss is NaN`.
    pub(super) fn said(&self) -> Result<Option<String>> {
        if !self.store.check("word")? {
            return Ok(None);
        }
        let word = self.store.get("word", ANSWER)?;
        let word = String::from_utf8_lossy(&word).into_owned();
        let (rank, why) = word.split_once('\n').unwrap_or(("?", &word));
        if self.rank == 0 {
            self.store.set("heard", b"")?;
        }
        Ok((rank != self.rank.to_string()).then(|| format!("rank {rank}: {why}")))
    }

    /// Waits a moment until rank 0 has read a word.
    pub(super) fn wait_until_heard(&self) {
        if self.rank != 0 {
            let _ = self.store.get("heard", ANSWER);
        }
    }

    /// What was done, what libtorch says of it, and what is known of the cause.
    pub(super) fn failed(&self, doing: &str, error: Error) -> Error {
        let (rank, size) = (self.rank, self.size);
        let said = cleaned(error.what());
        let what = match self.cause() {
            Some(cause) => format!("rank {rank} of {size}, {doing}: {cause} ({said})"),
            None => format!("rank {rank} of {size}, {doing}: {said}"),
        };
        Error::from(tch::TchError::Torch(what)).mend(
            "a group that has lost a process cannot go on: look at what that one said last, and start all of them again",
        )
    }

    /// The same where there is a cause among the processes; else the error as it is.
    pub(super) fn explained(&self, doing: &str, error: Error) -> Error {
        if self.cause().is_some() { self.failed(doing, error) } else { error }
    }

    fn cause(&self) -> Option<String> {
        let began = Instant::now();
        loop {
            match self.said() {
                Ok(Some(said)) => return Some(said),
                Ok(None) => {}
                Err(_) if self.agent_store => return Some("torchrun's store is gone".to_owned()),
                Err(_) if self.rank != 0 => {
                    return Some("rank 0 is gone, and the store with it".to_owned());
                }
                Err(_) => return None,
            }
            let gone = (0..self.size).find_map(|rank| self.gone(rank));
            if gone.is_some() || began.elapsed() >= LOOK {
                return gone;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether that rank's process ran on this machine and has ended.
    fn gone(&self, rank: usize) -> Option<String> {
        let place = self.store.get(&format!("rank/{rank}"), ANSWER).ok()?;
        let place = String::from_utf8_lossy(&place).into_owned();
        let (at, pid) = place.split_once('\n')?;
        let pid: i32 = pid.parse().ok()?;
        (at == host() && has_ended(pid))
            .then(|| format!("rank {rank} is gone: its process {pid} has ended"))
    }
}

/// Two containers may call themselves by one name, and then each see other processes under their numbers.
fn host() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{name} {}", namespace.display())
}

fn has_ended(pid: i32) -> bool {
    let Some(process) = rustix::process::Pid::from_raw(pid) else { return false };
    match rustix::process::test_kill_process(process) {
        Err(error) => error == rustix::io::Errno::SRCH,
        // One that has ended is still there until whoever started it has asked how.
        Ok(()) => std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
        }),
    }
}

/// Gloo begins with the line of its own source, and ends with advice for those who build it.
fn cleaned(text: &str) -> &str {
    let text = match text.split_once("] ") {
        Some((place, rest)) if place.starts_with('[') && place.contains(".cc:") => rest,
        _ => text,
    };
    text.split(". This ").next().unwrap_or(text).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gloos_own_lines_are_left_out() {
        let said = "[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:4242";
        assert_eq!(cleaned(said), "Connection closed by peer [127.0.0.1]:4242");
        assert_eq!(cleaned("[1, 2] is no shape"), "[1, 2] is no shape");
    }

    #[test]
    fn a_process_that_has_ended_is_known() {
        let own = std::process::id() as i32;
        assert!(!has_ended(own));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id() as i32;
        let began = Instant::now();
        while !has_ended(pid) && began.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let zombie_is_known = has_ended(pid) || !cfg!(target_os = "linux");
        child.wait().unwrap();
        assert!(zombie_is_known && has_ended(pid));
    }
}
