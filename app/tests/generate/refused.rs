//! Exit code 2, one line of what and one of how to mend it.

use super::command::refused;
use super::{model, write};

#[test]
fn options_that_cannot_be() {
    let folder = model();
    let name = folder.path().to_str().unwrap();
    let cases: [(&[&str], &str); 20] = [
        (&["--temperature", "0"], "temperature"),
        (&["--temperature", "-1"], "temperature"),
        (&["--temperature", "nan"], "temperature"),
        (&["--top-p", "0"], "top_p"),
        (&["--top-p", "1.5"], "top_p"),
        (&["--top-k", "0"], "top_k"),
        (&["--top-k", "-1"], "top_k"),
        (&["--min-p", "2"], "min_p"),
        (&["--typical-p", "0"], "typical_p"),
        (&["--repetition-penalty", "0"], "repetition_penalty"),
        (&["--num-beams", "0"], "num_beams"),
        (&["--max-new-tokens", "0"], "max_new_tokens"),
        (&["--max-new-tokens", "500"], "64 positions"),
        (&["--num-return-sequences", "2"], "num_return_sequences"),
        (&["--num-beams", "2", "--num-return-sequences", "3"], "num_return_sequences"),
        (&["--num-beams", "2", "--temperature", "0.5"], "beams"),
        (&["--greedy", "--top-k", "3"], "--top-k"),
        (&["--show", "--json"], "--json"),
        (&["--stop", ""], "stop_strings"),
        (&["--dtype", "f8"], "f8"),
    ];
    for (arguments, word) in cases {
        let (what, _) = refused(&[&["generate", name, "once"], arguments].concat());
        assert!(what.contains(word), "{arguments:?}: {what}");
    }
}

#[test]
fn prompts_that_cannot_be() {
    let folder = model();
    let name = folder.path().to_str().unwrap();
    let (what, mend) = refused(&["generate", name, &"once ".repeat(90)]);
    assert!(what.contains("64 positions") && mend.contains("cut"), "{what} {mend}");
    write(folder.path(), "generation_config.json", "{}");
    let (what, mend) = refused(&["generate", name, ""]);
    assert!(what.contains("empty") && mend.contains("a word"), "{what} {mend}");
    let (what, _) = refused(&["generate", name, "hi", "--chat"]);
    assert!(what.contains("chat template"), "{what}");
}

#[test]
fn folders_that_cannot_be() {
    let folder = model();
    let name = folder.path().to_str().unwrap();
    let bad = std::fs::read_to_string(support::golden("bad_inputs/sampling_bad.json")).unwrap();
    write(folder.path(), "generation_config.json", &bad);
    let (what, _) = refused(&["generate", name, "hi"]);
    for option in ["temperature", "top_k", "top_p", "num_beams"] {
        assert!(what.contains(&format!("{option} should be")), "{option}: {what}");
    }
    write(folder.path(), "generation_config.json", r#"{"penalty_alpha": 0.6}"#);
    assert!(refused(&["generate", name, "hi"]).0.contains("penalty_alpha"));
    write(folder.path(), "generation_config.json", "{}");
    write(folder.path(), "config.json", r#"{"model_type": "rwkv"}"#);
    assert!(refused(&["generate", name, "hi"]).0.contains("rwkv"));
    assert!(refused(&["generate", "nowhere", "hi"]).0.contains("nowhere"));
}

#[test]
fn weights_that_are_no_numbers() {
    let folder = model();
    let path = folder.path().join("model.safetensors");
    let state = atencion::StateDict::load(&path).unwrap();
    let broken = tch::Tensor::full_like(state.require("transformer.ln_f.bias").unwrap(), f64::NAN);
    let mut state = state;
    state.insert("transformer.ln_f.bias", broken);
    state.save(&path).unwrap();
    let name = folder.path().to_str().unwrap();
    for arguments in [&[][..], &["--do-sample"], &["--num-beams", "2"]] {
        let (what, _) = refused(&[&["generate", name, "once", "--json"], arguments].concat());
        assert!(what.contains("NaN"), "{what}");
    }
}
