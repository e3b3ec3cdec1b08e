//! Recipes: from a short TOML file to a trained model in Hugging Face's layout.
//!
//! | what | where |
//! |---|---|
//! | what a recipe may say | [`Recipe`] |
//! | data, and how what was learned is measured | `subject` |
//! | the run: the library's [`Loop`](atencion::train::Loop) with evaluation, checkpoints and signals | [`train()`] |
//! | several processes: [`ranks`], and [`launch`] that starts them | the library's [`dist`](atencion::dist) |
//! | `metrics.jsonl`, TensorBoard's events, `report.html` | `metrics`, `events`, [`report`] |
//!
//! In the folder of a training are `recipe.toml` (whole), `metrics.jsonl`, `events.out.tfevents…`, `checkpoints/`, `best/` (the model as it was
//! at its best evaluation), `model/` and `report.html`.

mod events;
pub mod launch;
mod metrics;
mod model;
pub mod ranks;
pub mod recipe;
mod report;
mod run;
mod subject;
mod verses;

pub use ranks::Ranks;
pub use recipe::Recipe;
pub use report::report;
pub use run::{Ended, METRICS, Observer, Plan, RECIPE, default_out, listen, train, train_as};
pub use subject::{Evaluation, Metric, Score};
