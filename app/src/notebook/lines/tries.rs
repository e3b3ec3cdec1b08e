//! Attention that a notebook defines and does not run, because its data are elsewhere: tried on inputs made for it.
//!
//! People name things alike: `d_model`, `num_heads`, `query`, `mask`. By its names each parameter gets a size or a
//! tensor; what cannot be guessed, or does not fit, is left. What comes of it stands in the trace as anything else does.

use std::rc::Rc;
use std::time::Duration;

use tch::{Device, Kind, Tensor};

use super::ast::{At, Parameter, Stmt, StmtKind, Takes};
use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Step, Stop};
use super::value::{Class, Closure, HeldKind, Value};

/// More than this many are not noted.
const MOST_NOTED: usize = 2000;
/// More than this many are not tried.
const MOST_TRIED: usize = 16;
/// What one try may take.
const TIME: Duration = Duration::from_millis(300);
const STEPS: u64 = 30_000;

/// No two of them are alike, so that a root of one is never taken for another's.
const BATCH: i64 = 3;
const LENGTH: i64 = 5;
const WIDTH: i64 = 8;
const HEADS: i64 = 2;

/// A function or class that a cell defines.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub at: At,
    /// Its text.
    pub text: String,
}

impl Definition {
    /// Whether it may compute an attention.
    pub fn attends(&self) -> bool {
        let any = |words: &[&str]| words.iter().any(|word| self.text.contains(word));
        any(&["scaled_dot_product", "MultiheadAttention("])
            || (any(&["softm", "Softm", "exp("])
                && any(&["matmul", " @ ", "bmm", "einsum", ".mm(", "dot("]))
    }

    /// Whether it says so itself.
    pub fn says_so(&self) -> bool {
        let text = self.text.to_lowercase();
        let signs = ["attention", "attn", "atenci", "scaled_dot_product", "query", "queries"];
        self.attends() && signs.iter().any(|sign| text.contains(sign))
    }
}

/// The shape of the inputs, the width of a word first of all.
#[derive(Clone)]
struct Layout {
    shape: Vec<i64>,
    kind: Kind,
    mask: Mask,
    /// Whether each sentence has a mask of its own.
    each: bool,
}

/// What is given for a mask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mask {
    /// `None`
    None,
    /// The same everywhere: by one convention or the other it hides nothing.
    All(bool),
    /// What came before is seen, by one convention: what is put there for the rest shows how it hides.
    Half,
}

impl Machine {
    /// Notes what a cell defines.
    pub fn note_definitions(&mut self, body: &[Stmt], text: &str) {
        for stmt in body {
            let name = match &stmt.kind {
                StmtKind::Def(function, _) => &function.name,
                StmtKind::Class(class, _) => &class.name,
                _ => continue,
            };
            if self.definitions.len() < MOST_NOTED
                && let Some(text) = text.get(stmt.bytes.0..stmt.bytes.1)
            {
                let text = text.to_owned();
                self.definitions.push(Definition { name: name.to_string(), at: stmt.at, text });
            }
        }
    }

    /// Tries those that were not run.
    pub fn try_definitions(&mut self) {
        let mut open: Vec<Definition> = Vec::new();
        for definition in self.definitions.iter().rev() {
            let again = open.iter().any(|other| other.name == definition.name);
            if !again && definition.attends() && !self.ran(definition) {
                open.push(definition.clone());
            }
        }
        open.truncate(MOST_TRIED);
        if open.is_empty() {
            return;
        }
        let (problems, prints) = (self.problems.len(), self.prints.len());
        self.trace.make_room();
        tch::manual_seed(0);
        for definition in open.iter().rev() {
            self.renew(TIME, STEPS);
            self.at = definition.at;
            // Whatever comes of it, the run is over.
            let _ = self.try_one(definition);
            self.frames.truncate(1);
            self.modes.clear();
            self.handling.clear();
            self.depth = 0;
        }
        self.problems.truncate(problems);
        self.prints.truncate(prints);
        self.out.clear();
    }

    /// Whether anything was computed in it.
    fn ran(&self, definition: &Definition) -> bool {
        let name = definition.name.as_str();
        self.trace.nodes.iter().any(|node| match node.function.as_deref() {
            Some(function) => match function.strip_prefix(name) {
                Some("") => true,
                Some(method) => method.starts_with('.') && method != ".__init__",
                None => false,
            },
            None => false,
        })
    }

    fn try_one(&mut self, definition: &Definition) -> Step<()> {
        let kind = if definition.text.contains("np.") { Kind::Double } else { Kind::Float };
        match self.globals.own(&definition.name) {
            Some(Value::Function(closure)) => {
                self.try_layouts(&Value::Function(closure.clone()), &closure, 0, kind)
            }
            Some(Value::Class(class)) if class.native.is_none() => self.try_class(&class, kind),
            _ => Ok(()),
        }
    }

    fn try_class(&mut self, class: &Rc<Class>, kind: Kind) -> Step<()> {
        let mut call = Call::default();
        if let Some(Value::Function(init)) = class.find("__init__") {
            for (parameter, default) in init.function.parameters.iter().zip(&init.defaults).skip(1)
            {
                if default.is_some() || matches!(parameter.takes, Takes::Rest | Takes::Keys) {
                    continue;
                }
                match self.size(&parameter.name) {
                    Some(value) => call.keys.push((parameter.name.clone(), value)),
                    None => return Ok(()),
                }
            }
        }
        let object = self.instantiate(class, call)?;
        if class.is("torch.nn.Module") {
            self.call_method(&object, "eval", Call::default())?;
        }
        let method = ["forward", "__call__", "call"].iter().find_map(|name| class.find(name));
        let Some(Value::Function(closure)) = method else { return Ok(()) };
        let bound = self.bind_method(&object, Value::Function(closure.clone()))?;
        self.try_layouts(&bound, &closure, 1, kind)
    }

    /// Calls it with inputs of one shape after the other, until one goes through.
    fn try_layouts(
        &mut self,
        what: &Value,
        closure: &Rc<Closure>,
        skip: usize,
        kind: Kind,
    ) -> Step<()> {
        for layout in self.layouts(kind) {
            let parameters: Vec<(&Parameter, bool)> = closure
                .function
                .parameters
                .iter()
                .zip(&closure.defaults)
                .map(|(parameter, default)| (parameter, default.is_some()))
                .skip(skip)
                .collect();
            if !self.goes_through(what, &parameters, &layout)? {
                continue;
            }
            if parameters.iter().any(|(parameter, _)| is_mask(&parameter.name)) {
                let half = Layout { mask: Mask::Half, ..layout };
                if !self.goes_through(what, &parameters, &half)? {
                    self.goes_through(what, &parameters, &Layout { each: !half.each, ..half })?;
                }
            }
            return Ok(());
        }
        Ok(())
    }

    /// Whether a call with such inputs computes something.
    fn goes_through(
        &mut self,
        what: &Value,
        parameters: &[(&Parameter, bool)],
        layout: &Layout,
    ) -> Step<bool> {
        let Some(call) = self.arguments(parameters, layout) else { return Ok(false) };
        let before = self.trace.nodes.len();
        match self.call(what, call) {
            Err(Stop::Over) => Err(Stop::Over),
            Err(_) => {
                self.frames.truncate(1);
                self.depth = 0;
                Ok(false)
            }
            Ok(_) => Ok(self.trace.nodes.len() > before),
        }
    }

    /// Words in sentences, words of heads, words alone; each without a mask, and with one that hides nothing, by either
    /// convention.
    fn layouts(&self, kind: Kind) -> Vec<Layout> {
        let own = ["d_model", "embed_dim", "emb_dim", "hidden_size", "n_embd", "embed_size"];
        let own = own.iter().find_map(|name| match self.globals.own(name) {
            Some(Value::Int(width)) if (1..=2048).contains(&width) => Some(width),
            _ => None,
        });
        let mut shapes = vec![
            vec![BATCH, LENGTH, WIDTH],
            vec![BATCH, HEADS, LENGTH, WIDTH / HEADS],
            vec![LENGTH, WIDTH],
        ];
        shapes.extend(own.map(|width| vec![BATCH, LENGTH, width]));
        let masks = [
            (Mask::None, true),
            (Mask::All(false), true),
            (Mask::All(false), false),
            (Mask::All(true), true),
            (Mask::All(true), false),
        ];
        let each = shapes.into_iter().flat_map(|shape| {
            masks.map(|(mask, each)| Layout { shape: shape.clone(), kind, mask, each })
        });
        each.collect()
    }

    fn arguments(&mut self, parameters: &[(&Parameter, bool)], layout: &Layout) -> Option<Call> {
        let mut call = Call::default();
        for (parameter, has_default) in parameters {
            if matches!(parameter.takes, Takes::Rest | Takes::Keys) {
                continue;
            }
            let name = parameter.name.to_lowercase();
            let is_mask = is_mask(&name);
            if *has_default && !(is_mask && layout.mask != Mask::None) {
                continue;
            }
            let value = match () {
                () if is_mask => match layout.mask {
                    Mask::None => Value::None,
                    mask => self.mask(layout, mask)?,
                },
                // The rotation of each place, as wide as a head.
                () if matches!(name.as_str(), "cos" | "sin") => {
                    self.random(&[LENGTH, WIDTH / HEADS], layout.kind)?
                }
                () if self.is_size(&name) => self.size(&name)?,
                () => self.random(&layout.shape, layout.kind)?,
            };
            call.keys.push((parameter.name.clone(), value));
        }
        Some(call)
    }

    fn random(&mut self, shape: &[i64], kind: Kind) -> Option<Value> {
        let tensor = Tensor::f_randn(shape, (kind, Device::Cpu)).ok()?;
        Some(self.made(tensor, kind))
    }

    fn mask(&mut self, layout: &Layout, mask: Mask) -> Option<Value> {
        let shape = match layout.shape.len() {
            3 if layout.each => vec![BATCH, LENGTH, LENGTH],
            _ => vec![LENGTH, LENGTH],
        };
        let to = if layout.kind == Kind::Double { Kind::Double } else { Kind::Bool };
        let seen = if mask == Mask::All(false) { 0.0 } else { 1.0 };
        let mut tensor = Tensor::f_full(&shape, seen, (Kind::Double, Device::Cpu)).ok()?;
        if mask == Mask::Half {
            tensor = tensor.f_tril(0).ok()?;
        }
        let tensor = tensor.f_to_kind(to).ok()?;
        Some(self.made(tensor, layout.kind))
    }

    fn made(&mut self, tensor: Tensor, kind: Kind) -> Value {
        let whose = if kind == Kind::Double { HeldKind::Array } else { HeldKind::Torch };
        self.held_as(tensor, "torch.randn", Vec::new(), whose, None, false)
    }

    /// Whether a function is given a size under that name, where it could be a tensor.
    fn is_size(&mut self, name: &str) -> bool {
        let tensors = ["features", "seq", "emb", "embed", "h", "c", "t", "b", "d", "context", "p"];
        !tensors.contains(&name) && self.size(name).is_some()
    }

    /// A size, rate or switch by its name.
    fn size(&mut self, name: &str) -> Option<Value> {
        let name = name.to_lowercase();
        let any = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let is = |words: &[&str]| words.contains(&name.as_str());
        if is(&["config", "cfg", "args", "hparams"]) {
            let given = self.globals.own(&name);
            return given.filter(|value| matches!(value, Value::Object(_) | Value::Dict(_)));
        }
        Some(match () {
            () if any(&["dropout", "drop_prob", "drop_rate", "attn_drop", "proj_drop"])
                || is(&["p", "drop", "dropout_p"]) =>
            {
                Value::Float(0.0)
            }
            () if any(&["bias", "causal"]) => Value::Bool(false),
            () if any(&["device"]) => Value::Device(Rc::from("cpu")),
            () if any(&["dtype"]) => Value::Dtype(self.default),
            () if is(&["eps", "epsilon"]) => Value::Float(1e-5),
            () if any(&["kv_head", "num_kv", "kv_groups", "n_groups"]) => Value::Int(1),
            () if any(&["head_dim", "head_size", "dim_head", "depth_per", "d_head"])
                || is(&["d_k", "d_v", "d_q", "dk", "dv", "dq", "d_key", "d_value"]) =>
            {
                Value::Int(WIDTH / HEADS)
            }
            () if any(&["head"]) || is(&["h", "nh"]) => Value::Int(HEADS),
            () if any(&["layer", "n_block", "num_block", "depth"]) => Value::Int(1),
            () if any(&[
                "len",
                "context",
                "block_size",
                "ctx",
                "num_tokens",
                "max_pos",
                "seq_l",
            ]) || is(&["t", "seq"]) =>
            {
                Value::Int(LENGTH)
            }
            () if any(&["vocab"]) => Value::Int(10),
            () if any(&["batch_size"]) || is(&["b", "bs"]) => Value::Int(BATCH),
            () if any(&["ff", "mlp", "expan"]) => Value::Int(2 * WIDTH),
            () if any(&["dim", "d_model", "d_in", "d_out", "embed_size", "emb_size", "n_embd"])
                || any(&["hidden_size", "embd", "features", "channels", "input_size"])
                || is(&["d", "emb", "embed", "width", "model_size", "c"]) =>
            {
                Value::Int(WIDTH)
            }
            () => return None,
        })
    }
}

fn is_mask(name: &str) -> bool {
    name.to_lowercase().contains("mask")
}
