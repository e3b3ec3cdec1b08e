//! Where a module's parameters come from: fresh in a `VarStore`, or given in a state_dict.

use std::collections::HashSet;

use tch::nn::Path;
use tch::{Kind, Tensor};

use super::check::dtype_name;
use crate::{Error, Result, StateDict};

/// Hands a module its parameters while it is built. Children are built inside [`Parameters::child`], so that their
/// names get the child's name in front, as in torch.
pub(crate) struct Parameters<'a> {
    source: Source<'a>,
    dtype: Option<Kind>,
    draws: bool,
}

enum Source<'a> {
    Fresh(Path<'a>),
    Given { state: &'a StateDict, prefix: String, used: HashSet<String>, problems: Problems },
}

impl<'a> Parameters<'a> {
    /// Builds a module on fresh parameters, registered under `path`.
    pub fn fresh<T>(
        path: &Path<'a>,
        dtype: Option<Kind>,
        build: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let dtype = dtype.or(Some(path.kind()));
        build(&mut Self { source: Source::Fresh(path.clone()), dtype, draws: true })
    }

    /// Builds a module on the tensors of `state` whose names start with `prefix` (`""`, `"encoder"` or
    /// `"encoder."`). All of them must be used, and all must fit.
    pub fn given<T>(
        state: &'a StateDict,
        prefix: &str,
        dtype: Option<Kind>,
        build: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let prefix = match prefix {
            "" => String::new(),
            other => format!("{}.", other.trim_end_matches('.')),
        };
        let source = Source::Given {
            state,
            prefix: prefix.clone(),
            used: HashSet::new(),
            problems: Problems::default(),
        };
        let mut parameters = Self { source, dtype, draws: false };
        let built = build(&mut parameters)?;
        if let Source::Given { used, mut problems, .. } = parameters.source {
            let inside = state.names().filter(|name| name.starts_with(&prefix));
            for name in inside.filter(|name| !used.contains(*name)) {
                problems.unexpected(name);
            }
            problems.into_result("the module")?;
        }
        Ok(built)
    }

    /// Whether the module is to draw its parameters now.
    pub fn draws(&self) -> bool {
        self.draws
    }

    /// Builds `N` children of which only the first draws; torch's `_get_clones` deep-copies one module.
    pub fn without_drawing<T>(&mut self, build: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = std::mem::replace(&mut self.draws, false);
        let built = build(self);
        self.draws = outer;
        built
    }

    /// Builds a child whose parameters are named `name.…`.
    pub fn child<T>(
        &mut self,
        name: &str,
        build: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let outer = match &mut self.source {
            Source::Fresh(path) => {
                let inner = path.sub(name);
                Outer::Path(std::mem::replace(path, inner))
            }
            Source::Given { prefix, .. } => {
                let length = prefix.len();
                prefix.push_str(name);
                prefix.push('.');
                Outer::PrefixLength(length)
            }
        };
        let built = build(self);
        match (&mut self.source, outer) {
            (Source::Fresh(path), Outer::Path(outer)) => *path = outer,
            (Source::Given { prefix, .. }, Outer::PrefixLength(length)) => prefix.truncate(length),
            _ => unreachable!("the source of the parameters does not change"),
        }
        built
    }

    /// The parameter called `name`: uninitialised if fresh.
    pub fn parameter(&mut self, name: &str, shape: &[i64]) -> Result<Tensor> {
        match &mut self.source {
            Source::Fresh(path) => register(path, name, shape, self.dtype.unwrap_or(Kind::Float)),
            Source::Given { state, prefix, used, problems } => {
                let name = format!("{prefix}{name}");
                let Some(tensor) = state.get(&name) else {
                    problems.missing(&name);
                    return Ok(Tensor::new());
                };
                // Without a dtype asked for, the first parameter sets it for the others.
                let dtype = *self.dtype.get_or_insert_with(|| tensor.kind());
                problems.compare(&name, tensor, shape, dtype);
                used.insert(name);
                Ok(tensor.shallow_clone())
            }
        }
    }

    /// The parameter called `name` if the module has it.
    pub fn optional(&mut self, has: bool, name: &str, shape: &[i64]) -> Result<Option<Tensor>> {
        has.then(|| self.parameter(name, shape)).transpose()
    }
}

/// What [`Parameters::child`] puts back.
enum Outer<'a> {
    Path(Path<'a>),
    PrefixLength(usize),
}

/// torch's `Parameter(torch.empty(shape))`. tch would rename a second parameter of the same name in silence.
fn register(path: &Path, name: &str, shape: &[i64], dtype: Kind) -> Result<Tensor> {
    if path.get(name).is_some() {
        return Err(Error::value(format!("{} is already in this VarStore", path.path(name)))
            .mend("give each module a path of its own: &vs.root() / \"name\""));
    }
    let empty = Tensor::f_empty(shape, (dtype, path.device()))?;
    Ok(path.add(name, empty, true))
}

/// What does not fit between a module and a state_dict, gathered so that all of it is said at once.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    missing: Vec<String>,
    unexpected: Vec<String>,
    wrong: Vec<String>,
}

impl Problems {
    pub fn missing(&mut self, name: &str) {
        self.missing.push(name.to_owned());
    }

    pub fn unexpected(&mut self, name: &str) {
        self.unexpected.push(name.to_owned());
    }

    /// Notes a tensor of another shape or kind than the module's.
    pub fn compare(&mut self, name: &str, tensor: &Tensor, shape: &[i64], dtype: Kind) {
        if tensor.size() != shape {
            let found = tensor.size();
            self.wrong.push(format!("{name} is {found:?} but should be {shape:?}"));
        }
        if tensor.kind() != dtype {
            let (found, wanted) = (dtype_name(tensor.kind()), dtype_name(dtype));
            self.wrong.push(format!("{name} is {found} but should be {wanted}"));
        }
    }

    pub fn into_result(self, module: &str) -> Result<()> {
        let mut parts = self.wrong;
        if !self.unexpected.is_empty() {
            parts.insert(0, format!("unexpected: {}", self.unexpected.join(", ")));
        }
        if !self.missing.is_empty() {
            parts.insert(0, format!("missing: {}", self.missing.join(", ")));
        }
        if parts.is_empty() {
            return Ok(());
        }
        Err(Error::value(format!("the state_dict does not fit {module}: {}", parts.join("; ")))
            .mend("check the module's config against the one the state_dict was saved from"))
    }
}
