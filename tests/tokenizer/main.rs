//! Tokenizers beside Python's: the golden texts, thousands of random ones, chat templates, broken files, training.

mod chat;
mod errors;
mod folders;
mod golden;
mod live;
mod train;
