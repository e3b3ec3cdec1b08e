//! c10d as `dist` needs it: stores, a process group, work under way, and the reducer, each a handle that gives back
//! what it holds.

use std::ffi::{CString, c_char, c_int, c_void};
use std::time::Duration;

use tch::Tensor;
use torch_sys::C_tensor;

use super::error::check;
use crate::{Error, Result};

/// What a handle of this kind is freed with.
struct Handle(*mut c_void, unsafe extern "C" fn(*mut c_void));

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made by the function that goes with this one, and freed once.
        unsafe { (self.1)(self.0) }
    }
}

/// A `TCPStore`: the server, or a connection to it.
pub(crate) struct TcpStore(Handle);

/// Keys of a [`TcpStore`] under a prefix.
pub(crate) struct Store(Handle);

// SAFETY: c10d locks each connection; the handle is given away as a whole.
unsafe impl Send for Store {}

/// A `ProcessGroup`.
pub(crate) struct Group(Handle);

/// A collective that was begun. It keeps its tensors alive.
pub(crate) struct WorkHandle(Handle);

/// `c10d::Reducer`.
pub(crate) struct Reducer(Handle);

/// How a [`TcpStore`] is reached.
pub(crate) struct StoreOptions<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) workers: usize,
    pub(crate) serves: bool,
    pub(crate) timeout: Duration,
}

/// How gradients go into buckets; in bytes.
pub(crate) struct Buckets {
    pub(crate) first: usize,
    pub(crate) cap: usize,
    pub(crate) find_unused_parameters: bool,
    pub(crate) gradient_as_bucket_view: bool,
}

fn c_text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::value(format!("{text:?} has a zero in it")))
}

/// c10d takes a signed number of them; more than an `i64` is as good as for ever.
fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn pointers(tensors: &[Tensor]) -> Vec<*const C_tensor> {
    tensors.iter().map(|tensor| tensor.as_ptr()).collect()
}

impl TcpStore {
    pub(crate) fn new(options: &StoreOptions) -> Result<Self> {
        let StoreOptions { host, port, workers, serves, timeout } = *options;
        let (mut out, host) = (std::ptr::null_mut(), c_text(host)?);
        // SAFETY: the text and the place for the handle are alive for the call.
        check(unsafe {
            atencion_c10d_tcp_store(
                &mut out,
                host.as_ptr(),
                port,
                workers,
                serves,
                serves,
                milliseconds(timeout),
            )
        })?;
        Ok(Self(Handle(out, atencion_c10d_tcp_store_free)))
    }

    pub(crate) fn wait_for_workers(&self) -> Result<()> {
        // SAFETY: the handle lives as long as `self`.
        check(unsafe { atencion_c10d_wait_for_workers(self.0.0) })
    }

    /// Keys under `prefix`; with a connection of its own where one is to be asked while the other waits.
    pub(crate) fn under(&self, prefix: &str, own_connection: bool) -> Result<Store> {
        let (mut out, prefix) = (std::ptr::null_mut(), c_text(prefix)?);
        // SAFETY: the handle lives as long as `self`, the rest for the call.
        check(unsafe {
            atencion_c10d_prefix_store(&mut out, self.0.0, prefix.as_ptr(), own_connection)
        })?;
        Ok(Store(Handle(out, atencion_c10d_store_free)))
    }
}

impl Store {
    pub(crate) fn set(&self, key: &str, value: &[u8]) -> Result<()> {
        let key = c_text(key)?;
        // SAFETY: the handle lives as long as `self`; key and bytes are alive for the call.
        check(unsafe {
            atencion_c10d_store_set(self.0.0, key.as_ptr(), value.as_ptr(), value.len())
        })
    }

    /// Waits until the key is there.
    pub(crate) fn get(&self, key: &str, timeout: Duration) -> Result<Vec<u8>> {
        let (key, mut out, mut length) = (c_text(key)?, std::ptr::null_mut(), 0);
        let timeout = milliseconds(timeout);
        // SAFETY: the handle lives as long as `self`; key and places are alive for the call.
        check(unsafe {
            atencion_c10d_store_get(self.0.0, key.as_ptr(), timeout, &mut out, &mut length)
        })?;
        // SAFETY: no error, so `out` has `length` bytes that malloc gave; they are copied and given back once.
        unsafe {
            let value = std::slice::from_raw_parts(out, length).to_vec();
            free(out.cast());
            Ok(value)
        }
    }

    /// Whether the key is there now.
    pub(crate) fn check(&self, key: &str) -> Result<bool> {
        let (key, mut found) = (c_text(key)?, false);
        // SAFETY: the handle lives as long as `self`; key and flag are alive for the call.
        check(unsafe { atencion_c10d_store_check(self.0.0, key.as_ptr(), &mut found) })?;
        Ok(found)
    }

    /// Adds to a number, which is 0 at first: what it is then.
    pub(crate) fn add(&self, key: &str, by: i64) -> Result<i64> {
        let (key, mut sum) = (c_text(key)?, 0);
        // SAFETY: the handle lives as long as `self`; key and place are alive for the call.
        check(unsafe { atencion_c10d_store_add(self.0.0, key.as_ptr(), by, &mut sum) })?;
        Ok(sum)
    }

    /// How long an answer is waited for.
    pub(crate) fn set_timeout(&self, timeout: Duration) -> Result<()> {
        // SAFETY: the handle lives as long as `self`.
        check(unsafe { atencion_c10d_store_set_timeout(self.0.0, milliseconds(timeout)) })
    }
}

impl Group {
    /// Of Gloo: `backend` is where its processes find each other.
    pub(crate) fn gloo(
        store: &Store,
        backend: &Store,
        rank: usize,
        size: usize,
        timeout: Duration,
    ) -> Result<Self> {
        let mut out = std::ptr::null_mut();
        let (rank, size) = (rank as c_int, size as c_int);
        // SAFETY: both stores are alive for the call; c10d keeps its own references to them.
        check(unsafe {
            atencion_c10d_gloo(&mut out, store.0.0, backend.0.0, rank, size, milliseconds(timeout))
        })?;
        Ok(Self(Handle(out, atencion_c10d_group_free)))
    }

    pub(crate) fn broadcast(&self, x: &Tensor, source: usize) -> Result<WorkHandle> {
        // SAFETY: group and tensor are alive for the call; the work keeps the tensor.
        self.begun(|work, group| unsafe {
            atencion_c10d_broadcast(work, group, x.as_ptr(), source as i64)
        })
    }

    pub(crate) fn all_reduce(&self, x: &Tensor, op: c_int) -> Result<WorkHandle> {
        // SAFETY: as in `broadcast`.
        self.begun(|work, group| unsafe { atencion_c10d_all_reduce(work, group, x.as_ptr(), op) })
    }

    pub(crate) fn all_gather(&self, outputs: &[Tensor], x: &Tensor) -> Result<WorkHandle> {
        let list = pointers(outputs);
        // SAFETY: as in `broadcast`; the list has as many as it says.
        self.begun(|work, group| unsafe {
            atencion_c10d_all_gather(work, group, list.as_ptr(), list.len(), x.as_ptr())
        })
    }

    pub(crate) fn reduce_scatter(
        &self,
        output: &Tensor,
        x: &Tensor,
        op: c_int,
    ) -> Result<WorkHandle> {
        // SAFETY: as in `broadcast`.
        self.begun(|work, group| unsafe {
            atencion_c10d_reduce_scatter(work, group, output.as_ptr(), x.as_ptr(), op)
        })
    }

    pub(crate) fn barrier(&self) -> Result<WorkHandle> {
        // SAFETY: the group is alive for the call.
        self.begun(|work, group| unsafe { atencion_c10d_barrier(work, group) })
    }

    pub(crate) fn monitored_barrier(&self, timeout: Duration) -> Result<()> {
        // SAFETY: the group is alive for the call.
        check(unsafe { atencion_c10d_monitored_barrier(self.0.0, milliseconds(timeout)) })
    }

    pub(crate) fn broadcast_coalesced(
        &self,
        tensors: &[Tensor],
        buffer_size: usize,
        source: usize,
    ) -> Result<()> {
        let list = pointers(tensors);
        let source = source as c_int;
        // SAFETY: group and tensors are alive for the call, which waits until all is done.
        check(unsafe {
            atencion_c10d_broadcast_coalesced(
                self.0.0,
                list.as_ptr(),
                list.len(),
                buffer_size,
                source,
            )
        })
    }

    fn begun(
        &self,
        begin: impl FnOnce(*mut *mut c_void, *mut c_void) -> *mut c_char,
    ) -> Result<WorkHandle> {
        let mut out = std::ptr::null_mut();
        check(begin(&mut out, self.0.0))?;
        Ok(WorkHandle(Handle(out, atencion_c10d_work_free)))
    }
}

impl WorkHandle {
    pub(crate) fn wait(&self) -> Result<()> {
        // SAFETY: the handle lives as long as `self`.
        check(unsafe { atencion_c10d_work_wait(self.0.0) })
    }

    pub(crate) fn is_completed(&self) -> Result<bool> {
        let mut done = false;
        // SAFETY: handle and flag are alive for the call.
        check(unsafe { atencion_c10d_work_is_completed(self.0.0, &mut done) })?;
        Ok(done)
    }
}

impl Reducer {
    pub(crate) fn new(
        group: &Group,
        parameters: &[(String, Tensor)],
        options: &Buckets,
    ) -> Result<Self> {
        let names = parameters.iter().map(|(name, _)| c_text(name)).collect::<Result<Vec<_>>>()?;
        let texts: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        let list: Vec<*const C_tensor> =
            parameters.iter().map(|(_, tensor)| tensor.as_ptr()).collect();
        let mut out = std::ptr::null_mut();
        // SAFETY: both lists have as many as they say; c10d keeps its own references to tensors and group.
        check(unsafe {
            atencion_c10d_reducer(
                &mut out,
                group.0.0,
                list.as_ptr(),
                texts.as_ptr(),
                list.len(),
                options.first,
                options.cap,
                options.find_unused_parameters,
                options.gradient_as_bucket_view,
            )
        })?;
        Ok(Self(Handle(out, atencion_c10d_reducer_free)))
    }

    pub(crate) fn prepare_for_forward(&self) -> Result<()> {
        // SAFETY: the handle lives as long as `self`.
        check(unsafe { atencion_c10d_prepare_for_forward(self.0.0) })
    }

    /// Puts the gradients into buckets in the order in which they came: whether it did.
    pub(crate) fn rebuild_buckets(&self) -> Result<bool> {
        let mut rebuilt = false;
        // SAFETY: handle and flag are alive for the call.
        check(unsafe { atencion_c10d_rebuild_buckets(self.0.0, &mut rebuilt) })?;
        Ok(rebuilt)
    }

    pub(crate) fn prepare_for_backward(&self, outputs: &[Tensor]) -> Result<()> {
        let list = pointers(outputs);
        // SAFETY: handle and tensors are alive for the call; the list has as many as it says.
        check(unsafe { atencion_c10d_prepare_for_backward(self.0.0, list.as_ptr(), list.len()) })
    }

    /// The bytes of each bucket, in the order in which they are reduced.
    pub(crate) fn bucket_bytes(&self) -> Result<Vec<usize>> {
        let mut count = 0;
        let mut sizes = Vec::new();
        for room in [0, 1] {
            sizes = vec![0; count * room];
            // SAFETY: the handle lives as long as `self`; there is room for as many as is said.
            check(unsafe {
                atencion_c10d_bucket_bytes(self.0.0, sizes.as_mut_ptr(), sizes.len(), &mut count)
            })?;
        }
        Ok(sizes)
    }
}

unsafe extern "C" {
    fn free(memory: *mut c_void);
    fn atencion_c10d_tcp_store(
        out: *mut *mut c_void,
        host: *const c_char,
        port: u16,
        workers: usize,
        serves: bool,
        shared: bool,
        timeout_ms: i64,
    ) -> *mut c_char;
    fn atencion_c10d_tcp_store_free(store: *mut c_void);
    fn atencion_c10d_wait_for_workers(store: *mut c_void) -> *mut c_char;
    fn atencion_c10d_prefix_store(
        out: *mut *mut c_void,
        store: *mut c_void,
        prefix: *const c_char,
        own_connection: bool,
    ) -> *mut c_char;
    fn atencion_c10d_store_free(store: *mut c_void);
    fn atencion_c10d_store_set(
        store: *mut c_void,
        key: *const c_char,
        value: *const u8,
        length: usize,
    ) -> *mut c_char;
    fn atencion_c10d_store_get(
        store: *mut c_void,
        key: *const c_char,
        timeout_ms: i64,
        out: *mut *mut u8,
        length: *mut usize,
    ) -> *mut c_char;
    fn atencion_c10d_store_check(
        store: *mut c_void,
        key: *const c_char,
        out: *mut bool,
    ) -> *mut c_char;
    fn atencion_c10d_store_add(
        store: *mut c_void,
        key: *const c_char,
        by: i64,
        out: *mut i64,
    ) -> *mut c_char;
    fn atencion_c10d_store_set_timeout(store: *mut c_void, timeout_ms: i64) -> *mut c_char;
    fn atencion_c10d_gloo(
        out: *mut *mut c_void,
        store: *mut c_void,
        backend_store: *mut c_void,
        rank: c_int,
        size: c_int,
        timeout_ms: i64,
    ) -> *mut c_char;
    fn atencion_c10d_group_free(group: *mut c_void);
    fn atencion_c10d_broadcast(
        work: *mut *mut c_void,
        group: *mut c_void,
        x: *const C_tensor,
        source: i64,
    ) -> *mut c_char;
    fn atencion_c10d_all_reduce(
        work: *mut *mut c_void,
        group: *mut c_void,
        x: *const C_tensor,
        op: c_int,
    ) -> *mut c_char;
    fn atencion_c10d_all_gather(
        work: *mut *mut c_void,
        group: *mut c_void,
        outputs: *const *const C_tensor,
        count: usize,
        x: *const C_tensor,
    ) -> *mut c_char;
    fn atencion_c10d_reduce_scatter(
        work: *mut *mut c_void,
        group: *mut c_void,
        output: *const C_tensor,
        x: *const C_tensor,
        op: c_int,
    ) -> *mut c_char;
    fn atencion_c10d_barrier(work: *mut *mut c_void, group: *mut c_void) -> *mut c_char;
    fn atencion_c10d_monitored_barrier(group: *mut c_void, timeout_ms: i64) -> *mut c_char;
    fn atencion_c10d_broadcast_coalesced(
        group: *mut c_void,
        tensors: *const *const C_tensor,
        count: usize,
        buffer_size: usize,
        source: c_int,
    ) -> *mut c_char;
    fn atencion_c10d_work_wait(work: *mut c_void) -> *mut c_char;
    fn atencion_c10d_work_is_completed(work: *mut c_void, out: *mut bool) -> *mut c_char;
    fn atencion_c10d_work_free(work: *mut c_void);
    fn atencion_c10d_reducer(
        out: *mut *mut c_void,
        group: *mut c_void,
        parameters: *const *const C_tensor,
        names: *const *const c_char,
        count: usize,
        first_bucket_bytes: usize,
        bucket_bytes: usize,
        find_unused_parameters: bool,
        gradient_as_bucket_view: bool,
    ) -> *mut c_char;
    fn atencion_c10d_reducer_free(reducer: *mut c_void);
    fn atencion_c10d_prepare_for_forward(reducer: *mut c_void) -> *mut c_char;
    fn atencion_c10d_rebuild_buckets(reducer: *mut c_void, out: *mut bool) -> *mut c_char;
    fn atencion_c10d_prepare_for_backward(
        reducer: *mut c_void,
        outputs: *const *const C_tensor,
        count: usize,
    ) -> *mut c_char;
    fn atencion_c10d_bucket_bytes(
        reducer: *mut c_void,
        out: *mut usize,
        room: usize,
        count: *mut usize,
    ) -> *mut c_char;
}
