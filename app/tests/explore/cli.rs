//! `atencion explore` as it is typed: what it writes, and what it says of bad input: one line of what, perhaps one of
//! how to mend it, exit code 2, and nothing written.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

use atencion_cli::i18n::Lang;
use atencion_cli::page::{Inputs, Notice, PageData, WeightSet, html, iframe_html};

const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

/// Where the command is called.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn tensor(&self, name: &str, tensor: &Tensor) {
        let file = self.path(&format!("{name}.safetensors"));
        Tensor::write_safetensors(&[(name, tensor)], file).unwrap();
    }

    pub fn text(&self, name: &str, text: &[u8]) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn explore(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_atencion"))
            .current_dir(self.0.path())
            .args(["explore", "--lang", "en"])
            .args(args)
            .output()
            .unwrap()
    }

    pub fn page(&self, args: &[&str]) -> String {
        let output = self.explore(&[args, &["-o", "page.html"]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        std::fs::read_to_string(self.path("page.html")).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Refused in a line or two with exit code 2; nothing new lies in the folder.
    #[track_caller]
    fn refuses(&self, args: &[&str], what: &str) {
        let before = self.names();
        let output = self.explore(&[args, &["-o", "page.html"]].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(what), "{args:?}: {said}");
        let lines: Vec<_> = said.lines().collect();
        assert!((1..=2).contains(&lines.len()), "{args:?}: {said}");
        assert!(lines[0].starts_with("error: "), "{said}");
        assert!(lines.get(1).is_none_or(|line| line.starts_with("mend it: ")), "{said}");
        assert!(output.stdout.is_empty());
        assert_eq!(self.names(), before);
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn uniform(shape: &[i64]) -> Tensor {
    let s = shape[shape.len() - 1] as f64;
    Tensor::ones(shape, FLOAT) / s
}

/// The JSON inside a page.
pub fn data(page: &str) -> serde_json::Value {
    let start = page.find("id=\"atencion-data\">").unwrap() + "id=\"atencion-data\">".len();
    let end = page[start..].find("</script>").unwrap();
    serde_json::from_str(&page[start..start + end]).unwrap()
}

#[test]
fn without_any_option_the_practice_is_written() {
    let folder = Folder::new();
    let output = folder.explore(&[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("atencion.html written"), "{}", stdout(&output));
    let page = std::fs::read_to_string(folder.path("atencion.html")).unwrap();
    assert_eq!(data(&page)["play"]["tokens"], serde_json::json!(["x₁", "x₂", "x₃", "x₄"]));
    // The practice's few numbers weigh nothing: this is the page without data.
    assert!(page.len() <= 400 * 1024, "{} bytes", page.len());
    assert_eq!(folder.names(), ["atencion.html"]);
}

#[test]
fn a_dash_writes_the_page_to_standard_output() {
    let folder = Folder::new();
    let output = folder.explore(&["-o", "-"]);
    assert!(stdout(&output).starts_with("<!doctype html>"));
    assert!(stdout(&output).trim_end().ends_with("</html>"));
    assert!(folder.names().is_empty());
}

#[test]
fn it_speaks_spanish() {
    let folder = Folder::new();
    let output = Command::new(env!("CARGO_BIN_EXE_atencion"))
        .current_dir(folder.0.path())
        .args(["--lang", "es", "explore", "-o", "p.html"])
        .output()
        .unwrap();
    assert!(stdout(&output).contains("no necesita red"), "{}", stdout(&output));
    assert!(std::fs::read_to_string(folder.path("p.html")).unwrap().contains("<html lang=\"es\">"));
}

#[test]
fn tokens_come_from_anywhere() {
    let folder = Folder::new();
    folder.text("list.json", br#"["a b", "c", "d,e", ""]"#);
    folder.text("lines.txt", b"a b\nc\r\nd,e\n\n");
    folder.text("words.txt", b"a b c d\n");
    for (given, tokens) in [
        ("list.json", ["a b", "c", "d,e", ""]),
        ("lines.txt", ["a b", "c", "d,e", ""]),
        ("words.txt", ["a", "b", "c", "d"]),
        (r#"["a b", "c", "d,e", ""]"#, ["a b", "c", "d,e", ""]),
        ("a, b ,c,d", ["a", "b", "c", "d"]),
        ("a b  c d", ["a", "b", "c", "d"]),
    ] {
        let page = folder.page(&["--tokens", given]);
        assert_eq!(data(&page)["play"]["tokens"], serde_json::json!(tokens), "{given}");
        assert_eq!(data(&page)["play"]["tokens_k"], serde_json::json!(tokens), "{given}");
    }
}

#[test]
fn weights_of_every_shape_become_layers_and_heads() {
    let folder = Folder::new();
    for (shape, wanted) in [
        (vec![3, 5], [1, 1, 3, 5]),
        (vec![2, 3, 5], [1, 2, 3, 5]),
        (vec![4, 2, 3, 5], [4, 2, 3, 5]),
        (vec![4, 1, 2, 3, 5], [4, 2, 3, 5]),
        (vec![1, 4, 2, 3, 5], [4, 2, 3, 5]),
    ] {
        folder.tensor("w", &uniform(&shape));
        let page = folder.page(&["--weights", "w.safetensors"]);
        let sets = &data(&page)["sets"];
        assert_eq!(sets[0]["weights"]["shape"], serde_json::json!(wanted), "{shape:?}");
        assert_eq!(sets[0]["name"], "w");
    }
}

#[test]
fn weights_come_as_json_too_and_several_sets_go_into_one_page() {
    let folder = Folder::new();
    folder.text("self.json", b"[[0.5, 0.5], [1.0, 0.0]]");
    folder.tensor("cross", &uniform(&[2, 3]));
    let args = ["--weights", "encoder=self.json", "--weights", "cross.safetensors"];
    let tokens =
        ["--tokens", "I saw", "--tokens", "yo vi", "--tokens-k", "a b", "--tokens-k", "I saw it"];
    let page = folder.page(&[&args[..], &tokens[..]].concat());
    let sets = data(&page)["sets"].clone();
    assert_eq!([&sets[0]["name"], &sets[1]["name"]], ["encoder", "cross"]);
    assert_eq!(sets[1]["tokens"], serde_json::json!(["yo", "vi"]));
    assert_eq!(sets[1]["tokens_k"], serde_json::json!(["I", "saw", "it"]));
}

#[test]
fn weights_that_do_not_add_up_are_shown_and_said() {
    let folder = Folder::new();
    folder.text("w.json", b"[[0.5, 0.5], [0.5, 0.1], [0.0, 0.0], [-0.5, 1.5]]");
    let output = folder.explore(&["--weights", "w.json", "-o", "page.html"]);
    assert!(output.status.success());
    let said = stdout(&output);
    assert!(said.contains("1 of 4 rows") && said.contains("0.6000"), "{said}");
    assert!(said.contains("2 weights lie outside 0 to 1"), "{said}");
    assert!(folder.path("page.html").exists());
    let set = WeightSet::new("w", &atencion::tensor![[0.5, 0.5], [0.5, 0.25]]).unwrap();
    assert_eq!(set.notices(), [Notice::Sum { rows: 1, of: 2, worst: 0.75 }]);
}

#[test]
fn first_cuts_everything() {
    let folder = Folder::new();
    folder.tensor("w", &uniform(&[1, 1, 5000, 5000]));
    folder.tensor("q", &Tensor::randn([1, 1, 5000, 2], FLOAT));
    let words: Vec<_> = (0..5000).map(|n| format!("w{n}")).collect();
    folder.text("tokens.json", serde_json::to_string(&words).unwrap().as_bytes());
    let neurons = ["--q", "q.safetensors", "--k", "q.safetensors", "--tokens", "tokens.json"];
    // Cut, the rows no longer add up: that is said, and they are shown.
    let page =
        folder.page(&[&["--weights", "w.safetensors", "--first", "32"], &neurons[..]].concat());
    let set = &data(&page)["sets"][0];
    assert_eq!(set["weights"]["shape"], serde_json::json!([1, 1, 32, 32]));
    assert_eq!(set["q"]["shape"], serde_json::json!([1, 1, 32, 2]));
    assert_eq!(set["tokens"].as_array().unwrap().len(), 32);
    folder.refuses(&["--weights", "w.safetensors"], "5000 words");
    let said = stderr(&folder.explore(&["--weights", "w.safetensors"]));
    assert!(said.contains("--first 128") && said.contains("[:, :, :128, :128]"), "{said}");
}

#[test]
fn too_much_is_refused_with_the_way_to_cut_it() {
    let folder = Folder::new();
    folder.tensor("q", &Tensor::randn([5000, 3], FLOAT));
    folder.refuses(&["--q", "q.safetensors", "--k", "q.safetensors"], "query has 5000 words");
    folder.tensor("wide", &Tensor::randn([2, 4096], FLOAT));
    folder.refuses(&["--q", "wide.safetensors", "--k", "wide.safetensors"], "4096 numbers a word");
    // As a stride-zero view it costs no memory here.
    let many = Tensor::ones([1], FLOAT).expand([24, 16, 512, 512], false);
    let error = WeightSet::new("many", &many).unwrap_err();
    assert!(error.what().contains("a page can hold"), "{}", error.what());
    assert!(error.how_to_mend().unwrap().contains("--first"));
}

#[test]
fn what_is_no_number_is_refused_with_its_place() {
    let folder = Folder::new();
    for (value, word) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let mut bad = uniform(&[2, 2, 3, 3]);
        bad = bad.index_put(
            &[
                Some(Tensor::from(1i64)),
                Some(Tensor::from(0i64)),
                Some(Tensor::from(2i64)),
                Some(Tensor::from(1i64)),
            ],
            &Tensor::from(value as f32),
            false,
        );
        folder.tensor("w", &bad);
        folder.refuses(&["--weights", "w.safetensors"], &format!("{word} at [1, 0, 2, 1]"));
    }
    let q = Tensor::from_slice(&[1.0f32, f32::NAN]).reshape([1, 2]);
    folder.tensor("q", &q);
    folder.refuses(&["--q", "q.safetensors", "--k", "q.safetensors"], "query holds NaN at [0, 1]");
}

#[test]
fn empty_inputs_are_refused() {
    let folder = Folder::new();
    folder.tensor("w", &Tensor::zeros([2, 0, 3, 3], FLOAT));
    folder.refuses(&["--weights", "w.safetensors"], "empty");
    folder.tensor("q", &Tensor::zeros([0, 3], FLOAT));
    folder.refuses(&["--q", "q.safetensors", "--k", "q.safetensors"], "query is empty");
    folder.refuses(&["--tokens", ""], "0 tokens for 4 rows");
    folder.refuses(&["--tokens", "[]"], "0 tokens for 4 rows");
}

#[test]
fn one_word_is_fine() {
    let folder = Folder::new();
    folder.text("w.json", b"[[1.0]]");
    let page = folder.page(&["--weights", "w.json", "--tokens", "solo"]);
    assert_eq!(data(&page)["sets"][0]["tokens"], serde_json::json!(["solo"]));
}

#[test]
fn tokens_that_do_not_fit_are_refused() {
    let folder = Folder::new();
    folder.tensor("w", &uniform(&[2, 3]));
    folder.refuses(
        &["--weights", "w.safetensors", "--tokens", "a b c d"],
        "--tokens has 4 tokens for 2 rows",
    );
    let args = ["--weights", "w.safetensors", "--tokens-k", "a b c d"];
    folder.refuses(&args, "--tokens-k has 4 tokens for 3 columns");
    folder.refuses(&["--tokens", "a,b"], "2 tokens for 4 rows of query");
    folder.text("bad.json", b"[1, 2]");
    folder.refuses(&["--tokens", "bad.json"], "bad.json");
    folder.text("latin.txt", b"se\xf1or\n");
    folder.refuses(&["--tokens", "latin.txt"], "latin.txt");
    folder.refuses(&["--tokens", "absent.json"], "no such file");
}

#[test]
fn shapes_that_do_not_fit_are_refused_by_name() {
    let folder = Folder::new();
    for (name, shape) in [
        ("q", vec![4, 6]),
        ("k", vec![5, 6]),
        ("v", vec![3, 6]),
        ("d", vec![5, 4]),
        ("b", vec![2, 2, 2, 2]),
    ] {
        folder.tensor(name, &Tensor::randn(shape, FLOAT));
    }
    let with = |k: &'static str, v: &'static str| ["--q", "q.safetensors", "--k", k, "--v", v];
    folder.refuses(&with("k.safetensors", "v.safetensors"), "value has S=3 but key has S=5");
    folder.refuses(&with("d.safetensors", "d.safetensors"), "key has E=4 but query has E=6");
    folder.refuses(&with("b.safetensors", "k.safetensors"), "[L, E] or [H, L, D]");
    let ok = with("k.safetensors", "k.safetensors");
    folder.refuses(&[&ok[..], &["--heads", "4"]].concat(), "4 heads cannot share the 6 columns");
    folder.refuses(&[&ok[..], &["--heads", "0"]].concat(), "0 heads");
    folder.tensor("m", &Tensor::zeros([5, 4], FLOAT));
    folder.refuses(&[&ok[..], &["--mask", "m.safetensors"]].concat(), "must be [L=4, S=5]");
    folder.tensor("w", &uniform(&[2, 3, 4, 5]));
    let args = ["--weights", "w.safetensors", "--q", "q.safetensors", "--k", "k.safetensors"];
    folder.refuses(&args, "the weights ask for [2, 3, 4, 6]");
    folder.tensor("batch", &uniform(&[2, 3, 2, 4, 5]));
    folder.refuses(&["--weights", "batch.safetensors"], "[layers, heads, L, S]");
}

#[test]
fn masks_bool_and_float_start_the_page_masked() {
    let folder = Folder::new();
    folder.tensor("b", &Tensor::ones([4, 4], (Kind::Bool, Device::Cpu)).tril(0));
    let by_bool = data(&folder.page(&["--mask", "b.safetensors"]));
    folder.tensor("f", &Tensor::full([4, 4], f64::NEG_INFINITY, FLOAT).triu(1));
    let causal = data(&folder.page(&["--causal"]));
    let output = |page: &serde_json::Value| {
        page["steps"].as_array().unwrap().iter().find(|step| step["name"] == "output").unwrap()["tensor"].clone()
    };
    assert_eq!(output(&by_bool), output(&causal));
    // Zeros and ones say what false and true say, as in `explain`.
    folder.tensor("i", &Tensor::ones([4, 4], (Kind::Int64, Device::Cpu)).tril(0));
    assert_eq!(output(&data(&folder.page(&["--mask", "i.safetensors"]))), output(&causal));
    folder.tensor("two", &Tensor::full([4, 4], 2, (Kind::Int64, Device::Cpu)));
    folder.refuses(&["--mask", "two.safetensors"], "other than 0 and 1");
    folder.tensor("n", &Tensor::full([4, 4], f64::NAN, FLOAT));
    folder.refuses(&["--mask", "n.safetensors"], "the mask holds NaN");
}

#[test]
fn unreadable_files_are_refused() {
    let folder = Folder::new();
    folder.refuses(&["--weights", "absent.safetensors"], "absent.safetensors");
    folder.text("rubbish.safetensors", b"rubbish");
    folder.refuses(&["--weights", "rubbish.safetensors"], "rubbish.safetensors");
    folder.text("rubbish.json", b"{");
    folder.refuses(&["--q", "rubbish.json", "--k", "rubbish.json"], "rubbish.json");
}

#[test]
fn an_output_that_cannot_be_written_leaves_everything_as_it_was() {
    let folder = Folder::new();
    let output = folder.explore(&["-o", "absent/page.html"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("absent/page.html"), "{}", stderr(&output));
    std::fs::create_dir(folder.path("page.html")).unwrap();
    folder.refuses(&[], "page.html");
    // A refusal that comes late leaves the old page.
    folder.text("old.html", b"old");
    folder.text("bad.json", b"[[NaN]]");
    let output = folder.explore(&["--weights", "bad.json", "-o", "old.html"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read(folder.path("old.html")).unwrap(), b"old");
    assert_eq!(folder.names(), ["bad.json", "old.html", "page.html"]);
}

#[test]
fn usage_errors_are_usage_errors() {
    let folder = Folder::new();
    folder.tensor("q", &Tensor::randn([2, 2], FLOAT));
    for args in [
        &["--q", "q.safetensors"][..],
        &["--weights", "w.safetensors", "--causal"],
        &["--causal", "--mask", "q.safetensors"],
        &["--first", "0"],
        &["--heads", "many"],
    ] {
        let output = folder.explore(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    assert_eq!(folder.names(), ["q.safetensors"]);
}

#[test]
fn from_rust_a_trace_makes_a_page_and_a_frame() {
    let q = atencion::tensor![[1.0, 2.0], [3.0, 4.0]];
    let options = atencion::attention::Sdpa::default();
    let trace =
        atencion::attention::scaled_dot_product_attention_steps(&q, &q, &q, &options).unwrap();
    let page = PageData { lang: Lang::En, ..PageData::of_trace(&trace).unwrap() };
    let whole = html(&page).unwrap();
    let frame = iframe_html(&page, 700).unwrap();
    assert!(frame.starts_with("<iframe ") && frame.ends_with("</iframe>"));
    let inside = frame.split("srcdoc=\"").nth(1).unwrap().trim_end_matches("\"></iframe>");
    assert!(!inside.contains('"'));
    assert_eq!(inside.replace("&quot;", "\"").replace("&amp;", "&"), whole);
    let inputs = Inputs::practice().unwrap();
    assert!(html(&PageData { lang: Lang::Es, inputs, sets: Vec::new() }).is_ok());
    assert!(PageData::of_trace(&atencion::Trace::new()).unwrap_err().what().contains("query"));
}

#[test]
fn no_address_of_any_network_is_in_the_page() {
    let page =
        html(&PageData { lang: Lang::En, inputs: Inputs::practice().unwrap(), sets: Vec::new() })
            .unwrap();
    let urls: Vec<_> =
        page.match_indices("://").map(|(at, _)| &page[at.saturating_sub(5)..at + 20]).collect();
    // SVG's namespace is a name, not an address.
    assert!(urls.iter().all(|url| url.contains("www.w3.org")), "{urls:?}");
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page").is_dir());
}

#[test]
fn json_says_what_was_written() {
    let folder = Folder::new();
    let weights = atencion::tensor![[[[0.5, 0.4], [1.0, 0.0]]]];
    folder.tensor("w", &weights);
    let output = folder.explore(&["--json", "--weights", "w.safetensors", "-o", "page.html"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let size = std::fs::metadata(folder.path("page.html")).unwrap().len();
    assert_eq!((&said["file"], &said["bytes"]), (&"page.html".into(), &size.into()));
    assert!(said["sets"][0]["notices"][0].as_str().unwrap().contains("do not add up to one"));
    let refused = folder.explore(&["--json", "-o", "-"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("standard output"), "{}", stderr(&refused));
}

/// The Python of *Read*, card after card, as a reader would copy it.
const READ: &str = r##"
import base64, json, struct, sys
data = json.load(sys.stdin)
steps = {step["name"]: step for step in data["steps"]}
order = [name for name in ["vectors", "scores", "scaled", "masked", "weights", "output"] if name in steps]
scope = {}
exec(compile("\n".join(steps[name]["python"] for name in order), "read", "exec"), scope)
import torch
right = base64.b64decode(steps["output"]["tensor"]["data"])
right = torch.frombuffer(bytearray(right), dtype=torch.float64).view(steps["output"]["tensor"]["shape"])
if "# ..." not in steps["vectors"]["python"]:
    torch.testing.assert_close(scope["output"].double(), right, rtol=0, atol=1e-6)
"##;

#[test]
fn the_python_of_read_runs_in_the_order_of_its_cards() {
    let Some(python) = support::python_with_torch() else { return };
    let folder = Folder::new();
    folder.tensor("q", &atencion::tensor![[0.5, -1.0, 1e-7, 2.0], [1.0, 0.0, 3.5, 0.25]]);
    folder.text("mask.json", b"[[true, false], [true, true]]");
    folder.text("added.json", b"[[0.0, -1.5], [0.5, 0.0]]");
    folder.tensor("long", &uniform(&[70, 8]));
    let own = ["--q", "q.safetensors", "--k", "q.safetensors"];
    let long = ["--q", "long.safetensors", "--k", "long.safetensors"];
    let cases: [&[&str]; 7] = [
        &[],
        &["--causal"],
        &own,
        &[&own[..], &["--mask", "mask.json"]].concat(),
        &[&own[..], &["--mask", "added.json"]].concat(),
        &[&own[..], &["--heads", "2", "--causal"]].concat(),
        &long,
    ];
    for more in cases {
        let data = data(&folder.page(more)).to_string();
        let mut child = Command::new(python)
            .args(["-c", READ])
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), data.as_bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{more:?}: {}", String::from_utf8_lossy(&ended.stderr));
    }
}

/// The lines that `--help` shows, with something that answers as a model of Hugging Face's does.
#[test]
fn the_lines_of_the_help_make_a_page() {
    let Some(python) = support::python_with_torch() else { return };
    for lang in ["en", "es"] {
        let folder = Folder::new();
        folder.text("tokens.json", br#"["a", "b", "c"]"#);
        let output = Command::new(env!("CARGO_BIN_EXE_atencion"))
            .args(["explore", "--help", "--lang", lang])
            .output()
            .unwrap();
        let help = stdout(&output);
        // From the import to the command, and nothing else between them: a line that is folded is no line of Python.
        assert!(help.lines().all(|line| !line.contains("torch") || line.chars().count() <= 80));
        let lines = help.lines().map(str::trim).skip_while(|line| !line.starts_with("from "));
        let (shown, rest): (Vec<&str>, Vec<&str>) =
            lines.partition(|line| !line.starts_with("atencion "));
        assert_eq!((shown.len(), rest.len()), (4, 1), "{help}");
        // The page's own advice is the same.
        let page = folder.page(&[]);
        let mut code = shown.iter().filter(|line| !line.starts_with('#'));
        assert!(code.all(|line| page.contains(line)), "{shown:?}");
        let model = "import torch\ninputs = {}\n\
            class model:\n    def __init__(self, output_attentions):\n        \
            self.attentions = tuple(torch.full((1, 2, 3, 3), 1 / 3) for _ in range(4))\n";
        let ran = Command::new(python)
            .current_dir(folder.path("."))
            .args(["-c", &format!("{model}{}", shown.join("\n"))])
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", stderr(&ran));
        let arguments: Vec<&str> = rest[0].split_whitespace().skip(2).collect();
        let output = folder.explore(&arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(folder.names().contains(&"page.html".to_owned()), "{:?}", folder.names());
    }
}
