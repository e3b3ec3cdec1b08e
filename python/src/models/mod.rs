//! `transformers`' models, computed by the crate's: on the parameters that a Python model has at that moment, or on those
//! of a folder.
//!
//! | step | where |
//! |---|---|
//! | whether a Python model is as its class makes it, and its tensors | `tree` |
//! | the arguments of a call | `arguments` |
//! | the tokens before, in and out | `kept` |
//! | the forward pass of each family | `forward` |
//! | folders, and models that write on | `folder` |

mod arguments;
mod folder;
mod forward;
mod kept;
mod tree;

use atencion::models::{AttnImplementation, AutoModel, ConfigJson};
use atencion::{Error, Result, StateDict};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use self::arguments::Call;
use self::forward::{Answer, forward};
use crate::call::{Door, Stop, alone, run};
use crate::errors::compute;
use crate::tensors::tensor;
use crate::torch::Torch;

/// What is to be computed: a `config.json`, whose `architectures` names the class, and which kernels.
#[derive(FromPyObject)]
struct Made {
    class_name: String,
    config: String,
    attn_implementation: String,
}

impl Made {
    fn attn_implementation(&self) -> Result<AttnImplementation> {
        match self.attn_implementation.as_str() {
            "sdpa" => Ok(AttnImplementation::Sdpa),
            "eager" => Ok(AttnImplementation::Eager),
            other => Err(Error::value(format!("attn_implementation {other:?} is not known"))
                .mend("known are \"sdpa\" and \"eager\"")),
        }
    }

    fn model(&self, state: StateDict, training: bool) -> Result<AutoModel> {
        let config = ConfigJson::parse(&self.config)?;
        let mut model = AutoModel::from_state_dict(state, config, self.attn_implementation()?)?;
        model.train(training);
        Ok(model)
    }

    fn compute(
        &self,
        py: Python<'_>,
        state: StateDict,
        training: bool,
        call: Call,
    ) -> Door<Answer> {
        compute(py, || forward(&self.model(state, training)?, call))
    }
}

/// A model of `transformers`, its forward in Rust. `twin` is one of the same class and configuration on `meta`; `wrap`
/// makes a `ModelOutput` of the answer; `torch` is `transformers`' own forward.
#[pyfunction]
fn transformers_model<'py>(
    module: &Bound<'py, PyAny>,
    made: Made,
    twin: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyDict>,
    wrap: &Bound<'py, PyAny>,
    torch: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let named: Vec<_> = arguments.iter().map(|(name, given)| (name.to_string(), given)).collect();
    let given: Vec<_> = named.iter().map(|(name, given)| (name.as_str(), Some(given))).collect();
    run(
        py,
        &given,
        || {
            let watched = Torch::get(py)?;
            if let Some(reason) = watched.watched(py)? {
                return Err(Stop::Torch(reason, None));
            }
            if watched.global_hooks(py)? {
                return Err(Stop::Torch("hooks around every module are registered", None));
            }
            let tree::Read { state, training } = tree::read(module, twin)?;
            let call = Call::read(&made.class_name, arguments)?;
            let answer = made.compute(py, state, training, call)?;
            Ok(wrap.call1((answer,))?)
        },
        || torch.call0(),
    )
}

/// The same for a model that `atencion.from_pretrained` opened: its parameters and buffers come by name.
#[pyfunction]
fn own_model<'py>(
    py: Python<'py>,
    made: Made,
    named: &Bound<'py, PyList>,
    training: bool,
    arguments: &Bound<'py, PyDict>,
) -> PyResult<Answer> {
    alone(|| {
        let call = Call::read(&made.class_name, arguments)?;
        made.compute(py, state_dict(named)?, training, call)
    })
}

/// Tensors by name, sharing storage.
fn state_dict(named: &Bound<'_, PyList>) -> Door<StateDict> {
    let mut state = StateDict::new();
    for pair in named {
        let (name, object): (String, Bound<'_, PyAny>) = pair.extract()?;
        state.insert(name.as_str(), tensor(&name, &object)?);
    }
    Ok(state)
}

/// Adds the functions that `atencion/_models.py` calls.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(transformers_model, module)?)?;
    module.add_function(wrap_pyfunction!(own_model, module)?)?;
    module.add_function(wrap_pyfunction!(folder::open_model, module)?)?;
    module.add_function(wrap_pyfunction!(folder::write_on, module)?)?;
    Ok(())
}
