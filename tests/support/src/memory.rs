//! What the current thread holds in Rust's heap, and the most that it held. A program that measures has the allocator:
//!
//! ```ignore
//! #[global_allocator]
//! static COUNTING: support::memory::Counting = support::memory::Counting;
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counting.
pub struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let held = HELD.get() + bytes;
    HELD.set(held);
    MOST.set(MOST.get().max(held));
}

// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The most bytes that `work` held at once, beyond what was held before.
///
/// # Panics
/// Where the program has another allocator, and so nothing was counted.
pub fn most_held<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = HELD.get();
    drop(std::hint::black_box(Box::new([0_u8; 64])));
    assert!(MOST.get() >= before + 64, "memory::Counting is not this program's allocator");
    MOST.set(before);
    let result = work();
    (result, MOST.get() - before)
}
