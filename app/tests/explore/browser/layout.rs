//! From phone to wide screen, light and dark; and large inputs stay alive.

use serde_json::json;
use tch::{Device, Kind, Tensor};

use super::Page;
use super::chromium::Browser;

const VIEWS: [(&str, &str); 10] = [
    ("play", "view=play"),
    ("read", "view=read"),
    ("lines", "view=look&look=lines"),
    ("matrix", "view=look&look=matrix"),
    ("neuron", "view=look&look=neuron"),
    ("all", "view=look&look=all"),
    ("positional", "view=parts"),
    ("multihead", "view=parts&part=multihead"),
    ("stack", "view=parts&part=stack&open=model,encoder,encoder-layer"),
    ("seq2seq", "view=parts&part=seq2seq"),
];

/// Luminance of the ground, 0 to 255.
const GROUND: &str = "Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])";

#[test]
fn no_view_is_wider_than_the_screen() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::four_heads();
    for width in [360, 768, 1440] {
        browser.size(width, 800);
        for (name, hash) in VIEWS {
            browser.open(&page.file(), hash);
            let wide = browser.eval("document.scrollingElement.scrollWidth");
            assert!(wide.as_u64().unwrap() <= u64::from(width), "{name} at {width}: {wide}");
            if width != 768 {
                browser.screenshot(&format!("{name}-{width}"));
            }
        }
    }
    browser.assert_quiet();
}

/// Where boxes meet: how many cells of the steps the sum covers.
const COVERED: &str = "(() => { const bar = document.getElementById('sums').getBoundingClientRect(); \
    return [...document.querySelectorAll('[data-matrix] td')].filter((cell) => { const box = cell.getBoundingClientRect(); \
    return box.bottom > bar.top && box.top < bar.bottom && box.right > bar.left && box.left < bar.right; }).length; })()";

#[test]
fn the_sum_covers_no_cell_of_the_practice_on_a_laptops_screen() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.size(1440, 900);
    for language in ["en", "es"] {
        browser.open(&page.file(), &format!("view=play&lang={language}"));
        assert_eq!(browser.eval(COVERED), json!(0));
        // With the longest sum, of the last cell, which is in sight.
        browser.hover("[data-matrix=weights] tbody tr:last-child td:last-child");
        assert_eq!(browser.eval(COVERED), json!(0));
        let bottom = "[...document.querySelectorAll('[data-matrix=output] td')].at(-1).getBoundingClientRect().bottom";
        assert!(browser.eval(bottom).as_f64().unwrap() <= 900.0, "{}", browser.eval(bottom));
        browser.screenshot(&format!("play-1440x900-{language}"));
    }
    browser.assert_quiet();
}

#[test]
fn on_a_phone_the_result_is_in_sight_while_a_number_is_edited() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.size(390, 844);
    browser.open(&page.file(), "view=play");
    let cell = "document.querySelector('[data-matrix=q] tbody tr:nth-child(2) input')";
    browser.eval(&format!("{cell}.scrollIntoView({{ block: 'start' }}), {cell}.focus(), 0"));
    browser.eval(&format!(
        "{cell}.value = '3', {cell}.dispatchEvent(new Event('input', {{ bubbles: true }})), 0"
    ));
    let bar = "document.getElementById('sums')";
    let words = browser.text(&format!("{bar}.textContent"));
    let result = browser.text("[...document.querySelectorAll('[data-matrix=output] tbody tr:nth-child(2) td')].map((td) => Number(td.textContent).toPrecision(2))[0]");
    assert!(words.contains(&result), "{result} in {words}");
    let inside = format!(
        "(() => {{ const box = {bar}.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; }})()"
    );
    assert_eq!(browser.eval(&inside), json!(true));
    browser.screenshot("play-phone-editing");
    browser.assert_quiet();
}

#[test]
fn light_and_dark_follow_the_system_and_the_choice() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::four_heads();
    browser.open(&page.file(), "");
    browser.scheme("dark");
    assert!(browser.eval(GROUND).as_u64().unwrap() < 60);
    for (name, hash) in VIEWS {
        browser.open(&page.file(), hash);
        browser.screenshot(&format!("{name}-dark"));
    }
    browser.click("[data-choice='theme:light']");
    assert!(browser.eval(GROUND).as_u64().unwrap() > 200);
    browser.scheme("light");
    browser.click("[data-choice='theme:dark']");
    assert!(browser.eval(GROUND).as_u64().unwrap() < 60);
    browser.assert_quiet();
}

/// Twelve layers of twelve heads over 128 words. How fast it is, is printed, not asserted: machines differ.
#[test]
fn twelve_by_twelve_by_128_is_alive_under_the_pointer() {
    let Some(mut browser) = Browser::launch() else { return };
    tch::manual_seed(12);
    let places = Tensor::arange(128, (Kind::Float, Device::Cpu));
    let near = (places.unsqueeze(0) - places.unsqueeze(1)).abs() / 8.0;
    let weights = (Tensor::randn([12, 12, 128, 128], (Kind::Float, Device::Cpu)) * 2.0 - near)
        .softmax(-1, Kind::Float);
    let page = Page::new(&[("attn", &weights)], &["--weights", "attn.safetensors"]);
    for look in ["lines", "matrix", "all"] {
        browser.open(&page.file(), &format!("look={look}"));
        browser.middle_of(".look-picture canvas");
        let frames = browser.eval(HOVER_ALONG);
        let frames = frames.as_array().unwrap();
        let each: Vec<f64> = frames.iter().map(|x| x.as_f64().unwrap()).collect();
        let mean = each.iter().sum::<f64>() / each.len() as f64;
        let worst = each.iter().copied().fold(0.0, f64::max);
        eprintln!(
            "{look}: {:.0} frames/s while hovering ({} frames, longest {worst:.0} ms)",
            1000.0 / mean,
            each.len()
        );
        assert_eq!(each.len(), 90);
        browser.screenshot(&format!("big-{look}"));
    }
    browser.open(&page.file(), "look=lines");
    browser.eval("document.querySelector('.look-picture canvas').focus()");
    for _ in 0..5 {
        browser.key("ArrowDown");
    }
    assert_eq!(browser.eval("atencion.state().token"), json!(4));
    browser.screenshot("big-lines-pointed");
    browser.assert_quiet();
}

/// Moves a pointer over the picture, one event a frame, and gives each frame's milliseconds.
const HOVER_ALONG: &str = "new Promise(async (done) => {
  const canvas = document.querySelector('.look-picture canvas');
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  let last = await frame();
  for (let n = 0; n < 90; n++) {
    const box = canvas.getBoundingClientRect();
    const clientX = box.x + box.width * (0.15 + 0.7 * ((n * 7) % 90) / 90);
    const clientY = box.y + box.height * ((n * 13) % 90) / 90;
    canvas.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, bubbles: true }));
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  done(times);
})";

#[test]
fn wide_inputs_become_pictures_that_can_be_edited() {
    let Some(mut browser) = Browser::launch() else { return };
    tch::manual_seed(3);
    let q = Tensor::randn([64, 64], (Kind::Float, Device::Cpu));
    let page =
        Page::new(&[("q", &q)], &["--q", "q.safetensors", "--k", "q.safetensors", "--heads", "8"]);
    browser.open(&page.file(), "");
    browser.eval("document.querySelector('[data-matrix=q] canvas').focus()");
    for key in ["ArrowRight", "ArrowDown", "Enter"] {
        browser.key(key);
    }
    browser.fill("[data-matrix=q] input", "2.5");
    assert_eq!(browser.eval("atencion.state().edits.q['1.1']"), json!(2.5));
    browser.screenshot("play-64x64");
    for (_, hash) in VIEWS {
        browser.open(&page.file(), hash);
    }
    browser.assert_quiet();
}

#[test]
fn one_word_alone_works_in_every_view() {
    let Some(mut browser) = Browser::launch() else { return };
    let q = atencion::tensor![[0.5, 1.5]];
    let page = Page::new(
        &[("q", &q)],
        &["--q", "q.safetensors", "--k", "q.safetensors", "--tokens", "solo"],
    );
    for (_, hash) in VIEWS {
        browser.open(&page.file(), hash);
    }
    browser.open(&page.file(), "");
    assert_eq!(
        browser.text("document.querySelector('[data-matrix=weights] td[data-i]').textContent"),
        "1.0000"
    );
    browser.assert_quiet();
}
