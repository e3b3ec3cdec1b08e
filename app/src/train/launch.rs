//! `--nproc N`: starts the processes of a training on this machine, and minds them, as `torchrun` does.

use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ranks::PARENT;
use crate::i18n::{Lang, plain};
use atencion::dist::{Launch, free_port};
use atencion::{Error, Result};

/// How long the others may take to end by themselves when one has failed, and how long after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// What is to be started.
pub struct Processes {
    /// How many.
    pub count: usize,
    /// How often all of them are started again when one has failed.
    pub max_restarts: u64,
    /// The language of what is said.
    pub lang: Lang,
}

/// The options that are the starting process's alone; each takes a value.
const OWN: [&str; 2] = ["--nproc", "--max-restarts"];

impl Processes {
    /// Starts this program with this command line once for each, and waits for them. `say` hears of what ended early.
    /// Returns the exit code: 0, that of the first that failed, or 128 and the number of the signal that stopped them.
    ///
    /// # Errors
    /// When a process does not start.
    pub fn run(&self, signal: &Arc<AtomicUsize>, mut say: impl FnMut(&str)) -> Result<i32> {
        let mut restarts = 0;
        loop {
            let mut running = self.start(restarts)?;
            let Some((rank, failed)) = running.mind(signal)? else { return Ok(0) };
            let told = signal.load(Ordering::Relaxed) as i32;
            if told != 0 {
                return Ok(128 + told);
            }
            if let Some(signal) = failed.signal() {
                let variables = [("rank", plain(rank)), ("signal", plain(signal))];
                say(&self.lang.text_with("train-rank-killed", &variables));
            }
            if restarts >= self.max_restarts {
                return Ok(failed.code().unwrap_or_else(|| 128 + failed.signal().unwrap_or(0)));
            }
            restarts += 1;
            let variables = [("restart", plain(restarts)), ("most", plain(self.max_restarts))];
            say(&self.lang.text_with("train-starts-again", &variables));
        }
    }

    fn start(&self, restarts: u64) -> Result<Running> {
        let failed = |error: std::io::Error| Error::value(error.to_string());
        let program = std::env::current_exe().map_err(failed)?;
        let arguments = arguments(std::env::args_os().skip(1), restarts > 0);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = (cores / self.count).max(1).to_string();
        let threads = std::env::var("OMP_NUM_THREADS").unwrap_or(threads);
        let mut running = Running(Vec::new());
        for mut place in Launch::on_this_machine(self.count, free_port()?) {
            place.restart_count = restarts;
            let mut command = Command::new(&program);
            command.args(&arguments).envs(place.to_env()).env("OMP_NUM_THREADS", &threads);
            // Its own process group: a terminal's Ctrl-C comes here alone, and is handed on once.
            command.env(PARENT, std::process::id().to_string()).process_group(0);
            running.0.push(command.spawn().map_err(failed)?);
        }
        Ok(running)
    }
}

/// This command line without what is only for the process that starts the others.
fn arguments(given: impl Iterator<Item = OsString>, resume: bool) -> Vec<OsString> {
    let (mut kept, mut given) = (Vec::new(), given);
    while let Some(argument) = given.next() {
        let text = argument.to_string_lossy().into_owned();
        if OWN.contains(&text.as_str()) {
            given.next();
        } else if !OWN.iter().any(|own| text.starts_with(&format!("{own}="))) {
            kept.push(argument);
        }
    }
    if resume && !kept.iter().any(|argument| argument == "--resume") {
        kept.push("--resume".into());
    }
    kept
}

/// Processes that are ended when this is dropped, whatever happened.
struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // One that has ended already is not there to be killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Running {
    /// Waits until all have ended: the rank that failed first, and how.
    fn mind(&mut self, signal: &AtomicUsize) -> Result<Option<(usize, ExitStatus)>> {
        let mut ended: Vec<Option<ExitStatus>> = vec![None; self.0.len()];
        let (mut first, mut since, mut told) = (None, None, false);
        while ended.iter().any(Option::is_none) {
            for (rank, child) in self.0.iter_mut().enumerate() {
                if ended[rank].is_some() {
                    continue;
                }
                let status = child.try_wait().map_err(|error| Error::value(error.to_string()))?;
                ended[rank] = status;
                if let (Some(status), None) = (status.filter(|status| !status.success()), first) {
                    first = Some((rank, status));
                    since = Some(Instant::now());
                }
            }
            let number = signal.load(Ordering::Relaxed) as i32;
            if number != 0 && !told {
                told = true;
                self.tell(&ended, Signal::try_from(number).unwrap_or(Signal::SIGTERM));
            }
            // They notice by themselves that one is gone, and say so; one that is stuck is ended.
            if since.is_some_and(|since: Instant| since.elapsed() > GRACE) {
                self.tell(&ended, Signal::SIGKILL);
            }
            std::thread::sleep(POLL);
        }
        Ok(first)
    }

    fn tell(&self, ended: &[Option<ExitStatus>], signal: Signal) {
        for (child, _) in self.0.iter().zip(ended).filter(|(_, ended)| ended.is_none()) {
            let _ = kill(Pid::from_raw(child.id() as i32), signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processes_get_the_command_line_without_what_starts_them() {
        let given = ["train", "sort", "--nproc", "2", "--set", "a=b", "--max-restarts=3"];
        let given = || given.into_iter().map(OsString::from);
        assert_eq!(arguments(given(), false), ["train", "sort", "--set", "a=b"]);
        assert_eq!(arguments(given(), true), ["train", "sort", "--set", "a=b", "--resume"]);
        let resumed = given().chain(["--resume".into()]);
        assert_eq!(arguments(resumed, true).iter().filter(|it| *it == "--resume").count(), 1);
    }
}
