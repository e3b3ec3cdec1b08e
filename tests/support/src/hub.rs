//! A Hub in small: `/api/models/…`, `/…/resolve/…` and, under another host name, the storage of large files.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha1::Sha1;
use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// Files from here on are stored elsewhere, as the Hub does with those in LFS.
const LARGE: usize = 100_000;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    /// The first download of the large file ends in the middle.
    BreakOnce,
    /// Downloads of the large file end before they begin.
    AlwaysEmpty,
    /// A byte of the large file is another one.
    WrongBytes,
    /// A byte of a small file is another one.
    WrongSmallBytes,
    /// Without a token the answer is 401.
    NeedsToken,
    /// The large file ends in the middle and goes no further, until [`Hub::mend`].
    Stalls,
    /// No question is answered, until [`Hub::mend`].
    Mute,
    /// The large file is somewhere that leads to itself.
    Circle,
}

struct State {
    files: Vec<(&'static str, Vec<u8>)>,
    fault: Fault,
    broken: AtomicBool,
    mended: AtomicBool,
    requests: Mutex<Vec<String>>,
    port: u16,
}

/// The server; its thread ends with the process.
pub struct Hub(Arc<State>);

impl Hub {
    pub fn start(files: Vec<(&'static str, Vec<u8>)>, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = State {
            files,
            fault,
            broken: AtomicBool::new(false),
            mended: AtomicBool::new(false),
            requests: Mutex::default(),
            port,
        };
        let state = Arc::new(state);
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || answer(&state, &stream));
            }
        });
        Self(state)
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.0.port)
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        self.0.files.iter().find(|(known, _)| *known == name).unwrap().1.clone()
    }

    /// Nothing is wrong any longer; who waits is hung up on.
    pub fn mend(&self) {
        self.0.mended.store(true, Ordering::SeqCst);
    }

    /// The requests so far, each with its headers.
    pub fn requests(&self) -> Vec<String> {
        self.0.requests.lock().unwrap().clone()
    }
}

fn answer(state: &State, stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let Some(first) = head.first() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    state.requests.lock().unwrap().push(head.join("\n"));
    let header = |name: &str| {
        let found = head.iter().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        found.map(|line| line[name.len() + 1..].trim().to_owned())
    };
    let range = header("range").and_then(|range| {
        let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
        Some((from.parse().ok()?, to.parse::<usize>().ok()))
    });
    let may = state.fault != Fault::NeedsToken || header("authorization").is_some();
    let mut out = stream;
    if state.fault() == Fault::Mute {
        return state.wait();
    }
    let whole = range.is_none_or(|(_, to)| to.is_none());
    let reply = reply(state, &path, range, may);
    if state.fault() == Fault::Stalls && whole && reply.len() > LARGE {
        let _ = out.write_all(&reply[..reply.len() / 2]).and_then(|()| out.flush());
        return state.wait();
    }
    // Whoever hangs up first ends it.
    let _ = out.write_all(&reply);
}

impl State {
    fn fault(&self) -> Fault {
        if self.mended.load(Ordering::SeqCst) { Fault::None } else { self.fault }
    }

    fn wait(&self) {
        while !self.mended.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn reply(state: &State, path: &str, range: Option<(usize, Option<usize>)>, may: bool) -> Vec<u8> {
    let storage = path.strip_prefix("/storage/");
    if storage.is_none() && !may {
        return status("401 Unauthorized", "");
    }
    let api = [
        format!("/api/models/owner/name/revision/{COMMIT}"),
        "/api/models/owner/name/revision/main".into(),
    ];
    if api.iter().any(|api| api == path) {
        let files: Vec<_> =
            state.files.iter().map(|(name, _)| serde_json::json!({"rfilename": name})).collect();
        let body = serde_json::json!({"sha": COMMIT, "siblings": files}).to_string();
        return [status_line("200 OK", body.len(), ""), body.into_bytes()].concat();
    }
    let name = storage.or_else(|| path.strip_prefix(&format!("/owner/name/resolve/{COMMIT}/")));
    let Some((name, bytes)) =
        name.and_then(|name| state.files.iter().find(|(known, _)| *known == name))
    else {
        return status("404 Not Found", "");
    };
    let large = bytes.len() >= LARGE;
    let sum = |digest: &[u8]| digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let etag = match large {
        true => sum(&Sha256::digest(bytes)),
        false => sum(&Sha1::digest([format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat())),
    };
    let commit = format!("X-Repo-Commit: {COMMIT}\r\n");
    if state.fault == Fault::Circle && large {
        let place = format!("Location: http://localhost:{}/storage/{name}\r\n", state.port);
        return status("302 Found", &format!("{commit}{place}X-Linked-Etag: \"{etag}\"\r\n"));
    }
    if large && storage.is_none() {
        let place = format!("Location: http://localhost:{}/storage/{name}\r\n", state.port);
        return status("302 Found", &format!("{commit}{place}X-Linked-Etag: \"{etag}\"\r\n"));
    }
    content(state, name, bytes, range, &format!("{commit}ETag: \"{etag}\"\r\n"))
}

fn content(
    state: &State,
    name: &str,
    bytes: &[u8],
    range: Option<(usize, Option<usize>)>,
    headers: &str,
) -> Vec<u8> {
    let (from, to) = range.map_or((0, None), |range| range);
    let end = to.map_or(bytes.len(), |to| bytes.len().min(to + 1));
    let mut body = bytes[from.min(end)..end].to_vec();
    let headers = format!(
        "{headers}Content-Range: bytes {from}-{}/{}\r\n",
        end.saturating_sub(1),
        bytes.len()
    );
    let length = body.len();
    let whole = to.is_none();
    let weights = name == "model.safetensors";
    match state.fault {
        Fault::BreakOnce if weights && whole && !state.broken.swap(true, Ordering::SeqCst) => {
            body.truncate(length / 2);
        }
        Fault::AlwaysEmpty if weights && whole => body.clear(),
        Fault::WrongBytes if weights && whole => body[length / 2] ^= 1,
        Fault::WrongSmallBytes if name == "config.json" && whole => body[3] ^= 1,
        _ => {}
    }
    [status_line("206 Partial Content", length, &headers), body].concat()
}

fn status(status: &str, headers: &str) -> Vec<u8> {
    status_line(status, 0, headers)
}

fn status_line(status: &str, length: usize, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n")
        .into_bytes()
}
