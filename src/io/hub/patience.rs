//! A time-out for downloads: hf-hub's client waits for ever.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use hf_hub::api::Progress;
use indicatif::ProgressBar;

/// How far a download is: for the user a bar, for who waits a sign of life.
pub(super) struct Beat {
    bar: Option<ProgressBar>,
    sign: Box<dyn Fn() + Send>,
}

impl Progress for Beat {
    fn init(&mut self, size: usize, filename: &str) {
        if let Some(bar) = &mut self.bar {
            bar.init(size, filename);
        }
    }

    fn update(&mut self, size: usize) {
        (self.sign)();
        if let Some(bar) = &mut self.bar {
            Progress::update(bar, size);
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = &mut self.bar {
            Progress::finish(bar);
        }
    }
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GaveUp {
    /// Nothing came for that long.
    Silent,
    /// The client broke down.
    Broken,
}

/// What `work` gives back, unless nothing comes for as long as `patience`. Then its thread is left to itself: it has no
/// effect but a `.part` that a later download goes on with.
pub(super) fn within<T: Send + 'static>(
    patience: Duration,
    bar: bool,
    work: impl FnOnce(Beat) -> T + Send + 'static,
) -> std::result::Result<T, GaveUp> {
    let (sender, receiver) = channel();
    let to_us: Sender<Option<T>> = sender.clone();
    std::thread::spawn(move || {
        let sign = Box::new(move || drop(to_us.send(None)));
        let beat = Beat { bar: bar.then(|| ProgressBar::new(0)), sign };
        // Who waited may have given up.
        drop(sender.send(Some(work(beat))));
    });
    loop {
        match receiver.recv_timeout(patience) {
            Ok(None) => {}
            Ok(Some(result)) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => return Err(GaveUp::Silent),
            Err(RecvTimeoutError::Disconnected) => return Err(GaveUp::Broken),
        }
    }
}
