//! What the bridge asks of Python's torch: its types, and whether anything watches or replaces calls at this moment.

use pyo3::prelude::*;
use pyo3::sync::GILOnceCell;
use pyo3::types::{PyDict, PyType};

/// Objects of torch that every call looks at, found once.
pub struct Torch {
    tensor: Py<PyType>,
    parameter: Py<PyType>,
    device_context: Py<PyType>,
    function_modes: PyObject,
    function_mode_at: PyObject,
    dispatch_modes: PyObject,
    tracing_state: PyObject,
    functorch_stack: PyObject,
    cuda_autocast: PyObject,
    mha: Py<PyDict>,
    global_hooks: Vec<PyObject>,
    /// `F.scaled_dot_product_attention`, even after somebody has put another function in its place.
    pub scaled_dot_product_attention: PyObject,
}

impl Torch {
    /// torch is imported before this package is (`atencion/_torch.py`).
    pub fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static TORCH: GILOnceCell<Torch> = GILOnceCell::new();
        TORCH.get_or_try_init(py, || Self::find(py))
    }

    fn find(py: Python<'_>) -> PyResult<Self> {
        let (torch, c) = (py.import("torch")?, py.import("torch._C")?);
        let hooks = py.import("torch.nn.modules.module")?;
        Ok(Self {
            tensor: torch.getattr("Tensor")?.downcast_into::<PyType>()?.unbind(),
            parameter: class(py, "torch.nn.parameter", "Parameter")?,
            device_context: class(py, "torch.utils._device", "DeviceContext")?,
            function_modes: c.getattr("_len_torch_function_stack")?.unbind(),
            function_mode_at: c.getattr("_get_function_stack_at")?.unbind(),
            dispatch_modes: c.getattr("_len_torch_dispatch_stack")?.unbind(),
            tracing_state: c.getattr("_get_tracing_state")?.unbind(),
            functorch_stack: c.getattr("_functorch")?.getattr("peek_interpreter_stack")?.unbind(),
            cuda_autocast: torch.getattr("is_autocast_enabled")?.unbind(),
            mha: py.import("torch.backends.mha")?.dict().unbind(),
            global_hooks: [
                "_global_forward_hooks",
                "_global_forward_pre_hooks",
                "_global_backward_hooks",
                "_global_backward_pre_hooks",
            ]
            .into_iter()
            .map(|name| Ok(hooks.getattr(name)?.unbind()))
            .collect::<PyResult<_>>()?,
            scaled_dot_product_attention: c
                .getattr("_nn")?
                .getattr("scaled_dot_product_attention")?
                .unbind(),
        })
    }

    /// A tensor whose operators nobody redefines: `torch.Tensor` or `nn.Parameter` itself.
    pub fn is_plain_tensor(&self, py: Python<'_>, object: &Bound<'_, PyAny>) -> bool {
        let type_ = object.get_type();
        type_.is(self.tensor.bind(py)) || type_.is(self.parameter.bind(py))
    }

    /// What would see or replace the calls of torch's own Python, and so cannot see Rust's: then torch computes.
    pub fn watched(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        if self.function_mode(py)? {
            return Ok(Some("a torch function mode is active"));
        }
        if self.dispatch_modes.call0(py)?.extract::<usize>(py)? > 0 {
            return Ok(Some("a torch dispatch mode is active"));
        }
        if !self.tracing_state.call0(py)?.is_none(py) {
            return Ok(Some("torch.jit.trace is running"));
        }
        Ok(None)
    }

    /// `with torch.device(..)` is such a mode, too, but changes only where tensors are made.
    fn function_mode(&self, py: Python<'_>) -> PyResult<bool> {
        for i in 0..self.function_modes.call0(py)?.extract::<usize>(py)? {
            let mode = self.function_mode_at.bind(py).call1((i,))?;
            if !mode.get_type().is(self.device_context.bind(py)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Hooks that run around every module.
    pub fn global_hooks(&self, py: Python<'_>) -> PyResult<bool> {
        for hooks in &self.global_hooks {
            if hooks.bind(py).len()? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether `torch.func` (grad, vmap, jvp) is at work: its tensors show no storage, but compute like any other.
    pub fn functorch(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(!self.functorch_stack.call0(py)?.is_none(py))
    }

    /// torch's fast path asks `torch.is_autocast_enabled()`, which means CUDA's autocast.
    pub fn cuda_autocast(&self, py: Python<'_>) -> PyResult<bool> {
        self.cuda_autocast.call0(py)?.extract(py)
    }

    /// `torch.backends.mha.set_fastpath_enabled(..)`, as it stands now.
    pub fn fastpath_enabled(&self, py: Python<'_>) -> PyResult<bool> {
        let flag = self.mha.bind(py).get_item(pyo3::intern!(py, "_is_fastpath_enabled"))?;
        flag.map_or(Ok(true), |flag| flag.is_truthy())
    }
}

fn class(py: Python<'_>, module: &str, name: &str) -> PyResult<Py<PyType>> {
    Ok(py.import(module)?.getattr(name)?.downcast_into::<PyType>()?.unbind())
}
