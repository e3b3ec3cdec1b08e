//! Files as memory, and tensors over it: opening costs no reading and no second copy.

use std::ffi::{c_char, c_int, c_void};
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memmap2::{MmapOptions, MmapRaw, UncheckedAdvice};
use tch::{Kind, Tensor};
use torch_sys::C_tensor;

use super::error::check;
use super::numbers::scalar_type;
use crate::{Error, Result};

/// A file mapped into memory, privately: what a tensor over it is changed to is this process's own and never reaches
/// the file.
///
/// Pages are read when they are first touched, and the system may drop and read them again. **The file must stay as it
/// is while it is mapped**: what another program writes into it may show up in the tensors, and one that has been cut
/// short ends the process with SIGBUS at the first touch beyond its new end. Programs that save by writing a new file
/// and renaming it over the old one, as this crate does, disturb nothing.
#[derive(Debug, Clone)]
pub struct MappedFile(Arc<MmapRaw>);

impl MappedFile {
    /// Maps the file as it is now.
    ///
    /// # Errors
    /// When it cannot be opened or mapped. An empty file cannot be mapped.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| Error::file(path, error))?;
        Self::of(&file).map_err(|error| Error::file(path, error))
    }

    pub(crate) fn of(file: &File) -> std::io::Result<Self> {
        // SAFETY: the map is private, so nobody changes it but through its tensors. That the file itself is cut short
        // or rewritten meanwhile cannot be ruled out; the documentation says so, and `bytes` is read by code that trusts
        // nothing in it.
        let map = unsafe { MmapOptions::new().no_reserve_swap().map_copy(file) }?;
        Ok(Self(Arc::new(map.into())))
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of some of its bytes; `None` where it ends before.
    pub fn bytes(&self, range: Range<usize>) -> Option<Vec<u8>> {
        if range.start > range.end || range.end > self.len() {
            return None;
        }
        let mut copy = vec![0; range.len()];
        // SAFETY: the range lies within the map, and the copy is as long. Copied by pointer, since a tensor over these
        // bytes may be changed by whoever holds it: no slice of them may exist.
        unsafe {
            std::ptr::copy_nonoverlapping(
                self.0.as_ptr().add(range.start),
                copy.as_mut_ptr(),
                range.len(),
            );
        }
        Some(copy)
    }

    /// A contiguous tensor on the CPU over the bytes from `start` on, little-endian, without a copy. The map stays until
    /// the last tensor over it is gone.
    ///
    /// # Errors
    /// When the file ends before, the start is not a multiple of the kind's size, which processors and kernels rely on,
    /// or the kind is `Bool`, whose bytes may be no bools.
    pub fn tensor(&self, start: usize, shape: &[i64], kind: Kind) -> Result<Tensor> {
        let sizes: Vec<u64> = shape.iter().map(|&size| size.max(0) as u64).collect();
        let (_, bytes) = super::bytes::checked_shape(&sizes, kind)?;
        if shape.iter().any(|&size| size < 0) {
            return Err(Error::value(format!("the shape {shape:?} has a negative size")));
        }
        if start.checked_add(bytes).is_none_or(|end| end > self.len()) {
            return Err(Error::value(format!(
                "bytes {start} to {start} + {bytes} of a mapped file that has {}",
                self.len()
            )));
        }
        if kind == Kind::Bool || !start.is_multiple_of(kind.elt_size_in_bytes()) {
            return Err(Error::value(format!("{kind:?} cannot be mapped from byte {start}")));
        }
        if cfg!(target_endian = "big") {
            return Err(Error::value("tensor files are little-endian, this machine is not"));
        }
        let owner = Arc::into_raw(self.0.clone()).cast_mut().cast();
        let mut out = std::ptr::null_mut();
        // SAFETY: the bytes lie within the map, whose address is a page's, so they are aligned for the kind; every
        // pattern of bytes is a number of such a kind. `owner` keeps the map; C++ calls `release` once, in every case.
        // The map is writable, so that operators in place are fine, too.
        check(unsafe {
            atencion_tensor_over(
                &mut out,
                self.0.as_mut_ptr().add(start).cast(),
                shape.as_ptr(),
                shape.len(),
                scalar_type(kind),
                owner,
                release,
            )
        })?;
        // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
        Ok(unsafe { Tensor::from_ptr(out) })
    }
}

/// Gives back the memory of the pages of a mapped file that a tensor has been read from; it is read again, from the file,
/// if it is used again. Of a tensor that is in no mapped file nothing changes.
///
/// Only for tensors that nobody has written into: a private page that was changed is lost with the change.
pub(crate) fn forget_pages(tensor: &Tensor) {
    let mut owner = std::ptr::null_mut();
    // SAFETY: the tensor is alive for the call.
    if check(unsafe { atencion_owner(&mut owner, tensor.as_ptr(), release) }).is_err()
        || owner.is_null()
    {
        return;
    }
    // SAFETY: `release` is given to C++ together with such a pointer only, and the tensor's storage keeps it.
    let map = unsafe { &*owner.cast_const().cast::<MmapRaw>() };
    let bytes = tensor.numel() * tensor.kind().elt_size_in_bytes();
    let start = (tensor.data_ptr() as usize).saturating_sub(map.as_ptr() as usize);
    // Whole pages of the tensor's own; those at its ends are its neighbours', too.
    const PAGE: usize = 1 << 16;
    let (first, last) = (start.next_multiple_of(PAGE), (start + bytes) / PAGE * PAGE);
    if last > first {
        // SAFETY: the caller says that these pages are the file's, as they were read. That they stay in memory where the
        // system refuses changes nothing.
        let _ =
            unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, first, last - first) };
    }
}

/// What C++ calls when the last tensor over the map is gone.
extern "C" fn release(owner: *mut c_void) {
    // SAFETY: made by `Arc::into_raw` of this very type above, and given back once. The map can be ended on any thread.
    drop(unsafe { Arc::from_raw(owner.cast_const().cast::<MmapRaw>()) });
}

unsafe extern "C" {
    fn atencion_tensor_over(
        out: *mut *mut C_tensor,
        data: *mut c_void,
        sizes: *const i64,
        dim: usize,
        kind: c_int,
        owner: *mut c_void,
        release: extern "C" fn(*mut c_void),
    ) -> *mut c_char;
    fn atencion_owner(
        owner: *mut *mut c_void,
        tensor: *const C_tensor,
        release: extern "C" fn(*mut c_void),
    ) -> *mut c_char;
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::tensor;

    fn mapped(numbers: &[f32]) -> (tempfile::NamedTempFile, MappedFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for number in numbers {
            file.write_all(&number.to_le_bytes()).unwrap();
        }
        let map = MappedFile::open(file.path()).unwrap();
        (file, map)
    }

    #[test]
    fn tensors_lie_in_the_file_and_outlive_the_handle() {
        let (file, map) = mapped(&[1.0, 2.0, 3.0, 4.0]);
        let all = map.tensor(0, &[2, 2], Kind::Float).unwrap();
        let row = map.tensor(8, &[2], Kind::Float).unwrap();
        let weak = Arc::downgrade(&map.0);
        drop((map, file));
        assert!(all.equal(&tensor![[1.0, 2.0], [3.0, 4.0]]) && row.equal(&tensor![3.0, 4.0]));
        assert_eq!(row.data_ptr() as usize - all.data_ptr() as usize, 8);
        drop(all);
        assert!(weak.upgrade().is_some());
        drop(row);
        assert!(weak.upgrade().is_none(), "the map ends with its last tensor");
    }

    #[test]
    fn forgotten_pages_are_read_again() {
        let numbers: Vec<f32> = (0..100_000).map(|i| i as f32).collect();
        let (_file, map) = mapped(&numbers);
        let all = map.tensor(0, &[100_000], Kind::Float).unwrap();
        let expected = Tensor::from_slice(&numbers);
        assert!(all.equal(&expected));
        forget_pages(&all.narrow(0, 7, 90_000));
        assert!(all.equal(&expected));
        forget_pages(&expected); // in no file: it stays as it is
        assert_eq!(expected.double_value(&[99_999]), 99_999.0);
    }

    #[test]
    fn a_change_in_place_stays_out_of_the_file() {
        let (file, map) = mapped(&[1.0, 2.0]);
        let _ = map.tensor(0, &[2], Kind::Float).unwrap().fill_(7.0);
        assert!(map.tensor(0, &[2], Kind::Float).unwrap().equal(&tensor![7.0, 7.0]));
        assert_eq!(std::fs::read(file.path()).unwrap()[..4], 1f32.to_le_bytes());
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let (_file, map) = mapped(&[1.0, 2.0]);
        for (start, shape, kind) in [
            (0, &[3][..], Kind::Float),
            (4, &[2], Kind::Float),
            (2, &[1], Kind::Float),
            (usize::MAX, &[1], Kind::Float),
            (0, &[-1], Kind::Float),
            (0, &[i64::MAX, 4], Kind::Float),
            (0, &[1], Kind::Bool),
        ] {
            assert!(map.tensor(start, shape, kind).is_err(), "{start} {shape:?} {kind:?}");
        }
        assert_eq!((map.bytes(0..9), map.bytes(4..8)), (None, Some(2f32.to_le_bytes().to_vec())));
        assert!(MappedFile::open("/no/such/file").is_err());
    }
}
