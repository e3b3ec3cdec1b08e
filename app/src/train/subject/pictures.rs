//! A Vision Transformer that says what a picture shows.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tch::{Device, IndexOp, Kind, Tensor};

use super::shapes::{SHAPES, draw};
use super::{Evaluation, Metric, Subject, enough, given, held, labels_of};
use crate::i18n::{Lang, plain};
use crate::train::recipe;
use atencion::data::idx;
use atencion::images::{ImageProcessor, read};
use atencion::models::{ConfigJson, ViTArgs, ViTConfig, ViTForImageClassification};
use atencion::{Error, Result};

/// Pictures that are looked at together when measuring.
const TOGETHER: i64 = 250;
/// What Zalando's articles are called, in the order of their numbers.
const FASHION: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Pictures with a label each.
pub(in crate::train) struct Pictures {
    learned: Labelled,
    held: Labelled,
    names: Vec<String>,
    size: i64,
    flip: bool,
    shift: i64,
    /// Files that are no pictures.
    passed_over: Vec<PathBuf>,
}

/// uint8 `[N, C, size, size]` and int64 `[N]`.
struct Labelled {
    pictures: Tensor,
    labels: Tensor,
}

impl Labelled {
    fn len(&self) -> i64 {
        self.labels.size()[0]
    }

    /// The last of them, that share, are to be measured with.
    fn split(self, share: f64) -> Result<(Self, Self)> {
        let held = held(self.len() as usize, share) as i64;
        let part = |from: i64, length: i64| -> Result<Self> {
            let of = |tensor: &Tensor| tensor.f_narrow(0, from, length);
            Ok(Self { pictures: of(&self.pictures)?, labels: of(&self.labels)? })
        };
        Ok((part(0, self.len() - held)?, part(self.len() - held, held)?))
    }
}

impl Pictures {
    /// Draws the shapes, or reads the folder.
    pub fn new(data: &recipe::Pictures, batch: usize, lang: Lang) -> Result<Self> {
        let mut passed_over = Vec::new();
        let (learned, held, names) = if data.pictures.as_os_str() == "shapes" {
            let (pictures, labels) = draw(data.examples as i64, i64::from(data.size))?;
            let (learned, held) = Labelled { pictures, labels }.split(data.held_out)?;
            (learned, held, SHAPES.map(String::from).to_vec())
        } else if data.pictures.join("train-images-idx3-ubyte").exists() {
            mnist(&data.pictures)?
        } else {
            let (all, names) = folders(data, &mut passed_over, lang)?;
            let (learned, held) = all.split(data.held_out)?;
            (learned, held, names)
        };
        enough(learned.len() as usize, batch, lang)?;
        let size = learned.pictures.size()[2];
        let channels = |of: Labelled| -> Result<Labelled> {
            let pictures = of.pictures.f_expand([-1, data.channels, -1, -1], false)?;
            Ok(Labelled { pictures, labels: of.labels })
        };
        let (learned, held) = (channels(learned)?, channels(held)?);
        let (flip, shift) = (data.flip, data.shift);
        Ok(Self { learned, held, names, size, flip, shift, passed_over })
    }

    /// Half of them in a mirror, and each moved a little: `[B, C, size, size]`.
    fn augmented(&self, pictures: Tensor) -> Result<Tensor> {
        let batch = pictures.size()[0];
        let mut pictures = pictures;
        if self.flip {
            let mirrored =
                Tensor::f_rand([batch, 1, 1, 1], (Kind::Float, Device::Cpu))?.f_lt(0.5)?;
            pictures = pictures.f_flip([3])?.f_where_self(&mirrored, &pictures)?;
        }
        if self.shift > 0 {
            let (by, size) = (self.shift, self.size);
            let moves =
                Tensor::f_randint(2 * by + 1, [2, batch, 1, 1, 1], (Kind::Int64, Device::Cpu))?;
            let axis = Tensor::f_arange(size, (Kind::Int64, Device::Cpu))?;
            let padded = pictures.f_constant_pad_nd([by, by, by, by])?; // [B, C, size + 2 by, ..]
            let channels = padded.size()[1];
            let rows = moves.i(0).f_add(&axis.f_view([1, 1, size, 1])?)?;
            let rows = rows.f_expand([-1, channels, -1, size + 2 * by], false)?;
            let columns = moves.i(1).f_add(&axis.f_view([1, 1, 1, size])?)?;
            let columns = columns.f_expand([-1, channels, size, -1], false)?;
            pictures = padded.f_gather(2, &rows, false)?.f_gather(3, &columns, false)?;
        }
        Ok(pictures)
    }
}

/// As `preprocessor_config.json` says: `[B, C, size, size]`, −1 to 1.
fn normalized(pictures: &Tensor, device: Device) -> Result<Tensor> {
    let pictures = pictures.f_to_device(device)?.f_to_kind(Kind::Float)?;
    Ok(pictures.f_sub_scalar(127.5)?.f_div_scalar(127.5)?)
}

impl Subject for Pictures {
    type Model = ViTForImageClassification;
    /// A picture's number.
    type Item = i64;

    fn options(&self) -> Vec<(&'static str, Value)> {
        let [id2label, label2id] = labels_of(&self.names);
        vec![
            ("model_type", "vit".into()),
            ("architectures", json!(["ViTForImageClassification"])),
            ("image_size", self.size.into()),
            ("num_channels", self.learned.pictures.size()[1].into()),
            ("id2label", id2label),
            ("label2id", label2id),
        ]
    }

    fn check(&self, config: &Value, lang: Lang) -> Result<()> {
        if config["image_size"] == self.size {
            return Ok(());
        }
        let variables =
            [("size", plain(self.size)), ("wanted", plain(config["image_size"].to_string()))];
        Err(Error::value(lang.text_with("train-image-size", &variables))
            .mend(lang.text("train-image-size-mend")))
    }

    fn build(&self, config: ConfigJson, device: Device) -> Result<ViTForImageClassification> {
        let path = atencion::nn::Path::root(device);
        ViTForImageClassification::new(path, &ViTConfig::from_json(config)?)
    }

    fn take_items(&mut self) -> Vec<i64> {
        (0..self.learned.len()).collect()
    }

    fn remarks(&self, lang: Lang) -> Vec<String> {
        passed_over(&self.passed_over, lang)
    }

    /// Pictures, rather than pieces of them.
    fn tokens(&self) -> f64 {
        1.0
    }

    fn loss(
        &self,
        model: &ViTForImageClassification,
        batch: &[i64],
        device: Device,
    ) -> Result<Tensor> {
        let batch = Tensor::from_slice(batch);
        let pictures = self.augmented(self.learned.pictures.f_index_select(0, &batch)?)?;
        let labels = self.learned.labels.f_index_select(0, &batch)?.f_to_device(device)?;
        let args = ViTArgs { labels: Some(&labels), ..ViTArgs::default() };
        let loss = model.forward_with(&normalized(&pictures, device)?, args)?.loss;
        given(loss)
    }

    fn evaluate(&self, model: &ViTForImageClassification, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        let (mut right, mut first) = (0, String::new());
        for from in (0..self.held.len()).step_by(TOGETHER as usize) {
            let count = TOGETHER.min(self.held.len() - from);
            let pictures = self.held.pictures.f_narrow(0, from, count)?;
            let labels = self.held.labels.f_narrow(0, from, count)?;
            let said = model.forward(&normalized(&pictures, device)?)?.f_argmax(-1, false)?;
            let said = said.f_to_device(Device::Cpu)?;
            right += said.f_eq_tensor(&labels)?.f_sum(Kind::Int64)?.f_int64_value(&[])?;
            if from == 0 {
                let name = |ids: &Tensor| -> Result<&String> {
                    Ok(&self.names[ids.f_int64_value(&[0])? as usize])
                };
                first = format!("{} → {}", name(&labels)?, name(&said)?);
            }
        }
        let value = right as f64 / self.held.len() as f64;
        Ok(Evaluation { metric: Metric::Accuracy, value, sample: first })
    }

    fn tied(&self) -> &'static [&'static str] {
        &[]
    }

    fn save(&self, folder: &Path) -> Result<()> {
        let channels = self.learned.pictures.size()[1] as usize;
        let config = processor(self.size, &vec![0.5; channels], &vec![0.5; channels], 1.0 / 255.0);
        let path = folder.join("preprocessor_config.json");
        crate::view::save(&path, format!("{config:#}\n").as_bytes())
    }
}

fn processor(size: i64, mean: &[f64], std: &[f64], rescale: f64) -> Value {
    json!({
        "image_processor_type": "ViTImageProcessor",
        "do_resize": true,
        "size": { "height": size, "width": size },
        "resample": 2,
        "do_rescale": true,
        "rescale_factor": rescale,
        "do_normalize": true,
        "image_mean": mean,
        "image_std": std,
    })
}

/// MNIST's four files, and those of what was made like it: Fashion-MNIST.
fn mnist(folder: &Path) -> Result<(Labelled, Labelled, Vec<String>)> {
    let part = |name: &str| -> Result<Labelled> {
        let path = folder.join(format!("{name}-images-idx3-ubyte"));
        let (sizes, pixels) = idx(&path)?;
        let (numbers, labels) = idx(folder.join(format!("{name}-labels-idx1-ubyte")))?;
        let (&[count, height, width], true) = (&sizes[..], sizes.first() == numbers.first()) else {
            return Err(Error::file(&path, format!("has sizes {sizes:?}, its labels {numbers:?}")));
        };
        if height != width {
            return Err(Error::file(
                &path,
                format!("has pictures of {height}×{width}, not square"),
            ));
        }
        let shape = [count as i64, 1, height as i64, width as i64];
        Ok(Labelled {
            pictures: Tensor::from_slice(&pixels).f_view(shape)?,
            labels: Tensor::from_slice(&labels).f_to_kind(Kind::Int64)?,
        })
    };
    let (learned, held) = (part("train")?, part("t10k")?);
    let classes = learned.labels.f_max()?.f_int64_value(&[])? + 1;
    let fashion = folder
        .components()
        .any(|part| part.as_os_str().to_string_lossy().to_lowercase().contains("fashion"));
    let names = match (fashion, classes) {
        (true, 10) => FASHION.map(String::from).to_vec(),
        _ => (0..classes).map(|class| class.to_string()).collect(),
    };
    Ok((learned, held, names))
}

/// A folder of pictures for each label.
fn folders(
    data: &recipe::Pictures,
    refused: &mut Vec<PathBuf>,
    lang: Lang,
) -> Result<(Labelled, Vec<String>)> {
    let channels = data.channels as usize;
    let bytes = processor(i64::from(data.size), &vec![0.0; channels], &vec![1.0; channels], 1.0);
    let beside = tempfile::tempdir().map_err(|error| Error::value(error.to_string()))?;
    crate::view::save(
        &beside.path().join("preprocessor_config.json"),
        bytes.to_string().as_bytes(),
    )?;
    let processor = ImageProcessor::from_pretrained(beside.path())?;
    let open = |path: &Path| -> Result<Tensor> {
        Ok(processor.preprocess(&read(path)?)?.f_to_kind(Kind::Uint8)?)
    };
    let (found, names) = by_folder(&data.pictures, data.strict, refused, lang, open)?;
    let (pictures, labels): (Vec<Tensor>, Vec<i64>) =
        found.into_iter().map(|(_, label, picture)| (picture, label)).unzip();
    // In a mixed order, so that each part has all labels.
    let order = Tensor::f_randperm(labels.len() as i64, (Kind::Int64, Device::Cpu))?;
    let pictures = Tensor::f_cat(&pictures, 0)?.f_index_select(0, &order)?;
    let labels = Tensor::from_slice(&labels).f_index_select(0, &order)?;
    Ok((Labelled { pictures, labels }, names))
}

/// A file, its label's number, and what was made of it.
type Found<T> = (PathBuf, i64, T);

/// The pictures in the folders of `root`, one a label, each with its label's number and what `open` made of it; and the
/// labels' names. A file that `open` refuses ends all if `strict`, and else is put down in `refused`.
pub(super) fn by_folder<T>(
    root: &Path,
    strict: bool,
    refused: &mut Vec<PathBuf>,
    lang: Lang,
    open: impl Fn(&Path) -> Result<T>,
) -> Result<(Vec<Found<T>>, Vec<String>)> {
    let folder = [("folder", plain(root.display()))];
    if !root.is_dir() {
        return Err(Error::value(lang.text_with("train-no-picture-folder", &folder))
            .mend(lang.text("train-no-picture-folder-mend")));
    }
    let mut classes = entries(root)?;
    classes.retain(|path| path.is_dir());
    if classes.len() < 2 {
        return Err(Error::value(lang.text_with("train-no-labels", &folder))
            .mend(lang.text("train-no-labels-mend")));
    }
    let mut found = Vec::new();
    for (label, class) in classes.iter().enumerate() {
        for path in entries(class)?.into_iter().filter(|path| path.is_file()) {
            match open(&path) {
                Ok(picture) => found.push((path, label as i64, picture)),
                Err(error) if strict => return Err(error),
                Err(_) => refused.push(path),
            }
        }
    }
    if found.is_empty() {
        let variables = [("folder", plain(root.display())), ("count", plain(refused.len()))];
        return Err(Error::value(lang.text_with("train-no-pictures", &variables))
            .mend(lang.text("train-no-labels-mend")));
    }
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((found, classes.iter().map(name).collect()))
}

/// What a reader should know of files that are no pictures.
pub(super) fn passed_over(files: &[PathBuf], lang: Lang) -> Vec<String> {
    let said = |first: &PathBuf| {
        let variables = [("count", plain(files.len())), ("first", plain(first.display()))];
        lang.text_with("train-passed-over", &variables)
    };
    files.first().map(said).into_iter().collect()
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| Error::file(folder, error);
    let all = std::fs::read_dir(folder).map_err(failed)?;
    let mut all =
        all.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
    all.sort();
    Ok(all)
}
