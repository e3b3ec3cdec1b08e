//! What somebody may have put in place of torch's own functions and methods.
//!
//! Rust computes what these compute without calling them. Where one is no longer torch's (another attention kernel in
//! `F.scaled_dot_product_attention`, a counting `nn.Linear.forward`, a mock), PyTorch's own Python computes the call, so that
//! it is called as before.

use pyo3::prelude::*;
use pyo3::sync::GILOnceCell;
use pyo3::types::{PyDict, PyString};

/// Functions that torch.nn's forwards call, by the module in whose dictionary they look them up.
const FUNCTIONS: [(&str, &[&str]); 2] = [
    (
        "torch.nn.functional",
        &[
            "layer_norm",
            "linear",
            "dropout",
            "softmax",
            "multi_head_attention_forward",
            "scaled_dot_product_attention",
        ],
    ),
    ("torch", &["layer_norm", "_native_multi_head_attention", "_transformer_encoder_layer_fwd"]),
];

/// Methods of torch.nn's classes, besides `forward`, that their forwards call.
const METHODS: [(&str, &[&str]); 4] = [
    ("Module", &["__call__"]),
    ("MultiheadAttention", &["merge_masks"]),
    ("TransformerEncoderLayer", &["_sa_block", "_ff_block"]),
    ("TransformerDecoderLayer", &["_sa_block", "_mha_block", "_ff_block"]),
];

/// One of them, where it is looked up, and what torch has there.
struct Place {
    owner: Owner,
    name: Py<PyString>,
    torchs: PyObject,
    /// Was it torch's when this package was loaded?
    was_torchs: bool,
}

enum Owner {
    Functions(Py<PyDict>),
    Class(PyObject),
}

impl Place {
    fn in_module(py: Python<'_>, module: &str, name: &str) -> PyResult<Self> {
        let owner = py.import(module)?;
        let torchs = owner.getattr(name)?;
        let was_torchs = is_torchs_own(&torchs)?;
        Ok(Self {
            owner: Owner::Functions(owner.dict().unbind()),
            name: PyString::intern(py, name).unbind(),
            torchs: torchs.unbind(),
            was_torchs,
        })
    }

    fn in_class(py: Python<'_>, class: &str, name: &str) -> PyResult<Self> {
        let owner = py.import("torch.nn")?.getattr(class)?;
        let torchs = owner.getattr(name)?;
        let was_torchs = is_torchs_own(&torchs)?;
        Ok(Self {
            owner: Owner::Class(owner.unbind()),
            name: PyString::intern(py, name).unbind(),
            torchs: torchs.unbind(),
            was_torchs,
        })
    }

    fn now<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match &self.owner {
            Owner::Functions(dict) => dict.bind(py).get_item(self.name.bind(py)),
            Owner::Class(class) => class.bind(py).getattr(self.name.bind(py)).map(Some),
        }
    }
}

/// A function written in C, or one that lives in the module that it says it is of: no wrapper.
pub fn is_torchs_own(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = function.py();
    let Some(globals) = function.getattr_opt(pyo3::intern!(py, "__globals__"))? else {
        return Ok(function.getattr_opt(pyo3::intern!(py, "__func__"))?.is_none());
    };
    let lives_in = globals.get_item(pyo3::intern!(py, "__name__"))?;
    let is_torchs = lives_in.extract::<String>().is_ok_and(|name| name.starts_with("torch."));
    Ok(is_torchs && lives_in.eq(function.getattr(pyo3::intern!(py, "__module__"))?)?)
}

struct Places {
    layer_norm: Vec<Place>,
    all: Vec<Place>,
    /// `atencion.scaled_dot_product_attention`, which may stand in torch's place.
    our_attention: PyObject,
}

impl Places {
    fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static PLACES: GILOnceCell<Places> = GILOnceCell::new();
        PLACES.get_or_try_init(py, || Self::find(py))
    }

    fn find(py: Python<'_>) -> PyResult<Self> {
        let mut all = Vec::new();
        for (module, names) in FUNCTIONS {
            for name in names {
                all.push(Place::in_module(py, module, name)?);
            }
        }
        for (class, names) in METHODS {
            for name in names {
                all.push(Place::in_class(py, class, name)?);
            }
        }
        let layer_norm = vec![
            Place::in_module(py, "torch.nn.functional", "layer_norm")?,
            Place::in_module(py, "torch", "layer_norm")?,
        ];
        let ours = py.import("atencion._attention")?.getattr("scaled_dot_product_attention")?;
        Ok(Self { layer_norm, all, our_attention: ours.unbind() })
    }

    fn any_replaced(&self, py: Python<'_>, places: &[Place]) -> PyResult<bool> {
        for place in places {
            let now = place.now(py)?;
            let same = now.is_some_and(|now| {
                place.was_torchs && now.is(&place.torchs) || now.is(&self.our_attention)
            });
            if !same {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Notes what is torch's own, at the package's import.
pub fn note(py: Python<'_>) -> PyResult<()> {
    Places::get(py).map(|_| ())
}

/// Whether `nn.LayerNorm`'s forward would call something else than torch's own function.
pub fn in_layer_norm(py: Python<'_>) -> PyResult<bool> {
    let places = Places::get(py)?;
    places.any_replaced(py, &places.layer_norm)
}

/// Whether any of the other modules' forwards would.
pub fn anywhere(py: Python<'_>) -> PyResult<bool> {
    let places = Places::get(py)?;
    places.any_replaced(py, &places.all)
}
