//! Which operators a piece of code calls, how often, and how long they take: `torch.profiler`'s table.

use std::ffi::{CStr, c_char, c_void};
use std::time::Duration;

use super::error::check;
use crate::Result;

/// One operator, as `key_averages()` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorTime {
    /// `aten::addmm`, or the name of what this crate computes itself.
    pub name: String,
    /// How often it was called.
    pub calls: usize,
    /// How long it took by itself, without the operators that it called.
    pub self_time: Duration,
}

/// Runs `body` and counts what it calls on this thread, that which takes longest first.
///
/// ```
/// use atencion::{libtorch, tensor};
/// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
/// let (_, table) = libtorch::profile(|| x.matmul(&x).softmax(-1, None::<tch::Kind>))?;
/// let matmul = table.iter().find(|row| row.name == "aten::matmul").expect("it was called");
/// assert_eq!(matmul.calls, 1);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// # Errors
/// When operators of this thread are being counted already.
pub fn profile<T>(body: impl FnOnce() -> T) -> Result<(T, Vec<OperatorTime>)> {
    let mut handle = 0;
    // SAFETY: the number is alive for the call.
    check(unsafe { atencion_profile_begin(&mut handle) })?;
    let mut counting = Counting { handle, table: Vec::new() };
    let result = body();
    counting.end();
    let mut table = std::mem::take(&mut counting.table);
    table.sort_by(|a, b| b.self_time.cmp(&a.self_time).then_with(|| a.name.cmp(&b.name)));
    Ok((result, table))
}

/// Ends the counting, even where `body` panics.
struct Counting {
    handle: u64,
    table: Vec<OperatorTime>,
}

impl Counting {
    fn end(&mut self) {
        if self.handle != 0 {
            let to = std::ptr::from_mut(&mut self.table).cast();
            // SAFETY: the handle is of `atencion_profile_begin` on this thread, and ends once; `each` is given this table.
            unsafe { atencion_profile_end(self.handle, to, each) };
            self.handle = 0;
        }
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.end();
    }
}

extern "C" fn each(to: *mut c_void, name: *const c_char, calls: i64, nanoseconds: i64) {
    // SAFETY: `to` is the table of `Counting::end`, which nothing else touches meanwhile; the name ends with a NUL.
    let (table, name) = unsafe { (&mut *to.cast::<Vec<OperatorTime>>(), CStr::from_ptr(name)) };
    table.push(OperatorTime {
        name: name.to_string_lossy().into_owned(),
        calls: calls.max(0) as usize,
        self_time: Duration::from_nanos(nanoseconds.max(0) as u64),
    });
}

unsafe extern "C" {
    fn atencion_profile_begin(handle: *mut u64) -> *mut c_char;
    fn atencion_profile_end(
        handle: u64,
        to: *mut c_void,
        each: extern "C" fn(*mut c_void, *const c_char, i64, i64),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor;

    #[test]
    fn calls_are_counted_and_time_is_each_operators_own() {
        let x = tensor![[1.0, 2.0], [3.0, 4.0]];
        let began = std::time::Instant::now();
        let (y, table) = profile(|| x.matmul(&x).matmul(&x)).unwrap();
        let took = began.elapsed();
        assert_eq!(y.size(), [2, 2]);
        let calls = |name: &str| table.iter().find(|row| row.name == name).map(|row| row.calls);
        assert_eq!((calls("aten::matmul"), calls("aten::mm")), (Some(2), Some(2)));
        assert!(table.iter().map(|row| row.self_time).sum::<Duration>() <= took);
        assert!(table.is_sorted_by(|a, b| a.self_time >= b.self_time));
    }

    #[test]
    fn one_count_at_a_time() {
        let (inner, _) = profile(|| profile(|| ()).map(drop)).unwrap();
        assert!(inner.unwrap_err().what().contains("counted already"));
        assert!(profile(|| ()).is_ok());
    }
}
