//! The guard: the process between this program and the notebook (`guard.py`), held by a pipe.

use std::io::{BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::json;

use super::channel::{Greeting, Heard, greeting, pass_on};
use super::{Options, orphans};
use atencion::{Error, Result};

const GUARD: &str = include_str!("guard.py");
const DRIVER: &str = include_str!("driver.py");
const RECORDER: &str = include_str!("recorder.py");
/// How long the guard may take to end all and to remove its folder.
const LEAVE: Duration = Duration::from_secs(15);

/// A running guard.
pub(super) struct Guard {
    child: Child,
    line_of_life: Option<ChildStdin>,
    secret: String,
    folder: Option<PathBuf>,
    tell: Sender<Heard>,
    heard: Receiver<Heard>,
}

impl Guard {
    /// Starts it, and with it the notebook.
    pub fn start(notebook: &Path, options: &Options) -> Result<Self> {
        let python = options.python.display().to_string();
        orphans::adopt();
        let mut child = command(notebook, options).spawn().map_err(|error| {
            Error::value(format!("cannot start {python}: {error}"))
                .mend("name your Python: --python /path/to/python")
        })?;
        orphans::know(child.id());
        let mut line_of_life = child.stdin.take();
        let job = json!({ "driver.py": DRIVER, "recorder.py": RECORDER,
                          "seconds": options.seconds, "sandbox": options.sandbox });
        if let Some(pipe) = &mut line_of_life {
            // A guard that could not start does not read it; it is asked next.
            let _ = writeln!(pipe, "{job}");
        }
        let (tell, heard) = channel();
        let mut guard =
            Self { child, line_of_life, secret: String::new(), folder: None, tell, heard };
        guard.greet(&python)?;
        Ok(guard)
    }

    /// Hears the secret and the folder's name, and listens from then on.
    fn greet(&mut self, python: &str) -> Result<()> {
        let Some(stdout) = self.child.stdout.take() else { return Ok(()) };
        let mut stdout = BufReader::new(stdout);
        match greeting(&mut stdout) {
            Some(Greeting::Ready { secret, folder }) => {
                self.secret.clone_from(&secret);
                self.folder = Some(folder);
                let tell = self.tell.clone();
                std::thread::spawn(move || pass_on(stdout, &secret, &tell));
                Ok(())
            }
            Some(Greeting::Failed { failed }) => {
                self.clear();
                Err(Error::value(failed).mend("name a folder with room: TMPDIR=/some/folder"))
            }
            None => {
                self.clear();
                Err(Error::value(format!("{python} ended without a word"))
                    .mend("name a Python 3.9 or newer: --python /path/to/python"))
            }
        }
    }

    /// Where others may tell that a signal came.
    pub fn ear(&self) -> Sender<Heard> {
        self.tell.clone()
    }

    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The folder of this run.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// What is heard next, within that time.
    pub fn listen(&self, patience: Duration) -> Heard {
        match self.heard.recv_timeout(patience) {
            Ok(heard) => heard,
            Err(RecvTimeoutError::Timeout) => Heard::Nothing,
            Err(RecvTimeoutError::Disconnected) => Heard::Closed,
        }
    }

    /// Ends it and all that it started, and waits until that is done.
    pub fn end(mut self) {
        self.clear();
    }

    fn clear(&mut self) {
        drop(self.line_of_life.take());
        let until = Instant::now() + LEAVE;
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        orphans::forget(self.child.id());
        // Where the guard itself was killed, its work is left to us.
        if self.folder.as_ref().is_some_and(|folder| folder.exists()) {
            orphans::end();
            let _ = self.folder.take().map(std::fs::remove_dir_all);
        }
    }
}

fn command(notebook: &Path, options: &Options) -> Command {
    let beside = notebook.parent().unwrap_or(Path::new("/"));
    let mut command = Command::new(&options.python);
    command
        // Isolated: no module that happens to lie beside the notebook is taken for Python's own.
        .args(["-I", "-c", GUARD])
        .args([notebook, beside, &options.python])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Control-C reaches us alone; we end the guard in order.
        .process_group(0);
    command
}
