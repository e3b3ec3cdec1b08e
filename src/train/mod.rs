//! Training: optimisers, gradient clipping, the learning-rate schedule of the paper.
//!
//! | what | where |
//! |---|---|
//! | `torch.optim.AdamW`, `Adam`, `SGD` | [`AdamW`], [`Adam`], [`Sgd`], all of them an [`Optimizer`] |
//! | `torch.nn.utils.clip_grad_norm_` | [`clip_grad_norm_`] |
//! | warm-up, then decay | [`noam`] |
//!
//! One step, as in Python:
//!
//! ```
//! use atencion::nn::{CrossEntropyLoss, Forward, Linear, LinearConfig, Module};
//! use atencion::train::{AdamConfig, AdamW, Optimizer, clip_grad_norm_, noam};
//! use tch::{Device, Kind, Tensor, nn::VarStore};
//!
//! tch::manual_seed(0);
//! let vs = VarStore::new(Device::Cpu);
//! let model = Linear::new(&vs.root(), LinearConfig::new(8, 3))?;
//! let criterion = CrossEntropyLoss::default();
//! let config = AdamConfig { betas: (0.9, 0.98), eps: 1e-9, ..AdamW::defaults() };
//! let mut optimizer = AdamW::new(model.parameters(), config)?;
//!
//! let input = Tensor::randn([16, 8], (Kind::Float, Device::Cpu));
//! let target = Tensor::randint(3, [16], (Kind::Int64, Device::Cpu));
//! for step in 1..=5 {
//!     optimizer.set_lr(noam(512, step, 4000)); //      for group in optimizer.param_groups: group["lr"] = ..
//!     optimizer.zero_grad()?; //                       optimizer.zero_grad()
//!     let output = model.forward(&input)?; //          output = model(input)
//!     let loss = criterion.forward(&output, &target)?; // loss = criterion(output, target)
//!     loss.backward(); //                              loss.backward()
//!     clip_grad_norm_(&model.parameters(), 1.0, 2.0, false)?;
//!     optimizer.step()?; //                            optimizer.step()
//! }
//!
//! // To go on another day: weights and the optimiser's averages.
//! # let temporary = tempfile::tempdir().unwrap();
//! # let folder = temporary.path();
//! model.state_dict().save(folder.join("model.safetensors"))?;
//! optimizer.state_dict().save(folder.join("optimizer.safetensors"))?;
//! # Ok::<(), atencion::Error>(())
//! ```

mod clip;
mod keyword;
mod noam;
pub mod optimizer;

pub use clip::clip_grad_norm_;
pub use noam::noam;
pub use optimizer::{Adam, AdamConfig, AdamW, Optimizer, Sgd, SgdConfig};
