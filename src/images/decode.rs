//! PNG, JPEG and WebP into uint8 tensors.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgba};
use tch::Tensor;

use crate::{Error, Result};

/// The largest picture that is decoded, in pixels: where Pillow begins to warn of a decompression bomb.
pub const MAX_PIXELS: u64 = 89_478_485;

/// Reads a picture: uint8, `[3, H, W]`, red, green, blue. What its Exif data says of its orientation is followed, and
/// what is transparent in it is put on white, as `transformers` does.
///
/// # Errors
/// When the file cannot be read, is no PNG, JPEG or WebP, is broken or truncated, or is larger than [`MAX_PIXELS`].
pub fn read(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    decode(&bytes).map_err(|error| crate::io::in_file(path, error))
}

/// The same from the bytes of the file.
///
/// # Errors
/// As [`read`].
pub fn decode(bytes: &[u8]) -> Result<Tensor> {
    let broken = |error: image::ImageError| {
        Error::value(format!("the picture is broken: {}", crate::io::printable(&error.to_string())))
    };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|error| Error::value(error.to_string()))?;
    let format = reader.format().filter(|format| {
        matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)
    });
    let format = format.ok_or_else(|| Error::value("not a PNG, JPEG or WebP picture"))?;
    if format == ImageFormat::Jpeg && !jpeg_is_whole(bytes) {
        return Err(Error::value("the picture is truncated"));
    }
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let what =
            format!("the picture has {width}×{height} pixels; at most {MAX_PIXELS} are read");
        return Err(Error::value(what).mend("make it smaller first"));
    }
    if width == 0 || height == 0 {
        return Err(Error::value("the picture is empty"));
    }
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    let rgb = on_white(picture);
    let size = [i64::from(rgb.height()), i64::from(rgb.width()), 3];
    Ok(Tensor::from_slice(rgb.as_raw()).view(size).permute([2, 0, 1]))
}

/// The decoder fills what is missing of a JPEG with gray; a whole one ends in a marker, which cannot stand within the
/// data of a scan.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let last = |marker: [u8; 2]| bytes.windows(2).rposition(|pair| pair == marker);
    let (end, scan) = (last([0xff, 0xd9]), last([0xff, 0xda]));
    // Without a scan the decoder itself says what is wrong.
    scan.is_none() || end > scan
}

/// A picture without transparency: over white, with the integer arithmetic of Pillow's `alpha_composite`.
fn on_white(picture: DynamicImage) -> image::RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let (width, height) = rgba.dimensions();
    image::RgbImage::from_fn(width, height, |x, y| {
        let Rgba([r, g, b, alpha]) = *rgba.get_pixel(x, y);
        image::Rgb([r, g, b].map(|value| over_white(value, alpha)))
    })
}

fn over_white(value: u8, alpha: u8) -> u8 {
    // Seven bits more than a byte has.
    let own = u32::from(alpha) << 7;
    let sum = u32::from(value) * own + 255 * ((255 << 7) - own) + (0x80 << 7);
    ((((sum >> 8) + sum) >> 8) >> 7) as u8
}
