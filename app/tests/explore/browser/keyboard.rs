//! Everything can be reached and changed without a mouse, and has a name that a screen reader can say.

use serde_json::json;

use super::Page;
use super::chromium::Browser;

/// Presses Tab until the focused element matches, and says how often.
fn tab_to(browser: &mut Browser, selector: &str) -> usize {
    for n in 0..60 {
        if browser.eval(&format!("document.activeElement.matches({})", json!(selector)))
            == json!(true)
        {
            return n;
        }
        browser.key("Tab");
    }
    panic!("Tab never came to {selector}");
}

#[test]
fn the_whole_of_play_by_keyboard() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    tab_to(&mut browser, "[data-choice='heads:1']");
    browser.key("ArrowRight");
    assert_eq!(browser.eval("atencion.state().heads"), json!(3));
    assert_eq!(browser.eval("document.activeElement.dataset.choice"), json!("heads:3"));
    browser.key("ArrowLeft");
    tab_to(&mut browser, "[data-choice^='mask:']");
    browser.key("ArrowRight");
    assert_eq!(browser.eval("atencion.state().mask"), json!("causal"));
    browser.key("ArrowLeft");
    // Into Q: one stop for the whole table, then arrows.
    tab_to(&mut browser, "[data-matrix=q] input");
    browser.key("ArrowDown");
    browser.key("PageUp");
    assert_eq!(browser.eval("atencion.state().edits.q['1.0']"), json!(1.1));
    tab_to(&mut browser, "[data-matrix=mask] button");
    browser.key("ArrowRight");
    browser.key(" ");
    assert_eq!(browser.eval("atencion.state().hidden"), json!(["0.1"]));
    tab_to(&mut browser, "[data-matrix=weights] td");
    browser.key("ArrowDown");
    let said = browser.text("document.getElementById('live').textContent");
    assert!(said.contains("softmax"), "{said}");
    browser.assert_quiet();
}

#[test]
fn tabs_language_and_look_by_keyboard() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::neurons();
    browser.open(&page.file(), "");
    tab_to(&mut browser, "[role=tab]");
    browser.key("ArrowLeft");
    assert_eq!(browser.eval("atencion.state().view"), json!("read"));
    browser.key("ArrowRight");
    tab_to(&mut browser, "[data-choice='lang:en']");
    browser.key("ArrowLeft");
    assert_eq!(
        browser.eval("[document.documentElement.lang, document.activeElement.dataset.choice]"),
        json!(["es", "lang:es"])
    );
    tab_to(&mut browser, ".look-picture canvas");
    browser.key("ArrowDown");
    browser.key("ArrowDown");
    assert_eq!(browser.eval("atencion.state().token"), json!(1));
    let said = browser.text("document.getElementById('live').textContent");
    assert!(said.starts_with("saw mira a:"), "{said}");
    browser.assert_quiet();
}

#[test]
fn everything_has_a_name() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::neurons();
    browser.call("Accessibility.enable", json!({}));
    for hash in [
        "view=play",
        "view=play&heads=3",
        "view=read",
        "view=look",
        "view=look&look=all",
        "view=parts",
        "view=parts&part=stack",
        "view=parts&part=seq2seq",
    ] {
        browser.open(&page.file(), hash);
        let tree = browser.call("Accessibility.getFullAXTree", json!({}));
        let mut named = 0;
        for node in tree["nodes"].as_array().unwrap() {
            let role = node["role"]["value"].as_str().unwrap_or_default();
            let needs = [
                "button",
                "textbox",
                "radio",
                "radiogroup",
                "tab",
                "tablist",
                "tabpanel",
                "slider",
                "grid",
                "combobox",
                "img",
                "image",
                "checkbox",
            ];
            if node["ignored"] == json!(true) || !needs.contains(&role) {
                continue;
            }
            named += 1;
            let name = node["name"]["value"].as_str().unwrap_or_default();
            assert!(!name.trim().is_empty(), "{hash}: a {role} without a name: {node:#}");
        }
        assert!(named > 15, "{hash}: {named}");
    }
    browser.assert_quiet();
}
