//! What a training leaves behind.

use atencion::models::Gpt2LmHeadModel;
use atencion::tokenizer::Tokenizer;

use super::command::said;
use super::trained;

#[test]
fn the_model_opens_and_the_recipe_repeats_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let steps = ["--set", "train.steps=60", "--samples"];
    let output = trained("copy", &out, &steps);
    assert!(output.contains("step 50: exact "), "{output}");
    assert!(output.contains(" → "), "a sample: {output}");
    for model in ["model", "best"] {
        let model = out.join(model);
        let tokenizer = Tokenizer::from_pretrained(&model).unwrap();
        let ids = tokenizer.encode("3 1 4").unwrap().input_ids();
        let logits =
            Gpt2LmHeadModel::from_pretrained(&model).unwrap().forward(&ids.view([1, 3])).unwrap();
        assert_eq!(logits.size(), [1, 3, 10]);
    }
    // The recipe that was written is whole: by itself it gives the same bits.
    let again = folder.path().join("again");
    said(&[
        "train",
        out.join("recipe.toml").to_str().unwrap(),
        "--out",
        again.to_str().unwrap(),
        "--device",
        "cpu",
    ]);
    let bytes =
        |folder: &std::path::Path| std::fs::read(folder.join("model/model.safetensors")).unwrap();
    assert!(bytes(&out) == bytes(&again));
}

#[test]
fn the_report_shows_curves_samples_and_the_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a<b>");
    trained("reverse", &out, &["--set", "train.steps=60", "--lang", "es"]);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 2, "the loss and the share that is exact");
    assert_eq!(page.matches("</tr>").count(), 2, "evaluations after 50 and 60 steps");
    for expected in
        ["lang=\"es\"", "Pérdida, paso a paso", "task = &quot;reverse&quot;", "libtorch 2."]
    {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn a_text_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.txt");
    std::fs::write(&text, "el perro come pan. el gato come pescado.\n".repeat(80)).unwrap();
    let out = folder.path().join("run");
    let data = format!("data.text={}", text.display());
    let settings = [
        ("data", data.as_str()),
        ("vocabulary", "data.vocabulary=270"),
        ("layers", "model.n_layer=1"),
        ("width", "model.n_embd=16"),
        ("block", "model.n_positions=16"),
        ("batch", "train.batch_size=4"),
        ("steps", "train.steps=40"),
        ("evaluate", "train.evaluate=20"),
        ("warmup", "train.warmup=5"),
    ];
    let sets = settings.iter().flat_map(|(_, setting)| ["--set", setting]);
    let arguments: Vec<&str> = ["train", "gpt", "--device", "cpu", "--out", out.to_str().unwrap()]
        .into_iter()
        .chain(sets)
        .collect();
    let output = said(&arguments);
    let losses: Vec<f64> = output
        .lines()
        .filter_map(|line| line.split_once("validation loss ")?.1.parse().ok())
        .collect();
    assert_eq!(losses.len(), 2, "{output}");
    assert!(losses[1] < losses[0], "{losses:?}");
}
