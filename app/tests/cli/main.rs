//! The commands as a user types them: `notebook`, `doctor`, `phrasebook`, `tokenize`, `classify`, and what is typed wrong.

mod bad_input;
#[path = "../support/command.rs"]
mod command;
mod doctor;
mod models;
mod notebook;
mod phrasebook;
