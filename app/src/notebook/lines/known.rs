//! What is known by its path: modules, types, constants. Nothing is imported; a path is a name.

use std::rc::Rc;

use tch::Kind;

use super::ast::StmtKind;
use super::machine::Machine;
use super::ops;
use super::problem::{Step, Why, raise};
use super::value::Value;

/// Modules that are known, or whose functions are named one by one.
const MODULES: &[&str] = &[
    "torch",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.nn.utils",
    "torch.optim",
    "torch.optim.lr_scheduler",
    "torch.linalg",
    "torch.special",
    "torch.cuda",
    "torch.backends",
    "torch.backends.mps",
    "torch.backends.cudnn",
    "torch.autograd",
    "torch.nn.parameter",
    "torch.nn.modules",
    "torch.random",
    "math",
    "numpy",
    "numpy.random",
    "numpy.linalg",
    "scipy",
    "scipy.special",
    "jax",
    "jax.nn",
    "random",
    "typing",
    "copy",
    "dataclasses",
    "abc",
    "functools",
    "collections",
    "warnings",
    "time",
    "itertools",
    "__future__",
];
/// Modules through which a notebook would leave itself: nothing of them is ever run.
const REFUSED: &[&str] = &[
    "os",
    "sys",
    "subprocess",
    "socket",
    "shutil",
    "pathlib",
    "requests",
    "urllib",
    "http",
    "importlib",
    "builtins",
    "ctypes",
    "pickle",
    "io",
    "glob",
    "tempfile",
    "signal",
    "threading",
    "multiprocessing",
    "inspect",
    "gc",
    "code",
    "codecs",
    "platform",
    "pty",
    "marshal",
    "shelve",
    "webbrowser",
    "ftplib",
    "smtplib",
    "asyncio",
];
/// What Python refuses nobody and this does: it runs text, or reaches files.
const REFUSED_FUNCTIONS: &[&str] = &[
    "exec",
    "eval",
    "compile",
    "open",
    "__import__",
    "input",
    "globals",
    "locals",
    "vars",
    "dir",
    "breakpoint",
    "exit",
    "quit",
    "help",
    "memoryview",
    "delattr",
];

/// Whether the path is a module.
pub fn is_module(path: &str) -> bool {
    MODULES.contains(&path) || REFUSED.contains(&path.split('.').next().unwrap_or(path))
}

/// Whether the path is one of Python's types.
pub fn is_type(path: &str) -> bool {
    matches!(
        path,
        "int"
            | "float"
            | "str"
            | "bool"
            | "list"
            | "tuple"
            | "dict"
            | "set"
            | "frozenset"
            | "object"
            | "range"
            | "type"
            | "slice"
            | "bytes"
            | "complex"
    )
}

impl Machine {
    /// A name that the notebook does not bind.
    pub fn builtin(&mut self, name: &str) -> Step<Value> {
        if let Some(class) = self.native_class(name) {
            return Ok(Value::Class(class));
        }
        if REFUSED_FUNCTIONS.contains(&name) {
            return Ok(Value::known(name));
        }
        if is_type(name) || super::builtins::FUNCTIONS.contains(&name) {
            return Ok(Value::known(name));
        }
        match self.imported_elsewhere(name)? {
            Some(value) => Ok(value),
            None => raise("NameError", format!("name '{name}' is not defined")),
        }
    }

    /// What another cell imports under that name: people run cells in another order than they stand.
    fn imported_elsewhere(&mut self, name: &str) -> Step<Option<Value>> {
        if self.limits.cell_steps.is_none() {
            return Ok(None);
        }
        let imports = self.imports.take().unwrap_or_else(|| imports(&self.sources));
        for import in &imports {
            match &import.kind {
                StmtKind::Import(names) => {
                    let found: Vec<_> =
                        names.iter().filter(|(_, n, _)| &**n == name).cloned().collect();
                    self.import(&found)?;
                }
                StmtKind::From(module, names) => {
                    let found: Vec<_> =
                        names.iter().filter(|(_, n)| &**n == name).cloned().collect();
                    self.import_from(module, &found)?;
                }
                _ => {}
            }
        }
        self.imports = Some(imports);
        match self.frame().scope.find(name) {
            Some(Value::Unknown(problem)) => Err(super::problem::Stop::Unknown(problem)),
            found => Ok(found),
        }
    }

    /// Whether a call of that path is refused, and the problem.
    pub fn refuse(&mut self, path: &str) -> Step<()> {
        if REFUSED_FUNCTIONS.contains(&path)
            || REFUSED.contains(&path.split('.').next().unwrap_or(""))
        {
            return self.unknown(Why::Refused(path.to_owned()));
        }
        Ok(())
    }

    /// `module.name`
    pub fn known_attribute(&mut self, path: &str, name: &str) -> Step<Value> {
        let full = canonical(&format!("{path}.{name}"));
        if let Some(value) = self.patches.get(&full) {
            return Ok(value.clone());
        }
        if let Some(value) = constant(&full) {
            return Ok(value);
        }
        if let Some(class) = self.native_class(&full) {
            return Ok(Value::Class(class));
        }
        self.refuse(&full)?;
        if is_known(&full) {
            return Ok(Value::known(full));
        }
        // `x.__name__` of a builtin
        if name == "__name__" {
            return Ok(Value::str(path.rsplit('.').next().unwrap_or(path)));
        }
        self.not_known(full)
    }

    /// `import a.b as c`
    pub fn import(&mut self, names: &[(Rc<str>, Rc<str>, bool)]) -> Step<()> {
        for (path, name, renamed) in names {
            let path: &Rc<str> = &Rc::from(self.stand_in(path));
            let root = if *renamed { &**path } else { path.split('.').next().unwrap_or(path) };
            let value = if is_module(path) {
                Value::known(canonical(root))
            } else {
                Value::Unknown(self.problem(Why::Module(path.to_string())))
            };
            self.bind(name, value);
        }
        Ok(())
    }

    /// What computes the same under another name: JAX's NumPy, where a run is only to be judged.
    fn stand_in<'p>(&mut self, path: &'p str) -> &'p str {
        let other = match path {
            "jax.numpy" => "numpy",
            "flax.linen" => "jax.nn",
            "jax.nn" | "jax" => path,
            _ => return path,
        };
        if !self.limits.unseeded {
            return path;
        }
        self.drew_unseeded = true;
        other
    }

    /// `from a import b as c`
    pub fn import_from(&mut self, module: &str, names: &[(Rc<str>, Rc<str>)]) -> Step<()> {
        let module = self.stand_in(module);
        for (name, bound) in names {
            let value = if !is_module(module) {
                Value::Unknown(self.problem(Why::Module(module.to_owned())))
            } else if &**name == "*" {
                self.import_star(module);
                continue;
            } else {
                match self.known_attribute(&canonical(module), name) {
                    Ok(value) => value,
                    Err(super::problem::Stop::Unknown(problem)) => Value::Unknown(problem),
                    Err(stop) => return Err(stop),
                }
            };
            self.bind(bound, value);
        }
        Ok(())
    }

    /// `from math import *`: what is known of it.
    fn import_star(&mut self, module: &str) {
        for function in super::math::FUNCTIONS.iter().filter(|_| module == "math") {
            let short = function.trim_start_matches("math.");
            self.bind(&Rc::from(short), Value::known(function));
        }
        for function in super::chance::FUNCTIONS.iter().filter(|_| module == "random") {
            let short = function.trim_start_matches("random.");
            self.bind(&Rc::from(short), Value::known(function));
        }
        if module == "math" {
            self.bind(&Rc::from("pi"), Value::Float(std::f64::consts::PI));
        }
    }
}

/// The imports that stand on lines of their own.
fn imports(sources: &[String]) -> Vec<super::ast::Stmt> {
    let lines = sources.iter().enumerate().flat_map(|(cell, text)| {
        text.lines().map(str::trim).filter(|line| is_import(line)).map(move |line| (cell, line))
    });
    lines
        .take(300)
        .filter_map(|(cell, line)| super::read::read(cell, &format!("{line}\n")).ok())
        .flatten()
        .collect()
}

fn is_import(line: &str) -> bool {
    line.starts_with("import ") || (line.starts_with("from ") && !line.ends_with(['(', '\\']))
}

/// One path for what Python has under several.
fn canonical(path: &str) -> String {
    if let Some(name) = path.strip_prefix("jax.numpy.") {
        return format!("numpy.{name}");
    }
    let path = match path.strip_prefix("torch.nn.parameter.") {
        Some(rest) => format!("torch.nn.{rest}"),
        None => path.to_owned(),
    };
    match path.as_str() {
        "torch.nn.functional.sigmoid" => "torch.sigmoid",
        "torch.nn.functional.tanh" => "torch.tanh",
        "torch.autograd.no_grad" => "torch.no_grad",
        "torch.nn.modules.transformer" => "torch.nn",
        _ => return path,
    }
    .to_owned()
}

fn is_known(path: &str) -> bool {
    is_module(path)
        || ops::find(path).is_some()
        || super::torch::FUNCTIONS.contains(&path)
        || super::math::FUNCTIONS.contains(&path)
        || super::chance::FUNCTIONS.contains(&path)
        || super::numpy::is_known(path)
        || matches!(path, "scipy.special.softmax" | "jax.nn.softmax")
        || super::builtins::OF_MODULES.contains(&path)
        || path.strip_prefix("typing.").is_some_and(|name| name.starts_with(char::is_uppercase))
}

fn constant(path: &str) -> Option<Value> {
    let (module, name) = path.rsplit_once('.')?;
    if matches!(module, "torch" | "numpy")
        && let Some(kind) = super::tensors::kind_of(name)
    {
        return Some(Value::Dtype(kind));
    }
    let value = match (module, name) {
        ("math" | "numpy" | "torch", "pi") => Value::Float(std::f64::consts::PI),
        ("math" | "numpy" | "torch", "e") => Value::Float(std::f64::consts::E),
        ("numpy", "infty" | "Inf" | "PINF") | ("math" | "numpy" | "torch", "inf") => {
            Value::Float(f64::INFINITY)
        }
        ("math" | "numpy" | "torch", "nan") => Value::Float(f64::NAN),
        ("math", "tau") => Value::Float(std::f64::consts::TAU),
        ("numpy" | "torch", "newaxis") => Value::None,
        ("torch", "strided") => Value::str("torch.strided"),
        ("torch", "__version__") => Value::str(atencion::libtorch::version()?),
        ("torch.backends.cudnn", "deterministic" | "benchmark") => Value::Bool(false),
        _ => return None,
    };
    Some(value)
}

/// `float32` and the like.
pub fn kind_names() -> [(&'static str, Kind); 18] {
    [
        ("float32", Kind::Float),
        ("float", Kind::Float),
        ("float64", Kind::Double),
        ("double", Kind::Double),
        ("float16", Kind::Half),
        ("half", Kind::Half),
        ("bfloat16", Kind::BFloat16),
        ("int64", Kind::Int64),
        ("long", Kind::Int64),
        ("int32", Kind::Int),
        ("int", Kind::Int),
        ("int16", Kind::Int16),
        ("short", Kind::Int16),
        ("int8", Kind::Int8),
        ("uint8", Kind::Uint8),
        ("bool", Kind::Bool),
        ("complex64", Kind::ComplexFloat),
        ("complex128", Kind::ComplexDouble),
    ]
}
