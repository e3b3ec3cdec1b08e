//! Each view and each of its controls.

use serde_json::json;

use super::Page;
use super::chromium::Browser;

fn cell(browser: &mut Browser, matrix: &str, i: usize, j: usize) -> String {
    browser.text(&format!(
        "(() => {{ const td = document.querySelector('[data-matrix={matrix}] td[data-i=\"{i}\"][data-j=\"{j}\"]'); \
         return td.querySelector('input')?.value ?? td.textContent; }})()"
    ))
}

fn at(matrix: &str, i: usize, j: usize) -> String {
    format!("[data-matrix={matrix}] td[data-i='{i}'][data-j='{j}']")
}

#[test]
fn play_every_control_changes_the_numbers() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    // q₁ = [0, 0, 0] → [3, 0, 0]: its scores are 3·k.
    browser.fill(&format!("{} input", at("q", 0, 0)), "3");
    assert_eq!(cell(&mut browser, "scores", 0, 3), "1.2000");
    assert_eq!(cell(&mut browser, "scaled", 0, 3), "0.6928");
    assert_ne!(cell(&mut browser, "output", 0, 0), "0.2500");
    assert_eq!(cell(&mut browser, "output", 1, 0), "0.1892");
    browser.click("[data-choice='divide:false']");
    assert_eq!(cell(&mut browser, "scaled", 0, 3), "1.2000");
    browser.click("[data-choice='mask:causal']");
    assert_eq!(cell(&mut browser, "weights", 0, 0), "1.0000");
    assert_eq!(cell(&mut browser, "masked", 0, 1), "−∞");
    browser.click("[data-choice='heads:3']");
    assert_eq!(browser.eval("atencion.result().heads.length"), json!(3));
    browser.click("[data-choice='head:2']");
    assert_eq!(browser.eval("atencion.state().head"), json!(2));
    browser.click("[data-action=reset]");
    assert_eq!(cell(&mut browser, "output", 0, 0), "0.2500");
    assert_eq!(cell(&mut browser, "q", 0, 0), "0");
    browser.assert_quiet();
}

#[test]
fn play_a_click_hides_a_word_and_a_hidden_row_gives_zeros() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    browser.click(&format!("{} button", at("mask", 1, 0)));
    assert_eq!(cell(&mut browser, "weights", 1, 0), "0.0000");
    assert_eq!(browser.eval("atencion.state().mask"), json!("custom"));
    for j in 1..4 {
        browser.click(&format!("{} button", at("mask", 1, j)));
    }
    assert_eq!(cell(&mut browser, "output", 1, 2), "0.0000");
    browser.hover(&at("weights", 1, 2));
    let said = browser.text("document.getElementById('sums').textContent");
    assert!(said.contains("every word is hidden"), "{said}");
    browser.click(&format!("{} button", at("mask", 1, 0)));
    assert_eq!(cell(&mut browser, "weights", 1, 0), "1.0000");
    browser.assert_quiet();
}

#[test]
fn play_the_temperature_sharpens_and_levels() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    browser.eval("document.querySelector('[data-control=temperature]').focus()");
    browser.key("Home");
    let sharp: f64 = cell(&mut browser, "weights", 1, 3).parse().unwrap();
    browser.key("End");
    let level: f64 = cell(&mut browser, "weights", 1, 3).parse().unwrap();
    assert!(sharp > 0.9 && (0.25..0.27).contains(&level), "{sharp} {level}");
    browser.assert_quiet();
}

#[test]
fn play_what_is_no_number_is_marked_and_changes_nothing() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    let input = format!("{} input", at("q", 1, 1));
    for wrong in ["abc", "", "1e999", "--1"] {
        browser.fill(&input, wrong);
        assert_eq!(
            browser.eval("document.activeElement.getAttribute('aria-invalid')"),
            json!("true"),
            "{wrong}"
        );
        assert_eq!(cell(&mut browser, "output", 1, 0), "0.1892");
    }
    // A comma is how Spanish writes it.
    browser.fill(&input, "0,5");
    assert_eq!(browser.eval("atencion.state().edits.q['1.1']"), json!(0.5));
    browser.assert_quiet();
}

#[test]
fn play_pointing_lights_up_what_made_the_cell_and_writes_the_sum() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    browser.hover(&at("weights", 1, 2));
    let lit = "[...document.querySelectorAll('[data-lit=lit]')].map(td => td.closest('figure').dataset.matrix + td.dataset.i + td.dataset.j).join(' ')";
    let lit = browser.text(lit);
    for made in ["q10 q11 q12", "k20 k21 k22", "scores12", "masked10 masked11 masked13"] {
        assert!(lit.contains(made), "{made} in {lit}");
    }
    let sums = browser.text("document.getElementById('sums').innerText");
    for part in
        ["q₂·k₃ = 1·0.3 + 1·0.3 + 1·0.3 = 0.9", "0.9 ÷ √3 = 0.9 ÷ 1.7321 = 0.5196", "= 0.2676"]
    {
        assert!(sums.contains(part), "{part} in {sums}");
    }
    browser.screenshot("play-pointed");
    browser.assert_quiet();
}

#[test]
fn read_six_steps_both_languages_with_both_lines() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "view=read");
    assert_eq!(browser.eval("document.querySelectorAll('article.card').length"), json!(6));
    let codes = browser
        .text("[...document.querySelectorAll('article code')].map(c => c.textContent).join('\\n')");
    for line in [
        "query = torch.tensor([[0.0, 0.0, 0.0]",
        "d_k = query.size(-1)",
        "query @ key.transpose(-2, -1)",
        "query.matmul(&key.transpose(-2, -1))",
        "torch.softmax(",
        "@ value",
    ] {
        assert!(codes.contains(line), "{line} in {codes}");
    }
    let empty = "[...document.querySelectorAll('article code')].filter(c => !c.textContent).length";
    assert_eq!(browser.eval(empty), json!(0));
    browser.hover(&at("output-output", 1, 0));
    let lit = browser
        .eval("document.querySelectorAll('[data-matrix=output-weights] [data-lit=lit]').length");
    assert_eq!(lit, json!(4));
    let sums = browser.text("document.querySelector('[data-step=output] .sums').textContent");
    assert!(sums.contains("= 0.1892"), "{sums}");
    // One word in place of the matrix.
    browser.click("[data-choice='row:1']");
    assert_eq!(
        browser.eval("document.querySelectorAll('[data-matrix=scores-scores] tbody tr').length"),
        json!(1)
    );
    assert_eq!(cell(&mut browser, "scores-scores", 0, 3), "1.2000");
    browser.click("[data-choice='lang:es']");
    assert_eq!(browser.text("document.documentElement.lang"), "es");
    assert!(browser.text("document.body.textContent").contains("Suma ponderada"));
    browser.assert_quiet();
}

#[test]
fn look_lines_matrix_neurons_and_all_heads() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::neurons();
    browser.open(&page.file(), "");
    browser.screenshot("look-lines");
    assert_eq!(
        browser.eval("document.querySelector('[data-control=layer]').options.length"),
        json!(3)
    );
    browser.click("[data-head='2']");
    assert_eq!(browser.eval("atencion.state().shownHeads"), json!([2]));
    let readout = browser.text("document.getElementById('readout').textContent");
    assert!(readout.contains("Layer 1, head 3"), "{readout}");
    browser.eval("(() => { const s = document.querySelector('[data-control=layer]'); s.value = '1'; s.dispatchEvent(new Event('change')); })()");
    assert!(
        browser.text("document.getElementById('readout').textContent").contains("Layer 2, head 3")
    );
    for look in ["matrix", "neuron", "all"] {
        browser.click(&format!("[data-choice='look:{look}']"));
        let painted =
            browser.eval("document.querySelector('.look-picture canvas').scene.shapes.length > 10");
        assert_eq!(painted, json!(true), "{look}");
        browser.screenshot(&format!("look-{look}"));
    }
    // Opening one of all the heads.
    browser.eval("document.querySelector('.look-picture canvas').focus()");
    for key in ["ArrowDown", "ArrowDown", "ArrowRight", "Enter"] {
        browser.key(key);
    }
    assert_eq!(
        browser.eval(
            "[atencion.state().layer, atencion.state().shownHeads[0], atencion.state().look]"
        ),
        json!([1, 1, "lines"])
    );
    browser.assert_quiet();
}

#[test]
fn look_hovering_a_word_shows_its_row() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::neurons();
    browser.open(&page.file(), "");
    let (_, y) = browser.middle_of(".look-picture canvas");
    let left = browser
        .eval("document.querySelector('.look-picture canvas').getBoundingClientRect().x")
        .as_f64()
        .unwrap();
    browser.mouse_to(left + 60.0, y);
    browser.settle();
    let readout = browser.text("document.getElementById('readout').textContent");
    assert!(readout.contains("looks at") && readout.contains("adds up to 1."), "{readout}");
    assert!(browser.eval("atencion.state().token").as_i64().unwrap() >= 2);
    browser.screenshot("look-hovered");
    browser.assert_quiet();
}

#[test]
fn look_cross_attention_between_different_words() {
    let Some(mut browser) = Browser::launch() else { return };
    let weights =
        atencion::tensor![[[[5.0, 1, 0, 0, 0], [1, 5, 1, 0, 0], [0, 0, 1, 5, 0], [0, 0, 0, 0, 5]]]];
    let weights = weights.softmax(-1, tch::Kind::Float);
    let cat = weights.double_value(&[0, 0, 2, 3]);
    let page = Page::new(
        &[("cross", &weights)],
        &[
            "--weights",
            "translation=cross.safetensors",
            "--tokens",
            "я видел котю <eos>",
            "--tokens-k",
            "I saw a cat <eos>",
        ],
    );
    browser.open(&page.file(), "look=matrix");
    browser.eval("document.querySelector('.look-picture canvas').focus()");
    for key in ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"] {
        browser.key(key);
    }
    assert_eq!(
        browser.text("document.getElementById('cell-said').textContent"),
        format!("“котю” looks at “cat” with weight {cat:.4}")
    );
    browser.screenshot("look-cross");
    browser.open(&page.file(), "look=lines&token=1");
    browser.screenshot("look-cross-lines");
    browser.open(&page.file(), "look=neuron");
    assert!(browser.text("document.getElementById('view').textContent").contains("--q and --k"));
    browser.assert_quiet();
}

#[test]
fn look_says_that_rows_do_not_add_up_and_shows_them() {
    let Some(mut browser) = Browser::launch() else { return };
    let weights = atencion::tensor![[0.5, 0.5], [0.5, 0.1]];
    let page = Page::new(&[("odd", &weights)], &["--weights", "odd.safetensors"]);
    browser.open(&page.file(), "look=matrix");
    let notice = browser.text("document.querySelector('.notice').textContent");
    assert!(notice.contains("1 of 2 rows") && notice.contains("0.6"), "{notice}");
    assert_eq!(
        browser.eval("document.querySelector('.look-picture canvas').scene.shapes.length > 3"),
        json!(true)
    );
    browser.assert_quiet();
}

#[test]
fn parts_each_picture_and_the_stack_piece_by_piece() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::four_heads();
    for part in ["positional", "causal", "multihead", "seq2seq", "stack"] {
        browser.open(&page.file(), &format!("view=parts&part={part}"));
        browser.screenshot(&format!("parts-{part}"));
    }
    for piece in [
        "encoder",
        "encoder-layer",
        "encoder-self",
        "decoder",
        "decoder-layer",
        "decoder-self",
        "decoder-cross",
        "encoder-self-dot",
    ] {
        browser.click(&format!("#piece-{piece}"));
        assert_eq!(
            browser.eval(&format!(
                "document.getElementById('piece-{piece}').getAttribute('aria-expanded')"
            )),
            json!("true")
        );
    }
    browser.screenshot("parts-stack-open");
    browser.click("[data-action=close-all]");
    assert_eq!(browser.eval("document.querySelectorAll('.piece').length"), json!(3));
    browser.click("[data-action=open-all]");
    assert_eq!(browser.eval("document.querySelectorAll('[aria-expanded=false]').length"), json!(0));
    browser.assert_quiet();
}

#[test]
fn parts_controls_of_the_pictures() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::four_heads();
    browser.open(&page.file(), "view=parts");
    let said = "document.querySelector('.parts .sums').textContent";
    assert_eq!(
        browser.text(said),
        "Column 4 is 2i with i = 2: PE(3, 2i) = sin(3 ÷ 10000^(2·2/512)) = sin(2.7917) = 0.3428"
    );
    let angle = 3.0 / 10000f64.powf(8.0 / 512.0);
    browser.click("[data-choice='layout:concatenated']");
    assert_eq!(
        browser.text(said),
        format!(
            "Column 4 is i with i = 4: PE(3, i) = sin(3 ÷ 10000^(2·4/512)) = sin({angle:.4}) = {:.4}",
            angle.sin()
        )
    );
    browser.screenshot("parts-positional-concatenated");
    // In Spanish the sum has the formula's own name of the sine.
    browser.click("[data-choice='lang:es']");
    assert!(browser.text(said).contains("= sen(3 ÷ "), "{}", browser.text(said));
    let formula = browser.text("document.querySelector('.parts .formula').textContent");
    assert!(formula.contains("= sen("), "{formula}");
    browser.click("[data-choice='lang:en']");
    browser.click("[data-choice='size:10x8']");
    assert_eq!(browser.eval("atencion.state().width"), json!(8));
    browser.click("[data-choice='part:multihead']");
    assert_eq!(browser.eval("document.querySelectorAll('.head-row').length"), json!(4));
    browser.click("[data-choice='heads:2']");
    assert_eq!(browser.eval("document.querySelectorAll('.head-row').length"), json!(2));
    browser.click("[data-choice='part:seq2seq']");
    browser.click("[data-choice='aligned:2']");
    let sums = browser.text("document.querySelector('.parts .sums').textContent");
    assert!(sums.contains("c₃ =") && sums.contains("÷ √d: "), "{sums}");
    browser.click("[data-choice='head:1']");
    assert_eq!(browser.eval("atencion.state().head"), json!(1));
    browser.assert_quiet();
}

#[test]
fn the_address_keeps_the_state() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::four_heads();
    browser.open(&page.file(), "");
    browser.fill(&format!("{} input", at("k", 2, 1)), "-1.25");
    browser.click(&format!("{} button", at("mask", 0, 3)));
    browser.click("[data-choice='heads:2']");
    browser.click("[data-choice='head:1']");
    browser.click("[data-choice='divide:false']");
    browser.click("[data-choice='theme:dark']");
    browser.click("[data-choice='lang:es']");
    browser.click("#tab-look");
    browser.click("[data-choice='look:matrix']");
    browser.click("#tab-parts");
    browser.click("[data-choice='part:stack']");
    browser.click("#piece-decoder");
    let state = browser.eval("atencion.state()");
    browser.until("location.hash.includes('decoder')");
    let hash = browser.text("location.hash.slice(1)");
    browser.open(&page.file(), &hash);
    assert_eq!(browser.eval("atencion.state()"), state);
    assert_eq!(state["edits"]["k"]["2.1"], json!(-1.25));
    // A link followed while the page is open is obeyed too.
    browser.eval("location.hash = '#view=read'");
    browser.until("atencion.state().view === 'read'");
    browser.assert_quiet();
}

/// A file's own address would lead nobody else anywhere, and shows how its reader's folders are called.
#[test]
fn a_link_copied_from_a_file_is_the_view_alone() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "view=read&row=2");
    browser.eval(
        "(Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } }), 0)",
    );
    browser.click("[data-action=copy]");
    browser.until("window.copied !== undefined");
    assert_eq!(browser.text("window.copied"), "#view=read&row=2");
    // Heard and seen.
    for place in ["#live", ".told"] {
        let text = format!("document.querySelector('{place}').textContent");
        browser.until(&format!("{text}.includes('the view alone was copied')"));
    }
    browser.screenshot("link-copied");
    // Where nothing may be copied, it says what to do.
    browser
        .eval("(navigator.clipboard.writeText = async () => { throw new Error('refused'); }, 0)");
    browser.click("[data-action=copy]");
    browser.until("document.getElementById('live').textContent.includes('address bar')");
    browser.assert_quiet();
}

#[test]
fn a_spoilt_address_is_harmless() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    let hash = "view=nothing&heads=7&head=99&t=-1&mask=given&q=9.9:1,0.0:x,0.1:2&hidden=8.8,a&set=5&layer=9&look=x&show=a,77&positions=99999&width=0&open=%3Cscript%3E&lang=xx&theme=%00&part=__proto__&row=4";
    browser.open(&page.file(), hash);
    let state = browser.eval("atencion.state()");
    assert_eq!(state["edits"]["q"], json!({ "0.1": 2 }));
    for (name, value) in [
        ("view", json!("play")),
        ("heads", json!(1)),
        ("temperature", json!(1)),
        ("mask", json!("none")),
        ("row", json!(-1)),
    ] {
        assert_eq!(state[name], value, "{name}");
    }
    for view in ["read", "look", "parts"] {
        browser.click(&format!("#tab-{view}"));
    }
    browser.assert_quiet();
}

#[test]
fn cross_attention_projects_keys_and_values_from_the_memory() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "view=parts&part=stack&lang=en");
    browser.click("[data-action=open-all]");
    let whole = browser.text("document.getElementById('view').textContent");
    assert!(whole.contains("Q = x W_Q,  K = m W_K,  V = m W_V"), "{whole}");
    assert!(whole.contains("key and value of m, the encoder's memory"), "{whole}");
    browser.click("[data-choice='lang:es']");
    browser.click("[data-action=open-all]");
    let whole = browser.text("document.getElementById('view').textContent");
    assert!(whole.contains("con m, la memoria del codificador"), "{whole}");
    browser.assert_quiet();
}

/// Keys of 0.1 to 0.4 are not one brown: each word's is darker than the one before it.
#[test]
fn keys_of_different_size_have_different_colours() {
    let Some(mut browser) = Browser::launch() else { return };
    let weights = atencion::tensor![[[[0.5, 0.5], [0.5, 0.5]]]];
    let q = atencion::tensor![[[[1.0, 1.0], [1.0, 1.0]]]];
    let k = atencion::tensor![[[[0.1, 0.1], [0.4, 0.4]]]];
    let files = ["--weights", "w.safetensors", "--q", "q.safetensors", "--k", "k.safetensors"];
    let page = Page::new(&[("w", &weights), ("q", &q), ("k", &k)], &files);
    browser.open(&page.file(), "look=neuron");
    let colours = "(() => { const shapes = document.querySelector('.look-picture canvas').scene.shapes; \
        return new Set(shapes.filter((it) => it.kind === 'rect' && it.fill).map((it) => it.fill)).size; })()";
    let different = browser.eval(colours).as_u64().unwrap();
    let page = Page::new(&[("w", &weights), ("q", &q), ("k", &(&k * 0.0 + 0.4))], &files);
    browser.open(&page.file(), "look=neuron");
    let same = browser.eval(colours).as_u64().unwrap();
    assert!(different > same, "{different} colours for keys of two sizes, {same} for one");
    browser.assert_quiet();
}
