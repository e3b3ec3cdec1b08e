//! What a training leaves behind.

use atencion::generate::{GenerationConfig, generate};
use atencion::models::{
    BertConfig, BertForMaskedLm, BertForSequenceClassification, ConfigJson, Gpt2LmHeadModel,
    MarianMTModel,
};
use atencion::tokenizer::Tokenizer;

use super::command::said;
use super::{train, trained};

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

#[test]
fn a_translator_translates_and_is_scored() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = folder.path().join("pairs.tsv");
    let (ones, twos) = (["uno", "dos", "tres", "cuatro"], ["one", "two", "three", "four"]);
    let line = |at: usize| {
        let say = |words: [&str; 4]| [1, 4, 16, 64].map(|by| words[at / by % 4]).join(" ");
        format!("{}\t{}\n", say(ones), say(twos))
    };
    std::fs::write(&pairs, (0..256).map(line).collect::<String>()).unwrap();
    let out = folder.path().join("run");
    let file = format!("data.pairs={}", pairs.display());
    let settings = [
        file.as_str(),
        "data.vocabulary=300",
        "data.longest=12",
        "data.batch_tokens=200",
        "model.d_model=32",
        "model.encoder_layers=1",
        "model.decoder_layers=1",
        "model.encoder_ffn_dim=64",
        "model.decoder_ffn_dim=64",
        "model.encoder_attention_heads=2",
        "model.decoder_attention_heads=2",
        "model.init_std=0.177",
        "model.dropout=0.0",
        "train.steps=200",
        "train.warmup=20",
        "train.evaluate=100",
        "train.lr=0.01",
    ];
    let sets: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    let output = trained("translation", &out, &sets);
    let score = |name: &str| -> f64 {
        let line = output.lines().find_map(|line| line.strip_prefix(name)).expect("a score");
        line.trim_start_matches(": ").parse().unwrap()
    };
    assert!(score("BLEU") > 90.0 && score("chrF") > 90.0, "{output}");
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("<td>BLEU</td>"));
    // The folder is one that transformers' layout describes.
    let model = MarianMTModel::from_pretrained(out.join("model")).unwrap();
    let tokenizer = Tokenizer::from_pretrained(out.join("model")).unwrap();
    let config = GenerationConfig::from_pretrained(out.join("model")).unwrap();
    assert_eq!((config.num_beams, config.length_penalty), (4, 0.6));
    let ids = tokenizer.encode("dos tres uno cuatro").unwrap().input_ids().view([1, -1]);
    let said = generate(&model, &ids, None, &config).unwrap().sequences;
    let said = Vec::<i64>::try_from(said.view([-1])).unwrap();
    assert_eq!(tokenizer.decode(&said, true).unwrap(), "two three one four");
}

#[test]
fn texts_get_labels_with_and_without_what_was_learned_before() {
    let folder = tempfile::tempdir().unwrap();
    let texts = folder.path().join("texts.csv");
    let row = |at: usize| match at % 2 {
        0 => format!("\"sol, playa y mar {}\",verano\n", at % 7),
        _ => format!("\"nieve, hielo y frío {}\",invierno\n", at % 5),
    };
    let rows: String = (0..120).map(row).collect();
    std::fs::write(&texts, format!("texto,estación\n{rows}")).unwrap();
    let out = folder.path().join("run");
    let file = format!("data.texts={}", texts.display());
    let settings = [
        file.as_str(),
        "data.column=texto",
        "data.label=estación",
        "data.vocabulary=120",
        "data.longest=12",
        "data.shares=[0.1, 1.0]",
        "data.finetune_steps=60",
        "data.finetune_lr=0.005",
        "model.hidden_size=32",
        "model.num_hidden_layers=1",
        "model.intermediate_size=64",
        "train.steps=40",
        "train.batch_size=16",
        "train.warmup=5",
        "train.evaluate=20",
    ];
    let sets: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    let output = trained("bert", &out, &sets);
    for line in [
        "10 % of the labels, from scratch: ",
        "100 % of the labels, after guessing masked words: 100.00",
        "100 % of the labels, naive Bayes: 100.00",
    ] {
        assert!(output.contains(line), "{line}: {output}");
    }
    let config = ConfigJson::load(&out.join("classifier")).unwrap();
    let labels = BertConfig::from_json(config).unwrap().id2label;
    assert_eq!(labels, ["invierno", "verano"]);
    BertForSequenceClassification::from_pretrained(out.join("classifier")).unwrap();
    BertForMaskedLm::from_pretrained(out.join("model")).unwrap();
}

#[test]
fn pictures_in_folders_get_the_folders_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (label, dark) in [("day", 230u8), ("night", 20)] {
        std::fs::create_dir_all(data.join(label)).unwrap();
        for at in 0..20u8 {
            let file = std::fs::File::create(data.join(label).join(format!("{at}.png"))).unwrap();
            let mut picture = png::Encoder::new(file, 12, 12);
            picture.set_color(png::ColorType::Grayscale);
            picture.write_header().unwrap().write_image_data(&[dark + at % 10; 144]).unwrap();
        }
    }
    std::fs::write(data.join("day/notes.txt"), "no picture").unwrap();
    let out = folder.path().join("run");
    let place = format!("data.pictures={}", data.display());
    let settings = [
        place.as_str(),
        "data.size=8",
        "data.held_out=0.2",
        "model.hidden_size=16",
        "model.num_hidden_layers=1",
        "model.intermediate_size=32",
        "train.steps=60",
        "train.batch_size=8",
        "train.warmup=5",
        "train.evaluate=60",
    ];
    let sets: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    let output = trained("vit", &out, &sets);
    assert!(output.contains("no pictures, passed over: 1; the first is"), "{output}");
    assert!(output.contains("right 100.0 %"), "{output}");
    let night = data.join("night/3.png");
    let said = said(&["classify", out.join("model").to_str().unwrap(), night.to_str().unwrap()]);
    assert!(said.lines().any(|line| line.contains("night")), "{said}");
    let strict = [&sets[..], &["--set", "data.strict=true"]].concat();
    let refused = train("vit", &folder.path().join("strict"), &strict);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("notes.txt"));
}
