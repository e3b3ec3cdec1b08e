//! The Python package `atencion`: arguments checked and passed on, all logic in the crate of that name.

mod call;
mod check;
mod errors;
mod explain;
mod life;
mod mend;
mod models;
mod modules;
mod replaced;
mod sdpa;
mod show;
mod tensors;
mod torch;

use pyo3::prelude::*;

/// The compiled half of the package; `atencion/__init__.py` is what users import.
#[pymodule]
fn _atencion(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<explain::Step>()?;
    module.add_function(wrap_pyfunction!(sdpa::scaled_dot_product_attention, module)?)?;
    module.add_function(wrap_pyfunction!(explain::explain, module)?)?;
    module.add_class::<check::Answer>()?;
    module.add_function(wrap_pyfunction!(check::check, module)?)?;
    module.add_class::<show::View>()?;
    module.add_function(wrap_pyfunction!(show::show, module)?)?;
    module.add_function(wrap_pyfunction!(call::calls, module)?)?;
    module.add_function(wrap_pyfunction!(life::start, module)?)?;
    modules::register(module)?;
    models::register(module)
}
