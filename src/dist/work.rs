//! A collective that goes on while its process computes.

use tch::Tensor;

use super::ProcessGroup;
use crate::Result;
use crate::libtorch::c10d::WorkHandle;

/// torch's `Work`, which `async_op=True` returns. Until [`wait`](Self::wait) the tensors are neither read nor written.
///
/// All processes begin their collectives in one order; they may wait for them in any.
#[must_use = "what it computes is there after wait()"]
pub struct Work {
    handle: WorkHandle,
    group: ProcessGroup,
    doing: &'static str,
    /// What Gloo has no average for: the sum, and the number it is divided by.
    divided: Option<(Tensor, i64)>,
}

impl Work {
    pub(super) fn new(handle: WorkHandle, group: &ProcessGroup, doing: &'static str) -> Self {
        Self { handle, group: group.clone(), doing, divided: None }
    }

    pub(super) fn then_divide(mut self, sum: &Tensor, by: i64) -> Self {
        self.divided = Some((sum.shallow_clone(), by));
        self
    }

    /// `work.wait()`
    ///
    /// # Errors
    /// When a process of the group is lost, or does not come within the group's timeout.
    pub fn wait(self) -> Result<()> {
        self.handle.wait().map_err(|error| self.group.failed(self.doing, error))?;
        if let Some((sum, by)) = self.divided {
            let _no_grad = tch::no_grad_guard();
            let _ = sum.shallow_clone().f_div_scalar_(by)?;
        }
        Ok(())
    }

    /// `work.is_completed()`: whether [`wait`](Self::wait) will not wait, be it that it failed.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn is_completed(&self) -> Result<bool> {
        self.handle.is_completed()
    }
}
