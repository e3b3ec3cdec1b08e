//! A real Chromium, driven over its DevTools protocol: just what these tests ask of it.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    // One process for a page and its frames, so that one connection sees them all.
    "--disable-features=IsolateSandboxedIframes",
    "--remote-debugging-port=0",
];

/// One browser at a time: the tests share a small machine.
static ALONE: Mutex<()> = Mutex::new(());

/// The Chromium to use: `ATENCION_CHROMIUM`, else one on the path. `None`, said aloud, where there is none.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("ATENCION_CHROMIUM") {
        let path = PathBuf::from(named);
        assert!(path.exists(), "ATENCION_CHROMIUM={} is not there", path.display());
        return Some(path);
    }
    let folders: Vec<_> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        support::skipped("no Chromium on the path (ATENCION_CHROMIUM names one)");
    }
    found
}

pub struct Browser {
    process: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    next: u64,
    /// Everything the browser reported and nobody has looked at yet.
    events: Vec<Value>,
    profile: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// A fresh browser with an empty page, or `None` where there is no Chromium.
    pub fn launch() -> Option<Self> {
        let program = chromium()?;
        let alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        let process = Command::new(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let socket = connect(profile.path());
        let mut browser = Self {
            process,
            socket,
            session: String::new(),
            next: 0,
            events: Vec::new(),
            profile,
            _alone: alone,
        };
        browser.open_tab();
        Some(browser)
    }

    fn open_tab(&mut self) {
        let target = self.call("Target.createTarget", json!({ "url": "about:blank" }));
        let id = target["targetId"].clone();
        let attached =
            self.call("Target.attachToTarget", json!({ "targetId": id, "flatten": true }));
        self.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Network", "Log"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
        let downloads = self.downloads();
        std::fs::create_dir_all(&downloads).unwrap();
        self.call(
            "Browser.setDownloadBehavior",
            json!({ "behavior": "allow", "downloadPath": downloads }),
        );
        self.size(1440, 900);
    }

    pub fn downloads(&self) -> PathBuf {
        self.profile.path().join("downloads")
    }

    /// Calls a method of the protocol; what the browser reports meanwhile is kept.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty()
            && !method.starts_with("Target.")
            && !method.starts_with("Browser.")
        {
            message["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let answer = self.read();
            if answer["id"] == json!(id) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let text = self.socket.read().expect("the browser answers").into_text().unwrap();
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["method"].is_string() {
            self.events.push(message.clone());
        }
        message
    }

    /// Opens the file, with a `#…` behind it, and waits until it has been loaded.
    pub fn open(&mut self, file: &Path, hash: &str) {
        // Another hash alone would not load the page again.
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        let hash = if hash.is_empty() { String::new() } else { format!("#{hash}") };
        self.call("Page.navigate", json!({ "url": format!("file://{}{hash}", file.display()) }));
        self.until("document.readyState === 'complete' && !!globalThis.atencion");
        self.settle();
    }

    /// The value of a JavaScript expression; a promise is waited for.
    pub fn eval(&mut self, expression: &str) -> Value {
        self.eval_in(None, expression)
    }

    pub fn eval_in(&mut self, context: Option<i64>, expression: &str) -> Value {
        let mut params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        if let Some(context) = context {
            params["contextId"] = json!(context);
        }
        let answer = self.call("Runtime.evaluate", params);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {}",
            answer["exceptionDetails"]
        );
        answer["result"]["value"].clone()
    }

    /// The text of an expression that gives one.
    pub fn text(&mut self, expression: &str) -> String {
        self.eval(expression).as_str().unwrap_or_else(|| panic!("no text: {expression}")).to_owned()
    }

    /// Waits until the expression is true.
    pub fn until(&mut self, expression: &str) {
        let start = Instant::now();
        while self.eval(expression) != json!(true) {
            assert!(start.elapsed() < Duration::from_secs(30), "never true: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for two frames: what was asked for has been painted.
    pub fn settle(&mut self) {
        self.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))");
    }

    pub fn click(&mut self, selector: &str) {
        let (x, y) = self.middle_of(selector);
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", params);
        }
        self.settle();
    }

    pub fn hover(&mut self, selector: &str) {
        let (x, y) = self.middle_of(selector);
        self.mouse_to(x, y);
        self.settle();
    }

    pub fn mouse_to(&mut self, x: f64, y: f64) {
        self.call("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }));
    }

    /// Where the element's middle is, once it has been scrolled into the middle of the window.
    pub fn middle_of(&mut self, selector: &str) -> (f64, f64) {
        let place = self.eval(&format!(
            "(() => {{ const el = document.querySelector({}); if (!el) return null; \
             el.scrollIntoView({{block: 'center', inline: 'center', behavior: 'instant'}}); \
             const b = el.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()",
            json!(selector)
        ));
        assert!(place.is_array(), "nothing is {selector}");
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    /// Presses a key by its DOM name, such as `Tab`, `ArrowDown` or `Enter`.
    pub fn key(&mut self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            " " => 32,
            "PageUp" => 33,
            "PageDown" => 34,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            " " => " ",
            _ => "",
        };
        let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        for kind in [down, "keyUp"] {
            let mut params =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" {
                params["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", params);
        }
        self.settle();
    }

    /// Replaces what stands in an input, as a person who selects all and types.
    pub fn fill(&mut self, selector: &str, text: &str) {
        self.eval(&format!(
            "(() => {{ const el = document.querySelector({}); el.focus(); el.select(); }})()",
            json!(selector)
        ));
        self.call("Input.insertText", json!({ "text": text }));
        self.settle();
    }

    pub fn size(&mut self, width: u32, height: u32) {
        let params =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", params);
    }

    pub fn scheme(&mut self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
        self.settle();
    }

    /// The whole page as a PNG in the folder `explore` of `CARGO_TARGET_TMPDIR`, to be looked at.
    pub fn screenshot(&mut self, name: &str) {
        let shot = self.call("Page.captureScreenshot", json!({ "captureBeyondViewport": true }));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explore");
        std::fs::create_dir_all(&folder).unwrap();
        let bytes = super::base64(shot["data"].as_str().unwrap());
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }

    /// What the browser reported since the last look, of that kind.
    pub fn reported(&mut self, method: &str) -> Vec<Value> {
        let (those, rest) =
            std::mem::take(&mut self.events).into_iter().partition(|e| e["method"] == method);
        self.events = rest;
        those
    }

    /// No error was thrown or written to the console, and nothing was fetched but the file itself.
    #[track_caller]
    pub fn assert_quiet(&mut self) {
        let thrown = self.reported("Runtime.exceptionThrown");
        assert!(thrown.is_empty(), "{thrown:#?}");
        let logged = self.reported("Log.entryAdded");
        assert!(logged.is_empty(), "{logged:#?}");
        let said = self.reported("Runtime.consoleAPICalled");
        assert!(said.is_empty(), "{said:#?}");
        for request in self.reported("Network.requestWillBeSent") {
            let url = request["params"]["request"]["url"].as_str().unwrap().to_owned();
            let own =
                ["file:///", "data:", "blob:", "about:"].iter().any(|start| url.starts_with(start));
            assert!(own, "a request left the page: {url}");
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.socket.send(Message::text(r#"{"id":0,"method":"Browser.close"}"#));
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The browser writes its port and address into its profile when it is ready.
fn connect(profile: &Path) -> WebSocket<TcpStream> {
    let start = Instant::now();
    loop {
        let text = std::fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = text.split_once('\n').filter(|(_, path)| !path.is_empty()) {
            let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let url = format!("ws://127.0.0.1:{port}{}", path.trim());
            return tungstenite::client(url, stream).expect("the browser's protocol").0;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "Chromium did not start");
        std::thread::sleep(Duration::from_millis(50));
    }
}
