//! In a notebook cell: the page in a frame made from a string, several on one page.

use atencion_cli::i18n::Lang;
use atencion_cli::page::{Inputs, PageData, iframe_html};
use serde_json::json;

use super::chromium::Browser;

fn data(q: &tch::Tensor) -> PageData {
    PageData { lang: Lang::En, inputs: Inputs::new(q, q, q).unwrap(), sets: Vec::new() }
}

#[test]
fn two_in_one_notebook_do_not_disturb_each_other() {
    let Some(mut browser) = Browser::launch() else { return };
    let (one, two) = (atencion::tensor![[1.0, 2.0], [3.0, 4.0]], atencion::tensor![[5.0, 6.0]]);
    let frames = [&one, &two].map(|q| iframe_html(&data(q), 500).unwrap()).join("\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notebook.html");
    let notebook = format!(
        "<!doctype html><meta charset=utf-8><body><script>globalThis.atencion = 'mine'</script>{frames}"
    );
    std::fs::write(&file, notebook).unwrap();
    browser.open(&file, "");
    browser.until("frames.length === 2");
    browser.settle();
    let contexts = browser.reported("Runtime.executionContextCreated");
    let inner: Vec<i64> = contexts
        .iter()
        .filter(|event| event["params"]["context"]["origin"] == "://")
        .filter_map(|event| event["params"]["context"]["id"].as_i64())
        .collect();
    let inner = &inner[inner.len().saturating_sub(2)..];
    assert_eq!(inner.len(), 2, "{contexts:#?}");
    for (&context, first) in inner.iter().zip([1.0, 5.0]) {
        let value = browser.eval_in(Some(context), "atencion.result().q.data[0]");
        assert_eq!(value.as_f64(), Some(first));
        browser.eval_in(
            Some(context),
            "document.querySelector(\"[data-choice='mask:causal']\").click()",
        );
        browser.eval_in(Some(context), "document.getElementById('tab-read').click()");
        let shown =
            browser.eval_in(Some(context), "document.querySelectorAll('article.card').length");
        assert_eq!(shown, json!(6));
    }
    // A change in one stays there, and the notebook's own names and address are untouched.
    browser.eval_in(Some(inner[0]), "document.getElementById('tab-parts').click()");
    assert_eq!(browser.eval_in(Some(inner[1]), "atencion.state().view"), json!("read"));
    assert_eq!(browser.eval("[atencion, location.hash]"), json!(["mine", ""]));
    std::thread::sleep(std::time::Duration::from_millis(300));
    browser.screenshot("notebook-two-frames");
    browser.assert_quiet();
}
