//! `torch.utils.data`: from a data set to batches, in PyTorch's order to the index.
//!
//! | what | where |
//! |---|---|
//! | `Dataset` | [`Dataset`], for a `Vec` or a slice of anything too |
//! | `RandomSampler`, `SequentialSampler`, `BatchSampler` | [`Sampler`], [`BatchSampler`] |
//! | `DistributedSampler`, and batches that are shared out | [`DistributedSampler`], [`DataLoader::split_batches`] |
//! | `DataLoader` | [`DataLoader`], with threads that work ahead and keep the order |
//! | texts, pairs, tables, pictures | [`lines`], [`parallel`], [`tsv`], [`jsonl`], [`idx`] |
//! | batches of token sequences | [`pad_sequence`], [`bucket_by_tokens`], [`pack`], [`TokenFile`] |
//! | masked language modelling | [`MaskTokens`] |
//!
//! ```
//! use atencion::data::{DataLoader, DataLoaderConfig};
//!
//! tch::manual_seed(0); //                                             torch.manual_seed(0)
//! let config = DataLoaderConfig { batch_size: 4, shuffle: true, ..Default::default() };
//! let numbers: Vec<i64> = (0..10).collect();
//! let mut loader = DataLoader::new(numbers, config)?; //              DataLoader(range(10), batch_size=4, shuffle=True)
//! let batches = loader.iter()?.collect::<Result<Vec<_>, _>>()?; //    [batch for batch in loader]
//! assert_eq!(batches, [vec![6, 7, 1, 4], vec![2, 0, 9, 8], vec![3, 5]]);
//! # Ok::<(), atencion::Error>(())
//! ```

mod dataset;
mod distributed;
mod loader;
mod masking;
mod prefetch;
mod sampler;
mod sources;
mod tokens;

pub use dataset::Dataset;
pub use distributed::{DistributedSampler, DistributedSamplerConfig};
pub use loader::{Batches, DataLoader, DataLoaderConfig, Position};
pub use masking::MaskTokens;
pub use sampler::{BatchSampler, Sampler};
pub use sources::{idx, jsonl, lines, parallel, tsv};
pub use tokens::{TokenFile, bucket_by_tokens, pack, pad_sequence};
