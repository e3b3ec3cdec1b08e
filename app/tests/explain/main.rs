//! `atencion explain`: its steps, its pictures, its terminal, and what it refuses.

mod bad_input;
#[path = "../support/command.rs"]
mod command;
mod given;
mod memory;
mod pictures;
mod printed;
mod runnable;
mod steps;
mod terminal;
