//! The offline page in a real browser: each view, each control, its numbers against Rust, and that nothing ever
//! leaves it.
//!
//! Needs Chromium: `ATENCION_CHROMIUM`, or one on the path. Without one each test is skipped.
//! Screenshots land in the folder `explore` of `CARGO_TARGET_TMPDIR`.

mod chromium;
mod frames;
mod keyboard;
mod layout;
mod numbers;
mod safety;
mod saving;
mod views;

use std::path::PathBuf;
use std::process::Command;

use tch::{Kind, Tensor};
use tempfile::TempDir;

/// A folder with a page in it, written by the command itself.
pub struct Page {
    folder: TempDir,
}

impl Page {
    /// `explore` with these arguments; `{folder}` in them is the page's folder.
    pub fn new(tensors: &[(&str, &Tensor)], args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, tensor) in tensors {
            let file = folder.path().join(format!("{name}.safetensors"));
            Tensor::write_safetensors(&[(*name, *tensor)], file).unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_atencion"))
            .current_dir(folder.path())
            .args(["explore", "--lang", "en", "-o", "page.html"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { folder }
    }

    pub fn practice() -> Self {
        Self::new(&[], &[])
    }

    /// Six words of eight numbers, four heads.
    pub fn four_heads() -> Self {
        tch::manual_seed(6);
        let [q, k, v] = [(); 3].map(|()| Tensor::randn([6, 8], (Kind::Float, tch::Device::Cpu)));
        Self::new(
            &[("q", &q), ("k", &k), ("v", &v)],
            &[
                "--q",
                "q.safetensors",
                "--k",
                "k.safetensors",
                "--v",
                "v.safetensors",
                "--heads",
                "4",
                "--tokens",
                "The cat sat on the mat",
            ],
        )
    }

    /// Three layers of four heads over seven words, with the queries and keys behind them.
    pub fn neurons() -> Self {
        tch::manual_seed(7);
        let [q, k] =
            [(); 2].map(|()| Tensor::randn([3, 4, 7, 16], (Kind::Float, tch::Device::Cpu)));
        let weights = (q.matmul(&k.transpose(-2, -1)) / 4.0).softmax(-1, Kind::Float);
        Self::new(
            &[("attn", &weights), ("q", &q), ("k", &k)],
            &[
                "--weights",
                "attn.safetensors",
                "--q",
                "q.safetensors",
                "--k",
                "k.safetensors",
                "--tokens",
                "I saw a cat on a mat",
            ],
        )
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("page.html")
    }
}

pub fn base64(text: &str) -> Vec<u8> {
    use base64::prelude::{BASE64_STANDARD, Engine};
    BASE64_STANDARD.decode(text).unwrap()
}
