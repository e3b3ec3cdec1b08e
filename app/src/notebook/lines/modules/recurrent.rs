//! `nn.RNN`, `nn.LSTM` and `nn.GRU`: what read sequences before attention did, and still stands beside it.

use std::rc::Rc;

use tch::{Device, Kind, Tensor};

use super::super::machine::Machine;
use super::super::ops::bind::Call;
use super::super::problem::{Limit, Step, Why, type_error};
use super::super::trace::Input;
use super::super::value::{HeldKind, Object, Value};
use atencion::nn::init;

/// The options of a recurrent layer.
struct Options {
    inputs: i64,
    hidden: i64,
    layers: i64,
    bias: bool,
    batch_first: bool,
    dropout: f64,
    both_ways: bool,
    relu: bool,
}

impl Options {
    /// The ends of the parameters' names, layer by layer: `l0`, `l0_reverse`, `l1`.
    fn ends(&self) -> Vec<(i64, String)> {
        let ways: &[&str] = if self.both_ways { &["", "_reverse"] } else { &[""] };
        let all = (0..self.layers)
            .flat_map(|layer| ways.iter().map(move |way| (layer, format!("l{layer}{way}"))));
        all.collect()
    }

    fn ways(&self) -> i64 {
        if self.both_ways { 2 } else { 1 }
    }
}

/// How many hidden sizes the rows of a weight have.
fn gates(name: &str) -> i64 {
    match name {
        "LSTM" => 4,
        "GRU" => 3,
        _ => 1,
    }
}

impl Machine {
    fn recurrent_options(&mut self, object: &Rc<Object>) -> Step<Options> {
        let flag = |name: &str| matches!(object.names.borrow().get(name), Some(Value::Bool(true)));
        let relu = match object.names.borrow().get("nonlinearity") {
            Some(Value::Str(text)) => &**text == "relu",
            _ => false,
        };
        let layers = self.int_of(object, "num_layers")?;
        if !(1..=64).contains(&layers) {
            return self.not_known(format!("num_layers={layers}"));
        }
        Ok(Options {
            inputs: self.int_of(object, "input_size")?,
            hidden: self.int_of(object, "hidden_size")?,
            layers,
            bias: flag("bias"),
            batch_first: flag("batch_first"),
            dropout: self.float_of(object, "dropout")?,
            both_ways: flag("bidirectional"),
            relu,
        })
    }

    /// Draws the parameters, in torch's order.
    pub(super) fn recurrent_init(&mut self, name: &str, object: &Rc<Object>) -> Step<()> {
        let options = self.recurrent_options(object)?;
        let rows = gates(name).saturating_mul(options.hidden);
        let bound = if options.hidden > 0 { 1.0 / (options.hidden as f64).sqrt() } else { 0.0 };
        for (layer, end) in options.ends() {
            let inputs = if layer == 0 { options.inputs } else { options.hidden * options.ways() };
            let mut shapes =
                vec![("weight_ih", vec![rows, inputs]), ("weight_hh", vec![rows, options.hidden])];
            if options.bias {
                shapes.extend([("bias_ih", vec![rows]), ("bias_hh", vec![rows])]);
            }
            for (start, shape) in shapes {
                let tensor = self.empty(&shape)?;
                self.library(|| init::uniform_(&tensor, -bound, bound))?;
                self.put_parameter(object, &format!("{start}_{end}"), tensor, true);
            }
        }
        Ok(())
    }

    /// `output, hidden = rnn(input, hidden)`
    pub(super) fn recurrent_forward(
        &mut self,
        name: &str,
        object: &Rc<Object>,
        call: &Call,
    ) -> Step<Value> {
        let options = self.recurrent_options(object)?;
        let Some(Value::Tensor(input)) = call.get(0, "input").cloned() else {
            return type_error("forward() missing 1 required positional argument: 'input'");
        };
        let mut inputs = vec![("input".to_owned(), Input::Tensor(input.node.get()))];
        let mut weights = Vec::new();
        for (_, end) in options.ends() {
            for start in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] {
                let held = object.names.borrow().get(&*format!("{start}_{end}")).cloned();
                if let Some(Value::Tensor(held)) = held {
                    inputs.push((format!("{start}_{end}"), Input::Tensor(held.node.get())));
                    weights.push(held.tensor.shallow_clone());
                }
            }
        }
        // One sentence alone is a batch of one.
        let alone = input.tensor.dim() == 2;
        let batch = if options.batch_first { 0 } else { 1 };
        let lift = |tensor: &Tensor, dim: i64| {
            if alone { tensor.f_unsqueeze(dim) } else { Ok(tensor.shallow_clone()) }
        };
        let words = self.torch(|| lift(&input.tensor, batch))?;
        let mut states = self.recurrent_states(name, &options, call, &words, batch)?;
        if alone && call.get(1, "hx").is_some_and(|hx| !matches!(hx, Value::None)) {
            states = self.torch(|| states.iter().map(|state| lift(state, 1)).collect())?;
        }
        let training = matches!(object.names.borrow().get("training"), Some(Value::Bool(true)));
        let Options { bias, layers, dropout, both_ways, batch_first, relu, .. } = options;
        // oneDNN's own cells ask the allocator for bare memory, which a bound has not.
        let large = words.numel().saturating_mul(options.hidden.unsigned_abs() as usize);
        if large > 1 << 26 {
            return self.unknown(Why::Limit(Limit::Memory));
        }
        let _lifted = self.library(atencion::libtorch::MemoryBound::lift)?;
        let mut made = self.torch(|| {
            let (words, weights) = (&words, weights.as_slice());
            Ok(match (name, states.as_slice()) {
                ("LSTM", states) => {
                    let (output, hidden, cell) = words.f_lstm(
                        states,
                        weights,
                        bias,
                        layers,
                        dropout,
                        training,
                        both_ways,
                        batch_first,
                    )?;
                    vec![output, hidden, cell]
                }
                ("GRU", [state, ..]) => {
                    let (output, hidden) = words.f_gru(
                        state,
                        weights,
                        bias,
                        layers,
                        dropout,
                        training,
                        both_ways,
                        batch_first,
                    )?;
                    vec![output, hidden]
                }
                (_, [state, ..]) if relu => {
                    let (output, hidden) = words.f_rnn_relu(
                        state,
                        weights,
                        bias,
                        layers,
                        dropout,
                        training,
                        both_ways,
                        batch_first,
                    )?;
                    vec![output, hidden]
                }
                (_, [state, ..]) => {
                    let (output, hidden) = words.f_rnn_tanh(
                        state,
                        weights,
                        bias,
                        layers,
                        dropout,
                        training,
                        both_ways,
                        batch_first,
                    )?;
                    vec![output, hidden]
                }
                _ => Vec::new(),
            })
        })?;
        if alone {
            made = self.torch(|| {
                let dims = std::iter::once(batch).chain([1, 1]);
                made.iter().zip(dims).map(|(tensor, dim)| tensor.f_squeeze_dim(dim)).collect()
            })?;
        }
        let drawn = training && dropout > 0.0;
        let path = format!("torch.nn.{name}");
        let mut values = Vec::new();
        for tensor in made {
            let torch = HeldKind::Torch;
            values.push(self.held_as(tensor, &path, inputs.clone(), torch, None, drawn));
        }
        let output = values.remove(0);
        let hidden = if name == "LSTM" { Value::tuple(values) } else { values.remove(0) };
        Ok(Value::tuple(vec![output, hidden]))
    }

    /// The states to begin with: those given, else zeros.
    fn recurrent_states(
        &mut self,
        name: &str,
        options: &Options,
        call: &Call,
        words: &Tensor,
        batch: i64,
    ) -> Step<Vec<Tensor>> {
        let given = match call.get(1, "hx") {
            Some(Value::Tensor(held)) => vec![held.tensor.shallow_clone()],
            Some(Value::Tuple(tuple)) => {
                let tensors = tuple.items.iter().map_while(|item| match item {
                    Value::Tensor(held) => Some(held.tensor.shallow_clone()),
                    _ => None,
                });
                tensors.collect()
            }
            _ => Vec::new(),
        };
        let wanted = if name == "LSTM" { 2 } else { 1 };
        if given.len() >= wanted {
            return Ok(given);
        }
        let count = words.size().get(batch as usize).copied().unwrap_or(1);
        let shape = [options.layers * options.ways(), count, options.hidden];
        let kind: (Kind, Device) = (words.kind(), Device::Cpu);
        let mut zeros = Vec::new();
        for _ in 0..wanted {
            zeros.push(self.torch(|| Tensor::f_zeros(shape, kind))?);
        }
        Ok(zeros)
    }
}
