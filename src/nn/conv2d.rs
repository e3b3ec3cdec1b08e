//! A kernel that is moved over a picture: torch's `nn.Conv2d`.

use tch::Tensor;

use super::{Forward, Path, check, init, module};
use crate::{Error, Result};

/// The options of [`Conv2d`], under torch's names. Padding, dilation and groups are torch's defaults: none.
#[derive(Debug, Clone)]
pub struct Conv2dConfig {
    /// Channels of the picture.
    pub in_channels: i64,
    /// Numbers that each place of the kernel gives.
    pub out_channels: i64,
    /// Height and width of the kernel, in pixels.
    pub kernel_size: [i64; 2],
    /// How many pixels it is moved by.
    pub stride: [i64; 2],
    /// Whether a bias is added.
    pub bias: bool,
}

module! {
    /// `[B, in_channels, H, W]` → `[B, out_channels, ⌊(H − kernel) / stride⌋ + 1, ..]`.
    ///
    /// ```
    /// use atencion::nn::{Conv2d, Conv2dConfig, Forward, Path};
    /// use tch::{Device, Kind, Tensor};
    ///
    /// // Pieces of 16 × 16 pixels, each of them 768 numbers: the first step of a Vision Transformer.
    /// let config = Conv2dConfig { in_channels: 3, out_channels: 768, kernel_size: [16, 16], stride: [16, 16], bias: true };
    /// let projection = Conv2d::new(Path::root(Device::Cpu), config)?;
    /// let picture = Tensor::zeros([1, 3, 224, 224], (Kind::Float, Device::Cpu));
    /// assert_eq!(projection.forward(&picture)?.size(), [1, 768, 14, 14]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// Source: [torch.nn.Conv2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).
    pub struct Conv2d from (config: Conv2dConfig) {
        /// `[out_channels, in_channels, kernel_height, kernel_width]`
        pub weight: Tensor,
        /// `[out_channels]`
        pub bias: Option<Tensor>,
        /// How many pixels the kernel is moved by, down and to the right.
        pub stride: Vec<i64>,
    }

    impl Module {
        fn extra_repr(&self) -> String {
            let size = self.weight.size();
            let mut text = format!(
                "{}, {}, kernel_size=({}, {}), stride=({}, {})",
                size[1], size[0], size[2], size[3], self.stride[0], self.stride[1]
            );
            if self.bias.is_none() {
                text += ", bias=False";
            }
            text
        }
    }
}

impl Conv2d {
    /// Fresh parameters are U(−1/√n, 1/√n), n being `in_channels` · the kernel's pixels, as in PyTorch.
    ///
    /// # Errors
    /// When a size is negative or a stride is not above 0, or the path already has such parameters.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: Conv2dConfig) -> Result<Self> {
        let p = path.into();
        check::not_negative("Conv2d", "in_channels", config.in_channels)?;
        check::not_negative("Conv2d", "out_channels", config.out_channels)?;
        let ([height, width], stride) = (config.kernel_size, config.stride);
        if height < 1 || width < 1 || stride.iter().any(|&step| step < 1) {
            return Err(Error::value(format!(
                "Conv2d: kernel_size and stride should be above 0, but are {:?} and {stride:?}",
                config.kernel_size
            )));
        }
        let conv = Self {
            weight: p
                .parameter("weight", &[config.out_channels, config.in_channels, height, width])?,
            bias: p.optional(config.bias, "bias", &[config.out_channels])?,
            stride: stride.to_vec(),
            training: true,
        };
        if p.draws() {
            conv.reset_parameters()?;
        }
        Ok(conv)
    }

    /// Draws the parameters anew, as torch's method of that name.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn reset_parameters(&self) -> Result<()> {
        init::kaiming_uniform_(&self.weight, 5f64.sqrt())?;
        if let Some(bias) = &self.bias {
            let (fan_in, _) = init::fan_in_and_fan_out(&self.weight)?;
            if fan_in > 0 {
                let bound = 1.0 / (fan_in as f64).sqrt();
                init::uniform_(bias, -bound, bound)?;
            }
        }
        Ok(())
    }

    fn check(&self, input: &Tensor) -> Result<()> {
        let (size, weight) = (input.size(), self.weight.size());
        match size[..] {
            [_, channels, height, width]
                if channels == weight[1] && height >= weight[2] && width >= weight[3] =>
            {
                Ok(())
            }
            _ => Err(Error::value(format!(
                "input is {size:?} but should be [B, in_channels={}, H, W], H and W not below the kernel's {} and {}",
                weight[1], weight[2], weight[3]
            ))),
        }
    }
}

impl Forward for Conv2d {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.check(input)?;
        let output = input.f_conv2d(
            &self.weight,
            self.bias.as_ref(),
            self.stride.as_slice(),
            [0, 0],
            [1, 1],
            1,
        );
        output
            .map_err(|error| check::explain_dtype("input", input, self.weight.kind(), error.into()))
    }
}
