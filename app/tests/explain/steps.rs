//! `atencion explain` as a user types it: the six steps, in both languages, on the practice and on one's own tensors.

use std::path::Path;

use crate::command::{said, said_to};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

#[test]
fn the_practice_in_six_steps() {
    let text = said(&["explain"]);
    for number in 1..=6 {
        assert!(text.contains(&format!("Step {number} of 6")), "{text}");
    }
    for line in [
        "scores = query @ key.transpose(-2, -1)",
        "let scores = query.matmul(&key.transpose(-2, -1));",
        "scores [L=4, S=4] tensor([[0.0000, 0.0000, 0.0000, 0.0000],",
        "QKᵀ / √d_k",
        "[0.1892, 0.2250, 0.2676, 0.3182]",
        "[0.1892, 0.5432, 0.5857]",
        "q₂·k₃ = 1·0.3 + 1·0.3 + 1·0.3 = 0.9",
        "0.9 / √3 = 0.9 / 1.7321 = 0.5196",
        "e^0.5196 / (e^0.1732 + e^0.3464 + e^0.5196 + e^0.6928) = 0.2676",
    ] {
        assert!(unfolded(&text).contains(line), "{line}\n{text}");
    }
}

#[test]
fn the_locale_or_lang_choose_the_language() {
    let spanish = said(&["explain", "--lang", "es"]);
    assert!(spanish.contains("Paso 6 de 6 · Suma ponderada"), "{spanish}");
    assert!(!spanish.contains("Step"), "{spanish}");
    for (name, value) in [("LC_ALL", "es_AR.UTF-8"), ("LANGUAGE", "de:es")] {
        let by_locale = crate::command::atencion(&["explain"]).env(name, value).output().unwrap();
        assert_eq!(String::from_utf8(by_locale.stdout).unwrap(), spanish, "{name}");
    }
}

#[test]
fn every_line_fits_80_columns() {
    let long = "[[0.123456789, -1000.5, 3, 4, 5, 6, 7, 8]]";
    for lang in ["es", "en"] {
        let texts = [
            said(&["explain", "--lang", lang]),
            said(&["explain", "--lang", lang, "--causal", "--heads", "3"]),
            said(&["explain", "--lang", lang, "--causal", "--row", "3"]),
            said(&["explain", "--lang", lang, "--picture", "positional"]),
            said_to(&["explain", "--lang", lang, "--mask", "-"], &masks(4, 4)),
            said_to(
                &[
                    "explain",
                    "--lang",
                    lang,
                    "--q",
                    "-",
                    "--k",
                    &file("k.json", long),
                    "--v",
                    &file("v.json", long),
                ],
                long,
            ),
        ];
        for text in texts {
            let longest = text.lines().max_by_key(|line| line.width()).unwrap();
            assert!(longest.width() <= 80, "{longest}");
        }
    }
}

#[test]
fn long_tensors_are_summarised() {
    let rows: Vec<String> = (0..200).map(|row| format!("[{row}.5, 1.0, 2.0]")).collect();
    let file = file("summary.json", &format!("[{}]", rows.join(", ")));
    let text = said(&["explain", "--q", &file, "--k", &file, "--v", &file]);
    assert!(text.contains("weights [L=200, S=200]") && text.contains("..., "), "{text}");
    assert!(text.contains("each cell is the mean of 10×4 numbers"), "{text}");
    assert!(text.lines().count() < 350, "{} lines", text.lines().count());
}

#[test]
fn one_step_alone() {
    let text = said(&["explain", "--step", "5"]);
    assert!(text.starts_with("Step 5 of 6 · Softmax\n"), "{text}");
    assert!(text.contains("weights [L=4, S=4]") && !text.contains("scores [L=4"), "{text}");
}

#[test]
fn one_row_through_real_numbers() {
    let text = said(&["explain", "--row", "2"]);
    let chain = "q₂·k₃ = 0.9 → /1.7321 = 0.5196 → softmax 0.2676 → ·v₃ [0, 0, 1]";
    assert!(text.contains(chain), "{text}");
    assert!(text.contains("= [0.1892, 0.5432, 0.5857]"), "{text}");
    let causal = said(&["explain", "--row", "2", "--causal"]);
    assert!(causal.contains("→ mask −∞     → softmax 0 "), "{causal}");
    assert!(
        causal.contains("0.4568·v₁ + 0.5432·v₂ + 0·v₃ + 0·v₄ = [0.4568, 0.5432, 0]"),
        "{causal}"
    );
}

#[test]
fn a_row_of_a_step_changes_the_example() {
    let text = said(&["explain", "--step", "3", "--row", "4"]);
    assert!(text.contains("0.27 / √3 = 0.27 / 1.7321 = 0.1559"), "{text}");
}

#[test]
fn many_keys_are_cut_to_the_heaviest() {
    let keys =
        format!("[{}]", (0..40).map(|key| format!("[{key}.0]")).collect::<Vec<_>>().join(", "));
    let keys = file("many.json", &keys);
    let text =
        said_to(&["explain", "--q", "-", "--k", &keys, "--v", &keys, "--row", "1"], "[[1.0]]");
    assert!(text.contains("q₁·k₄₀") && !text.contains("q₁·k₂₄ "), "{text}");
    assert!(text.contains("(and 24 keys of smaller weight)"), "{text}");
}

#[test]
fn the_mask_step_says_whether_there_is_one() {
    assert!(said(&["explain", "--step", "4"]).contains("Here there is none"));
    let text = said(&["explain", "--step", "4", "--causal"]);
    assert!(text.contains("q₂·k₃: 0.5196 → −∞") && text.contains("-inf"), "{text}");
}

#[test]
fn masks_of_numbers_and_of_truth_values() {
    let causal = said(&["explain", "--causal", "--json"]);
    let expected = values(&causal, 5, "weights");
    let inf = "-Infinity";
    for mask in [
        "[[1,0,0,0],[1,1,0,0],[1,1,1,0],[1,1,1,1]]".to_owned(),
        "[[true,false,false,false],[true,true,false,false],[true,true,true,false],[true,true,true,true]]".to_owned(),
        format!(r#"[[0.0,"{inf}","{inf}","{inf}"],[0.0,0.0,"{inf}","{inf}"],[0.0,0.0,0.0,"{inf}"],[0.0,0.0,0.0,0.0]]"#),
    ] {
        let text = said_to(&["explain", "--mask", "-", "--json"], &mask);
        assert_eq!(values(&text, 5, "weights"), expected, "{mask}");
    }
}

#[test]
fn own_tensors_from_files_and_standard_input() {
    let q = "[[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]]";
    let k =
        file("own_k.json", "[[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]]");
    let v = file("own_v.json", "[[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]]");
    let own = said_to(&["explain", "--q", "-", "--k", &k, "--v", &v, "--json"], q);
    let practice = said(&["explain", "--json"]);
    assert_eq!(values(&own, 6, "output"), values(&practice, 6, "output"));
    let lines = said_to(&["explain", "--q", "-", "--k", &k, "--v", &v, "--step", "1"], q);
    assert!(lines.contains("query = torch.tensor(json.load(sys.stdin))"), "{lines}");
    // Whole numbers become floats, as Python's line says.
    assert!(lines.contains(".float()"), "{lines}");
}

#[test]
fn heads_share_out_the_numbers() {
    let document: Value =
        serde_json::from_str(&said(&["explain", "--heads", "3", "--json"])).unwrap();
    let tensors = |step: usize| document["steps"][step - 1]["tensors"].as_array().unwrap().clone();
    assert_eq!(tensors(1)[0]["shape"], serde_json::json!([3, 4, 1]));
    assert_eq!(tensors(5)[0]["shape"], serde_json::json!([3, 4, 4]));
    // All three numbers of a word are equal in the practice, so that every head's first output is Σ weights · V.
    let output = &tensors(6)[0]["values"];
    let concat = &tensors(6)[1]["values"];
    for word in 0..4 {
        for head in 0..3 {
            assert_eq!(output[head][word][0], concat[word][head]);
        }
    }
    let text = said(&["explain", "--heads", "3", "--step", "5"]);
    assert!(text.contains("weights [H=3, L=4, S=4]") && text.contains("  [2]\n"), "{text}");
}

#[test]
fn words_name_rows_and_columns() {
    let text = said(&["explain", "--step", "5", "--tokens", "el gato come pescado"]);
    assert!(text.contains("gato") && text.contains("pescado") && !text.contains("  q₁ "), "{text}");
    let hostile = "a\u{1b}[31m \u{202e}b <script> 🐈\u{200d}⬛";
    let text = said(&["explain", "--step", "5", "--tokens", hostile]);
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}') && text.contains("<script>"),
        "{text}"
    );
}

#[test]
fn json_is_one_document_with_every_number() {
    let document: Value =
        serde_json::from_str(&said(&["explain", "--json", "--causal", "--row", "2"])).unwrap();
    assert_eq!(document["steps"].as_array().unwrap().len(), 6);
    // Python: torch.softmax(.., 1)[1, 0].item(), within a unit in the last place of float32.
    let weight = values(&said(&["explain", "--json"]), 5, "weights")[1][0].as_f64().unwrap();
    assert!((weight - 0.189_233_6).abs() < 1e-6, "{weight}");
    assert_eq!(document["row"]["query"], 2);
    assert_eq!(document["row"]["heads"][0]["masked"][3], "-Infinity");
    let spanish: Value =
        serde_json::from_str(&said(&["explain", "--json", "--step", "2", "--lang", "es"])).unwrap();
    assert_eq!(spanish["steps"][0]["title"], "Productos escalares");
    assert_eq!(spanish["steps"].as_array().unwrap().len(), 1);
}

#[test]
fn help_is_translated_whole() {
    let help = said(&["explain", "--help", "--lang", "es"]);
    for text in
        ["Uso: atencion explain [OPCIONES]", "Opciones:", "<FICHERO>", "por defecto", "Ejemplos:"]
    {
        assert!(help.contains(text), "{text}\n{help}");
    }
    for text in ["Usage", "Options", "default:", "possible values", "Print help"] {
        assert!(!help.contains(text), "{text}\n{help}");
    }
    assert!(said(&["--lang=es", "--help"]).contains("Órdenes:"));
}

fn values(json: &str, step: usize, name: &str) -> Value {
    let document: Value = serde_json::from_str(json).unwrap();
    let tensors = document["steps"][step - 1]["tensors"].as_array().unwrap().clone();
    let tensor = tensors.into_iter().find(|tensor| tensor["name"] == name).unwrap();
    tensor["values"].clone()
}

/// Without the breaks that fit it to the terminal.
fn unfolded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn masks(rows: usize, columns: usize) -> String {
    format!("{:?}", vec![vec![1; columns]; rows])
}

/// A file with that text; its folder is this test run's own.
fn file(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    // The path is part of what is printed: as short as a user types it, wherever the checkout stands.
    let root = support::repository("");
    let path = path.strip_prefix(root).map_or(path.clone(), |inside| Path::new("..").join(inside));
    path.to_str().unwrap().to_owned()
}
