//! A test in several processes: it starts its own program once more for each, which runs that test alone.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use atencion::dist::{InitConfig, Launch, ProcessGroup, free_port, init_process_group};

/// Names the test that a process was started for.
const ROLE: &str = "ATENCION_TEST_ROLE";
/// A folder, where the test wants one.
const FOLDER: &str = "ATENCION_TEST_FOLDER";
/// No test takes as long as this; one that hangs is not to hang all.
const DEADLINE: Duration = Duration::from_secs(240);

/// How a process ended, and what it said on stderr.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stderr: String,
}

/// Whether this process is one of those of the test `name` (`module::function`).
pub fn is_one_of(name: &str) -> bool {
    std::env::var(ROLE).is_ok_and(|role| role == name)
}

/// The folder that the processes were given.
pub fn folder() -> std::path::PathBuf {
    std::env::var_os(FOLDER).expect("a folder").into()
}

/// The process's group, as its environment says; a minute is enough on one machine.
pub fn group() -> ProcessGroup {
    tch::set_num_threads(1);
    init_process_group(InitConfig {
        timeout: Duration::from_secs(60),
        connect_timeout: Duration::from_secs(60),
        ..InitConfig::default()
    })
    .expect("a group")
}

/// Runs `body` in that many processes, all of which must end well. Each is the test `name`, which only calls this.
pub fn together(name: &str, processes: usize, body: impl FnOnce(ProcessGroup)) {
    if is_one_of(name) {
        return body(group());
    }
    for (rank, ended) in all(start(name, processes, None)).into_iter().enumerate() {
        assert!(ended.status.success(), "rank {rank}: {:?}\n{}", ended.status, ended.stderr);
    }
}

/// Starts the processes of the test `name`.
pub fn start(name: &str, processes: usize, folder: Option<&std::path::Path>) -> Vec<Child> {
    let places = Launch::on_this_machine(processes, free_port().expect("a port"));
    places.iter().map(|place| start_one(name, place, folder)).collect()
}

/// Starts one process of the test `name`, at that place.
pub fn start_one(name: &str, place: &Launch, folder: Option<&std::path::Path>) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(ROLE, name)
        .env("OMP_NUM_THREADS", "1")
        .envs(place.to_env())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if let Some(folder) = folder {
        command.env(FOLDER, folder);
    }
    command.spawn().expect("it starts")
}

/// Waits for all of them; kills them when one takes too long.
pub fn all(children: Vec<Child>) -> Vec<Ended> {
    let began = Instant::now();
    children.into_iter().map(|child| wait(child, began)).collect()
}

fn wait(mut child: Child, began: Instant) -> Ended {
    let mut pipe = child.stderr.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let status = loop {
        match child.try_wait().expect("it is asked") {
            Some(status) => break status,
            None if began.elapsed() > DEADLINE => {
                child.kill().expect("it is killed");
                break child.wait().expect("it ends");
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let stderr = reader.join().expect("no panic").unwrap_or_default();
    Ended { status, stderr }
}
