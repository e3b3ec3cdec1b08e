//! What is left when the guard itself was killed: on Linux its children then become ours, and we end them.

#[cfg(target_os = "linux")]
pub(super) use linux::{adopt, end, forget, know};

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::{adopt, end, forget, know};

/// Elsewhere nobody can adopt; the guard is all there is.
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    pub fn adopt() {}
    pub fn know(_guard: u32) {}
    pub fn forget(_guard: u32) {}
    pub fn end() {}
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::{BTreeMap, HashSet};
    use std::sync::{Mutex, Once};
    use std::time::{Duration, Instant};

    use nix::sys::signal::{Signal, kill};
    use nix::sys::wait::{WaitPidFlag, waitpid};
    use nix::unistd::Pid;

    /// Children that are no orphans: those from before the first run, and the guards of other runs.
    static KNOWN: Mutex<Option<HashSet<u32>>> = Mutex::new(None);

    /// Makes this process the one that orphans below it come to, and unreadable to them: a cell could else find the
    /// secret in our memory.
    pub fn adopt() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let before = children_of(std::process::id(), &parents());
            with_known(|known| known.extend(before));
            let _ = nix::sys::prctl::set_child_subreaper(true);
            let _ = nix::sys::prctl::set_dumpable(false);
        });
    }

    pub fn know(guard: u32) {
        with_known(|known| known.insert(guard));
    }

    pub fn forget(guard: u32) {
        with_known(|known| known.remove(&guard));
    }

    fn with_known<R>(change: impl FnOnce(&mut HashSet<u32>) -> R) -> R {
        let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(known.get_or_insert_with(HashSet::new))
    }

    /// Ends the orphans and all below them.
    pub fn end() {
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            let table = parents();
            let mut family = children_of(std::process::id(), &table);
            with_known(|known| family.retain(|child| !known.contains(child)));
            if family.is_empty() || Instant::now() > until {
                return;
            }
            let orphans = family.len();
            let mut at = 0;
            while at < family.len() {
                family.extend(children_of(family[at], &table));
                at += 1;
            }
            for process in &family {
                let _ = kill(pid(*process), Signal::SIGKILL);
            }
            for orphan in &family[..orphans] {
                let _ = waitpid(pid(*orphan), Some(WaitPidFlag::WNOHANG));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn pid(process: u32) -> Pid {
        Pid::from_raw(process as i32)
    }

    /// The parent of each process of the system, zombies too: ours are to be waited for.
    fn parents() -> BTreeMap<u32, u32> {
        let Ok(entries) = std::fs::read_dir("/proc") else { return BTreeMap::new() };
        let number = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
        entries
            .filter_map(|entry| number(entry.ok()?))
            .filter_map(|process| Some((process, parent(process)?)))
            .collect()
    }

    /// The fourth word of /proc/PID/stat; the second, the program's name in brackets, may hold brackets itself.
    fn parent(process: u32) -> Option<u32> {
        let stat = std::fs::read(format!("/proc/{process}/stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        let (_, after) = stat.rsplit_once(')')?;
        after.split_whitespace().nth(1)?.parse().ok()
    }

    fn children_of(of: u32, table: &BTreeMap<u32, u32>) -> Vec<u32> {
        table.iter().filter(|(_, parent)| **parent == of).map(|(process, _)| *process).collect()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_parent_is_found_behind_any_name() {
            let mine = parent(std::process::id());
            assert_eq!(mine, Some(std::os::unix::process::parent_id()));
        }
    }
}
