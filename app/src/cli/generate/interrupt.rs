//! Ctrl-C while a model writes: it ends with what there is. A second one ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::{SigId, flag, low_level};

/// Listens until it is dropped.
pub(super) struct Interrupt {
    heard: Arc<AtomicBool>,
    handlers: Vec<SigId>,
}

impl Interrupt {
    pub fn listen() -> Self {
        let heard = Arc::new(AtomicBool::new(false));
        // In this order: the first looks at what the second sets.
        let handlers = [
            flag::register_conditional_default(SIGINT, Arc::clone(&heard)),
            flag::register(SIGINT, Arc::clone(&heard)),
        ];
        Self { heard, handlers: handlers.into_iter().flatten().collect() }
    }

    pub fn heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            low_level::unregister(handler);
        }
    }
}
