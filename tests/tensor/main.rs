//! `tensor!` and printing, beside Python's.

mod literals;
mod print_cases;
mod printing;
mod printing_live;
