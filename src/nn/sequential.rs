//! One module after the other: torch's `nn.Sequential`.

use tch::Tensor;

use super::{Build, Forward, Module, Parts, Path};
use crate::Result;

/// Modules of any type, each of which takes what the one before gives; their names are `0`, `1`, …
///
/// ```
/// use atencion::nn::{Forward, Gelu, Linear, LinearConfig, Path, Sequential, layer};
/// use tch::{Device, Kind, Tensor};
///
/// let mlp = Sequential::new(Path::root(Device::Cpu), [
///     layer::<Linear>(LinearConfig::new(8, 32)),
///     layer::<Gelu>(()),
///     layer::<Linear>(LinearConfig::new(32, 8)),
/// ])?;
/// let x = Tensor::randn([2, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(mlp.forward(&x)?.size(), [2, 8]);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch.nn.Sequential](https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html).
pub struct Sequential {
    modules: Vec<Box<dyn Forward>>,
    training: bool,
}

/// A module that is yet to be built, for [`Sequential::new`].
pub struct Layer(Box<BuildLayer>);

type BuildLayer = dyn FnOnce(&Path<'_>, &str) -> Result<Box<dyn Forward>>;

/// A module of type `M`, to be built of `config`.
pub fn layer<M: Build + Forward + 'static>(config: M::Config) -> Layer
where
    M::Config: 'static,
{
    Layer(Box::new(|parent, name| Ok(Box::new(M::build(parent, name, config)?))))
}

impl Sequential {
    /// Builds the layers, in their order.
    ///
    /// # Errors
    /// What a layer refuses.
    pub fn new<'a>(
        path: impl Into<Path<'a>>,
        layers: impl IntoIterator<Item = Layer>,
    ) -> Result<Self> {
        let p = path.into();
        let layers = layers.into_iter().enumerate();
        layers.map(|(index, Layer(build))| build(&p, &index.to_string())).collect()
    }
}

impl FromIterator<Box<dyn Forward>> for Sequential {
    fn from_iter<I: IntoIterator<Item = Box<dyn Forward>>>(modules: I) -> Self {
        Self { modules: modules.into_iter().collect(), training: true }
    }
}

impl Build for Sequential {
    type Config = Vec<Layer>;

    fn build(parent: &Path<'_>, name: &str, layers: Vec<Layer>) -> Result<Self> {
        Self::new(parent / name, layers)
    }
}

impl Forward for Sequential {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let mut x = input.shallow_clone();
        for module in &self.modules {
            x = module.forward(&x)?;
        }
        Ok(x)
    }
}

impl Module for Sequential {
    fn parts(&self) -> Parts<'_> {
        let children = self.modules.iter().enumerate();
        let children =
            children.map(|(index, module)| (index.to_string().into(), module.as_module()));
        Parts { children: children.collect(), ..Parts::default() }
    }

    fn training(&self) -> bool {
        self.training
    }

    fn train(&mut self, mode: bool) {
        self.training = mode;
        self.modules.iter_mut().for_each(|module| module.train(mode));
    }

    fn as_module(&self) -> &dyn Module {
        self
    }
}

impl std::fmt::Display for Sequential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.repr())
    }
}

impl std::fmt::Debug for Sequential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.repr())
    }
}
