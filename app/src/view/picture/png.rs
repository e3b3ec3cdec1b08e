//! SVG to PNG with resvg, and the font that it needs.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use atencion::{Error, Result};

/// DejaVu Sans: Latin, Greek, Cyrillic, sub- and superscripts, arrows and mathematics. Licence beside it.
static FONT: &[u8] = include_bytes!("../fonts/DejaVuSans-subset.ttf");
/// Pixels for each of the SVG's: text stays sharp on today's screens and on paper.
const SCALE: f32 = 2.0;
/// A picture larger than that in either direction is refused before its memory is asked for.
const MOST_PIXELS: f32 = 16_384.0;

/// The SVG as a PNG.
pub(super) fn rasterise(svg: &str) -> Result<Vec<u8>> {
    let fonts = if needs_system_fonts(svg) { &*ALL_FONTS } else { &*OWN_FONT };
    let options = Options {
        fontdb: Arc::clone(fonts),
        font_family: "DejaVu Sans".into(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(failed)?;
    let size = tree.size();
    let (width, height) = (size.width() * SCALE, size.height() * SCALE);
    if width > MOST_PIXELS || height > MOST_PIXELS {
        return Err(Error::value(format!("{width} × {height} pixels are too many for a PNG"))
            .mend("draw one step, or write an SVG"));
    }
    let mut pixels = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| failed(format!("no room for {width} × {height} pixels")))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(failed)
}

static OWN_FONT: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| Arc::new(own_font()));

/// The machine's fonts as well, for words in scripts that ours has not; reading them takes a while.
static ALL_FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = own_font();
    fonts.load_system_fonts();
    Arc::new(fonts)
});

fn own_font() -> fontdb::Database {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    // What plotters asks for.
    fonts.set_sans_serif_family("DejaVu Sans");
    fonts
}

fn needs_system_fonts(svg: &str) -> bool {
    // Latin, Greek and Cyrillic lie below; above are the signs that the crate itself writes.
    let is_own = |letter: char| letter < '\u{460}' || ('\u{1d40}'..='\u{25ff}').contains(&letter);
    !svg.chars().all(is_own)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::value(format!("the picture cannot be drawn: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_every_family_that_is_asked_for_is_seen() {
        for family in ["sans-serif", "DejaVu Sans"] {
            let svg = |text: &str| {
                format!(
                    r#"<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><text x="2" y="15" font-family="{family}">{text}</text></svg>"#
                )
            };
            assert_ne!(rasterise(&svg("words")).unwrap(), rasterise(&svg("")).unwrap(), "{family}");
        }
    }
}
