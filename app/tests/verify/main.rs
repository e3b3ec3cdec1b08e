//! `atencion verify`: what it makes of notebooks, and the museum of mistakes behind it.

mod class;
mod cli;
#[path = "../support/command.rs"]
mod command;
mod hostile_text;
mod museum;
mod notebooks;
mod reports;
mod run;
mod uses;
