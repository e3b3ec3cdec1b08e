//! `module!`: a module declared once.

use tch::{Device, Kind, Tensor};

use super::{Activation, Buffer, Layout, Module, Parts, Path};
use crate::Result;

/// Declares a module: a struct of public fields, its [`Module`](crate::nn::Module), and printing like Python's.
///
/// A field is what its type says, as an attribute is in Python: a `Tensor` is a parameter, a
/// [`Buffer`](crate::nn::Buffer) a buffer, a module a child, an `Option` of these one that may be missing; numbers,
/// flags and the like are options. The flag `training` is added.
///
/// **With a constructor.** After the name come the constructor's arguments, after each field its configuration; an
/// initialiser may use the arguments. `Mlp::new(path, width)` then builds the children one after the other, each at
/// the path of its name. Behind the struct come the module's own functions:
///
/// ```
/// # use atencion::nn::{Activation, Dropout, Forward, Linear, LinearConfig, module};
/// # use tch::Tensor;
/// module! {
///     pub struct Mlp(width: i64) {
///         pub c_fc: Linear = LinearConfig::new(width, 4 * width),
///         pub c_proj: Linear = LinearConfig::new(4 * width, width),
///         pub dropout: Dropout = 0.1,
///         pub activation: Activation = Activation::Gelu,
///     }
///
///     pub fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
///         let x = self.activation.apply(&self.c_fc.forward(x)?)?;
///         self.dropout.forward(&self.c_proj.forward(&x)?)
///     }
/// }
/// ```
///
/// **Without,** a constructor is written by hand, on [`Path`](crate::nn::Path); `from (width: i64)` says that it is
/// `new(path, width)`, so that the module can stand in another's initialiser. `impl Module` holds what is to differ
/// from [`Module`](crate::nn::Module)'s defaults:
///
/// ```
/// # use atencion::nn::{Path, init, module};
/// # use tch::Tensor;
/// module! {
///     pub struct Scale from (width: i64) {
///         pub weight: Tensor,
///     }
///
///     impl Module {
///         fn extra_repr(&self) -> String {
///             format!("{}", self.weight.size()[0])
///         }
///     }
///
///     pub fn new<'a>(path: impl Into<Path<'a>>, width: i64) -> atencion::Result<Self> {
///         let p = path.into();
///         let weight = p.parameter("weight", &[width])?;
///         if p.draws() {
///             init::constant_(&weight, 1.0)?;
///         }
///         Ok(Self { weight, training: true })
///     }
/// }
/// ```
#[macro_export]
macro_rules! module {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident ( $($arg:ident : $arg_type:ty),* $(,)? ) {
            $( $(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty = $config:expr ),* $(,)?
        }
        $($rest:tt)*
    ) => {
        $crate::module! {
            $(#[$meta])*
            $vis struct $name from ($($arg: $arg_type),*) {
                $( $(#[$field_meta])* $field_vis $field: $type ),*
            }
            $($rest)*
        }

        impl $name {
            /// Builds the children one after the other, each at the path of its name.
            ///
            /// # Errors
            /// When an option is out of its range, or a name is taken.
            $vis fn new<'a>(
                path: impl ::std::convert::Into<$crate::nn::Path<'a>>
                $(, $arg: $arg_type)*
            ) -> $crate::Result<Self> {
                let path = path.into();
                ::std::result::Result::Ok(Self {
                    $( $field: $crate::nn::Build::build(&path, stringify!($field), $config)?, )*
                    training: true,
                })
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(<$($generic:ident : $bound:path = $default:ty),+>)?
        $(from ($($arg:ident : $arg_type:ty),*))?
        {
            $( $(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty ),* $(,)?
        }
        impl Module { $($functions:tt)* }
        $($methods:tt)*
    ) => {
        $(#[$meta])*
        $vis struct $name $(<$($generic: $bound = $default),+>)? {
            $( $(#[$field_meta])* $field_vis $field: $type, )*
            /// Training mode (dropout acts) or evaluation mode.
            $vis training: bool,
        }

        impl $(<$($generic: $bound),+>)? $crate::nn::Module for $name $(<$($generic),+>)? {
            fn parts(&self) -> $crate::nn::Parts<'_> {
                #[allow(unused_mut, reason = "a module may have no fields")]
                let mut parts = $crate::nn::Parts::default();
                $( $crate::nn::Field::list(&self.$field, stringify!($field), &mut parts); )*
                parts
            }

            fn training(&self) -> bool {
                self.training
            }

            fn train(&mut self, mode: bool) {
                self.training = mode;
                $( $crate::nn::Field::set_mode(&mut self.$field, mode); )*
            }

            fn as_module(&self) -> &dyn $crate::nn::Module {
                self
            }

            $($functions)*
        }

        impl $(<$($generic: $bound),+>)? $name $(<$($generic),+>)? {
            $($methods)*
        }

        impl $(<$($generic: $bound),+>)? ::std::fmt::Display for $name $(<$($generic),+>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&$crate::nn::Module::repr(self))
            }
        }

        impl $(<$($generic: $bound),+>)? ::std::fmt::Debug for $name $(<$($generic),+>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&$crate::nn::Module::repr(self))
            }
        }

        $(
            #[allow(unused_parens, reason = "one argument is no tuple")]
            impl $crate::nn::Build for $name {
                type Config = ($($arg_type),*);

                fn build(
                    parent: &$crate::nn::Path<'_>,
                    name: &str,
                    config: Self::Config,
                ) -> $crate::Result<Self> {
                    let ($($arg),*) = config;
                    Self::new(parent / name.trim_start_matches("r#") $(, $arg)*)
                }
            }
        )?
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(<$($generic:ident : $bound:path = $default:ty),+>)?
        $(from ($($arg:ident : $arg_type:ty),*))?
        { $($fields:tt)* }
        $($methods:tt)*
    ) => {
        $crate::module! {
            $(#[$meta])*
            $vis struct $name $(<$($generic: $bound = $default),+>)? $(from ($($arg: $arg_type),*))? {
                $($fields)*
            }
            impl Module {}
            $($methods)*
        }
    };
}

/// What a field of a module can be: a parameter, a buffer, a child, or an option. [`module!`](crate::module!) asks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a module",
    note = "modules come in `ModuleList` rather than `Vec`, tensors that are not trained in `Buffer`",
    note = "for an option of a type of your own write `impl atencion::nn::Field for {Self} {{}}`"
)]
pub trait Field {
    /// Adds itself to the parts of its module; an option does not.
    fn list<'a>(&'a self, _name: &'static str, _parts: &mut Parts<'a>) {}

    /// Takes training mode (`true`) or evaluation mode, if it has one.
    fn set_mode(&mut self, _mode: bool) {}
}

impl Field for Tensor {
    fn list<'a>(&'a self, name: &'static str, parts: &mut Parts<'a>) {
        parts.parameters.push((plain(name).into(), self));
    }
}

impl Field for Buffer {
    fn list<'a>(&'a self, name: &'static str, parts: &mut Parts<'a>) {
        parts.buffers.push((plain(name).into(), self));
    }
}

impl<M: Module> Field for M {
    fn list<'a>(&'a self, name: &'static str, parts: &mut Parts<'a>) {
        parts.children.push((plain(name).into(), self));
    }

    fn set_mode(&mut self, mode: bool) {
        self.train(mode);
    }
}

impl<F: Field> Field for Option<F> {
    fn list<'a>(&'a self, name: &'static str, parts: &mut Parts<'a>) {
        if let Some(field) = self {
            field.list(name, parts);
        }
    }

    fn set_mode(&mut self, mode: bool) {
        if let Some(field) = self {
            field.set_mode(mode);
        }
    }
}

macro_rules! options {
    ($($type:ty),*) => { $( impl Field for $type {} )* };
}
options!(bool, i64, u64, usize, f64, String, &'static str, Vec<i64>, Vec<String>, Kind, Device);
options!(Activation, Layout);

/// A field that a configuration makes: what stands behind `=` in [`module!`](crate::module!).
pub trait Build: Sized {
    /// What it is made of.
    type Config;

    /// Makes the field called `name` of the module at `parent`.
    ///
    /// # Errors
    /// When an option is out of its range, or the name is taken.
    fn build(parent: &Path<'_>, name: &str, config: Self::Config) -> Result<Self>;
}

impl<B: Build> Build for Option<B> {
    type Config = Option<B::Config>;

    fn build(parent: &Path<'_>, name: &str, config: Self::Config) -> Result<Self> {
        config.map(|config| B::build(parent, name, config)).transpose()
    }
}

macro_rules! as_given {
    ($($type:ty),*) => { $(
        impl Build for $type {
            type Config = Self;

            fn build(_: &Path<'_>, _: &str, config: Self) -> Result<Self> {
                Ok(config)
            }
        }
    )* };
}
as_given!(bool, i64, u64, usize, f64, String, &'static str, Vec<i64>, Activation);

/// A field's name without the `r#` of Rust's keywords.
fn plain(name: &'static str) -> &'static str {
    name.trim_start_matches("r#")
}
