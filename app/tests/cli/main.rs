//! The commands as a user types them: `notebook`, `doctor`, `phrasebook`, `tokenize`, `classify`, `fill-mask`, `embed`,
//! `lab`, and what is typed wrong.

mod bad_input;
#[path = "../support/command.rs"]
mod command;
mod doctor;
mod hub;
mod lab;
mod models;
mod notebook;
mod phrasebook;
mod printed;
mod reading;
