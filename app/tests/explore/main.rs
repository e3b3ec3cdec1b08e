//! `atencion explore`: the command, and its page in a real browser.

mod browser;
mod cli;
mod printed;
