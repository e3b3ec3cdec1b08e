//! What the loaded libtorch says of itself: its file, version and build, through a few lines of C++ (`cpp/about.cpp`).

use std::ffi::{CStr, c_char, c_int};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::check;

unsafe extern "C" {
    fn atencion_show_config(out: *mut *const c_char) -> *mut c_char;
    fn atencion_cpu_capability(out: *mut *const c_char) -> *mut c_char;
    safe fn atencion_built_for() -> *const c_char;
    safe fn atencion_libtorch_file() -> *const c_char;
    safe fn _exit(code: c_int) -> !;
    fn atencion_is_loaded(library: *const c_char) -> bool;
}

/// The folder that this program was built against, where the target has a run path.
pub const BUILT_AGAINST: Option<&str> = option_env!("ATENCION_LIBTORCH_LIB");

/// torch's own `torch.__config__.show()`: compiler, flags, BLAS, and the release.
pub fn config() -> String {
    asked(atencion_show_config)
}

/// The libtorch release that this program was built against, such as `2.13.0`.
pub fn built_for() -> String {
    text(atencion_built_for())
}

/// The release of the loaded libtorch, such as `2.13.0`.
pub fn version() -> Option<String> {
    setting(&config(), "TORCH_VERSION")
}

/// The vector instructions that ATen's CPU kernels use: torch's `torch.backends.cpu.get_cpu_capability()`.
pub fn cpu_capability() -> String {
    asked(atencion_cpu_capability)
}

/// The folder from which libtorch was loaded.
pub fn folder() -> Option<PathBuf> {
    Path::new(&text(atencion_libtorch_file()))
        .parent()
        .map(|folder| std::fs::canonicalize(folder).unwrap_or(folder.into()))
}

/// Whether CUDA's half of libtorch is part of this process.
pub fn cuda_is_linked() -> bool {
    // SAFETY: a NUL-terminated string that outlives the call.
    unsafe { atencion_is_loaded(c"libtorch_cuda.so".as_ptr()) }
}

/// Ends the process at once. libtorch would first take its table of operators apart, piece by piece, which is two fifths
/// of what a short run costs, for memory that the system takes back anyway.
pub fn leave(code: u8) -> ! {
    let _ = std::io::stdout().flush();
    _exit(c_int::from(code))
}

/// C++ strings in libtorch's interface: `cxx11` or `pre-cxx11` with GNU's library, `libc++` on macOS.
pub fn cxx_abi(config: &str) -> &'static str {
    match config.split_once("_GLIBCXX_USE_CXX11_ABI=") {
        Some((_, rest)) if rest.starts_with('0') => "pre-cxx11",
        _ if cfg!(target_os = "macos") => "libc++",
        // Since 2.7 PyTorch is built with the new ABI alone, and may no longer name it.
        _ => "cxx11",
    }
}

/// The value of `NAME=value,` in the build settings.
fn setting(config: &str, name: &str) -> Option<String> {
    let (_, rest) = config.split_once(&format!("{name}="))?;
    let end = rest.find([',', '\n', ' ']).unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

/// Empty where libtorch failed to say.
fn asked(ask: unsafe extern "C" fn(*mut *const c_char) -> *mut c_char) -> String {
    let mut chars = c"".as_ptr();
    // SAFETY: both functions that come here write a static string to the place that they are given, which is alive.
    match check(unsafe { ask(&mut chars) }) {
        Ok(()) => text(chars),
        Err(_) => String::new(),
    }
}

fn text(chars: *const c_char) -> String {
    // SAFETY: about.cpp gives static NUL-terminated strings, never null.
    unsafe { CStr::from_ptr(chars) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_settings_are_read() {
        let config = "Build settings: CXX_FLAGS= -D_GLIBCXX_USE_CXX11_ABI=0 -O2, TORCH_VERSION=2.13.0, USE_CUDA=0\n";
        assert_eq!(setting(config, "TORCH_VERSION").as_deref(), Some("2.13.0"));
        assert_eq!(setting(config, "USE_CUDA").as_deref(), Some("0"));
        assert_eq!(setting(config, "USE_ROCM"), None);
        assert_eq!(cxx_abi(config), "pre-cxx11");
    }

    #[test]
    fn the_loaded_libtorch_speaks() {
        assert!(version().is_some_and(|version| version.starts_with("2.")), "{}", config());
        assert!(folder().is_some_and(|folder| folder.is_dir()));
        assert!(!cpu_capability().is_empty());
    }
}
