//! Training is Python's training: losses, weights and the optimiser's state, to the last bit.

use std::path::Path;
use std::process::Command;

use atencion::nn::{
    Activation, CrossEntropyLoss, Embedding, EmbeddingConfig, Forward, Linear, LinearConfig,
    Module, Transformer, TransformerArgs, TransformerConfig, module,
};
use atencion::optim::{Adam, AdamConfig, AdamW, Optimizer, Sgd, SgdConfig, clip_grad_norm_, noam};
use atencion::{Result, StateDict};
use serde_json::Value;
use support::golden::Golden;
use support::{assert_bits, python_with_torch};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

const STEPS: i64 = 20;
const VOCABULARY: i64 = 23;
const CPU: (Kind, Device) = (Kind::Int64, Device::Cpu);

module! {
    /// The `Translator` of scripts/goldens/training.py.
    struct Translator(config: TransformerConfig) {
        embedding: Embedding = EmbeddingConfig::new(VOCABULARY, config.d_model),
        transformer: Transformer = config.clone(),
        generator: Linear = LinearConfig::new(config.d_model, VOCABULARY),
    }
}

impl Translator {
    fn forward(&self, src: &Tensor, tgt: &Tensor) -> Result<Tensor> {
        let float = (Kind::Float, Device::Cpu);
        let mask = <Transformer>::generate_square_subsequent_mask(tgt.size()[1], float)?;
        let args = TransformerArgs { tgt_mask: Some(&mask), ..Default::default() };
        let (src, tgt) = (self.embedding.forward(src)?, self.embedding.forward(tgt)?);
        self.generator.forward(&self.transformer.forward_with(&src, &tgt, &args)?)
    }
}

/// The case's options of the model.
fn config(options: &Value) -> TransformerConfig {
    let activation = options["activation"].as_str();
    TransformerConfig {
        d_model: 32,
        nhead: 4,
        num_encoder_layers: 2,
        num_decoder_layers: 2,
        dim_feedforward: 64,
        dropout: 0.1,
        batch_first: true,
        norm_first: options["norm_first"].as_bool().unwrap_or(false),
        activation: activation.map_or(Activation::Relu, |name| name.parse().unwrap()),
        ..Default::default()
    }
}

/// A row of `CASES` in scripts/goldens/training.py.
fn optimizer(case: &Value, params: Vec<Tensor>) -> Box<dyn Optimizer> {
    let options = &case["options"];
    let number = |name: &str, default: f64| options[name].as_f64().unwrap_or(default);
    let flag = |name: &str| options[name].as_bool().unwrap_or(false);
    let adam = |defaults: AdamConfig| AdamConfig {
        lr: number("lr", defaults.lr),
        betas: match &options["betas"] {
            Value::Null => defaults.betas,
            betas => (betas[0].as_f64().unwrap(), betas[1].as_f64().unwrap()),
        },
        eps: number("eps", defaults.eps),
        weight_decay: number("weight_decay", defaults.weight_decay),
        amsgrad: flag("amsgrad"),
        maximize: flag("maximize"),
        decoupled_weight_decay: defaults.decoupled_weight_decay,
    };
    match case["optimizer"].as_str().unwrap() {
        "AdamW" => Box::new(AdamW::new(params, adam(AdamW::defaults())).unwrap()),
        "Adam" => Box::new(Adam::new(params, adam(AdamConfig::default())).unwrap()),
        "SGD" => Box::new(
            Sgd::new(
                params,
                SgdConfig {
                    lr: number("lr", 1e-3),
                    momentum: number("momentum", 0.0),
                    dampening: number("dampening", 0.0),
                    weight_decay: number("weight_decay", 0.0),
                    nesterov: flag("nesterov"),
                    maximize: flag("maximize"),
                },
            )
            .unwrap(),
        ),
        other => panic!("the test knows no {other}"),
    }
}

struct Trained {
    losses: Tensor,
    norms: Tensor,
    model: Translator,
    optimizer: Box<dyn Optimizer>,
}

/// The function of the same name in scripts/goldens/training.py.
fn train(case: &Value, seed: i64) -> Trained {
    tch::manual_seed(seed);
    let vs = VarStore::new(Device::Cpu);
    let model = Translator::new(vs.root(), config(&case["model"])).unwrap();
    let mut optimizer = optimizer(case, model.parameters());
    let src = Tensor::randint(VOCABULARY, [4, 7], CPU);
    let tgt = Tensor::randint(VOCABULARY, [4, 6], CPU);
    let (mut losses, mut norms) = (Vec::new(), Vec::new());
    for step in 1..=STEPS {
        if let Some(warmup) = case["noam"].as_u64() {
            optimizer.set_lr(noam(32, step as u64, warmup));
        }
        let (loss, norm) = train_step(&model, optimizer.as_mut(), &src, &tgt);
        losses.push(loss);
        norms.push(norm);
    }
    Trained { losses: Tensor::stack(&losses, 0), norms: Tensor::stack(&norms, 0), model, optimizer }
}

fn train_step(
    model: &Translator,
    optimizer: &mut dyn Optimizer,
    src: &Tensor,
    tgt: &Tensor,
) -> (Tensor, Tensor) {
    let criterion = CrossEntropyLoss { label_smoothing: 0.1, ..Default::default() };
    optimizer.zero_grad().unwrap();
    let out = model.forward(src, &tgt.slice(1, 0, -1, 1)).unwrap();
    let target = tgt.slice(1, 1, None, 1).reshape([-1]);
    let loss = criterion.forward(&out.reshape([-1, VOCABULARY]), &target).unwrap();
    loss.backward();
    let norm = clip_grad_norm_(&model.parameters(), 1.0, 2.0, false).unwrap();
    optimizer.step().unwrap();
    (loss.detach(), norm)
}

fn assert_state(name: &str, actual: &StateDict, expected: &StateDict) {
    let ours = |key: &str| {
        let option = key.rsplit('.').next().unwrap_or(key);
        !["capturable", "differentiable", "foreach", "fused"].contains(&option)
    };
    let mut compared = 0;
    for (key, tensor) in expected.iter().filter(|(key, _)| ours(key)) {
        let found = actual.get(key).unwrap_or_else(|| panic!("{name}: no {key}"));
        assert_bits(&format!("{name} {key}"), found, tensor);
        compared += 1;
    }
    assert_eq!(compared, actual.len(), "{name}: more than Python has");
}

#[test]
fn twenty_steps_of_a_transformer_are_pythons() {
    let _draws = support::draws();
    let golden = Golden::open("training/training.safetensors");
    let case = serde_json::json!({"optimizer": "AdamW", "options": {"lr": 3e-3}});
    let trained = train(&case, 0);
    golden.assert_matches("losses", &trained.losses);
    golden.assert_matches("norms", &trained.norms);
    let state = trained.model.state_dict();
    assert_eq!(state.len() + 2, golden.names().len());
    for (name, tensor) in state.iter() {
        golden.assert_matches(&format!("model.{name}"), tensor);
    }
}

#[test]
fn every_optimizer_is_pythons_to_the_last_bit() {
    let Some(folder) = support::made_by("training", &["--seed", "17"]) else { return };
    let _draws = support::draws();
    let text = std::fs::read_to_string(folder.path().join("cases.json")).unwrap();
    let cases: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 7);
    for (name, case) in &cases {
        let expected = StateDict::load(folder.path().join(format!("{name}.safetensors"))).unwrap();
        let trained = train(case, 17);
        assert_bits(&format!("{name} losses"), &trained.losses, expected.get("losses").unwrap());
        assert_bits(&format!("{name} norms"), &trained.norms, expected.get("norms").unwrap());
        let weights = expected.under("model");
        let state = trained.model.state_dict();
        assert_eq!(state.len(), weights.len());
        for (key, tensor) in weights.iter() {
            assert_bits(&format!("{name} {key}"), state.get(key).unwrap(), tensor);
        }
        let saved =
            StateDict::load_flat(folder.path().join(format!("{name}.optimizer.pt"))).unwrap();
        assert_state(name, &trained.optimizer.state_dict(), &saved);
        steps_of_loose_parameters(name, case, folder.path());
    }
}

/// Every kind of parameter and odd shapes, where kernels take another path for what is left over.
fn steps_of_loose_parameters(name: &str, case: &Value, folder: &Path) {
    let file = StateDict::load(folder.join(format!("{name}.loose.safetensors"))).unwrap();
    let params: Vec<Tensor> = (0..)
        .map_while(|i| file.get(&format!("{i}.before")))
        .map(|before| before.copy().set_requires_grad(true))
        .collect();
    assert_eq!(params.len(), 24);
    let handles = params.iter().map(Tensor::shallow_clone).collect();
    let mut optimizer = optimizer(case, handles);
    for step in 0..5 {
        optimizer.zero_grad().unwrap();
        for (i, param) in params.iter().enumerate() {
            if let Some(grad) = file.get(&format!("{i}.grad{step}")) {
                // The gradient of Σ param · grad is grad, exactly.
                (param * grad).sum(param.kind()).backward();
            }
        }
        for (at, kind) in params.chunks(6).enumerate() {
            let norm = clip_grad_norm_(kind, 30.0, [2.0, 1.0, 3.0][step % 3], false).unwrap();
            let expected = file.get(&format!("{}.norm{step}", 6 * at)).unwrap();
            assert_bits(&format!("{name} norm {at} of step {step}"), &norm, expected);
        }
        optimizer.step().unwrap();
    }
    for (i, param) in params.iter().enumerate() {
        let after = file.get(&format!("{i}.after")).unwrap();
        assert_bits(&format!("{name} parameter {i}"), &param.detach(), after);
    }
    let saved = StateDict::load_flat(folder.join(format!("{name}.loose.optimizer.pt"))).unwrap();
    assert_state(&format!("{name} loose"), &optimizer.state_dict(), &saved);
}

#[test]
fn training_that_is_resumed_goes_on_to_the_same_bits() {
    let _draws = support::draws();
    let folder = tempfile::tempdir().unwrap();
    let (weights, moments) =
        (folder.path().join("model.safetensors"), folder.path().join("optimizer.safetensors"));
    for case in [
        serde_json::json!({"optimizer": "AdamW", "options": {"lr": 1e-3, "amsgrad": true}}),
        serde_json::json!({"optimizer": "SGD", "options": {"lr": 0.01, "momentum": 0.9}}),
    ] {
        let start = |seed: i64| {
            tch::manual_seed(seed);
            let vs = VarStore::new(Device::Cpu);
            let model = Translator::new(vs.root(), config(&case["model"])).unwrap();
            let optimizer = optimizer(&case, model.parameters());
            (model, optimizer)
        };
        let (src, tgt) =
            (Tensor::randint(VOCABULARY, [4, 7], CPU), Tensor::randint(VOCABULARY, [4, 6], CPU));
        let step = |model: &Translator, optimizer: &mut dyn Optimizer, step: i64| {
            tch::manual_seed(step);
            train_step(model, optimizer, &src, &tgt).0
        };
        let (model, mut optimizer) = start(1);
        (0..3).for_each(|i| drop(step(&model, optimizer.as_mut(), i)));
        model.state_dict().save(&weights).unwrap();
        optimizer.state_dict().save(&moments).unwrap();
        let went_on: Vec<_> = (3..6).map(|i| step(&model, optimizer.as_mut(), i)).collect();

        let (mut again, mut resumed) = start(2);
        again.load_state_dict(&StateDict::load(&weights).unwrap()).unwrap();
        resumed.load_state_dict(&StateDict::load(&moments).unwrap()).unwrap();
        for (i, loss) in (3..6).zip(went_on) {
            assert_bits("loss", &step(&again, resumed.as_mut(), i), &loss);
        }
        for ((name, one), (_, other)) in
            again.named_parameters().iter().zip(model.named_parameters())
        {
            assert_bits(name, one, &other);
        }
    }
}

/// The two lines of Python in the documentation of `optim`.
#[test]
fn python_takes_up_the_state_that_was_saved_here() {
    let Some(python) = python_with_torch() else { return };
    let _draws = support::draws();
    let folder = tempfile::tempdir().unwrap();
    tch::manual_seed(5);
    let vs = VarStore::new(Device::Cpu);
    let mut linear = Linear::new(vs.root(), LinearConfig::new(5, 3)).unwrap();
    let mut adam = AdamW::new(linear.parameters(), AdamW::defaults()).unwrap();
    let input = Tensor::randn([4, 5], (Kind::Float, Device::Cpu));
    let step = |linear: &Linear, adam: &mut AdamW| {
        adam.zero_grad().unwrap();
        linear.forward(&input).unwrap().square().mean(Kind::Float).backward();
        adam.step().unwrap();
    };
    (0..3).for_each(|_| step(&linear, &mut adam));
    linear.state_dict().save(folder.path().join("model.safetensors")).unwrap();
    adam.state_dict().save(folder.path().join("adam.safetensors")).unwrap();
    let input_file: StateDict =
        [("input".to_string(), input.shallow_clone())].into_iter().collect();
    input_file.save(folder.path().join("input.safetensors")).unwrap();
    step(&linear, &mut adam);

    let documented = include_str!("../../src/optim/mod.rs");
    let after = documented.split("# Rust → Python").nth(1).expect("the documented lines");
    let lines: Vec<&str> =
        after.lines().skip(1).take(3).map(|line| line.trim_start_matches("//! ")).collect();
    let code = format!(
        "import torch, safetensors.torch\n\
         linear = torch.nn.Linear(5, 3)\n\
         linear.load_state_dict(safetensors.torch.load_file('model.safetensors'), strict=True)\n\
         optimizer = torch.optim.AdamW(linear.parameters())\n\
         {}\n\
         x = safetensors.torch.load_file('input.safetensors')['input']\n\
         linear(x).square().mean().backward()\n\
         optimizer.step()\n\
         torch.save(linear.state_dict(), 'after.pt')\n\
         torch.save(optimizer.state_dict(), 'adam.pt')\n",
        lines.join("\n")
    );
    let ran = Command::new(python).args(["-c", &code]).current_dir(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{code}\n{}", String::from_utf8_lossy(&ran.stderr));
    let after = StateDict::load(folder.path().join("after.pt")).unwrap();
    for (name, tensor) in linear.state_dict().iter() {
        assert_bits(name, tensor, after.get(name).unwrap());
    }
    // And back again: what Python saved is taken up here.
    let saved = StateDict::load_flat(folder.path().join("adam.pt")).unwrap();
    assert_state("adam", &adam.state_dict(), &saved);
    let fresh = Linear::new(&(vs.root() / "fresh"), LinearConfig::new(5, 3)).unwrap();
    let mut resumed = AdamW::new(fresh.parameters(), AdamConfig::default()).unwrap();
    resumed.load_state_dict(&saved).unwrap();
    assert_state("resumed", &resumed.state_dict(), &saved);
    linear.load_state_dict(&after).unwrap();
}

fn parameter(values: &[f32]) -> Tensor {
    Tensor::from_slice(values).set_requires_grad(true)
}

#[test]
fn a_state_that_does_not_fit_is_refused_whole() {
    let params = || vec![parameter(&[1.0, 2.0]), parameter(&[3.0])];
    let mut adam = Adam::new(params(), AdamConfig::default()).unwrap();
    adam.param_groups[0].params.iter().for_each(|param| param.square().sum(Kind::Float).backward());
    adam.step().unwrap();
    let good = adam.state_dict();

    let changed = |change: &dyn Fn(&mut StateDict)| {
        let mut state: StateDict =
            good.iter().map(|(k, t)| (k.to_string(), t.shallow_clone())).collect();
        change(&mut state);
        let mut fresh = Adam::new(params(), AdamConfig::default()).unwrap();
        let error = fresh.load_state_dict(&state).unwrap_err();
        assert_eq!(
            fresh.state_dict().iter().filter(|(key, _)| key.starts_with("state.")).count(),
            0
        );
        error.what().to_string()
    };
    let what = changed(&|state| {
        *state = state
            .iter()
            .filter(|(key, _)| !["state.0.exp_avg", "state.1.step"].contains(key))
            .map(|(key, tensor)| (key.to_string(), tensor.shallow_clone()))
            .collect();
        state.insert("state.0.exp_avg_sq", parameter(&[1.0]));
    });
    assert_eq!(
        what,
        "the state_dict does not fit the optimizer: state.0.exp_avg is missing; \
        state.0.exp_avg_sq is [1] but should be [2]; state.1.step is missing"
    );
    let what = changed(&|state| *state = StateDict::new());
    assert_eq!(what, "the state_dict has 0 parameter groups, the optimizer 1");
    let what = changed(&|state| drop(state.insert("param_groups.0.params", parameter(&[0.0]))));
    assert!(what.contains("param_groups.0.params has 1 parameters but should have 2"), "{what}");
    let what = changed(&|state| drop(state.insert("param_groups.0.lr", parameter(&[-1.0]))));
    assert_eq!(what, "Invalid learning rate: -1");
}

#[test]
fn options_out_of_range_are_named_as_torch_does() {
    let error = |config: AdamConfig| Adam::new(vec![], config).unwrap_err().what().to_string();
    let defaults = AdamConfig::default();
    assert_eq!(error(AdamConfig { lr: -1.0, ..defaults }), "Invalid learning rate: -1");
    assert_eq!(error(AdamConfig { lr: f64::NAN, ..defaults }), "Invalid learning rate: NaN");
    assert_eq!(error(AdamConfig { eps: -1e-3, ..defaults }), "Invalid epsilon value: -0.001");
    assert_eq!(
        error(AdamConfig { betas: (1.0, 0.9), ..defaults }),
        "Invalid beta parameter at index 0: 1"
    );
    assert_eq!(
        error(AdamConfig { betas: (0.9, -0.1), ..defaults }),
        "Invalid beta parameter at index 1: -0.1"
    );
    assert_eq!(
        error(AdamConfig { weight_decay: -1.0, ..defaults }),
        "Invalid weight_decay value: -1"
    );
    let nesterov = SgdConfig { nesterov: true, ..Default::default() };
    assert!(
        Sgd::new(vec![], nesterov).unwrap_err().what().starts_with("Nesterov momentum requires")
    );
    assert!(
        Adam::new(vec![Tensor::from_slice(&[1i64])], defaults)
            .unwrap_err()
            .what()
            .contains("parameter 0")
    );
}

#[test]
fn zero_grad_takes_the_gradient_away() {
    let w = parameter(&[1.0]);
    let mut adam = Adam::new(vec![w.shallow_clone()], AdamConfig::default()).unwrap();
    w.square().sum(Kind::Float).backward();
    adam.zero_grad().unwrap();
    assert!(!w.grad().defined());
    adam.step().unwrap();
    assert!(w.detach().equal(&Tensor::from_slice(&[1.0f32])), "without a gradient nothing moves");
}

#[test]
fn clipping_scales_to_the_norm_and_refuses_what_is_not_finite() {
    let (a, b) = (parameter(&[3.0]), parameter(&[0.0, 4.0]));
    let idle = parameter(&[1.0]);
    let loss = |factor: f64| {
        ((&a * a.detach()).sum(Kind::Float) + (&b * b.detach()).sum(Kind::Float)) * factor
    };
    loss(1.0).backward();
    let params = [a.shallow_clone(), b.shallow_clone(), idle];
    let norm = clip_grad_norm_(&params, 1.0, 2.0, true).unwrap();
    assert_eq!(norm.double_value(&[]), 5.0);
    assert!((a.grad().double_value(&[0]) - 0.6).abs() < 1e-6);
    let norm = clip_grad_norm_(&params, 10.0, f64::INFINITY, true).unwrap();
    assert!((norm.double_value(&[]) - 0.8).abs() < 1e-6, "small gradients stay as they are");
    loss(f64::INFINITY).backward();
    let error = clip_grad_norm_(&params, 1.0, 2.0, true).unwrap_err();
    assert!(error.what().contains("is non-finite, so it cannot be clipped"), "{error}");
    assert_eq!(
        clip_grad_norm_(&[parameter(&[1.0])], 1.0, 2.0, false).unwrap().double_value(&[]),
        0.0
    );
}

#[test]
fn the_schedule_is_the_papers() {
    let text = std::fs::read_to_string(support::golden("published/numbers.json")).unwrap();
    let numbers: Value = serde_json::from_str(&text).unwrap();
    let rates = numbers["noam_512_4000"].as_object().unwrap();
    assert_eq!(rates.len(), 6);
    let close = |actual: f64, expected: &Value| {
        let expected = expected.as_f64().unwrap();
        assert!((actual - expected).abs() <= 1e-12 * expected, "{actual} {expected}");
    };
    rates.iter().for_each(|(step, rate)| close(noam(512, step.parse().unwrap(), 4000), rate));
    close(noam(512, 4000, 4000), &numbers["noam_peak_closed_form"]);
    close(noam(1024, 4000, 4000), &numbers["noam_1024_4000_peak"]);
    assert_eq!(noam(512, 0, 4000), 0.0);
}
