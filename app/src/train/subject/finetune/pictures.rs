//! A ViT learns to label pictures; one without a head for these labels gets a new one.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tch::{Device, Tensor};

use super::{Tuning, new_linear};
use crate::i18n::Lang;
use crate::train::recipe::Recipe;
use crate::train::subject::pictures::{by_folder, passed_over};
use crate::train::subject::shapes::{SHAPES, draw};
use crate::train::subject::{Evaluation, Metric, Subject, enough, given, mixed};
use atencion::images::{ImageProcessor, read};
use atencion::models::{ConfigJson, ViTArgs, ViTForImageClassification};
use atencion::{Result, StateDict};

/// Pictures that are measured together.
const TOGETHER: usize = 32;
/// Shapes that are drawn where no folder is given, and the pixels of a side.
const DRAWN: (i64, i64) = (600, 32);

/// A picture, as it is before the model's processor sees it.
#[derive(Debug, Clone)]
enum Picture {
    File(PathBuf),
    /// Its number among those that were drawn.
    Drawn(i64),
}

/// A picture and its label's number.
#[derive(Debug, Clone)]
pub(in crate::train) struct Seen(Picture, i64);

/// Pictures with a label each.
pub(in crate::train) struct Seeing {
    tuning: Tuning,
    processor: ImageProcessor,
    /// uint8 `[N, 1, size, size]`
    drawn: Option<Tensor>,
    learned: Vec<Seen>,
    held: Vec<Seen>,
    names: Vec<String>,
    keeps_head: bool,
    passed_over: Vec<PathBuf>,
}

impl Seeing {
    /// Looks at each picture once, and mixes them by the process's generator. They are read anew for each batch: as the
    /// model takes them they would fill the memory.
    pub fn new(tuning: Tuning, recipe: &Recipe) -> Result<Self> {
        let (data, lang) = (tuning.data.clone(), tuning.lang);
        let mut refused = Vec::new();
        let (all, found, drawn) = match &data.file {
            Some(root) => {
                let can_be_read = |path: &Path| read(path).map(|_| ());
                let (files, found) = by_folder(root, data.strict, &mut refused, lang, can_be_read)?;
                let seen = |(path, label, ())| Seen(Picture::File(path), label);
                (files.into_iter().map(seen).collect::<Vec<_>>(), found, None)
            }
            None => {
                let (drawn, labels) = draw(DRAWN.0, DRAWN.1)?;
                let labels = Vec::<i64>::try_from(&labels)?.into_iter().enumerate();
                let seen = labels.map(|(at, label)| Seen(Picture::Drawn(at as i64), label));
                (seen.collect(), SHAPES.map(String::from).to_vec(), Some(drawn))
            }
        };
        let has_head = StateDict::open(&tuning.folder)?.get("classifier.weight").is_some();
        let (names, keeps_head) = tuning.label_names(&found, has_head)?;
        let number = |label: i64| {
            let name = &found[label as usize];
            names.iter().position(|known| known == name).unwrap_or_default() as i64
        };
        let renumbered = |Seen(picture, label): &Seen| Seen(picture.clone(), number(*label));
        let all: Vec<Seen> = all.iter().map(renumbered).collect();
        let (learned, held) = mixed(&all, data.held_out)?;
        enough(learned.len(), recipe.train.batch_size, lang)?;
        let processor = ImageProcessor::from_pretrained(&tuning.folder)?;
        let passed_over = refused;
        Ok(Self { tuning, processor, drawn, learned, held, names, keeps_head, passed_over })
    }

    /// `[B, C, size, size]` as the model takes them.
    fn pixels(&self, seen: &[Seen], device: Device) -> Result<Tensor> {
        let one = |Seen(picture, _): &Seen| match (picture, &self.drawn) {
            (Picture::Drawn(at), Some(drawn)) => self.processor.preprocess(&drawn.f_get(*at)?),
            (Picture::File(path), _) => self.processor.open(path),
            (Picture::Drawn(_), None) => Err(atencion::Error::value("no picture was drawn")),
        };
        let all = seen.iter().map(one).collect::<Result<Vec<_>>>()?;
        Ok(Tensor::f_cat(&all, 0)?.f_to_device(device)?)
    }
}

impl Subject for Seeing {
    type Model = ViTForImageClassification;
    type Item = Seen;

    fn options(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    fn config(&self) -> Map<String, Value> {
        self.tuning.config_with(&self.names, "ViTForImageClassification")
    }

    fn build(&self, config: ConfigJson, device: Device) -> Result<Self::Model> {
        let mut state = self.tuning.state()?;
        if !self.keeps_head {
            let options = &config.as_read().config;
            let std = options.get("initializer_range").and_then(Value::as_f64).unwrap_or(0.02);
            let e = options.get("hidden_size").and_then(Value::as_i64).unwrap_or(768);
            // A bare model's names have no `vit.`, and a pooler that no head here needs.
            let bare = !state.names().any(|name| name.starts_with("vit."));
            state = state.ignore(&["classifier.*", "pooler.*"]);
            state = if bare { state.prefix("vit") } else { state };
            new_linear(&mut state, "classifier", [self.names.len() as i64, e], std)?;
        }
        self.tuning.begin(state, config, device)
    }

    fn take_items(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.learned)
    }

    fn remarks(&self, lang: Lang) -> Vec<String> {
        passed_over(&self.passed_over, lang)
    }

    /// Pictures, rather than pieces of them.
    fn tokens(&self) -> f64 {
        1.0
    }

    fn loss(&self, model: &Self::Model, batch: &[Seen], device: Device) -> Result<Tensor> {
        let labels: Vec<i64> = batch.iter().map(|Seen(_, label)| *label).collect();
        let labels = Tensor::from_slice(&labels).f_to_device(device)?;
        let args = ViTArgs { labels: Some(&labels), ..ViTArgs::default() };
        given(model.forward_with(&self.pixels(batch, device)?, args)?.loss)
    }

    fn evaluate(&self, model: &Self::Model, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        let (mut right, mut sample) = (0, String::new());
        for seen in self.held.chunks(TOGETHER) {
            let said = model.forward(&self.pixels(seen, device)?)?.f_argmax(-1, false)?;
            let said = Vec::<i64>::try_from(&said.f_to_device(Device::Cpu)?)?;
            right += said.iter().zip(seen).filter(|(said, Seen(_, label))| *said == label).count();
            if sample.is_empty() {
                let name = |label: i64| &self.names[label as usize];
                sample = format!("{} → {}", name(seen[0].1), name(said[0]));
            }
        }
        let value = right as f64 / self.held.len() as f64;
        Ok(Evaluation { metric: Metric::Accuracy, value, sample })
    }

    fn tied(&self) -> &'static [&'static str] {
        &[]
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.tuning.copy(folder, "preprocessor_config.json")
    }

    fn keep(&self, folder: &Path, config: &Value, model: &Self::Model) -> Result<()> {
        self.tuning.keep(model, config, folder)?;
        self.save(folder)
    }
}
