//! Pictures to tensors: decoded, resized, cropped and normalized as a model's `preprocessor_config.json` says.
//!
//! What happens to the pixels is what `transformers`' default image processors do, through the same operators of
//! libtorch: uint8 resizing with antialiasing, then `(x - mean) / std` in float32.
//!
//! ```no_run
//! use atencion::images::ImageProcessor;
//!
//! let processor = ImageProcessor::from_pretrained("vit-base-patch16-224")?;
//! let pixel_values = processor.open("cat.jpg")?; // [1, 3, 224, 224]
//! # Ok::<(), atencion::Error>(())
//! ```

mod config;
mod decode;
mod processor;

pub use self::decode::{MAX_PIXELS, decode, read};
pub use self::processor::ImageProcessor;
