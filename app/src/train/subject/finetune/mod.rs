//! A model that there is learns on: whole, in its head only, or by LoRA beside its weights.
//!
//! | family | data | measured by |
//! |---|---|---|
//! | GPT-2, Llama, Qwen2 | [`Continuing`]: blocks of a text | loss |
//! | BERT | [`Labelling`]: texts with a label each | share that is right |
//! | Marian, BART | [`Translating`]: pairs | loss; at the end BLEU and chrF |
//! | ViT | [`Seeing`]: pictures with a label each | share that is right |

mod labels;
mod pairs;
mod pictures;
mod writer;
mod writing;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tch::{Device, Kind, Tensor};

pub(in crate::train) use labels::Labelling;
pub(in crate::train) use pairs::Translating;
pub(in crate::train) use pictures::Seeing;
pub(in crate::train) use writing::Continuing;

use super::labels_of;
use crate::i18n::{Lang, plain};
use crate::train::recipe::{Finetune, Learn};
use atencion::models::{ConfigJson, LoraAdapter};
use atencion::nn::lora::{mark_only_lora_as_trainable, merged};
use atencion::nn::{LoraConfig, Module, init};
use atencion::{Error, Result, StateDict};

/// What a model is fine-tuned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum Task {
    /// To write on.
    Continue,
    /// To label texts.
    Label,
    /// To translate.
    Translate,
    /// To label pictures.
    See,
}

/// A model's class, as fine-tuning needs it.
pub(super) trait Family: Module + Sized {
    /// The head.
    const HEADS: &'static [&'static str];
    /// What `peft` calls the task.
    const TASK: Option<&'static str>;
    /// Whether LoRA learns the head as a whole.
    const LEARNS_HEAD: bool;

    /// On a state_dict's tensors.
    fn open(state: StateDict, json: ConfigJson) -> Result<Self>;

    /// As `save_pretrained`.
    fn save(&self, folder: &Path) -> Result<()>;
}

/// The model that is begun with, and what of it is to learn.
pub(in crate::train) struct Tuning {
    data: Finetune,
    folder: PathBuf,
    config: Map<String, Value>,
    /// Modules that are new, besides the head.
    new: Vec<String>,
    lang: Lang,
}

impl Tuning {
    /// Looks at the folder, and says what its model can learn.
    pub(in crate::train) fn open(data: &Finetune, lang: Lang) -> Result<(Self, Task)> {
        if data.base.as_os_str().is_empty() {
            return Err(
                Error::value(lang.text("train-no-base")).mend(lang.text("train-no-base-mend"))
            );
        }
        let folder = atencion::io::model_folder(&data.base)?;
        let json = ConfigJson::load(&folder)?;
        let task = match json.model_type() {
            Some("gpt2" | "llama" | "qwen2") => Task::Continue,
            Some("bert") => Task::Label,
            Some("marian" | "bart") => Task::Translate,
            Some("vit") => Task::See,
            other => {
                let variables = [("family", plain(other.unwrap_or("—").to_owned()))];
                return Err(Error::file(&folder, lang.text_with("train-no-family", &variables))
                    .mend(lang.text("train-no-family-mend")));
            }
        };
        let config = json.as_read().config;
        let tuning = Self { data: data.clone(), folder, config, new: Vec::new(), lang };
        Ok((tuning, task))
    }

    /// The weights in float32, this process's own.
    fn state(&self) -> Result<StateDict> {
        StateDict::open(&self.folder)?.cast(Kind::Float)
    }

    /// The model, of which that learns which is to.
    fn begin<F: Family>(&self, state: StateDict, json: ConfigJson, device: Device) -> Result<F> {
        let state = match self.data.learn {
            Learn::Lora => state.lora(self.lora(), StateDict::new()),
            Learn::Whole | Learn::Head => state,
        };
        let mut model = F::open(state.to(device)?, json)?;
        match self.data.learn {
            Learn::Whole => learn_all(&model)?,
            Learn::Head => mark_only_lora_as_trainable(&model, &self.heads::<F>())?,
            Learn::Lora => mark_only_lora_as_trainable(&model, &self.whole_modules::<F>())?,
        }
        self.learns_something(&model)?;
        model.train(true);
        Ok(model)
    }

    fn learns_something(&self, model: &impl Module) -> Result<()> {
        let named = model.named_parameters();
        let (name, found) = match self.data.learn {
            Learn::Lora => {
                ("train-no-targets", named.iter().any(|(name, _)| name.contains(".lora_A.")))
            }
            _ => ("train-tied-head", named.iter().any(|(_, tensor)| tensor.requires_grad())),
        };
        if found {
            return Ok(());
        }
        let variables = [("targets", plain(self.data.target_modules.join(", ")))];
        let mend = format!("{name}-mend");
        Err(Error::value(self.lang.text_with(name, &variables)).mend(self.lang.text(&mend)))
    }

    fn heads<F: Family>(&self) -> Vec<String> {
        F::HEADS.iter().map(|&name| name.to_owned()).chain(self.new.iter().cloned()).collect()
    }

    /// What learns as a whole beside LoRA, and is saved with it.
    fn whole_modules<F: Family>(&self) -> Vec<String> {
        if F::LEARNS_HEAD { self.heads::<F>() } else { Vec::new() }
    }

    /// The linear maps that `peft` takes where nobody names others, or would take if it knew the family.
    fn targets(&self) -> &'static [&'static str] {
        match self.config.get("model_type").and_then(Value::as_str) {
            Some("gpt2") => &["c_attn"],
            Some("bert") => &["query", "value"],
            _ => &["q_proj", "v_proj"],
        }
    }

    fn lora(&self) -> LoraConfig {
        let mut config = LoraConfig {
            r: self.data.r,
            lora_alpha: self.data.lora_alpha,
            lora_dropout: self.data.lora_dropout,
            ..LoraConfig::new(self.targets())
        };
        if !self.data.target_modules.is_empty() {
            config.target_modules.clone_from(&self.data.target_modules);
        }
        config
    }

    /// The folder of what was learned: a model, or what `peft` writes beside one.
    fn keep<F: Family>(&self, model: &F, config: &Value, folder: &Path) -> Result<()> {
        let lora = self.lora();
        match (self.data.learn, self.data.merge) {
            (Learn::Lora, false) => {
                let base = self.folder.canonicalize().unwrap_or_else(|_| self.data.base.clone());
                let adapter = LoraAdapter {
                    base_model_name_or_path: Some(base.to_string_lossy().into_owned()),
                    task_type: F::TASK.map(str::to_owned),
                    ..LoraAdapter::of(model, lora, &self.whole_modules::<F>())
                };
                adapter.save_pretrained(folder)?;
                // peft's base says no labels of ours.
                let text = format!("{config:#}\n");
                crate::view::save(&folder.join("config.json"), text.as_bytes())?;
            }
            (Learn::Lora, true) => {
                let json = ConfigJson::parse(&config.to_string())?;
                F::open(merged(model, &lora)?, json)?.save(folder)?;
            }
            (Learn::Whole | Learn::Head, _) => model.save(folder)?,
        }
        self.copy(folder, "generation_config.json")
    }

    /// A file of the model's folder, as it is, if there is one.
    fn copy(&self, folder: &Path, name: &str) -> Result<()> {
        let from = self.folder.join(name);
        if !from.is_file() {
            return Ok(());
        }
        let bytes = std::fs::read(&from).map_err(|error| Error::file(&from, error))?;
        crate::view::save(&folder.join(name), &bytes)
    }

    /// The names of the labels `found` in the data, in their order: the recipe's, or the model's if they are enough and
    /// there is such a head, or the data's.
    fn label_names(&self, found: &[String], has_head: bool) -> Result<(Vec<String>, bool)> {
        let lacks = |names: &[String]| found.iter().find(|label| !names.contains(label)).cloned();
        if !self.data.labels.is_empty() {
            let names = self.data.labels.clone();
            if let Some(other) = lacks(&names) {
                let variables = [("label", plain(other)), ("labels", plain(names.join(", ")))];
                return Err(Error::value(self.lang.text_with("train-other-label", &variables))
                    .mend(self.lang.text("train-other-label-mend")));
            }
            let same = has_head && names == self.labels_of_model();
            return Ok((names, same));
        }
        let own = self.labels_of_model();
        if has_head && lacks(&own).is_none() {
            return Ok((own, true));
        }
        Ok((found.to_vec(), false))
    }

    /// `id2label`, in the order of the numbers.
    fn labels_of_model(&self) -> Vec<String> {
        let Some(Value::Object(names)) = self.config.get("id2label") else { return Vec::new() };
        let mut names: Vec<(i64, String)> = names
            .iter()
            .filter_map(|(id, name)| Some((id.parse().ok()?, name.as_str()?.to_owned())))
            .collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// `config.json` with labels of these names.
    fn config_with(&self, names: &[String], architecture: &str) -> Map<String, Value> {
        let mut config = self.config.clone();
        let [id2label, label2id] = labels_of(names);
        config.insert("id2label".into(), id2label);
        config.insert("label2id".into(), label2id);
        config.insert("architectures".into(), Value::Array(vec![architecture.into()]));
        config.remove("num_labels");
        config
    }
}

/// Everything but what is computed: Marian's sinusoids.
fn learn_all(model: &(impl Module + ?Sized)) -> Result<()> {
    let is_computed = |name: &str| name.ends_with("embed_positions.weight");
    let sinusoids = model.name() == "MarianMTModel";
    for (name, parameter) in model.named_parameters() {
        let _ = parameter.f_set_requires_grad(!(sinusoids && is_computed(&name)))?;
    }
    Ok(())
}

/// A new linear map, drawn as `transformers` draws what a folder lacks.
fn new_linear(state: &mut StateDict, name: &str, [out, inside]: [i64; 2], std: f64) -> Result<()> {
    let options = (Kind::Float, Device::Cpu);
    let weight = Tensor::f_empty([out, inside], options)?;
    init::normal_(&weight, 0.0, std)?;
    state.insert(format!("{name}.weight"), weight);
    state.insert(format!("{name}.bias"), Tensor::f_zeros([out], options)?);
    Ok(())
}
