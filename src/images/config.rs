//! `preprocessor_config.json`, each key honoured or refused by name.

use std::path::Path;

use serde_json::{Map, Value};

use crate::{Error, Result};

/// How large a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Height and width.
    Exact(i64, i64),
    /// The shorter side; the other keeps the proportions.
    ShortestEdge(i64),
}

/// What is done to a picture, in this order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Config {
    pub resize: Option<(Size, Resample)>,
    pub crop: Option<(i64, i64)>,
    pub rescale: Option<f64>,
    pub normalize: Option<(Vec<f64>, Vec<f64>)>,
}

/// How new pixels are made of old ones: Pillow's numbers 2 and 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resample {
    Bilinear,
    Bicubic,
}

/// Keys that describe the class or how Python returns tensors, and change no pixel.
const WITHOUT_EFFECT: [&str; 12] = [
    "image_processor_type",
    "feature_extractor_type",
    "processor_class",
    "_processor_class",
    "_valid_processor_keys",
    "data_format",
    "input_data_format",
    "return_tensors",
    "device",
    "disable_grouping",
    "do_convert_rgb",
    "default_to_square",
];
const KNOWN: [&str; 10] = [
    "do_resize",
    "size",
    "resample",
    "do_center_crop",
    "crop_size",
    "do_rescale",
    "rescale_factor",
    "do_normalize",
    "image_mean",
    "image_std",
];
/// The largest side that a picture is resized or cropped to.
const MAX_SIDE: i64 = 8192;

impl Config {
    /// Reads the file in a model's folder. What it leaves out is as in ViT's image processor.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("preprocessor_config.json");
        let text = std::fs::read(&path).map_err(|error| Error::file(&path, error))?;
        let parsed = match serde_json::from_slice(&text) {
            Ok(Value::Object(fields)) => Self::parse(&fields),
            Ok(_) => Err(Error::value("it holds no JSON object")),
            Err(error) => Err(Error::value(format!("not JSON: {error}"))),
        };
        parsed.map_err(|error| crate::io::in_file(&path, error))
    }

    fn parse(fields: &Map<String, Value>) -> Result<Self> {
        for (key, value) in fields {
            let inert = value.is_null() || value == &Value::Bool(false);
            if !inert && !KNOWN.contains(&key.as_str()) && !WITHOUT_EFFECT.contains(&key.as_str()) {
                return Err(Error::value(format!("{key} is not supported"))
                    .mend(format!("remove it; what is known is {}", KNOWN.join(", "))));
            }
        }
        let flag = |key: &str, default: bool| match fields.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(other) => {
                Err(Error::value(format!("{key} is {other}, and must be true or false")))
            }
        };
        let size = match given(fields, "size") {
            Some(value) => size("size", value)?,
            None => Size::Exact(224, 224),
        };
        let crop =
            match (flag("do_center_crop", false)?, given(fields, "crop_size").map(size_of_crop)) {
                (false, _) => None,
                (true, Some(crop)) => Some(crop?),
                (true, None) => {
                    return Err(Error::value("do_center_crop is true, but there is no crop_size"));
                }
            };
        Ok(Self {
            resize: flag("do_resize", true)?.then_some((size, resample(fields)?)),
            crop,
            rescale: flag("do_rescale", true)?.then_some(rescale_factor(fields)?),
            normalize: match flag("do_normalize", true)? {
                true => Some(mean_and_std(fields)?),
                false => None,
            },
        })
    }
}

fn given<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).filter(|value| !value.is_null())
}

fn size(key: &str, value: &Value) -> Result<Size> {
    let side = |value: &Value| match value.as_i64() {
        Some(side) if (1..=MAX_SIDE).contains(&side) => Ok(side),
        _ => Err(Error::value(format!("{key} is {value}; a side is from 1 to {MAX_SIDE}"))),
    };
    if value.is_number() {
        // Older ViT folders write one number for a square.
        return side(value).map(|side| Size::Exact(side, side));
    }
    match (value.get("height"), value.get("width"), value.get("shortest_edge")) {
        (Some(height), Some(width), None) => Ok(Size::Exact(side(height)?, side(width)?)),
        (None, None, Some(edge)) if value.get("longest_edge").is_none() => {
            Ok(Size::ShortestEdge(side(edge)?))
        }
        _ => Err(Error::value(format!(
            "{key} is {value}, and must have height and width, or shortest_edge"
        ))),
    }
}

fn size_of_crop(value: &Value) -> Result<(i64, i64)> {
    match size("crop_size", value)? {
        Size::Exact(height, width) => Ok((height, width)),
        Size::ShortestEdge(side) => Ok((side, side)),
    }
}

fn resample(fields: &Map<String, Value>) -> Result<Resample> {
    match given(fields, "resample").map(|value| (value, value.as_i64())) {
        None | Some((_, Some(2))) => Ok(Resample::Bilinear),
        Some((_, Some(3))) => Ok(Resample::Bicubic),
        Some((value, _)) => {
            Err(Error::value(format!("resample is {value}, which is not supported"))
                .mend("use 2 (bilinear) or 3 (bicubic)"))
        }
    }
}

fn rescale_factor(fields: &Map<String, Value>) -> Result<f64> {
    match given(fields, "rescale_factor").map(|value| (value, value.as_f64())) {
        None => Ok(1.0 / 255.0),
        Some((_, Some(factor))) if factor.is_finite() && factor > 0.0 => Ok(factor),
        Some((value, _)) => {
            Err(Error::value(format!("rescale_factor is {value}, and must be above 0")))
        }
    }
}

fn mean_and_std(fields: &Map<String, Value>) -> Result<(Vec<f64>, Vec<f64>)> {
    let numbers = |key: &str| -> Result<Vec<f64>> {
        let Some(value) = given(fields, key) else { return Ok(vec![0.5; 3]) };
        let list: Option<Vec<f64>> = match value {
            Value::Array(items) => items.iter().map(Value::as_f64).collect(),
            single => single.as_f64().map(|number| vec![number; 3]),
        };
        match list {
            Some(list) if list.len() == 3 || list.len() == 1 => Ok(list),
            _ => Err(Error::value(format!(
                "{key} is {value}, and must be three numbers, or one for gray pictures"
            ))),
        }
    };
    let (mean, std) = (numbers("image_mean")?, numbers("image_std")?);
    if mean.len() != std.len() {
        return Err(Error::value(format!(
            "image_mean has {} numbers, and image_std {}",
            mean.len(),
            std.len()
        )));
    }
    if std.contains(&0.0) {
        return Err(Error::value("image_std holds a zero, and pixels are divided by it"));
    }
    Ok((mean, std))
}
