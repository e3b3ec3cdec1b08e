//! What is wrong with a recipe or its folder is said in a line, and how to mend it in another.

use super::command::refused;
use super::trained;

#[test]
fn recipes_with_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let latin = format!("data.text={}", file("latin.txt", b"caf\xe9\n"));
    let short = format!("data.text={}", file("short.txt", b"one line\n"));
    let empty = format!("data.text={}", file("empty.txt", b""));
    let absent = format!("data.text={}", folder.path().join("absent.txt").display());
    let broken = file("broken.toml", b"[data\n");
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    for (arguments, what, mend) in [
        (&["srt"][..], "there is no recipe srt", "did you mean sort?"),
        (&["absent.toml"], "absent.toml", ""),
        (&[broken.as_str()], "broken.toml", "--list"),
        (
            &["sort", "--set", "train.stepz=3"],
            "train.stepz, which is not known",
            "did you mean steps?",
        ),
        (&["sort", "--set", "trian.steps=3"], "trian, which is not known", "did you mean train?"),
        (&["sort", "--set", "steps=3"], "--set steps=3", "section.key=value"),
        (
            &["sort", "--set", "train.lr=-1"],
            "train.lr is -1, which is out of range",
            "another value",
        ),
        (&["sort", "--set", "train.steps=0"], "train.steps is 0", "another value"),
        (&["sort", "--set", "train.steps=-5"], "-5", "--list"),
        (&["sort", "--set", "train.steps=many"], "invalid type", "--list"),
        (&["sort", "--set", "data.digits=11"], "data.digits is 11", "another value"),
        (
            &["sort", "--set", "model.n_positions=5"],
            "sequences have 20 tokens",
            "set model.n_positions to 20",
        ),
        (&["sort", "--set", "model.n_heads=2"], "n_heads", "taken out"),
        (&["sort", "--set", "model.n_head=3"], "n_embd must be divisible by n_head", ""),
        (
            &["sort", "--set", "data.examples=3"],
            "3 sequences to learn from",
            "train.batch_size 3 or less",
        ),
        (&["gpt", "--set", &latin], "line 1 is not UTF-8", ""),
        (&["gpt", "--set", &short], "too few for blocks of 64", "more text"),
        (&["gpt", "--set", &empty], "is empty", ""),
        (&["gpt", "--set", &absent], "absent.txt", ""),
        (&["gpt", "--set", "data.vocabulary=100"], "data.vocabulary is 100", "another value"),
        (&["sort", "--resume"], "no training", "leave --resume out"),
    ] {
        let all = [&["train"], arguments, &["--out", out, "--device", "cpu"]].concat();
        let said = refused(&all);
        assert!(said.0.contains(what), "{arguments:?}: {said:?}");
        assert!(said.1.contains(mend), "{arguments:?}: {said:?}");
        assert!(!std::path::Path::new(out).exists(), "{arguments:?} left something behind");
    }
}

#[test]
fn a_folder_is_of_one_training() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let steps = ["--set", "train.steps=12"];
    trained("sort", &out, &steps);
    let before = std::fs::read(out.join("model/model.safetensors")).unwrap();
    let out_text = out.to_str().unwrap();
    let again = refused(&["train", "sort", "--out", out_text]);
    assert!(again.0.contains("a training in") && again.1.contains("--resume"), "{again:?}");
    let other = refused(&["train", "copy", "--out", out_text, "--resume", "--set", "train.lr=0.5"]);
    for difference in
        ["data.task: \"sort\" ≠ \"copy\"", "train.lr: 0.002 ≠ 0.5", "train.steps: 12 ≠ 1500"]
    {
        assert!(other.0.contains(difference), "{difference}: {other:?}");
    }
    assert!(before == std::fs::read(out.join("model/model.safetensors")).unwrap());
}

#[test]
fn in_spanish() {
    let (what, mend) = refused(&["train", "sort", "--set", "train.stepz=3", "--lang", "es"]);
    assert!(what.contains("la receta tiene train.stepz"), "{what}");
    assert!(mend.contains("¿querías decir steps?"), "{mend}");
}

#[test]
fn a_damaged_checkpoint_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let settings = ["--set", "train.steps=40", "--set", "train.checkpoint=10"];
    trained("sort", &out, &settings);
    let expected = std::fs::read(out.join("model/model.safetensors")).unwrap();
    let newest = out.join("checkpoints/step-00000040/model.safetensors");
    let mut bytes = std::fs::read(&newest).unwrap();
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    std::fs::write(&newest, bytes).unwrap();
    std::fs::remove_dir_all(out.join("model")).unwrap();
    let said = trained("sort", &out, &[&settings[..], &["--resume"]].concat());
    assert!(said.contains("goes on after step 30"), "{said}");
    assert!(
        said.contains("passed over") && said.contains("model.safetensors: is damaged"),
        "{said}"
    );
    assert!(expected == std::fs::read(out.join("model/model.safetensors")).unwrap());
}
