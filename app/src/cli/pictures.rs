//! `--svg F` and `--png F`: for every command that computes attention.

use std::path::PathBuf;

use crate::view::picture::Picture;
use crate::view::save;
use atencion::Result;

/// Where to write a picture.
#[derive(Debug, Default, clap::Args)]
pub(super) struct PictureArgs {
    /// Write the heatmaps as an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the heatmaps as a PNG picture
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
}

impl PictureArgs {
    /// Whether a picture is wanted.
    pub fn wanted(&self) -> bool {
        self.svg.is_some() || self.png.is_some()
    }

    /// Writes the picture wherever it is wanted. It is drawn in full before any file is touched.
    pub fn save(&self, picture: impl FnOnce() -> Result<Picture>) -> Result<()> {
        if !self.wanted() {
            return Ok(());
        }
        let picture = picture()?;
        let svg = self
            .svg
            .as_ref()
            .map(|path| Ok::<_, atencion::Error>((path, picture.svg()?.into_bytes())));
        let png = self.png.as_ref().map(|path| Ok::<_, atencion::Error>((path, picture.png()?)));
        let files = [svg.transpose()?, png.transpose()?];
        files.into_iter().flatten().try_for_each(|(path, bytes)| save(path, &bytes))
    }
}
