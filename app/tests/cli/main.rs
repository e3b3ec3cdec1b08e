//! The commands as a user types them: `notebook`, `doctor`, `phrasebook`, and what is typed wrong.

mod bad_input;
#[path = "../support/command.rs"]
mod command;
mod doctor;
mod notebook;
mod phrasebook;
