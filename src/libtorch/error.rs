//! What the C++ side returns, as a `Result`.

use std::ffi::{CStr, c_char, c_void};

use crate::{Error, Result};

unsafe extern "C" {
    fn free(memory: *mut c_void);
}

/// Every function of the seam returns null, or the text of what libtorch threw; its first line becomes the error.
pub(super) fn check(text: *mut c_char) -> Result<()> {
    taken(text).map_or(Ok(()), |text| Err(Error::from(tch::TchError::Torch(text))))
}

/// A text that C++ made with `seam::copied`, which is freed; `None` for null.
pub(super) fn taken(text: *mut c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: `seam::copied` made it with malloc and ended it with a NUL, and each text reaches this function once.
    unsafe {
        let owned = CStr::from_ptr(text).to_string_lossy().into_owned();
        free(text.cast());
        Some(owned)
    }
}
