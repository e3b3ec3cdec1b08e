//! Model families: Hugging Face's files in, Hugging Face's numbers out.

mod bad_folders;
mod bert;
mod errors;
mod gpt2;
mod hf_tiny;
mod holding;
mod llama;
mod lora;
mod roberta;
mod saving;
mod seq2seq;
mod transformer;
mod vit;
