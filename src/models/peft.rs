//! What was learned beside a model, in `peft`'s folder: `adapter_config.json` and `adapter_model.safetensors`.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::io::write_atomically;
use crate::nn::lora::is_learned;
use crate::nn::{LoraConfig, Module};
use crate::{Error, Result, StateDict};

/// `adapter_config.json`
const CONFIG: &str = "adapter_config.json";
/// `adapter_model.safetensors`
const WEIGHTS: &str = "adapter_model.safetensors";
/// What `peft` writes before each of the model's names.
const PREFIX: &str = "base_model.model.";
/// Keys that change no number of what was learned.
const WITHOUT_EFFECT: [&str; 9] = [
    "auto_mapping",
    "revision",
    "inference_mode",
    "peft_version",
    "fan_in_fan_out",
    "megatron_core",
    "qalora_group_size",
    "ensure_weight_tying",
    "runtime_config",
];
/// Keys that are read.
const KNOWN: [&str; 11] = [
    "peft_type",
    "r",
    "lora_alpha",
    "lora_dropout",
    "target_modules",
    "use_rslora",
    "modules_to_save",
    "base_model_name_or_path",
    "task_type",
    "bias",
    "init_lora_weights",
];

/// LoRA as `peft` saves it, to be put beside a model, or written from one.
///
/// ```no_run
/// use atencion::StateDict;
/// use atencion::models::{ConfigJson, Gpt2Config, Gpt2LmHeadModel, LoraAdapter};
///
/// // PeftModel.from_pretrained(GPT2LMHeadModel.from_pretrained("gpt2"), "adapter")
/// let LoraAdapter { config, weights, .. } = LoraAdapter::from_pretrained("adapter")?;
/// let state = StateDict::open("gpt2")?.lora(config, weights);
/// let json = ConfigJson::load("gpt2".as_ref())?;
/// let model = Gpt2LmHeadModel::from_state_dict(state, &Gpt2Config::from_json(json)?)?;
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Debug)]
pub struct LoraAdapter {
    /// Where LoRA is, and how much.
    pub config: LoraConfig,
    /// Modules that learned as a whole, such as a new head: their weights are here too.
    pub modules_to_save: Vec<String>,
    /// The model that it stands beside: a folder, or `owner/name`.
    pub base_model_name_or_path: Option<String>,
    /// What it was learned for: `CAUSAL_LM`, `SEQ_CLS`, `SEQ_2_SEQ_LM`.
    pub task_type: Option<String>,
    /// What was learned, under the names of the model's parameters: `h.0.attn.c_attn.lora_A.weight`.
    pub weights: StateDict,
}

impl LoraAdapter {
    /// What a model with LoRA has learned; its tensors are the model's own.
    pub fn of(
        model: &(impl Module + ?Sized),
        config: LoraConfig,
        modules_to_save: &[String],
    ) -> Self {
        let state = model.state_dict().into_iter();
        let weights = state.filter(|(name, _)| is_learned(name, modules_to_save)).collect();
        Self {
            config,
            modules_to_save: modules_to_save.to_vec(),
            base_model_name_or_path: None,
            task_type: None,
            weights,
        }
    }

    /// Whether a folder has one.
    pub fn is_in(folder: impl AsRef<Path>) -> bool {
        folder.as_ref().join(CONFIG).is_file()
    }

    /// Reads what `peft`'s `save_pretrained` wrote.
    ///
    /// # Errors
    /// When a file is missing or broken, or the configuration has something that is not here, such as DoRA, which is named.
    pub fn from_pretrained(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let path = folder.join(CONFIG);
        let text = std::fs::read(&path).map_err(|error| Error::file(&path, error))?;
        let read = serde_json::from_slice(&text);
        let options: Map<String, Value> = read.map_err(|error| Error::file(&path, error))?;
        let adapter = Self::parse(&options).map_err(|error| crate::io::in_file(&path, error))?;
        let weights = StateDict::open(folder.join(WEIGHTS))?;
        let weights =
            weights.rename(|name| name.strip_prefix(PREFIX).unwrap_or(name).to_owned())?;
        Ok(Self { weights, ..adapter })
    }

    fn parse(options: &Map<String, Value>) -> Result<Self> {
        refuse_others(options)?;
        let text = |name: &str| options.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str, default: f64| match options.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value
                .as_f64()
                .ok_or_else(|| Error::value(format!("{name} is {value}, which is no number"))),
        };
        let r = number("r", 8.0)?;
        let config = LoraConfig {
            r: r as i64,
            lora_alpha: number("lora_alpha", 8.0)?,
            lora_dropout: number("lora_dropout", 0.0)?,
            target_modules: names(options, "target_modules")?,
            use_rslora: options.get("use_rslora") == Some(&Value::Bool(true)),
        };
        config.check()?;
        Ok(Self {
            config,
            modules_to_save: names(options, "modules_to_save")?,
            base_model_name_or_path: text("base_model_name_or_path"),
            task_type: text("task_type"),
            weights: StateDict::new(),
        })
    }

    /// Writes a folder that `PeftModel.from_pretrained(model, folder)` reads, the configuration last.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_pretrained(&self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
        let named = self.weights.iter();
        let named = named.map(|(name, tensor)| (format!("{PREFIX}{name}"), tensor.shallow_clone()));
        named.collect::<StateDict>().save(folder.join(WEIGHTS))?;
        let path = folder.join(CONFIG);
        let mut options = self.options();
        options.sort_keys();
        let text = serde_json::to_string_pretty(&options);
        let text = text.map_err(|error| Error::file(&path, error))?;
        write_atomically(&path, |file| file.write_all(text.as_bytes()))
    }

    fn options(&self) -> Map<String, Value> {
        let LoraConfig { r, lora_alpha, lora_dropout, target_modules, use_rslora } = &self.config;
        // `peft` has whole numbers there, and writes them so.
        let alpha = match lora_alpha.fract() == 0.0 {
            true => json!(*lora_alpha as i64),
            false => json!(lora_alpha),
        };
        let saved = Some(&self.modules_to_save).filter(|names| !names.is_empty());
        let options = json!({
            "peft_type": "LORA",
            "base_model_name_or_path": self.base_model_name_or_path,
            "task_type": self.task_type,
            "r": r,
            "lora_alpha": alpha,
            "lora_dropout": lora_dropout,
            "target_modules": target_modules,
            "modules_to_save": saved,
            "use_rslora": use_rslora,
            "bias": "none",
            "fan_in_fan_out": self.fan_in_fan_out(),
            "init_lora_weights": true,
            "inference_mode": true,
            "rank_pattern": {},
            "alpha_pattern": {},
            "use_dora": false,
            "auto_mapping": null,
            "revision": null,
            "layers_to_transform": null,
            "layers_pattern": null,
        });
        match options {
            Value::Object(options) => options,
            _ => Map::new(),
        }
    }

    /// Whether the weights beside which it stands are `[in, out]`, as GPT-2's are: it is told by their names.
    fn fan_in_fan_out(&self) -> bool {
        self.weights.names().any(|name| {
            name.contains(".c_attn.") || name.contains(".c_proj.") || name.contains(".c_fc.")
        })
    }

    /// The folder of the model that it stands beside, `folder` being its own.
    ///
    /// # Errors
    /// When it names none, or there is no such model.
    pub fn base(&self, folder: impl AsRef<Path>) -> Result<PathBuf> {
        let folder = folder.as_ref();
        let named = self.base_model_name_or_path.as_ref().ok_or_else(|| {
            Error::file(folder.join(CONFIG), "names no base_model_name_or_path")
                .mend("put the folder of the model there that this was learned beside")
        })?;
        let beside = folder.join(named);
        let base =
            crate::io::model_folder(if beside.is_dir() { beside } else { PathBuf::from(named) })?;
        if Self::is_in(&base) {
            let what = format!("base_model_name_or_path is {named}, which has no model of its own");
            return Err(Error::file(folder.join(CONFIG), what)
                .mend("name the folder of the model that this was learned beside"));
        }
        Ok(base)
    }
}

/// Everything that is neither read nor without effect has to be off.
fn refuse_others(options: &Map<String, Value>) -> Result<()> {
    if options.get("peft_type").and_then(Value::as_str) != Some("LORA") {
        let found = options.get("peft_type").unwrap_or(&Value::Null);
        return Err(Error::value(format!("peft_type is {found}; LORA is the one that is known")));
    }
    for (key, value) in options {
        let is_off = match value {
            Value::Null | Value::Bool(false) => true,
            Value::Object(object) => object.is_empty(),
            Value::Array(array) => array.is_empty(),
            _ => false,
        };
        let allowed = match key.as_str() {
            "bias" => value == "none",
            "init_lora_weights" => value.is_boolean() || value == "gaussian",
            key => KNOWN.contains(&key) || WITHOUT_EFFECT.contains(&key) || is_off,
        };
        if !allowed {
            return Err(Error::value(format!("{key} is {value}, which is not known here"))
                .mend("merge it in Python: model.merge_and_unload().save_pretrained(folder)"));
        }
    }
    Ok(())
}

/// A list of names, or one. `peft` takes one for a regular expression, which it is not here.
fn names(options: &Map<String, Value>, key: &str) -> Result<Vec<String>> {
    let plain = |name: &str| !name.contains(|c: char| "*+?()[]{}|^$\\".contains(c));
    let list = match options.get(key) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(one)) if plain(one) && one != "all-linear" => vec![one.clone()],
        Some(other) => {
            return Err(Error::value(format!("{key} is {other}; a list of names is known here"))
                .mend("name the modules one by one in adapter_config.json"));
        }
    };
    Ok(list)
}
