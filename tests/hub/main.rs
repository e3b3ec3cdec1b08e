//! Downloads, from a Hub that the test plays on the loopback.

use std::fs;
use std::time::Duration;

use atencion::io::hub::{HubArgs, download};
use support::hub::{COMMIT, Fault, Hub};

fn args(hub: &Hub, cache: &std::path::Path) -> HubArgs {
    HubArgs {
        revision: "main".into(),
        endpoint: hub.endpoint(),
        cache: Some(cache.to_owned()),
        token: None,
        offline: false,
        timeout: Duration::from_secs(60),
        progress: false,
    }
}

/// A model of three files, one of them large and behind a redirect; a picture and a folder that nobody asked for.
fn hub(fault: Fault) -> Hub {
    let weights: Vec<u8> = (0..300_000u32).map(|at| (at * 7 + at / 251) as u8).collect();
    Hub::start(
        vec![
            ("config.json", br#"{"model_type": "bert"}"#.to_vec()),
            ("model.safetensors", weights),
            ("vocab.txt", b"[UNK]\n".to_vec()),
            ("picture.png", vec![1]),
            ("onnx/model.safetensors", vec![2]),
            ("pytorch_model.bin", vec![3]),
        ],
        fault,
    )
}

#[test]
fn a_model_comes_whole_and_only_once() {
    let (hub, cache) = (hub(Fault::None), tempfile::tempdir().unwrap());
    let folder = download("owner/name", &args(&hub, cache.path())).unwrap();
    assert!(folder.ends_with(format!("models--owner--name/snapshots/{COMMIT}")));
    for name in ["config.json", "model.safetensors", "vocab.txt"] {
        assert_eq!(fs::read(folder.join(name)).unwrap(), hub.file(name), "{name}");
    }
    for name in ["picture.png", "pytorch_model.bin", "onnx"] {
        assert!(!folder.join(name).exists(), "{name} is of no use here");
    }
    let before = hub.requests().len();
    assert_eq!(download("owner/name", &args(&hub, cache.path())).unwrap(), folder);
    // Only the question which commit is the newest.
    assert_eq!(hub.requests().len(), before + 1);
    let offline = HubArgs {
        offline: true,
        endpoint: "http://127.0.0.1:9".into(),
        ..args(&hub, cache.path())
    };
    assert_eq!(download("owner/name", &offline).unwrap(), folder);
}

#[test]
fn what_breaks_off_goes_on_where_it_stopped() {
    let (hub, cache) = (hub(Fault::BreakOnce), tempfile::tempdir().unwrap());
    let folder = download("owner/name", &args(&hub, cache.path())).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), hub.file("model.safetensors"));
    let resumed = hub.requests().into_iter().find(|request| {
        request.contains("model.safetensors")
            && request.contains("bytes=")
            && !request.contains("bytes=0-")
    });
    assert!(resumed.is_some(), "{:?}", hub.requests());
}

#[test]
fn a_server_that_always_breaks_off_is_an_error_and_nothing_half_is_kept() {
    let (hub, cache) = (hub(Fault::AlwaysEmpty), tempfile::tempdir().unwrap());
    let error = download("owner/name", &args(&hub, cache.path())).unwrap_err();
    assert!(error.what().starts_with("owner/name: model.safetensors: "), "{error}");
    assert_eq!(error.what().lines().count(), 1);
    let snapshot =
        cache.path().join(format!("models--owner--name/snapshots/{COMMIT}/model.safetensors"));
    assert!(!snapshot.exists());
}

#[test]
fn what_has_another_checksum_is_not_kept() {
    for fault in [Fault::WrongBytes, Fault::WrongSmallBytes] {
        let (hub, cache) = (hub(fault), tempfile::tempdir().unwrap());
        let error = download("owner/name", &args(&hub, cache.path())).unwrap_err();
        assert!(error.what().contains("does not have the checksum"), "{error}");
        let folder = cache.path().join(format!("models--owner--name/snapshots/{COMMIT}"));
        let name =
            if matches!(fault, Fault::WrongBytes) { "model.safetensors" } else { "config.json" };
        assert!(!folder.join(name).exists());
    }
}

#[test]
fn a_model_that_asks_who_you_are_takes_a_token() {
    let (hub, cache) = (hub(Fault::NeedsToken), tempfile::tempdir().unwrap());
    let error = download("owner/name", &args(&hub, cache.path())).unwrap_err();
    assert_eq!(error.what(), "owner/name: the Hub does not let you have it");
    let with = HubArgs { token: Some("hf_secret".into()), ..args(&hub, cache.path()) };
    download("owner/name", &with).unwrap();
    assert!(hub.requests().iter().any(|request| request.contains("/storage/")));
}

#[test]
fn names_that_are_not_there_are_errors() {
    let (hub, cache) = (hub(Fault::None), tempfile::tempdir().unwrap());
    let error = |name: &str, args: &HubArgs| download(name, args).unwrap_err().what().to_owned();
    let usual = args(&hub, cache.path());
    assert_eq!(error("owner/other", &usual), "owner/other: not on the Hub");
    let revision = HubArgs { revision: "v9".into(), ..usual.clone() };
    assert_eq!(error("owner/name", &revision), "owner/name: not on the Hub");
    for name in ["a/b/c", "../name", "owner/..", "", "owner/na me", "https://x"] {
        assert!(error(name, &usual).ends_with("is no model of the Hub"), "{name}");
    }
    let offline = HubArgs { offline: true, ..usual.clone() };
    assert!(error("owner/name", &offline).contains("is not in the cache"));
    let nobody = HubArgs { endpoint: "http://127.0.0.1:9".into(), ..usual };
    assert!(error("owner/name", &nobody).starts_with("owner/name: "));
}

/// A server that stops in the middle is given up; what had come is there when the download goes on.
#[test]
fn who_says_nothing_is_given_up() {
    let (hub, cache) = (hub(Fault::Stalls), tempfile::tempdir().unwrap());
    let patient = args(&hub, cache.path());
    let hasty = HubArgs { timeout: Duration::from_millis(300), ..patient.clone() };
    let error = download("owner/name", &hasty).unwrap_err();
    let what = "owner/name: model.safetensors: the server said nothing for 0.3 seconds";
    assert_eq!(error.what(), what);
    assert!(error.how_to_mend().unwrap().contains("goes on where it stopped"));
    hub.mend();
    let folder = download("owner/name", &patient).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), hub.file("model.safetensors"));
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let (hub, cache) = (hub(Fault::Mute), tempfile::tempdir().unwrap());
    let hasty = HubArgs { timeout: Duration::from_millis(300), ..args(&hub, cache.path()) };
    let error = download("owner/name", &hasty).unwrap_err();
    assert_eq!(error.what(), "owner/name: the server said nothing for 0.3 seconds");
    hub.mend();
}

#[test]
fn a_redirect_in_a_circle_is_an_error() {
    let (hub, cache) = (hub(Fault::Circle), tempfile::tempdir().unwrap());
    let error = download("owner/name", &args(&hub, cache.path())).unwrap_err();
    assert!(error.what().starts_with("owner/name: model.safetensors: "), "{error}");
    assert_eq!(error.what().lines().count(), 1);
}

/// The folder that came is one that the families read.
#[test]
fn a_model_that_came_is_opened() {
    let files = ["config.json", "generation_config.json", "model.safetensors"];
    let read = |name| fs::read(support::golden("models/gpt2").join(name)).unwrap();
    let hub = Hub::start(files.map(|name| (name, read(name))).to_vec(), Fault::None);
    let cache = tempfile::tempdir().unwrap();
    let folder = download("owner/name", &args(&hub, cache.path())).unwrap();
    let model = atencion::models::AutoModel::from_pretrained(folder).unwrap();
    assert_eq!(model.model_type(), "gpt2");
}
