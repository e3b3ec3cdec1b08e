//! `transformers`' `Conv1D`: a linear map whose weight is transposed.

use tch::Tensor;

use crate::Result;
use crate::libtorch::After;
use crate::nn::{Forward, Lora, Packed, Path, init, module};

module! {
    /// `y = x W + b`: a linear map whose weight is `[in, out]`, as GPT-2's files have it. `[.., nx]` → `[.., nf]`.
    ///
    /// Source: `transformers/pytorch_utils.py`.
    pub struct Conv1D {
        /// `[nx, nf]`
        pub weight: Tensor,
        /// `[nf]`
        pub bias: Tensor,
        /// The weight once more, where it was packed for writing.
        pub packed: Packed,
        /// What it learns beside its weight, where the model was opened so.
        pub lora: Option<Lora>,
    }

    impl Module {
        fn extra_repr(&self) -> String {
            let size = self.weight.size();
            format!("nf={}, nx={}", size[1], size[0])
        }
    }
}

impl Conv1D {
    /// `nx` numbers in, `nf` out; a fresh weight is N(0, 0.02²), the bias 0.
    ///
    /// # Errors
    /// When the path already has such parameters.
    pub fn new<'a>(path: impl Into<Path<'a>>, nf: i64, nx: i64) -> Result<Self> {
        let p = path.into();
        let weight = p.parameter("weight", &[nx, nf])?;
        let conv1d = Self {
            packed: p.pack(&weight.tr())?,
            bias: p.parameter("bias", &[nf])?,
            lora: p.lora(&weight, [nx, nf])?,
            weight,
            training: true,
        };
        if p.draws() {
            init::constant_(&conv1d.bias, 0.0)?;
            init::normal_(&conv1d.weight, 0.0, 0.02)?;
        }
        Ok(conv1d)
    }

    /// The same as `forward`, and what comes after it, which packed weights do along the way.
    ///
    /// # Errors
    /// As `forward`, and when what is added has another shape.
    pub(crate) fn forward_then(&self, x: &Tensor, after: After) -> Result<Tensor> {
        let packed = match &self.lora {
            None => self.packed.linear_then(x, Some(&self.bias), after),
            Some(_) => None,
        };
        packed.unwrap_or_else(|| after.of(self.forward(x)?))
    }

    fn multiply(&self, x: &Tensor) -> Result<Tensor> {
        let mut size_out = x.size();
        let nx = size_out.pop().unwrap_or_default();
        size_out.push(self.weight.size()[1]);
        let x = self.bias.f_addmm(&x.f_view([-1, nx])?, &self.weight)?;
        Ok(x.f_view(size_out.as_slice())?)
    }
}

impl Forward for Conv1D {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = match self.packed.linear(x, Some(&self.bias)) {
            Some(y) => y?,
            None => self.multiply(x)?,
        };
        match &self.lora {
            Some(lora) => lora.add_to(&y, x),
            None => Ok(y),
        }
    }
}
