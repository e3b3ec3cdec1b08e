//! Model families: Hugging Face's files in, Hugging Face's numbers out.

mod bert;
mod errors;
mod gpt2;
mod holding;
mod llama;
mod seq2seq;
mod transformer;
mod vit;
