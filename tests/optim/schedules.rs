//! torch.optim.lr_scheduler: a thousand steps of each schedule, every rate and momentum to the last bit.

use std::path::Path;

use atencion::StateDict;
use atencion::optim::lr_scheduler::{
    AnnealStrategy, ConstantLR, CosineAnnealingLR, LRScheduler, LambdaLR, LinearLR, OneCycleConfig,
    OneCycleLR, PlateauConfig, PlateauMode, ReduceLROnPlateau, SequentialLR, StepLR, ThresholdMode,
    get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup, get_inverse_sqrt_schedule,
    get_linear_schedule_with_warmup, get_noam_schedule, resumed,
};
use atencion::optim::{Adam, AdamConfig, Optimizer, Sgd, SgdConfig};
use serde_json::{Map, Value};
use support::golden::Golden;
use support::{assert_bits, made_by};
use tch::{Device, Kind, Tensor};

/// As in scripts/goldens/schedules.py.
const STEPS: usize = 1000;
const HALFWAY: usize = 500;

/// A schedule whose step takes a metric, or one whose step does not.
enum Schedule {
    Steps(Box<dyn LRScheduler>),
    Watches(ReduceLROnPlateau),
}

impl Schedule {
    fn step(&mut self, optimizer: &mut dyn Optimizer, metric: f64) {
        match self {
            Self::Steps(scheduler) => scheduler.step(optimizer).unwrap(),
            Self::Watches(scheduler) => scheduler.step(optimizer, metric).unwrap(),
        }
    }

    fn state_dict(&self) -> StateDict {
        match self {
            Self::Steps(scheduler) => scheduler.state_dict(),
            Self::Watches(scheduler) => scheduler.state_dict(),
        }
    }

    fn load_state_dict(&mut self, state: &StateDict) {
        match self {
            Self::Steps(scheduler) => scheduler.load_state_dict(state).unwrap(),
            Self::Watches(scheduler) => scheduler.load_state_dict(state).unwrap(),
        }
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().map(|value| value.as_f64().unwrap()).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

fn build(optimizer: &mut dyn Optimizer, options: &Value) -> Schedule {
    let given = |name: &str| options.get(name);
    let number = |name: &str| options[name].as_f64().unwrap();
    let whole = |name: &str| options[name].as_i64().unwrap();
    let scheduler: Box<dyn LRScheduler> = match options["name"].as_str().unwrap() {
        "LambdaLR" => {
            let decays = numbers(&options["decay"]).into_iter();
            let lambdas = decays.map(|decay| -> Box<dyn Fn(i64) -> f64 + Send> {
                Box::new(move |step| decay.powf(step as f64))
            });
            Box::new(LambdaLR::per_group(optimizer, lambdas.collect()).unwrap())
        }
        "StepLR" => Box::new(StepLR::new(optimizer, whole("step_size"), number("gamma")).unwrap()),
        "ConstantLR" => {
            Box::new(ConstantLR::new(optimizer, number("factor"), whole("total_iters")).unwrap())
        }
        "LinearLR" => {
            let (start, end) = (number("start_factor"), number("end_factor"));
            Box::new(LinearLR::new(optimizer, start, end, whole("total_iters")).unwrap())
        }
        "CosineAnnealingLR" => {
            Box::new(CosineAnnealingLR::new(optimizer, whole("T_max"), number("eta_min")).unwrap())
        }
        "OneCycleLR" => Box::new(OneCycleLR::new(optimizer, one_cycle(options)).unwrap()),
        "SequentialLR" => {
            let inner = options["schedulers"].as_array().unwrap().iter();
            let inner = inner.map(|options| match build(optimizer, options) {
                Schedule::Steps(scheduler) => scheduler,
                Schedule::Watches(_) => panic!("not in a SequentialLR"),
            });
            let inner = inner.collect();
            let milestones = numbers(&options["milestones"]).into_iter().map(|step| step as i64);
            Box::new(SequentialLR::new(optimizer, inner, milestones.collect()).unwrap())
        }
        "ReduceLROnPlateau" => {
            return Schedule::Watches(ReduceLROnPlateau::new(optimizer, plateau(options)).unwrap());
        }
        "noam" => {
            Box::new(get_noam_schedule(optimizer, whole("d_model"), whole("warmup")).unwrap())
        }
        "get_constant_schedule_with_warmup" => Box::new(
            get_constant_schedule_with_warmup(optimizer, whole("num_warmup_steps")).unwrap(),
        ),
        "get_linear_schedule_with_warmup" => {
            let (warmup, training) = (whole("num_warmup_steps"), whole("num_training_steps"));
            Box::new(get_linear_schedule_with_warmup(optimizer, warmup, training).unwrap())
        }
        "get_cosine_schedule_with_warmup" => {
            let (warmup, training) = (whole("num_warmup_steps"), whole("num_training_steps"));
            let cycles = given("num_cycles").map_or(0.5, |cycles| cycles.as_f64().unwrap());
            Box::new(get_cosine_schedule_with_warmup(optimizer, warmup, training, cycles).unwrap())
        }
        "get_inverse_sqrt_schedule" => {
            let timescale = given("timescale").and_then(Value::as_i64);
            let warmup = whole("num_warmup_steps");
            Box::new(get_inverse_sqrt_schedule(optimizer, warmup, timescale).unwrap())
        }
        other => panic!("the test knows no {other}"),
    };
    Schedule::Steps(scheduler)
}

fn one_cycle(options: &Value) -> OneCycleConfig {
    let defaults = OneCycleConfig::new(0.0, options["total_steps"].as_i64().unwrap());
    let flag = |name: &str, default: bool| options[name].as_bool().unwrap_or(default);
    OneCycleConfig {
        max_lr: numbers(&options["max_lr"]),
        pct_start: options["pct_start"].as_f64().unwrap(),
        anneal_strategy: match options["anneal_strategy"].as_str() {
            Some("linear") => AnnealStrategy::Linear,
            _ => AnnealStrategy::Cos,
        },
        cycle_momentum: flag("cycle_momentum", true),
        three_phase: flag("three_phase", false),
        max_momentum: options.get("max_momentum").map_or(defaults.max_momentum.clone(), numbers),
        ..defaults
    }
}

fn plateau(options: &Value) -> PlateauConfig {
    let defaults = PlateauConfig::default();
    PlateauConfig {
        mode: if options["mode"] == "max" { PlateauMode::Max } else { PlateauMode::Min },
        factor: options["factor"].as_f64().unwrap(),
        patience: options["patience"].as_i64().unwrap(),
        threshold: options["threshold"].as_f64().unwrap_or(defaults.threshold),
        threshold_mode: match options["threshold_mode"].as_str() {
            Some("abs") => ThresholdMode::Abs,
            _ => ThresholdMode::Rel,
        },
        cooldown: options["cooldown"].as_i64().unwrap_or(0),
        min_lr: options.get("min_lr").map_or(vec![0.0], numbers),
        eps: defaults.eps,
    }
}

fn start(case: &Value) -> (Box<dyn Optimizer>, Vec<Schedule>) {
    let mut optimizer = optimizer(case);
    let options = case["schedulers"].as_array().unwrap().iter();
    let schedulers = options.map(|options| build(optimizer.as_mut(), options)).collect();
    (optimizer, schedulers)
}

/// With the constructors' `last_epoch`, on a new optimiser that has loaded that state.
fn start_after(
    last_epoch: i64,
    state: &StateDict,
    case: &Value,
) -> (Box<dyn Optimizer>, Vec<Schedule>) {
    let mut optimizer = optimizer(case);
    optimizer.load_state_dict(state).unwrap();
    let mut begun = resumed(optimizer.as_mut(), last_epoch).unwrap();
    let options = case["schedulers"].as_array().unwrap().iter();
    let schedulers = options.map(|options| build(&mut begun, options)).collect();
    (optimizer, schedulers)
}

fn optimizer(case: &Value) -> Box<dyn Optimizer> {
    let lrs = numbers(&case["lrs"]);
    let params = |size: i64| vec![Tensor::zeros([size], (Kind::Float, Device::Cpu))];
    if case["optimizer"] == "SGD" {
        let config = |lr| SgdConfig { lr, momentum: 0.9, ..Default::default() };
        let mut sgd = Sgd::new(params(2), config(lrs[0])).unwrap();
        sgd.add_param_group(params(3), config(lrs[1])).unwrap();
        Box::new(sgd)
    } else {
        let config = |lr| AdamConfig { lr, ..Default::default() };
        let mut adam = Adam::new(params(2), config(lrs[0])).unwrap();
        adam.add_param_group(params(3), config(lrs[1])).unwrap();
        Box::new(adam)
    }
}

/// What is done in the middle of a run.
type AtHalfway<'a> = dyn FnMut(&mut Box<dyn Optimizer>, &mut Vec<Schedule>) + 'a;

/// The function of the same name in scripts/goldens/schedules.py: rates and momenta, `[steps + 1, groups]`.
fn run(case: &Value, metrics: &[f64], at_halfway: &mut AtHalfway) -> (Tensor, Tensor) {
    let (mut optimizer, mut schedulers) = start(case);
    let (mut rates, mut momenta) = (Vec::new(), Vec::new());
    let mut note = |optimizer: &dyn Optimizer| {
        rates.extend(optimizer.param_groups().iter().map(|group| group.lr()));
        momenta.extend(optimizer.param_groups().iter().map(|group| group.momentum()));
    };
    note(optimizer.as_ref());
    for (step, &metric) in metrics.iter().enumerate().take(STEPS) {
        if step == HALFWAY {
            if let Some(lr) = case["by_hand"].as_f64() {
                optimizer.set_lr(lr);
            }
            if let Some(last_epoch) = case["last_epoch"].as_i64() {
                let state = optimizer.state_dict();
                (optimizer, schedulers) = start_after(last_epoch, &state, case);
            }
            at_halfway(&mut optimizer, &mut schedulers);
        }
        optimizer.step().unwrap();
        for scheduler in &mut schedulers {
            scheduler.step(optimizer.as_mut(), metric);
        }
        note(optimizer.as_ref());
    }
    let tensor = |values: &[f64]| Tensor::from_slice(values).reshape([-1, 2]);
    (tensor(&rates), tensor(&momenta))
}

fn metrics(tensor: &Tensor) -> Vec<f64> {
    Vec::try_from(tensor).unwrap()
}

#[test]
fn every_schedule_is_pytorchs() {
    let golden = Golden::open("schedules/schedules.safetensors");
    let cases: Map<String, Value> = serde_json::from_str(golden.metadata("cases")).unwrap();
    let metrics = metrics(&golden.tensor("metrics"));
    assert_eq!(cases.len(), 36);
    let mut compared = 1;
    for (name, case) in &cases {
        let (rates, momenta) = run(case, &metrics, &mut |_, _| {});
        golden.assert_matches(&format!("{name}.rates"), &rates.slice(0, None, None, 7));
        compared += 1;
        if name.starts_with("one_cycle") {
            golden.assert_matches(&format!("{name}.momenta"), &momenta.slice(0, None, None, 7));
            compared += 1;
        }
    }
    assert_eq!(compared, golden.names().len());
}

#[test]
fn every_step_is_pythons_and_state_goes_both_ways() {
    let seeds = ["11", "12", "13"];
    let Some(folder) = made_by("schedules", &[&["--seeds"], &seeds[..]].concat()) else { return };
    for seed in seeds {
        let folder = folder.path().join(seed);
        let text = std::fs::read_to_string(folder.join("cases.json")).unwrap();
        let cases: Map<String, Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(cases.len(), 36);
        for (name, case) in &cases {
            let expected = StateDict::load(folder.join(format!("{name}.safetensors"))).unwrap();
            let metrics = metrics(expected.get("metrics").unwrap());
            let what = format!("{name}, seed {seed}");
            let equal = |how: &str, (rates, momenta): (Tensor, Tensor)| {
                assert_bits(
                    &format!("{what}, {how}: rates"),
                    &rates,
                    expected.get("rates").unwrap(),
                );
                let expected = expected.get("momenta").unwrap();
                assert_bits(&format!("{what}, {how}: momenta"), &momenta, expected);
            };
            equal(
                "straight",
                run(case, &metrics, &mut |optimizer, schedulers| {
                    compare_states(name, &folder, optimizer.as_ref(), schedulers);
                }),
            );
            equal(
                "resumed from Python's state",
                run(case, &metrics, &mut |optimizer, schedulers| {
                    (*optimizer, *schedulers) = start_with(name, case, &folder);
                }),
            );
            equal(
                "resumed from its own state",
                run(case, &metrics, &mut |optimizer, schedulers| {
                    let (mut again, mut schedulers_again) = start(case);
                    again.load_state_dict(&optimizer.state_dict()).unwrap();
                    for (again, old) in schedulers_again.iter_mut().zip(schedulers.iter()) {
                        again.load_state_dict(&old.state_dict());
                    }
                    (*optimizer, *schedulers) = (again, schedulers_again);
                }),
            );
        }
    }
}

fn compare_states(name: &str, folder: &Path, optimizer: &dyn Optimizer, schedulers: &[Schedule]) {
    for (at, scheduler) in schedulers.iter().enumerate() {
        let expected = StateDict::load_flat(folder.join(format!("{name}.{at}.pt"))).unwrap();
        let actual = scheduler.state_dict();
        // Python's SequentialLR has these two, which say nothing, once another one has begun it.
        let says_nothing = ["_schedulers.0._step_count", "_schedulers.0._is_initial"];
        let says_nothing =
            |key: &str| name == "sequential_in_sequential" && says_nothing.contains(&key);
        let mut compared = 0;
        for (key, tensor) in expected.iter().filter(|(key, _)| !says_nothing(key)) {
            let found = actual.get(key).unwrap_or_else(|| panic!("{name}: no {key}"));
            assert_bits(&format!("{name} {key}"), found, tensor);
            compared += 1;
        }
        assert_eq!(compared, actual.len(), "{name}: more than Python has");
    }
    let expected = StateDict::load_flat(folder.join(format!("{name}.optimizer.pt"))).unwrap();
    let actual = optimizer.state_dict();
    for key in actual.names() {
        let (found, expected) = (actual.get(key).unwrap(), expected.get(key).expect(key));
        assert_bits(&format!("{name} {key}"), found, expected);
    }
    let notes = |state: &StateDict| {
        let noted = |key: &&str| key.contains("initial_lr") || key.contains("max_momentum");
        state.names().filter(noted).count()
    };
    assert_eq!(notes(&actual), notes(&expected), "{name}");
}

fn start_with(name: &str, case: &Value, folder: &Path) -> (Box<dyn Optimizer>, Vec<Schedule>) {
    let (mut optimizer, mut schedulers) = start(case);
    let state = StateDict::load_flat(folder.join(format!("{name}.optimizer.pt"))).unwrap();
    optimizer.load_state_dict(&state).unwrap();
    for (at, scheduler) in schedulers.iter_mut().enumerate() {
        let state = StateDict::load_flat(folder.join(format!("{name}.{at}.pt"))).unwrap();
        scheduler.load_state_dict(&state);
    }
    (optimizer, schedulers)
}

fn sgd() -> Sgd {
    Sgd::new(vec![], SgdConfig { lr: 0.1, ..Default::default() }).unwrap()
}

#[test]
fn options_that_cannot_be_are_refused_in_torchs_words() {
    let what = |made: atencion::Result<Box<dyn LRScheduler>>| {
        made.err().expect("refused").what().to_owned()
    };
    let mut optimizer = sgd();
    let optimizer = &mut optimizer;
    let boxed = |scheduler| -> Box<dyn LRScheduler> { scheduler };
    let step = StepLR::new(optimizer, 0, 0.1).map(|made| boxed(Box::new(made)));
    assert_eq!(what(step), "step_size should be positive, but it is 0");
    let step = StepLR::new(optimizer, -3, 0.1).map(|made| boxed(Box::new(made)));
    assert_eq!(what(step), "step_size should be positive, but it is -3");
    let cosine = CosineAnnealingLR::new(optimizer, 0, 0.0).map(|made| boxed(Box::new(made)));
    assert_eq!(what(cosine), "T_max should be positive, but it is 0");
    let constant = ConstantLR::new(optimizer, 1.5, 5).map(|made| boxed(Box::new(made)));
    assert_eq!(what(constant), "Constant multiplicative factor expected to be between 0 and 1.");
    let linear = LinearLR::new(optimizer, 0.0, 1.0, 5).map(|made| boxed(Box::new(made)));
    assert_eq!(
        what(linear),
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
    );
    let linear = LinearLR::new(optimizer, 0.5, 1.1, 5).map(|made| boxed(Box::new(made)));
    assert_eq!(what(linear), "Ending multiplicative factor expected to be between 0 and 1.");
    let warmup = get_linear_schedule_with_warmup(optimizer, -1, 5);
    assert_eq!(
        what(warmup.map(|made| boxed(Box::new(made)))),
        "num_warmup_steps should be 0 or more, but it is -1"
    );
    let lambdas = LambdaLR::per_group(optimizer, vec![]).map(|made| boxed(Box::new(made)));
    assert_eq!(what(lambdas), "Expected 1 lr_lambdas, but got 0");
    let one_cycle = |config: OneCycleConfig, optimizer: &mut Sgd| {
        what(OneCycleLR::new(optimizer, config).map(|made| boxed(Box::new(made))))
    };
    assert_eq!(
        one_cycle(OneCycleConfig::new(0.1, -1), optimizer),
        "Expected positive integer total_steps, but got -1"
    );
    let config = OneCycleConfig { pct_start: 1.5, ..OneCycleConfig::new(0.1, 10) };
    assert_eq!(
        one_cycle(config, optimizer),
        "Expected float between 0 and 1 pct_start, but got 1.5"
    );
    let config = OneCycleConfig { max_lr: vec![0.1, 0.2], ..OneCycleConfig::new(0.1, 10) };
    assert_eq!(
        one_cycle(config, optimizer),
        "max_lr must have the same length as optimizer.param_groups. max_lr has 2 values, param_groups has 1."
    );
    let config = PlateauConfig { factor: 1.0, ..Default::default() };
    let error = ReduceLROnPlateau::new(optimizer, config).unwrap_err();
    assert_eq!(error.what(), "Factor should be < 1.0.");
    let config = PlateauConfig { min_lr: vec![0.1, 0.2], ..Default::default() };
    let error = ReduceLROnPlateau::new(optimizer, config).unwrap_err();
    assert_eq!(error.what(), "expected 1 min_lrs, got 2");
    assert_eq!(optimizer.param_groups[0].config.lr, 0.1, "what is refused changes nothing");
}

#[test]
fn sequences_that_cannot_be_are_refused() {
    let mut optimizer = sgd();
    let inner = |optimizer: &mut Sgd| -> Box<dyn LRScheduler> {
        Box::new(StepLR::new(optimizer, 10, 0.5).unwrap())
    };
    let mut refused = |schedulers, milestones: &[i64]| {
        let inner = (0..schedulers).map(|_| inner(&mut optimizer)).collect();
        SequentialLR::new(&mut optimizer, inner, milestones.to_vec()).unwrap_err().what().to_owned()
    };
    assert!(refused(0, &[]).starts_with("SequentialLR expects at least one scheduler"));
    assert!(refused(2, &[]).ends_with("number of milestones to be equal to 0"));
    assert_eq!(refused(3, &[20, 10]), "the milestones [20, 10] do not grow from 0");
    assert_eq!(refused(2, &[-5]), "the milestones [-5] do not grow from 0");
}

#[test]
fn a_beginning_that_cannot_be_is_refused() {
    let mut optimizer = sgd();
    let what = |optimizer: &mut Sgd, last_epoch| {
        resumed(optimizer, last_epoch).err().expect("refused").what().to_owned()
    };
    assert_eq!(what(&mut optimizer, -5), "last_epoch should be -1 or more, but it is -5");
    assert_eq!(
        what(&mut optimizer, 0),
        "param 'initial_lr' is not specified in param_groups[0] when resuming scheduler with last_epoch >= 0"
    );
    let mut fresh = resumed(&mut optimizer, -1).unwrap();
    let scheduler = StepLR::new(&mut fresh, 2, 0.5).unwrap();
    assert_eq!(scheduler.base().last_epoch, 0, "-1 is the beginning");
    let mut begun = resumed(&mut optimizer, 7).unwrap();
    assert_eq!(StepLR::new(&mut begun, 2, 0.5).unwrap().base().last_epoch, 8);
}

#[test]
fn a_step_that_cannot_be_changes_nothing() {
    let mut optimizer = sgd();
    let mut scheduler = StepLR::new(&mut optimizer, 2, 0.5).unwrap();
    let error = scheduler.step_to(&mut optimizer, -1).unwrap_err();
    assert_eq!(error.what(), "step -1: a schedule has no step before 0");
    assert_eq!(scheduler.base().last_epoch, 0);
    scheduler.step_to(&mut optimizer, 4).unwrap();
    assert_eq!(optimizer.param_groups[0].config.lr, 0.025);

    let mut scheduler = LambdaLR::new(&mut optimizer, |_| 1.0).unwrap();
    let config = SgdConfig { lr: 0.1, ..Default::default() };
    optimizer.add_param_group(vec![], config).unwrap();
    let error = scheduler.step(&mut optimizer).unwrap_err();
    assert_eq!(error.what(), "the schedule is for 1 parameter groups, the optimizer has 2");

    let mut optimizer = sgd();
    let config = OneCycleConfig { cycle_momentum: false, ..OneCycleConfig::new(0.1, 2) };
    let mut scheduler = OneCycleLR::new(&mut optimizer, config).unwrap();
    (0..2).for_each(|_| scheduler.step(&mut optimizer).unwrap());
    for _ in 0..2 {
        let error = scheduler.step(&mut optimizer).unwrap_err();
        assert_eq!(error.what(), "Tried to step 3 times. The specified number of total steps is 2");
    }

    let mut scheduler = LambdaLR::new(&mut optimizer, |step| 1.0 / (2 - step) as f64).unwrap();
    scheduler.step(&mut optimizer).unwrap();
    let before = optimizer.param_groups[0].config.lr;
    let error = scheduler.step(&mut optimizer).unwrap_err();
    assert_eq!(error.what(), "the learning rate of step 2 would be inf");
    assert_eq!(optimizer.param_groups[0].config.lr, before);
}

#[test]
fn a_schedules_state_that_does_not_fit_is_refused_whole() {
    let mut optimizer = sgd();
    let mut scheduler = StepLR::new(&mut optimizer, 2, 0.5).unwrap();
    scheduler.step(&mut optimizer).unwrap();
    let good = scheduler.state_dict();
    let error = scheduler.load_state_dict(&StateDict::new()).unwrap_err();
    assert!(
        error.what().contains("step_size is missing; gamma is missing; base_lrs is missing"),
        "{error}"
    );
    let changed = |name: &str, values: &[f64]| {
        let mut state: StateDict =
            good.iter().map(|(key, tensor)| (key.to_owned(), tensor.shallow_clone())).collect();
        state.insert(name, Tensor::from_slice(values));
        state
    };
    let error = scheduler.load_state_dict(&changed("base_lrs", &[0.1, 0.2])).unwrap_err();
    assert!(error.what().ends_with("base_lrs has 2 numbers but should have 1"), "{error}");
    let error = scheduler.load_state_dict(&changed("last_epoch", &[0.5])).unwrap_err();
    assert!(error.what().ends_with("last_epoch is 0.5, not a whole number"), "{error}");
    let error = scheduler.load_state_dict(&changed("step_size", &[0.0])).unwrap_err();
    assert_eq!(error.what(), "step_size should be positive, but it is 0");
    let after = scheduler.state_dict();
    for (key, tensor) in good.iter() {
        assert_bits(key, after.get(key).unwrap(), tensor);
    }
}

#[test]
fn a_sequences_state_that_does_not_fit_is_refused_whole() {
    let mut optimizer = sgd();
    let mut made = |gamma| {
        let first = StepLR::new(&mut optimizer, 3, gamma).unwrap();
        let second = CosineAnnealingLR::new(&mut optimizer, 10, 0.0).unwrap();
        let inner: Vec<Box<dyn LRScheduler>> = vec![Box::new(first), Box::new(second)];
        SequentialLR::new(&mut optimizer, inner, vec![5]).unwrap()
    };
    let (mut scheduler, other) = (made(0.5), made(0.25));
    let before = scheduler.state_dict();
    let state =
        other.state_dict().into_iter().filter(|(name, _)| !name.starts_with("_schedulers.1"));
    let error = scheduler.load_state_dict(&state.collect()).unwrap_err();
    assert!(error.what().contains("_schedulers.1: the state_dict does not fit"), "{error}");
    for (key, tensor) in scheduler.state_dict().iter() {
        assert_bits(key, tensor, before.get(key).unwrap());
    }
}

#[test]
fn a_tied_parameter_is_given_once() {
    let tied = Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
    let twice = vec![
        tied.shallow_clone(),
        Tensor::zeros([2], (Kind::Float, Device::Cpu)),
        tied.shallow_clone(),
    ];
    let error = Adam::new(twice, AdamConfig::default()).unwrap_err();
    assert_eq!(
        error.what(),
        "a parameter group with duplicate parameters: 0 and 2 are the same tensor"
    );
    let mut adam = Adam::new(vec![tied.shallow_clone()], AdamConfig::default()).unwrap();
    let error =
        adam.add_param_group(vec![tied.shallow_clone()], AdamConfig::default()).unwrap_err();
    assert!(
        error.what().starts_with("some parameters appear in more than one parameter group"),
        "{error}"
    );
    // A row of it begins at the same address and is another tensor; those without elements have none.
    let empty = || Tensor::zeros([0], (Kind::Float, Device::Cpu));
    adam.add_param_group(vec![tied.get(0), empty(), empty()], AdamConfig::default()).unwrap();
}
