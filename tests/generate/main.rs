//! Writing on: `transformers`' ids, whichever way tokens are chosen.

mod cache;
mod continuations;
mod errors;
mod packed;
mod processors;
mod stop_strings;
