//! A table of vectors: torch's `nn.Embedding`.

use tch::{Device, Kind, Tensor};

use super::{Forward, Path, check, init, module};
use crate::tensor::python_repr;
use crate::{Error, Result};

/// The options of [`Embedding`]; [`EmbeddingConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct EmbeddingConfig {
    /// Size of the vocabulary: ids are `0..num_embeddings`.
    pub num_embeddings: i64,
    /// Size of each vector.
    pub embedding_dim: i64,
    /// The id whose row starts at zero and gets no gradient; negative counts from the end.
    pub padding_idx: Option<i64>,
    /// Rows of a larger norm are shrunk to it, in place, when they are looked up.
    pub max_norm: Option<f64>,
    /// The p of the p-norm for `max_norm`.
    pub norm_type: f64,
    /// Divides a row's gradient by how often its id occurs in the input.
    pub scale_grad_by_freq: bool,
    /// Makes the gradient of the weight a sparse tensor.
    pub sparse: bool,
    /// Kind of the weight; `None` is the `VarStore`'s, or the given tensor's.
    pub dtype: Option<Kind>,
}

impl EmbeddingConfig {
    /// `num_embeddings` vectors of `embedding_dim` numbers.
    pub fn new(num_embeddings: i64, embedding_dim: i64) -> Self {
        Self {
            num_embeddings,
            embedding_dim,
            padding_idx: None,
            max_norm: None,
            norm_type: 2.0,
            scale_grad_by_freq: false,
            sparse: false,
            dtype: None,
        }
    }

    fn check(&self) -> Result<()> {
        check::not_negative("Embedding", "num_embeddings", self.num_embeddings)?;
        check::not_negative("Embedding", "embedding_dim", self.embedding_dim)?;
        let count = self.num_embeddings;
        match self.padding_idx {
            Some(id) if id >= count || id < -count => Err(Error::value(format!(
                "padding_idx must be within num_embeddings={count}, but got {id}"
            ))),
            _ => Ok(()),
        }
    }
}

module! {
    /// Looks ids up in a table: `[*]` of int64 or int32 → `[*, embedding_dim]`.
    ///
    /// ```
    /// use atencion::nn::{Embedding, EmbeddingConfig, Forward};
    /// use tch::{Device, Tensor, nn::VarStore};
    ///
    /// let vs = VarStore::new(Device::Cpu);
    /// let embedding = Embedding::new(&vs.root(), EmbeddingConfig::new(10, 3))?;
    /// let ids = Tensor::from_slice2(&[[1i64, 2, 4, 5], [4, 3, 2, 9]]);
    /// assert_eq!(embedding.forward(&ids)?.size(), [2, 4, 3]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// Source: [torch.nn.Embedding](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
    pub struct Embedding from (config: EmbeddingConfig) {
        /// `[num_embeddings, embedding_dim]`
        pub weight: Tensor,
        /// The id that gets no gradient, counted from the start.
        pub padding_idx: Option<i64>,
        /// Rows of a larger norm are shrunk to it.
        pub max_norm: Option<f64>,
        /// The p of the p-norm for `max_norm`.
        pub norm_type: f64,
        /// Divides a row's gradient by how often its id occurs.
        pub scale_grad_by_freq: bool,
        /// Makes the gradient sparse.
        pub sparse: bool,
        /// Whether vectors are given as float32, whatever kind the table is kept in: packed weights multiply those.
        pub widens: bool,
    }

    impl Module {
        fn extra_repr(&self) -> String {
            let sizes = self.weight.size();
            let mut text = format!("{}, {}", sizes[0], sizes[1]);
            if let Some(padding_idx) = self.padding_idx {
                text += &format!(", padding_idx={padding_idx}");
            }
            if let Some(max_norm) = self.max_norm {
                text += &format!(", max_norm={}", python_repr(max_norm));
            }
            if self.norm_type != 2.0 {
                text += &format!(", norm_type={}", python_repr(self.norm_type));
            }
            if self.scale_grad_by_freq {
                text += ", scale_grad_by_freq=True";
            }
            if self.sparse {
                text += ", sparse=True";
            }
            text
        }
    }
}

impl Embedding {
    /// Fresh weights are N(0, 1); the padding row is 0.
    ///
    /// # Errors
    /// When a size is negative, `padding_idx` is outside the vocabulary, or the path already has a `weight`.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: EmbeddingConfig) -> Result<Self> {
        config.check()?;
        let p = path.into().with_kind(config.dtype);
        let (count, dim) = (config.num_embeddings, config.embedding_dim);
        let embedding = Self {
            weight: p.parameter("weight", &[count, dim])?,
            padding_idx: config.padding_idx.map(|id| if id < 0 { count + id } else { id }),
            max_norm: config.max_norm,
            norm_type: config.norm_type,
            scale_grad_by_freq: config.scale_grad_by_freq,
            sparse: config.sparse,
            widens: p.is_packed(),
            training: true,
        };
        if p.draws() {
            embedding.reset_parameters()?;
        }
        Ok(embedding)
    }

    /// Draws the weight anew, as torch's method of that name.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn reset_parameters(&self) -> Result<()> {
        init::normal_(&self.weight, 0.0, 1.0)?;
        self.zero_padding()
    }

    /// The padding row becomes 0, where there is one: what an initialisation that knows no padding is followed by.
    pub(crate) fn zero_padding(&self) -> Result<()> {
        match self.padding_idx {
            Some(id) => init::constant_(&tch::no_grad(|| self.weight.f_select(0, id))?, 0.0),
            None => Ok(()),
        }
    }

    fn check(&self, input: &Tensor) -> Result<()> {
        if !matches!(input.kind(), Kind::Int64 | Kind::Int) {
            let found = check::dtype_name(input.kind());
            return Err(Error::kind_mismatch(format!(
                "input holds ids and should be int64 or int32, but is {found}"
            )));
        }
        // A CPU kernel checks each id as it goes; a GPU kernel would take the whole process down.
        match input.device() {
            Device::Cpu => Ok(()),
            _ => self.stray_id(input).map_or(Ok(()), Err),
        }
    }

    /// The error for an id outside the vocabulary, if there is one.
    fn stray_id(&self, input: &Tensor) -> Option<Error> {
        if input.numel() == 0 {
            return None;
        }
        let count = self.weight.size()[0];
        let (low, high) = (input.min().int64_value(&[]), input.max().int64_value(&[]));
        let stray = if low < 0 { low } else { high };
        (stray < 0 || stray >= count).then(|| {
            let place = Vec::<i64>::try_from(input.eq(stray).nonzero().get(0)).unwrap_or_default();
            Error::value(format!(
                "input holds the id {stray} at {place:?}, but the vocabulary has num_embeddings={count}: 0 to {}",
                count - 1
            ))
        })
    }

    fn look_up(&self, input: &Tensor) -> std::result::Result<Tensor, tch::TchError> {
        let mut input = input.shallow_clone();
        if let Some(max_norm) = self.max_norm {
            input = input.f_contiguous()?;
            let mut weight = self.weight.f_detach()?;
            let _ = weight.f_embedding_renorm_(&input, max_norm, self.norm_type)?;
        }
        let padding_idx = self.padding_idx.unwrap_or(-1);
        let (by_freq, sparse) = (self.scale_grad_by_freq, self.sparse);
        let found = Tensor::f_embedding(&self.weight, &input, padding_idx, by_freq, sparse)?;
        if self.widens { found.f_to_kind(Kind::Float) } else { Ok(found) }
    }
}

impl Forward for Embedding {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.check(input)?;
        self.look_up(input).map_err(|error| self.stray_id(input).unwrap_or_else(|| error.into()))
    }
}
