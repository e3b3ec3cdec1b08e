//! From pixels to tokens: pieces, the class token, and where each piece is.

use tch::Tensor;

use super::ViTConfig;
use crate::nn::{Conv2d, Conv2dConfig, Dropout, Forward, Path, init, module};
use crate::{Error, Result};

module! {
    /// The picture's pieces as vectors, behind the class token, and where each is.
    pub struct ViTEmbeddings {
        /// `[1, 1, E]`: the token whose last state stands for the whole picture.
        pub cls_token: Tensor,
        /// `[1, L, E]`
        pub position_embeddings: Tensor,
        /// A kernel of P × P pixels, moved by P: `[B, C, Y, X]` → `[B, E, Y / P, X / P]`.
        pub patch_embeddings: ViTPatchEmbeddings,
        /// Of the sum.
        pub dropout: Dropout,
        /// `[Y, X]` that the positions are for.
        pub image_size: Vec<i64>,
        /// `[P, P]`
        pub patch_size: Vec<i64>,
    }
}

module! {
    /// Pieces of the picture → vectors.
    pub struct ViTPatchEmbeddings {
        /// `[E, C, P, P]`
        pub projection: Conv2d,
    }
}

impl ViTEmbeddings {
    pub(super) fn new(p: &Path, config: &ViTConfig) -> Result<Self> {
        let e = config.hidden_size;
        let conv = Conv2dConfig {
            in_channels: config.num_channels,
            out_channels: e,
            kernel_size: config.patch_size,
            stride: config.patch_size,
            bias: true,
        };
        // In Python's order of draws: a token, the kernel, the positions.
        let cls_token = p.parameter("cls_token", &[1, 1, e])?;
        if p.draws() {
            init::normal_(&cls_token, 0.0, 1.0)?;
        }
        let projection = Conv2d::new(p / "patch_embeddings" / "projection", conv)?;
        let position_embeddings =
            p.parameter("position_embeddings", &[1, config.num_patches() + 1, e])?;
        if p.draws() {
            init::normal_(&position_embeddings, 0.0, 1.0)?;
        }
        Ok(Self {
            cls_token,
            position_embeddings,
            patch_embeddings: ViTPatchEmbeddings { projection, training: true },
            dropout: Dropout::new(config.hidden_dropout_prob)?,
            image_size: config.image_size.to_vec(),
            patch_size: config.patch_size.to_vec(),
            training: true,
        })
    }

    /// `[B, C, Y, X]` → `[B, L, E]`
    pub(super) fn forward(&self, pixel_values: &Tensor, interpolate: bool) -> Result<Tensor> {
        let (b, _, y, x) = pixel_values.size4()?;
        let pieces = self.patch_embeddings.projection.forward(pixel_values)?; // [B, E, Y / P, X / P]
        let pieces = pieces.f_flatten(2, -1)?.f_transpose(1, 2)?; // [B, N, E]
        let cls_tokens = self.cls_token.f_expand([b, -1, -1], false)?;
        let embeddings = Tensor::f_cat(&[cls_tokens, pieces], 1)?; // [B, L, E]
        let positions = match interpolate {
            true => self.interpolate_pos_encoding(&embeddings, y, x)?,
            false => {
                self.check_image_size(y, x)?;
                self.position_embeddings.shallow_clone()
            }
        };
        self.dropout.forward(&embeddings.f_add(&positions)?)
    }

    fn check_image_size(&self, y: i64, x: i64) -> Result<()> {
        if self.image_size == [y, x] {
            return Ok(());
        }
        Err(Error::value(format!(
            "Input image size ({y}*{x}) doesn't match model ({}*{})",
            self.image_size[0], self.image_size[1]
        ))
        .mend("scale the picture, or ask for interpolate_pos_encoding"))
    }

    /// Positions of a picture of another size: those of the model's, drawn out or together.
    fn interpolate_pos_encoding(&self, embeddings: &Tensor, y: i64, x: i64) -> Result<Tensor> {
        let (_, l, e) = embeddings.size3()?;
        let positions = &self.position_embeddings;
        let n = positions.size()[1] - 1;
        if l - 1 == n && y == x {
            return Ok(positions.shallow_clone());
        }
        let class = positions.f_slice(1, None, 1, 1)?; // [1, 1, E]
        let patches = positions.f_slice(1, 1, None, 1)?; // [1, N, E]
        let side = n.isqrt();
        if side * side != n {
            return Err(Error::value(format!(
                "the model's {n} positions are no square, and cannot be interpolated"
            )));
        }
        let patches = patches.f_reshape([1, side, side, e])?.f_permute([0, 3, 1, 2])?; // [1, E, √N, √N]
        let size = [y / self.patch_size[0], x / self.patch_size[1]];
        let patches = patches.f_upsample_bicubic2d(size, false, None, None)?; // [1, E, Y / P, X / P]
        let patches = patches.f_permute([0, 2, 3, 1])?.f_reshape([1, -1, e])?; // [1, N, E]
        Ok(Tensor::f_cat(&[class, patches], 1)?)
    }
}
