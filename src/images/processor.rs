//! Pixels as a model takes them.

use std::path::Path;

use tch::{Kind, Tensor};

use super::config::{Config, Resample, Size};
use crate::{Error, Result};

/// What `AutoImageProcessor.from_pretrained(folder)` does to a picture.
#[derive(Debug, Clone)]
pub struct ImageProcessor {
    config: Config,
}

impl ImageProcessor {
    /// Reads `preprocessor_config.json` in a model's folder, or, with the feature `hub`, of `owner/name` on the Hub.
    ///
    /// # Errors
    /// When there is none, or a key of it is unknown or has a value that cannot be.
    pub fn from_pretrained(folder: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { config: Config::read(&crate::io::model_folder(folder)?)? })
    }

    /// A picture file as `pixel_values`: float32, `[1, 3, H, W]`, or `[1, 1, H, W]` for a model of gray pictures.
    ///
    /// # Errors
    /// As [`super::read`] and [`ImageProcessor::preprocess`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Tensor> {
        self.preprocess(&super::read(path)?)
    }

    /// A picture in memory, uint8 `[3, H, W]` or `[1, H, W]`, as `pixel_values`.
    ///
    /// # Errors
    /// When it is not such a tensor; when resizing would make a side of it too long.
    pub fn preprocess(&self, picture: &Tensor) -> Result<Tensor> {
        let size = picture.size();
        if picture.kind() != Kind::Uint8
            || size.len() != 3
            || ![1, 3].contains(&size[0])
            || size.contains(&0)
        {
            let what = format!(
                "a picture is uint8 [3, H, W] or [1, H, W], and this is {:?} {size:?}",
                picture.kind()
            );
            return Err(Error::value(what));
        }
        // [1, C, H, W], whatever happens to H and W.
        let mut pixels = self.in_channels(picture)?.unsqueeze(0);
        if let Some((size, resample)) = self.config.resize {
            pixels = resized(&pixels, target(size, &pixels)?, resample)?;
        }
        if let Some((height, width)) = self.config.crop {
            pixels = center_crop(&pixels, height, width)?;
        }
        Ok(self.normalized(&pixels)?.contiguous())
    }

    /// Colour or gray, as the model's mean has three numbers or one.
    fn in_channels(&self, picture: &Tensor) -> Result<Tensor> {
        let wanted = self.config.normalize.as_ref().map_or(3, |(mean, _)| mean.len() as i64);
        Ok(match (picture.size()[0], wanted) {
            (1, 3) => picture.f_expand([3, -1, -1], false)?,
            (3, 1) => gray(picture)?,
            _ => picture.shallow_clone(),
        })
    }

    /// Rescaled and normalized in one step in float32, as `transformers` does.
    fn normalized(&self, pixels: &Tensor) -> Result<Tensor> {
        let pixels = pixels.f_to_kind(Kind::Float)?;
        let Some((mean, std)) = &self.config.normalize else {
            return Ok(match self.config.rescale {
                Some(factor) => pixels.f_mul_scalar(factor)?,
                None => pixels,
            });
        };
        let scale = self.config.rescale.map_or(1.0, |factor| 1.0 / factor);
        // The products are rounded in float32: the list becomes a tensor before it is multiplied.
        let of = |list: &[f64]| -> Result<Tensor> {
            let list: Vec<f32> = list.iter().map(|&number| number as f32).collect();
            Ok(Tensor::from_slice(&list).f_mul_scalar(scale)?.f_view([-1, 1, 1])?)
        };
        Ok(pixels.f_sub(&of(mean)?)?.f_div(&of(std)?)?)
    }
}

/// Height and width after resizing.
fn target(size: Size, pixels: &Tensor) -> Result<[i64; 2]> {
    let edge = match size {
        Size::Exact(height, width) => return Ok([height, width]),
        Size::ShortestEdge(edge) => edge,
    };
    let (height, width) = (pixels.size()[2], pixels.size()[3]);
    let (short, long) = (height.min(width), height.max(width));
    let new_long = (edge as f64 * long as f64 / short as f64) as i64;
    if new_long.saturating_mul(edge) > super::MAX_PIXELS as i64 {
        let what = format!("a picture of {height}×{width} would become {edge}×{new_long}");
        return Err(Error::value(what).mend("crop it first"));
    }
    Ok(if width <= height { [new_long, edge] } else { [edge, new_long] })
}

/// Resizing with antialiasing, on bytes, as `torchvision` does.
fn resized(pixels: &Tensor, size: [i64; 2], resample: Resample) -> Result<Tensor> {
    if pixels.size()[2..] == size {
        return Ok(pixels.shallow_clone());
    }
    Ok(match resample {
        Resample::Bilinear => pixels.f_internal_upsample_bilinear2d_aa(size, false, None, None)?,
        Resample::Bicubic => pixels.f_internal_upsample_bicubic2d_aa(size, false, None, None)?,
    })
}

/// The middle of a picture; what is too small gets a black border first.
fn center_crop(pixels: &Tensor, height: i64, width: i64) -> Result<Tensor> {
    let missing = |wanted: i64, side: i64| (wanted - side).max(0);
    let (down, right) = (missing(height, pixels.size()[2]), missing(width, pixels.size()[3]));
    let padded =
        pixels.f_constant_pad_nd([right / 2, (right + 1) / 2, down / 2, (down + 1) / 2])?;
    let top = (padded.size()[2] - height) / 2;
    let left = (padded.size()[3] - width) / 2;
    Ok(padded.f_narrow(2, top, height)?.f_narrow(3, left, width)?)
}

/// Luminance with Pillow's integer weights (ITU-R 601-2).
fn gray(picture: &Tensor) -> Result<Tensor> {
    let weights = Tensor::from_slice(&[19595_i32, 38470, 7471]).f_view([3, 1, 1])?;
    let sum = (picture.f_to_kind(Kind::Int)? * weights).f_sum_dim_intlist(
        [0_i64].as_slice(),
        true,
        Kind::Int,
    )?;
    let rounded = sum.f_add_scalar(0x8000)?.f_bitwise_right_shift_tensor_scalar(16)?;
    Ok(rounded.f_to_kind(Kind::Uint8)?)
}
