//! `--sandbox`: whether bubblewrap is there and may do what it is for. The guard starts it.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use atencion::{Error, Result};

/// What is needed of it: the same as the guard asks for, around a command that does nothing.
const TRIAL: [&str; 10] = [
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
];

/// Tries it.
///
/// # Errors
/// When bubblewrap is not installed, or the system does not let it make namespaces.
pub(super) fn check() -> Result<()> {
    let tried =
        Command::new("bwrap").args(TRIAL).args(["--", "true"]).stdin(Stdio::null()).output();
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().next().unwrap_or("it said nothing");
            Err(Error::value(format!(
                "--sandbox: bubblewrap cannot shut anything in here: {first}"
            ))
            .mend("let this user make namespaces, or run inside a container, without --sandbox"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Error::value("--sandbox needs bubblewrap (bwrap), which is not installed")
                .mend("sudo apt install bubblewrap, or run inside a container, without --sandbox"))
        }
        Err(error) => Err(Error::value(format!("--sandbox: bwrap cannot be started: {error}"))),
    }
}
