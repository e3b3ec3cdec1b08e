//! What is saved is whole: SVG that is XML, PNG that decodes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Page;
use super::chromium::Browser;

fn saved(browser: &mut Browser, view: &str, format: &str) -> PathBuf {
    let file = browser.downloads().join(format!("atencion-{view}.{format}"));
    let _ = std::fs::remove_file(&file);
    browser.click(&format!("[data-action={format}]"));
    let start = Instant::now();
    while !file.exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "{} was not saved", file.display());
        std::thread::sleep(Duration::from_millis(30));
    }
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explore");
    std::fs::create_dir_all(&copy).unwrap();
    file
}

fn keep(file: &Path, name: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explore");
    std::fs::copy(file, folder.join(name)).unwrap();
}

#[test]
fn every_view_saves_as_svg_and_png() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::four_heads();
    let views = [
        ("play", "view=play&mask=causal", "sat"),
        ("read", "view=read", "Softmax"),
        ("look", "view=look&token=2", "mat"),
        ("look", "view=look&look=matrix", "mat"),
        ("look", "view=look&look=neuron", "q × k"),
        ("look", "view=look&look=all", "1"),
        ("parts", "view=parts", "PE(3, 2i)"),
        ("parts", "view=parts&part=stack", "Encoder"),
        ("parts", "view=parts&part=seq2seq&theme=dark", "Bilinear"),
    ];
    for (n, (view, hash, word)) in views.into_iter().enumerate() {
        browser.open(&page.file(), hash);
        let svg = saved(&mut browser, view, "svg");
        let text = std::fs::read_to_string(&svg).unwrap();
        let document =
            roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{hash}: {error}"));
        assert!(document.descendants().count() > 20, "{hash}");
        let words = document.descendants().filter_map(|node| node.text()).any(|t| t.contains(word));
        assert!(words, "{word} in {hash}");
        // A picture holds what is shown, and none of what it is changed with. A button may have a heading's name.
        let controls = browser.text("[...document.querySelectorAll('.controls button, .controls .field-label')].map((it) => it.textContent.trim()).filter((it) => it.length > 4 && ![...document.querySelectorAll('h1, h2, h3, h4')].some((head) => head.textContent.trim() === it)).join('\\n')");
        let drawn: Vec<&str> =
            document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        let left: Vec<&str> = controls.lines().filter(|label| drawn.contains(label)).collect();
        assert!(left.is_empty(), "{hash}: {left:?}");
        keep(&svg, &format!("saved-{n}-{view}.svg"));
        let png = saved(&mut browser, view, "png");
        let decoder =
            png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&png).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert!(info.width > 600 && info.height > 200, "{info:?}");
        assert!(pixels.iter().any(|&x| x != pixels[0]), "{hash}: one colour only");
        keep(&png, &format!("saved-{n}-{view}.png"));
    }
    browser.assert_quiet();
}

#[test]
fn hostile_tokens_still_give_xml() {
    let Some(mut browser) = Browser::launch() else { return };
    let weights = atencion::tensor![[0.5, 0.5], [0.5, 0.5]];
    let tokens = r#"["<script>&\"']]>", "\u0001\ud83d\ude00\uffff مرحبا"]"#;
    let page = Page::new(&[("w", &weights)], &["--weights", "w.safetensors", "--tokens", tokens]);
    for look in ["lines", "matrix"] {
        browser.open(&page.file(), &format!("look={look}"));
        let svg = saved(&mut browser, "look", "svg");
        let text = std::fs::read_to_string(&svg).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        assert!(
            document
                .descendants()
                .filter_map(|node| node.text())
                .any(|t| t.contains("<script>&\"']]>"))
        );
        assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    }
    browser.assert_quiet();
}
