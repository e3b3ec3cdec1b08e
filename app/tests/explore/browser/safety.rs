//! Nothing leaves the page, and nothing in the data becomes part of it.

use serde_json::json;

use super::Page;
use super::chromium::Browser;

#[test]
fn hostile_tokens_are_shown_as_text() {
    let Some(mut browser) = Browser::launch() else { return };
    let tokens = [
        "<script>globalThis.hacked = 1</script>",
        "</script><img src=x onerror='hacked=1'>",
        "\"quotes' & <b>bold</b>",
        "مرحبا بالعالم",
        "👩‍👩‍👧‍👦🇪🇸 \u{202e}backwards",
        &"x".repeat(10_000),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.json");
    std::fs::write(&file, json!(tokens).to_string()).unwrap();
    let tensor = tch::Tensor::randn([6, 4], (tch::Kind::Float, tch::Device::Cpu));
    let weights = tch::Tensor::randn([2, 2, 6, 6], (tch::Kind::Float, tch::Device::Cpu))
        .softmax(-1, tch::Kind::Float);
    let file = file.to_str().unwrap();
    let pages = [
        Page::new(
            &[("q", &tensor)],
            &["--q", "q.safetensors", "--k", "q.safetensors", "--tokens", file],
        ),
        Page::new(&[("w", &weights)], &["--weights", "<b>w=w.safetensors", "--tokens", file]),
    ];
    for (n, page) in pages.iter().enumerate() {
        for hash in [
            "view=play",
            "view=read",
            "view=look",
            "look=matrix&view=look",
            "view=look&look=neuron",
            "view=parts&part=seq2seq",
            "view=parts&part=multihead",
        ] {
            browser.open(&page.file(), hash);
            assert_eq!(browser.eval("globalThis.hacked === undefined"), json!(true), "{hash}");
            assert_eq!(
                browser
                    .eval("document.querySelectorAll('#view script, #view img, #view b').length"),
                json!(0)
            );
            assert_eq!(
                browser.eval("document.scrollingElement.scrollWidth <= innerWidth"),
                json!(true),
                "{hash}"
            );
        }
        browser.open(&page.file(), if n == 0 { "view=play" } else { "view=look" });
        browser.screenshot(&format!("hostile-{n}"));
        if n == 0 {
            let labels = browser.text("document.getElementById('view').textContent");
            for token in &tokens[..5] {
                assert!(labels.contains(token), "{token}");
            }
        }
        for format in ["svg", "png"] {
            browser.click(&format!("[data-action={format}]"));
        }
    }
    browser.assert_quiet();
}

#[test]
fn the_policy_is_strict_and_in_force() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    let policy = browser
        .text("document.querySelector('meta[http-equiv=\"Content-Security-Policy\"]').content");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    for loose in ["unsafe", "http", "*", "'self'"] {
        assert!(!policy.contains(loose), "{loose} in {policy}");
    }
    browser.assert_quiet();
    // What someone might try: another script, a fetch, a picture from elsewhere, eval.
    let tried = browser.eval(
        "(async () => {
           const script = document.createElement('script');
           script.textContent = 'globalThis.hacked = 1';
           document.body.append(script);
           const image = new Image();
           image.src = 'http://127.0.0.1:9/x.png';
           const fetched = await fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused');
           let evaluated = 'refused';
           try { evaluated = (0, eval)('1 + 1'); } catch {}
           return [globalThis.hacked ?? 'refused', fetched, evaluated];
         })()",
    );
    // The debugger's own evaluation lifts the ban on eval, so only the first two are the page's.
    assert_eq!([&tried[0], &tried[1]], [&json!("refused"), &json!("refused")]);
    let violations = browser.reported("Log.entryAdded");
    assert!(violations.len() >= 2, "{violations:#?}");
}

#[test]
fn no_request_leaves_any_view() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::neurons();
    browser.open(&page.file(), "");
    for tab in ["play", "read", "look", "parts"] {
        browser.click(&format!("#tab-{tab}"));
    }
    let requests = browser.reported("Network.requestWillBeSent");
    let files = requests
        .iter()
        .filter(|r| r["params"]["request"]["url"].as_str().unwrap().starts_with("file://"))
        .count();
    assert_eq!(files, 1, "only the page itself: {requests:#?}");
    browser.assert_quiet();
}
