//! Threads that read items ahead and hand them over in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::Dataset;
use crate::{Error, Result};

/// The batches of one pass, read by threads. Whichever ends first, batches come out in the order asked for.
pub(super) struct Prefetch<D: Dataset> {
    shared: Arc<Shared<D>>,
    threads: Vec<JoinHandle<()>>,
    next: usize,
    end: usize,
}

struct Shared<D: Dataset> {
    dataset: Arc<D>,
    queue: Mutex<Queue<D::Item>>,
    changed: Condvar,
    /// How many batches may wait to be taken.
    ahead: usize,
}

struct Queue<T> {
    wanted: VecDeque<(usize, Vec<usize>)>,
    ready: BTreeMap<usize, Result<Vec<T>>>,
    taken: usize,
    stopped: bool,
}

impl<D: Dataset> Prefetch<D> {
    pub fn new(
        dataset: Arc<D>,
        batches: Vec<Vec<usize>>,
        workers: usize,
        ahead: usize,
    ) -> Result<Self> {
        let end = batches.len();
        let wanted = batches.into_iter().enumerate().collect();
        let queue = Queue { wanted, ready: BTreeMap::new(), taken: 0, stopped: false };
        let ahead = workers * ahead.max(1);
        let shared = Shared { dataset, queue: Mutex::new(queue), changed: Condvar::new(), ahead };
        let mut prefetch = Self { shared: Arc::new(shared), threads: Vec::new(), next: 0, end };
        for worker in 0..workers {
            let shared = prefetch.shared.clone();
            let thread = thread::Builder::new().name(format!("loader {worker}"));
            let spawned = thread.spawn(move || shared.work());
            prefetch.threads.push(spawned.map_err(|error| {
                Error::value(format!("a loader thread does not start: {error}"))
                    .mend("ask for fewer num_workers")
            })?);
        }
        Ok(prefetch)
    }

    /// The next batch in order; `None` after the last.
    pub fn next(&mut self) -> Option<Result<Vec<D::Item>>> {
        if self.next == self.end {
            return None;
        }
        let mut queue = self.shared.lock();
        loop {
            if let Some(batch) = queue.ready.remove(&self.next) {
                self.next += 1;
                queue.taken = self.next;
                self.shared.changed.notify_all();
                return Some(batch);
            }
            queue = self.shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<D: Dataset> Shared<D> {
    fn lock(&self) -> MutexGuard<'_, Queue<D::Item>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some((number, indices)) = self.claim() {
            // A data set that panics ends its batch with an error instead of leaving the loop waiting.
            let read = || indices.iter().map(|&index| self.dataset.get(index)).collect();
            let batch = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
            let batch = batch.unwrap_or_else(|panic| {
                Err(Error::value(format!(
                    "the data set panicked in batch {number}: {}",
                    crate::error::line_of_panic(&*panic)
                )))
            });
            self.lock().ready.insert(number, batch);
            self.changed.notify_all();
        }
    }

    /// The next batch to read, once there is room for it.
    fn claim(&self) -> Option<(usize, Vec<usize>)> {
        let mut queue = self.lock();
        loop {
            if queue.stopped || queue.wanted.is_empty() {
                return None;
            }
            if queue.wanted[0].0 < queue.taken + self.ahead {
                return queue.wanted.pop_front();
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A loop that is left early stops the threads.
impl<D: Dataset> Drop for Prefetch<D> {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
