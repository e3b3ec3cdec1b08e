//! `Dataset`: items by number.

use crate::{Error, Result};

/// `torch.utils.data.Dataset`: something with a length whose items can be asked for in any order, from any thread.
pub trait Dataset: Send + Sync + 'static {
    /// One example.
    type Item: Send + 'static;

    /// `len(dataset)`
    fn len(&self) -> usize;

    /// Whether there is no example.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `dataset[index]`
    ///
    /// # Errors
    /// When there is no such item, or it cannot be read.
    fn get(&self, index: usize) -> Result<Self::Item>;
}

/// A list is a data set, as in Python.
impl<T: Clone + Send + Sync + 'static> Dataset for Vec<T> {
    type Item = T;

    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn get(&self, index: usize) -> Result<T> {
        self.as_slice().get(index).cloned().ok_or_else(|| {
            Error::value(format!(
                "there is no item {index}: the data has {}",
                self.as_slice().len()
            ))
        })
    }
}
