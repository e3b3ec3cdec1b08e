//! What is written for people: the program's messages, and the READMEs.

mod messages;
mod readme;
