//! What is written for people: the program's messages, and the READMEs.

mod faults;
mod messages;
mod readme;
