//! `torch.autocast`: matrix products in a smaller kind, the rest as it is.

use std::ffi::{c_char, c_int};
use std::marker::PhantomData;

use tch::{Device, Kind};

use super::error::check;
use super::numbers::{device_type, reduced_kind, scalar_type};
use crate::{Error, Result};

/// `with torch.autocast(device_type, dtype=..):` as a value: it lasts until this is dropped.
///
/// The operators that torch lists for it (`linear`, `matmul`, `scaled_dot_product_attention`, …) compute in `dtype`,
/// those that need range in `float32`. Cast weights are kept until the outermost region ends, as in Python. Regions
/// nest; drop them in the opposite order.
///
/// ```
/// use atencion::{libtorch::Autocast, tensor};
/// use tch::{Device, Kind};
/// let x = tensor![[1.0, 2.0]];
/// let autocast = Autocast::enter(Device::Cpu, Kind::BFloat16)?;
/// assert_eq!(x.matmul(&x.tr()).kind(), Kind::BFloat16);
/// drop(autocast);
/// assert_eq!(x.matmul(&x.tr()).kind(), Kind::Float);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: <https://docs.pytorch.org/docs/stable/amp.html>
#[must_use = "it lasts until it is dropped"]
#[derive(Debug)]
pub struct Autocast {
    before: Before,
    // The switches are the thread's: a raw pointer keeps the guard on it.
    _of_this_thread: PhantomData<*mut ()>,
}

/// `AutocastBefore` of `cpp/autocast.cpp`.
#[repr(C)]
#[derive(Debug, Default)]
struct Before {
    device_type: c_int,
    dtype: c_int,
    enabled: bool,
    cache_enabled: bool,
}

/// The other arguments of `torch.autocast`.
#[derive(Debug, Clone, Copy)]
pub struct AutocastArgs {
    /// `false`: a region within another that computes as without it.
    pub enabled: bool,
    /// Whether cast weights are kept; `None`: as the region around it has it. `false` is for weights that change
    /// within the region.
    pub cache_enabled: Option<bool>,
}

impl Default for AutocastArgs {
    fn default() -> Self {
        Self { enabled: true, cache_enabled: None }
    }
}

impl Autocast {
    /// `torch.autocast(device.type, dtype=dtype)`
    ///
    /// # Errors
    /// When `dtype` is neither `float16` nor `bfloat16`, or there is no such device. Torch warns and computes in
    /// `float32` then.
    pub fn enter(device: Device, dtype: Kind) -> Result<Self> {
        Self::enter_with(device, dtype, AutocastArgs::default())
    }

    /// `torch.autocast(device.type, dtype=dtype, enabled=.., cache_enabled=..)`
    ///
    /// # Errors
    /// As [`enter`](Self::enter).
    pub fn enter_with(device: Device, dtype: Kind, args: AutocastArgs) -> Result<Self> {
        if !matches!(dtype, Kind::Half | Kind::BFloat16) {
            return Err(Error::kind_mismatch(format!("autocast to {dtype:?}"))
                .mend("autocast computes in Kind::Half or Kind::BFloat16"));
        }
        if matches!(device, Device::Cuda(_)) && !tch::Cuda::is_available() {
            return Err(Error::value("autocast for CUDA, which is not available here"));
        }
        let (number, _) = device_type(device)?;
        let (dtype, cache) = (scalar_type(dtype), args.cache_enabled.map_or(-1, c_int::from));
        let mut before = Before::default();
        // SAFETY: `before` is alive for the call and has the fields of the C++ struct.
        check(unsafe { atencion_autocast_enter(number, dtype, args.enabled, cache, &mut before) })?;
        Ok(Self { before, _of_this_thread: PhantomData })
    }
}

impl Drop for Autocast {
    fn drop(&mut self) {
        // SAFETY: `before` is what the matching call wrote, and is alive for this one.
        // The device was known when the region began, so there is nothing left that libtorch could refuse.
        let _ = check(unsafe { atencion_autocast_exit(&self.before) });
    }
}

/// `torch.is_autocast_enabled(device.type)`, of this thread.
pub fn is_autocast_enabled(device: Device) -> bool {
    let Ok((number, _)) = device_type(device) else { return false };
    let mut enabled = false;
    // SAFETY: the flag is alive for the call.
    check(unsafe { atencion_is_autocast_enabled(number, &mut enabled) }).is_ok() && enabled
}

/// `torch.get_autocast_dtype(device.type)`: the kind of the region that this thread is in, or would be by default.
///
/// # Errors
/// When libtorch knows no autocast for the device.
pub fn get_autocast_dtype(device: Device) -> Result<Kind> {
    let (number, _) = device_type(device)?;
    let mut dtype = 0;
    // SAFETY: the number is alive for the call.
    check(unsafe { atencion_autocast_dtype(number, &mut dtype) })?;
    reduced_kind(dtype).ok_or_else(|| Error::value(format!("autocast to the kind number {dtype}")))
}

/// `torch.clear_autocast_cache()`
///
/// # Errors
/// When libtorch fails to.
pub fn clear_autocast_cache() -> Result<()> {
    check(atencion_clear_autocast_cache())
}

unsafe extern "C" {
    fn atencion_is_autocast_enabled(device_type: c_int, out: *mut bool) -> *mut c_char;
    fn atencion_autocast_dtype(device_type: c_int, out: *mut c_int) -> *mut c_char;
    fn atencion_autocast_enter(
        device_type: c_int,
        dtype: c_int,
        enabled: bool,
        cache_enabled: c_int,
        before: *mut Before,
    ) -> *mut c_char;
    fn atencion_autocast_exit(before: *const Before) -> *mut c_char;
    safe fn atencion_clear_autocast_cache() -> *mut c_char;
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;
    use crate::tensor;

    /// The cast weights are kept once for the process, and are dropped whenever a thread leaves its outermost region: tests
    /// that enter one take turns.
    fn turn() -> std::sync::MutexGuard<'static, ()> {
        static TURNS: std::sync::Mutex<()> = std::sync::Mutex::new(());
        TURNS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn kind() -> Kind {
        let x = tensor![[1.0, 2.0]];
        x.matmul(&x.tr()).kind()
    }

    #[test]
    fn regions_nest_and_end() {
        let _turn = turn();
        let cpu = Device::Cpu;
        assert!(!is_autocast_enabled(cpu));
        assert_eq!((kind(), get_autocast_dtype(cpu).unwrap()), (Kind::Float, Kind::BFloat16));
        let outer = Autocast::enter(cpu, Kind::BFloat16).unwrap();
        assert_eq!(kind(), Kind::BFloat16);
        {
            let _inner = Autocast::enter(cpu, Kind::Half).unwrap();
            assert_eq!((kind(), get_autocast_dtype(cpu).unwrap()), (Kind::Half, Kind::Half));
            let off = AutocastArgs { enabled: false, ..Default::default() };
            let _off = Autocast::enter_with(cpu, Kind::Half, off).unwrap();
            assert_eq!((kind(), is_autocast_enabled(cpu)), (Kind::Float, false));
        }
        assert_eq!((kind(), get_autocast_dtype(cpu).unwrap()), (Kind::BFloat16, Kind::BFloat16));
        std::thread::spawn(|| assert_eq!(kind(), Kind::Float)).join().unwrap();
        drop(outer);
        assert_eq!((kind(), is_autocast_enabled(cpu)), (Kind::Float, false));
    }

    /// A cached cast is not seen to have changed; without the cache, or once the outermost region has ended, it is.
    #[test]
    fn the_cache_lasts_as_long_as_torchs() {
        let _turn = turn();
        // A leaf, and no view: torch keeps the cast of nothing else.
        let weight = Tensor::full([1, 1], 2.0, tch::kind::FLOAT_CPU).set_requires_grad(true);
        let set = |value| tch::no_grad(|| drop(weight.shallow_clone().fill_(value)));
        let product = || tensor![[1.0]].matmul(&weight).double_value(&[0, 0]);
        let outer = Autocast::enter(Device::Cpu, Kind::BFloat16).unwrap();
        assert_eq!(product(), 2.0);
        drop(Autocast::enter(Device::Cpu, Kind::BFloat16).unwrap());
        set(3.0);
        assert_eq!(
            product(),
            2.0,
            "the inner region is not the outermost, so the cast is still kept"
        );
        clear_autocast_cache().unwrap();
        assert_eq!(product(), 3.0);
        drop(outer);
        set(4.0);
        let args = AutocastArgs { cache_enabled: Some(false), ..Default::default() };
        let _uncached = Autocast::enter_with(Device::Cpu, Kind::BFloat16, args).unwrap();
        assert_eq!(product(), 4.0);
        set(5.0);
        assert_eq!(product(), 5.0);
    }

    #[test]
    fn other_kinds_are_refused() {
        let _turn = turn();
        let error = Autocast::enter(Device::Cpu, Kind::Float).unwrap_err();
        assert_eq!(error.what(), "autocast to Float");
        assert!(Autocast::enter(Device::Vulkan, Kind::Half).is_err());
    }
}
