//! The pictures of `atencion explain`: SVG that is XML, PNG that can be decoded, with the numbers in them.

use std::fs;
use std::path::PathBuf;

use crate::command::said;
use roxmltree::{Document, Node};

/// A file in a folder that goes when the test ends.
struct Drawn {
    folder: tempfile::TempDir,
}

impl Drawn {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn svg(&self, arguments: &[&str]) -> String {
        let path = self.path("picture.svg");
        said(&[&["explain"], arguments, &["--svg", path.to_str().unwrap()]].concat());
        fs::read_to_string(path).unwrap()
    }

    fn png(&self, arguments: &[&str]) -> Pixels {
        let path = self.path("picture.png");
        said(&[&["explain"], arguments, &["--png", path.to_str().unwrap()]].concat());
        Pixels::read(&fs::read(path).unwrap())
    }
}

struct Pixels {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Pixels {
    fn read(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgba).unwrap();
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgba, png::BitDepth::Eight));
        Self { width: info.width as usize, height: info.height as usize, rgba }
    }

    fn has(&self, colour: [u8; 3]) -> bool {
        self.rgba.chunks_exact(4).any(|pixel| pixel[..3] == colour && pixel[3] == 255)
    }
}

const VIOLET: [u8; 3] = [68, 1, 84];
const YELLOW: [u8; 3] = [254, 232, 37];

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let text = |node: Node| node.text().unwrap_or_default().trim().to_owned();
    document.descendants().filter(|node| node.has_tag_name("text")).map(text).collect()
}

#[test]
fn every_step_with_its_numbers_and_labels() {
    let svg = Drawn::new().svg(&[]);
    let texts = texts(&svg);
    for text in ["query", "key", "value", "scores", "scaled", "weights", "output", "q₁", "k₄", "z₂"]
    {
        assert!(texts.iter().any(|it| it == text), "{text}: {texts:?}");
    }
    for number in ["0.1892", "0.2250", "0.2676", "0.3182", "0.5432", "0.5857", "1.2000", "0.6928"] {
        assert!(texts.iter().any(|it| it == number), "{number}: {texts:?}");
    }
}

#[test]
fn one_step_alone_has_a_cell_a_weight() {
    let svg = Drawn::new().svg(&["--step", "5", "--causal"]);
    let numbers: Vec<String> =
        texts(&svg).into_iter().filter(|text| text.parse::<f64>().is_ok()).collect();
    let rows = [
        ["1", "0", "0", "0"],
        ["0.4568", "0.5432", "0", "0"],
        ["0.3219", "0.3332", "0.3449", "0"],
        ["0.2309", "0.2432", "0.2561", "0.2698"],
    ];
    // After the sixteen weights come the ends of the scale.
    assert_eq!(numbers[..16], rows.concat());
    assert_eq!(numbers[16..], ["0", "1"]);
}

#[test]
fn what_is_masked_is_grey_and_says_so() {
    let svg = Drawn::new().svg(&["--step", "4", "--causal"]);
    assert_eq!(texts(&svg).iter().filter(|text| *text == "−∞").count(), 6);
    assert!(svg.contains("#E1E1E1"));
}

#[test]
fn it_has_a_title_for_screen_readers() {
    let svg = Drawn::new().svg(&["--lang", "es"]);
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let title = root.children().find(|node| node.has_tag_name("title")).unwrap();
    assert_eq!(title.text(), Some("Los pasos de la atención como mapas de calor"));
}

#[test]
fn hostile_words_stay_text() {
    let hostile = "<script>alert(1)</script> \"&amp;' ]]> \u{202e}أهلا";
    let svg = Drawn::new().svg(&["--step", "5", "--tokens", hostile]);
    let document = Document::parse(&svg).unwrap();
    assert!(document.descendants().all(|node| !node.has_tag_name("script")));
    let texts = texts(&svg);
    assert!(texts.iter().any(|text| text.starts_with("<script>alert(1")), "{texts:?}");
    assert!(texts.iter().any(|text| text == "أهلا"), "{texts:?}");
}

#[test]
fn png_and_svg_are_the_same_picture() {
    let drawn = Drawn::new();
    let pixels = drawn.png(&["--step", "5", "--causal"]);
    let svg = drawn.svg(&["--step", "5", "--causal"]);
    let document = Document::parse(&svg).unwrap();
    let side = |name| document.root_element().attribute(name).unwrap().parse::<usize>().unwrap();
    assert_eq!((pixels.width, pixels.height), (2 * side("width"), 2 * side("height")));
    // The weights 0 and 1 are the ends of the map, and text is black on yellow.
    for colour in [VIOLET, YELLOW, [255, 255, 255], [0, 0, 0]] {
        assert!(pixels.has(colour), "{colour:?}");
    }
}

#[test]
fn every_cell_of_the_png_has_its_number() {
    let drawn = Drawn::new();
    let pixels = drawn.png(&["--picture", "causal", "--size", "3"]);
    let svg = drawn.svg(&["--picture", "causal", "--size", "3"]);
    let document = Document::parse(&svg).unwrap();
    let cells = |fill: &str| -> Vec<[usize; 4]> {
        let of = |node: Node| {
            ["x", "y", "width", "height"].map(|name| node.attribute(name).unwrap().parse().unwrap())
        };
        let rectangles = document.descendants().filter(|node| node.attribute("fill") == Some(fill));
        // The steps of the scale are two pixels wide.
        rectangles.map(of).filter(|[_, _, width, _]| *width > 2).collect()
    };
    for (fill, paper) in [("#FEE825", YELLOW), ("#440154", VIOLET)] {
        for [x, y, width, height] in cells(fill) {
            let cell = (2 * y..2 * (y + height))
                .flat_map(|row| (2 * x..2 * (x + width)).map(move |column| (row, column)));
            let other = cell.filter(|(row, column)| {
                let at = 4 * (row * pixels.width + column);
                pixels.rgba[at..at + 3] != paper
            });
            assert!(other.count() > 20, "no number in the cell at {x}, {y}");
        }
    }
}

#[test]
fn positional_encoding_in_both_layouts() {
    let drawn = Drawn::new();
    let svg = drawn.svg(&["--picture", "positional", "--lang", "es"]);
    let texts = texts(&svg);
    assert!(texts.iter().any(|text| text.contains("seno y coseno alternados")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("senos y después cosenos")), "{texts:?}");
    assert!(
        texts.iter().any(|text| text.contains("20 posiciones") && text.contains("512")),
        "{texts:?}"
    );
    assert!(svg.len() < 1_500_000, "{} bytes", svg.len());
    // Two panels of 20 × 512 cells of 2 × 28: what the rectangles cover, without paper and scales.
    let document = Document::parse(&svg).unwrap();
    let area = |node: Node| {
        let side = |name| node.attribute(name).unwrap().parse::<usize>().unwrap();
        side("width") * side("height")
    };
    let painted: usize = document
        .descendants()
        .filter(|node| node.has_tag_name("rect") && node.attribute("height") != Some("10"))
        .filter(|node| node.attribute("fill") != Some("#FFFFFF"))
        .map(area)
        .sum();
    assert_eq!(painted, 2 * 20 * 512 * 2 * 28);
}

#[test]
fn masks_have_their_ones_and_noughts() {
    let drawn = Drawn::new();
    let count = |arguments: &[&str], digit: &str| {
        texts(&drawn.svg(arguments)).iter().filter(|text| *text == digit).count()
    };
    let causal = ["--picture", "causal", "--size", "5"];
    // One more of each below: the ends of the scale.
    assert_eq!((count(&causal, "1"), count(&causal, "0")), (15 + 1, 10 + 1));
    let padding = ["--picture", "padding", "--size", "2x6"];
    assert_eq!((count(&padding, "1"), count(&padding, "0")), (12 + 1, 24 + 1));
}

#[test]
fn many_words_are_drawn_without_numbers_and_within_bounds() {
    let drawn = Drawn::new();
    let long =
        format!("[{}]", (0..300).map(|at| format!("[{}.0]", at % 7)).collect::<Vec<_>>().join(","));
    let file = drawn.path("long.json");
    fs::write(&file, long).unwrap();
    let file = file.to_str().unwrap();
    let pixels = drawn.png(&["--q", file, "--k", file, "--v", file, "--step", "5"]);
    assert!(pixels.width < 2600 && pixels.height < 2600, "{} × {}", pixels.width, pixels.height);
    assert!(pixels.has(VIOLET) && pixels.has(YELLOW));
}

#[test]
fn a_picture_replaces_the_one_before_and_text_still_comes() {
    let drawn = Drawn::new();
    let path = drawn.path("a.svg");
    fs::write(&path, "old").unwrap();
    let text = said(&["explain", "--svg", path.to_str().unwrap()]);
    assert!(text.contains("Step 6 of 6"));
    assert!(fs::read_to_string(&path).unwrap().starts_with("<svg"));
    assert_eq!(fs::read_dir(drawn.folder.path()).unwrap().count(), 1);
}
