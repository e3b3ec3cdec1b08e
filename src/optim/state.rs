//! An optimiser's state as a flat [`StateDict`], and back.

use indexmap::IndexMap;
use tch::{Kind, Tensor};

use super::groups::{ParamGroup, clone};
use crate::{Error, Result, StateDict};

/// What torch's schedules note in an optimiser's groups.
const NOTES: [&str; 5] = ["initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum"];

/// The options of an optimiser, as torch's `param_groups` name them.
pub trait Options: Clone {
    /// Whether every option is in its range.
    fn check(&self) -> Result<()>;
    /// Names and values, in torch's order; a bool is 0 or 1.
    fn values(&self) -> Vec<(&'static str, Vec<f64>)>;
    /// Sets the option of that name from as many values as [`values`](Self::values) has.
    fn set(&mut self, name: &str, values: &[f64]);
    /// Learning rate.
    fn lr(&self) -> f64;
    /// SGD's momentum, Adam's first beta.
    fn momentum(&self) -> f64;
    /// Changes SGD's momentum, Adam's first beta.
    fn set_momentum(&mut self, momentum: f64);
    /// The tensors that a parameter has once it has been stepped.
    fn state_names(&self) -> Vec<&'static str>;
}

pub(super) fn save<C: Options>(groups: &[ParamGroup<C>]) -> StateDict {
    let mut flat = StateDict::new();
    let mut index = 0;
    for (g, group) in groups.iter().enumerate() {
        let first = index;
        for state in &group.state {
            for (name, tensor) in state.iter() {
                flat.insert(format!("state.{index}.{name}"), tensor.shallow_clone());
            }
            index += 1;
        }
        for (name, values) in group.config.values() {
            let tensor = match values[..] {
                [value] => Tensor::from(value),
                _ => Tensor::from_slice(&values),
            };
            flat.insert(format!("param_groups.{g}.{name}"), tensor);
        }
        for (name, value) in &group.schedule {
            flat.insert(format!("param_groups.{g}.{name}"), Tensor::from(*value));
        }
        let params: Vec<f64> = (first..index).map(|index| index as f64).collect();
        flat.insert(format!("param_groups.{g}.params"), Tensor::from_slice(&params));
    }
    flat
}

pub(super) fn load<C: Options>(groups: &mut [ParamGroup<C>], flat: &StateDict) -> Result<()> {
    check_groups(groups, flat)?;
    let mut problems = Vec::new();
    let mut loaded = Vec::with_capacity(groups.len());
    for (g, group) in groups.iter().enumerate() {
        let config = load_config(&group.config, flat, g, &mut problems);
        let ids = numbers(flat, &format!("param_groups.{g}.params"));
        let ids: Vec<String> =
            ids.unwrap_or_default().iter().map(|id| format!("state.{id}")).collect();
        if ids.len() != group.params.len() {
            let (found, wanted) = (ids.len(), group.params.len());
            problems.push(format!(
                "param_groups.{g}.params has {found} parameters but should have {wanted}"
            ));
            continue;
        }
        let names = config.state_names();
        let states = group.params.iter().zip(&ids);
        let states = states.map(|(param, id)| load_state(param, id, &names, flat, &mut problems));
        loaded.push((config, load_schedule(flat, g), states.collect::<Result<Vec<_>>>()?));
    }
    if !problems.is_empty() {
        return Err(Error::value(format!("the state_dict does not fit the optimizer: {}", problems.join("; ")))
            .mend("build the optimizer on the same parameters, in the same groups and order, as the saved one"));
    }
    loaded.iter().try_for_each(|(config, ..)| config.check())?;
    for (group, (config, schedule, state)) in groups.iter_mut().zip(loaded) {
        group.config = config;
        group.schedule = schedule;
        group.state = state;
    }
    Ok(())
}

fn check_groups<C>(groups: &[ParamGroup<C>], flat: &StateDict) -> Result<()> {
    let has = |g: usize| flat.get(&format!("param_groups.{g}.params")).is_some();
    let found = (0..).take_while(|&g| has(g)).count();
    if found == groups.len() {
        return Ok(());
    }
    let what =
        format!("the state_dict has {found} parameter groups, the optimizer {}", groups.len());
    Err(Error::value(what)
        .mend("an optimizer's state_dict has keys such as param_groups.0.params and state.0.step"))
}

/// The saved options on top of the present ones; files of older versions of torch may lack some.
fn load_config<C: Options>(
    config: &C,
    flat: &StateDict,
    g: usize,
    problems: &mut Vec<String>,
) -> C {
    let mut config = config.clone();
    for (name, present) in config.values() {
        let key = format!("param_groups.{g}.{name}");
        match numbers(flat, &key) {
            Some(values) if values.len() == present.len() => config.set(name, &values),
            Some(values) => {
                let wanted = present.len();
                problems
                    .push(format!("{key} has {} numbers but should have {wanted}", values.len()));
            }
            None => {}
        }
    }
    config
}

/// What a schedule had noted in the group.
fn load_schedule(flat: &StateDict, g: usize) -> IndexMap<&'static str, f64> {
    let found = NOTES.iter().filter_map(|name| {
        let values = numbers(flat, &format!("param_groups.{g}.{name}"))?;
        Some((*name, *values.first()?))
    });
    found.collect()
}

/// One parameter's state: nothing if it was never stepped, else all of it.
fn load_state(
    param: &Tensor,
    id: &str,
    names: &[&str],
    flat: &StateDict,
    problems: &mut Vec<String>,
) -> Result<StateDict> {
    let mut state = StateDict::new();
    let known = |name: &&&str| flat.get(&format!("{id}.{name}")).is_some();
    if !names.iter().any(|name| known(&name)) {
        return Ok(state);
    }
    for name in names {
        let key = format!("{id}.{name}");
        let size = if *name == "step" { Vec::new() } else { param.size() };
        match flat.get(&key) {
            None => problems.push(format!("{key} is missing")),
            Some(tensor) if tensor.size() != size => {
                problems.push(format!("{key} is {:?} but should be {size:?}", tensor.size()));
            }
            // As in torch: `step` stays as it is, the others follow their parameter.
            Some(tensor) if *name == "step" => {
                state.insert(*name, clone(&tensor.f_detach()?.f_to_kind(Kind::Float)?)?);
            }
            Some(tensor) => {
                let mut own = param.f_detach()?.f_zeros_like()?;
                own.f_copy_(&tensor.f_detach()?)?;
                state.insert(*name, own);
            }
        }
    }
    Ok(state)
}

/// A number or a list of them.
pub(super) fn numbers(flat: &StateDict, key: &str) -> Option<Vec<f64>> {
    let tensor = flat.get(key)?;
    let values = tensor.f_detach().ok()?.f_to_kind(Kind::Double).ok()?.f_reshape([-1]).ok()?;
    Vec::<f64>::try_from(values).ok()
}
