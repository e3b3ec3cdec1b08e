//! SIGINT, SIGTERM and SIGHUP while notebooks run: first every run is cleared away, then the program ends by the
//! signal, as it would have without us.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::channel::Heard;

/// Longer than the guard may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The runs under way: where each listens, once it does.
static RUNS: Mutex<BTreeMap<u64, Option<Sender<Heard>>>> = Mutex::new(BTreeMap::new());
static CLEARED: Condvar = Condvar::new();
static ONCE: Once = Once::new();

/// A run that is to hear of signals, until it is dropped.
pub(super) struct Listening(u64);

/// Announces a run.
pub(super) fn listen() -> Listening {
    ONCE.call_once(install);
    let mut runs = runs();
    let number = runs.last_key_value().map_or(0, |(last, _)| last + 1);
    runs.insert(number, None);
    Listening(number)
}

impl Listening {
    /// From now on signals are told there.
    pub fn tell(&self, ear: Sender<Heard>) {
        runs().insert(self.0, Some(ear));
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        runs().remove(&self.0);
        CLEARED.notify_all();
    }
}

fn runs() -> MutexGuard<'static, BTreeMap<u64, Option<Sender<Heard>>>> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn install() {
    let signals: Vec<i32> =
        [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)).collect();
    if let Ok(mut signals) = Signals::new(signals) {
        std::thread::spawn(move || {
            for signal in signals.forever() {
                clear_all();
                let _ = emulate_default_handler(signal);
            }
        });
    }
}

/// Whether it was set to be ignored when the program started, as nohup does with SIGHUP: then it stays so.
fn is_ignored(signal: i32) -> bool {
    // SAFETY: asks for the present action alone, into memory of its own; all zeros is a valid sigaction.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut now) == 0
            && now.sa_sigaction == libc::SIG_IGN
    }
}

/// Tells every run, and waits until each is gone. One that has just begun is told as soon as it listens.
fn clear_all() {
    let mut told = 0;
    let mut open = runs();
    while !open.is_empty() && told < PATIENCE.as_millis() {
        for ear in open.values().flatten() {
            let _ = ear.send(Heard::Signal);
        }
        let step = Duration::from_millis(50);
        told += step.as_millis();
        open = CLEARED.wait_timeout(open, step).unwrap_or_else(PoisonError::into_inner).0;
    }
}
