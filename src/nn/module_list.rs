//! Modules in a list: torch's `nn.ModuleList`.

use std::ops::{Deref, DerefMut};

use super::{Build, Module, Parts, Path, repr};
use crate::Result;

/// Modules of one type, registered under the names `0`, `1`, … It stands for the slice of them.
///
/// ```
/// use atencion::nn::{Linear, LinearConfig, Module, ModuleList, Path};
/// use tch::Device;
///
/// let h = ModuleList::new(Path::root(Device::Cpu), 6, |p| Linear::new(p, LinearConfig::new(8, 8)))?;
/// assert_eq!(h.to_string(), "\
/// ModuleList(
///   (0-5): 6 x Linear(in_features=8, out_features=8, bias=True)
/// )");
/// assert_eq!(h.named_parameters()[2].0, "1.weight");
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch.nn.ModuleList](https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html).
pub struct ModuleList<M> {
    modules: Vec<M>,
    training: bool,
}

impl<M: Module> ModuleList<M> {
    /// `count` modules, each with draws of its own: torch's `nn.ModuleList([Block(config) for _ in range(count)])`.
    ///
    /// # Errors
    /// What `build` refuses.
    pub fn new<'a>(
        path: impl Into<Path<'a>>,
        count: i64,
        build: impl Fn(Path<'a>) -> Result<M>,
    ) -> Result<Self> {
        let p = path.into();
        (0..count).map(|index| build(&p / index)).collect()
    }

    /// `count` copies of one module: torch's `_get_clones`. The first is drawn.
    ///
    /// # Errors
    /// What `build` refuses.
    pub fn clones<'a>(
        path: impl Into<Path<'a>>,
        count: i64,
        build: impl Fn(Path<'a>) -> Result<M>,
    ) -> Result<Self> {
        let p = path.into();
        let mut modules: Vec<M> = Vec::new();
        for index in 0..count {
            let Some(first) = modules.first() else {
                modules.push(build(&p / index)?);
                continue;
            };
            let clone = build((&p / index).without_drawing())?;
            if p.draws() {
                copy_parameters(first, &clone)?;
            }
            modules.push(clone);
        }
        Ok(modules.into_iter().collect())
    }
}

fn copy_parameters(from: &impl Module, to: &impl Module) -> Result<()> {
    let _no_grad = tch::no_grad_guard();
    for (mut to, from) in to.parameters().into_iter().zip(from.parameters()) {
        to.f_copy_(&from)?;
    }
    Ok(())
}

impl<M> FromIterator<M> for ModuleList<M> {
    fn from_iter<I: IntoIterator<Item = M>>(modules: I) -> Self {
        Self { modules: modules.into_iter().collect(), training: true }
    }
}

impl<M> Deref for ModuleList<M> {
    type Target = [M];

    fn deref(&self) -> &[M] {
        &self.modules
    }
}

impl<M> DerefMut for ModuleList<M> {
    fn deref_mut(&mut self) -> &mut [M] {
        &mut self.modules
    }
}

impl<'a, M> IntoIterator for &'a ModuleList<M> {
    type Item = &'a M;
    type IntoIter = std::slice::Iter<'a, M>;

    fn into_iter(self) -> Self::IntoIter {
        self.modules.iter()
    }
}

impl<M: Module> Module for ModuleList<M> {
    fn parts(&self) -> Parts<'_> {
        let children = self.iter().enumerate();
        let children =
            children.map(|(index, module)| (index.to_string().into(), module as &dyn Module));
        Parts { children: children.collect(), ..Parts::default() }
    }

    fn training(&self) -> bool {
        self.training
    }

    fn train(&mut self, mode: bool) {
        self.training = mode;
        self.iter_mut().for_each(|module| module.train(mode));
    }

    fn as_module(&self) -> &dyn Module {
        self
    }

    fn repr(&self) -> String {
        repr::of_list(&self.name(), self.iter().map(|module| module as &dyn Module))
    }
}

/// One configuration a module.
impl<M: Module + Build> Build for ModuleList<M> {
    type Config = Vec<M::Config>;

    fn build(parent: &Path<'_>, name: &str, configs: Self::Config) -> Result<Self> {
        let p = parent / name;
        let configs = configs.into_iter().enumerate();
        configs.map(|(index, config)| M::build(&p, &index.to_string(), config)).collect()
    }
}

impl<M: Module> std::fmt::Display for ModuleList<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.repr())
    }
}

impl<M: Module> std::fmt::Debug for ModuleList<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.repr())
    }
}
