//! The page's own arithmetic against libtorch's.

use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use atencion::attention::{Sdpa, scaled_dot_product_attention, scaled_dot_product_attention_steps};

use super::Page;
use super::chromium::Browser;

const CASES: usize = 1000;
const DOUBLE: (Kind, Device) = (Kind::Double, Device::Cpu);

struct Case {
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Option<Tensor>,
    heads: i64,
    divide: bool,
    temperature: f64,
}

fn below(n: i64) -> i64 {
    Tensor::randint(n, [1], (Kind::Int64, Device::Cpu)).int64_value(&[0])
}

fn random_case() -> Case {
    let heads = [1, 2, 3, 4][below(4) as usize];
    let (l, s) = (1 + below(7), 1 + below(7));
    let (d, dv) = (1 + below(6), 1 + below(4));
    let wide = 10f64.powi(below(3) as i32 - 1);
    let mask = match below(4) {
        0 => None,
        1 => {
            Some(Tensor::zeros([l, s], DOUBLE).masked_fill(&causal_hidden(l, s), f64::NEG_INFINITY))
        }
        2 => Some(Tensor::randn([l, s], DOUBLE)),
        // Here and there a row in which everything is hidden.
        _ => Some(
            Tensor::zeros([l, s], DOUBLE)
                .masked_fill(&Tensor::rand([l, s], DOUBLE).lt(0.4), f64::NEG_INFINITY),
        ),
    };
    Case {
        q: Tensor::randn([l, heads * d], DOUBLE) * wide,
        k: Tensor::randn([s, heads * d], DOUBLE),
        v: Tensor::randn([s, heads * dv], DOUBLE),
        mask,
        heads,
        divide: below(2) == 0,
        temperature: 0.2 + 2.8 * Tensor::rand([1], DOUBLE).double_value(&[0]),
    }
}

fn causal_hidden(l: i64, s: i64) -> Tensor {
    Tensor::ones([l, s], (Kind::Bool, Device::Cpu)).triu(1)
}

fn split(tensor: &Tensor, heads: i64) -> Tensor {
    let size = tensor.size();
    tensor.reshape([size[0], heads, size[1] / heads]).transpose(0, 1)
}

/// Weights `[H, L, S]` and output `[L, H·Dv]`. A temperature divides what goes into the softmax, mask included.
fn by_rust(case: &Case) -> (Tensor, Tensor) {
    let [q, k, v] = [&case.q, &case.k, &case.v].map(|t| split(t, case.heads));
    let width = (case.q.size()[1] / case.heads) as f64;
    let scale = if case.divide { 1.0 / width.sqrt() } else { 1.0 } / case.temperature;
    let mask = case.mask.as_ref().map(|mask| mask / case.temperature);
    let options = Sdpa { attn_mask: mask.as_ref(), scale: Some(scale), ..Sdpa::default() };
    let weights = scaled_dot_product_attention_steps(&q, &k, &v, &options).unwrap();
    let output = scaled_dot_product_attention(&q, &k, &v, &options).unwrap();
    let side_by_side = output.transpose(0, 1).reshape([case.q.size()[0], -1]);
    (weights["weights"].shallow_clone(), side_by_side)
}

fn numbers(tensor: &Tensor) -> Vec<f64> {
    Vec::try_from(tensor.contiguous().reshape([-1])).unwrap()
}

/// −∞ has no JSON; `null` stands for it.
fn matrix(tensor: &Tensor) -> Value {
    let size = tensor.size();
    json!({ "rows": size[0], "cols": size[1], "data": numbers(tensor).iter().map(|x| if x.is_finite() { json!(x) } else { Value::Null }).collect::<Vec<_>>() })
}

fn to_json(case: &Case) -> Value {
    json!({
        "q": matrix(&case.q), "k": matrix(&case.k), "v": matrix(&case.v),
        "mask": case.mask.as_ref().map(matrix),
        "heads": case.heads, "divide": case.divide, "temperature": case.temperature,
    })
}

const IN_THE_PAGE: &str = r"
const read = (m) => m && atencion.matrix(m.rows, m.cols, Float64Array.from(m.data, (x) => x ?? -Infinity));
const by_page = ({ q, k, v, mask, ...options }) => {
  const result = atencion.attention(read(q), read(k), read(v), { ...options, mask: read(mask) });
  return { weights: result.heads.flatMap((head) => [...head.weights.data]), output: [...result.output.data] };
};
";

fn furthest(page: &Value, rust: &Tensor) -> f64 {
    let page: Vec<f64> =
        page.as_array().unwrap().iter().map(|x| x.as_f64().expect("a number")).collect();
    let rust = numbers(rust);
    assert_eq!(page.len(), rust.len());
    page.iter().zip(&rust).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn the_pages_arithmetic_equals_rusts_on_1000_random_inputs() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    tch::manual_seed(2026);
    let mut worst = 0.0f64;
    for _ in 0..CASES / 50 {
        let cases: Vec<_> = (0..50).map(|_| random_case()).collect();
        let given = Value::Array(cases.iter().map(to_json).collect());
        let answers =
            browser.eval(&format!("(() => {{ {IN_THE_PAGE} return {given}.map(by_page); }})()"));
        for (case, answer) in cases.iter().zip(answers.as_array().unwrap()) {
            let (weights, output) = by_rust(case);
            worst = worst.max(furthest(&answer["weights"], &weights));
            worst = worst.max(furthest(&answer["output"], &output));
        }
    }
    eprintln!("{CASES} inputs: the page and libtorch differ by at most {worst:e}");
    assert!(worst <= 1e-6, "{worst:e}");
    browser.assert_quiet();
}

#[test]
fn the_practice_shows_the_notebooks_table_and_rusts_own_check() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    browser.open(&page.file(), "");
    let cells = "[...document.querySelectorAll('[data-matrix=output] td[data-i]')].map(td => td.textContent).join(' ')";
    let table =
        "0.2500 0.5000 0.5000 0.1892 0.5432 0.5857 0.2372 0.5087 0.5173 0.2309 0.5130 0.5260";
    assert_eq!(browser.text(cells), table);
    browser.open(&page.file(), "view=read");
    let checked = browser.text("document.querySelector('.agreement').textContent");
    assert!(checked.starts_with("Checked"), "{checked}");
    browser.assert_quiet();
}

#[test]
fn a_different_rust_number_would_be_noticed() {
    let Some(mut browser) = Browser::launch() else { return };
    let page = Page::practice();
    // The weights that Rust put into the page, replaced by the scores: the page must say so.
    let html = std::fs::read_to_string(page.file()).unwrap();
    let changed = html
        .replace("\"name\":\"weights\"", "\"name\":\"other\"")
        .replace("\"name\":\"scores\"", "\"name\":\"weights\"");
    assert_ne!(html, changed);
    std::fs::write(page.file(), changed).unwrap();
    browser.open(&page.file(), "view=read");
    let checked = browser.text("document.querySelector('.agreement').textContent");
    assert!(checked.starts_with("Careful"), "{checked}");
}
