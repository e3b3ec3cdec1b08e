//! Reading .ipynb files, holding them against Rust, and naming the mistake.
