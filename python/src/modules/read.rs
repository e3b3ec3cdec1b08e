//! Reading a torch module: its parameters, its options, its children.

use atencion::StateDict;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_tch::PyTensor;

/// The module's parameters and its children's under torch's keys, sharing storage.
pub fn parameters(module: &Bound<'_, PyAny>) -> PyResult<StateDict> {
    let mut state = StateDict::new();
    collect(module, &mut String::new(), &mut state)?;
    Ok(state)
}

fn collect(module: &Bound<'_, PyAny>, prefix: &mut String, state: &mut StateDict) -> PyResult<()> {
    let py = module.py();
    for (name, parameter) in dict(module, pyo3::intern!(py, "_parameters"))?.iter() {
        if !parameter.is_none() {
            let PyTensor(tensor) = parameter.extract()?;
            state.insert(format!("{prefix}{}", name.extract::<&str>()?), tensor);
        }
    }
    for (name, child) in dict(module, pyo3::intern!(py, "_modules"))?.iter() {
        if !child.is_none() {
            let length = prefix.len();
            prefix.push_str(name.extract()?);
            prefix.push('.');
            collect(&child, prefix, state)?;
            prefix.truncate(length);
        }
    }
    Ok(())
}

fn dict<'py>(
    module: &Bound<'py, PyAny>,
    name: &Bound<'py, pyo3::types::PyString>,
) -> PyResult<Bound<'py, PyDict>> {
    Ok(module.getattr(name)?.downcast_into()?)
}

/// An option of the module: `option::<f64>(module, "eps")`.
pub fn option<'py, T: FromPyObject<'py>>(module: &Bound<'py, PyAny>, name: &str) -> PyResult<T> {
    module.getattr(name)?.extract().map_err(|_| {
        let type_ = module.get_type();
        PyTypeError::new_err(format!("{type_}.{name} is not what torch makes it"))
    })
}

/// A child of the module.
pub fn child<'py>(module: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    module.getattr(name)
}

/// Whether the module is in training mode.
pub fn training(module: &Bound<'_, PyAny>) -> PyResult<bool> {
    option(module, "training")
}
