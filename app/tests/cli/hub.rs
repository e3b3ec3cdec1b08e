//! `owner/name` wherever a folder can stand, from a Hub that the test plays on the loopback; what is then in the cache.

use serde_json::Value;
use support::hub::{COMMIT, Fault, Hub};

use crate::command::atencion;

fn hub(fault: Fault) -> Hub {
    let folder = support::golden("models/bert_mlm");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nmodel\n";
    Hub::start(
        vec![
            ("config.json", read("config.json")),
            ("model.safetensors", read("model.safetensors")),
            ("vocab.txt", words.into()),
        ],
        fault,
    )
}

/// Names and values of the environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Exit code, standard output and standard error, with that Hub and a cache of one's own.
fn run(
    hub: &Hub,
    home: &std::path::Path,
    arguments: &[&str],
    more: Variables,
) -> (i32, String, String) {
    let mut command = atencion(arguments);
    for name in
        ["HF_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"]
    {
        command.env_remove(name);
    }
    command.env("HF_ENDPOINT", hub.endpoint()).env("HF_HOME", home).envs(more.iter().copied());
    let output = command.output().expect("atencion starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn a_name_of_the_hub_stands_where_a_folder_does() {
    let (hub, home) = (hub(Fault::None), tempfile::tempdir().unwrap());
    let cases: [&[&str]; 5] = [
        &["tokenize", "owner/name", "the model"],
        &["fill-mask", "owner/name", "the [MASK]", "--json"],
        &["embed", "owner/name", "the", "model"],
        &["explain", "--model", "owner/name", "the model", "--step", "2"],
        &["explore", "--model", "owner/name", "the model", "-o", "-"],
    ];
    for arguments in cases {
        let (code, out, err) = run(&hub, home.path(), arguments, &[]);
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
        assert!(out.contains("the"), "{arguments:?}: {out}");
    }
    // Once it is there nobody is asked.
    let asked = hub.requests().len();
    let (code, ..) = run(&hub, home.path(), cases[0], &[("HF_HUB_OFFLINE", "1")]);
    assert_eq!((code, hub.requests().len()), (0, asked));
    let (_, out, _) = run(&hub, home.path(), &["doctor"], &[]);
    assert!(out.contains("owner/name ("), "{out}");
    let (_, out, _) = run(&hub, home.path(), &["doctor", "--json"], &[]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["models"][0]["name"], "owner/name");
    assert!(report["models"][0]["bytes"].as_u64().unwrap() > 1000);
}

#[test]
fn a_revision_is_a_branch_or_a_commit_of_a_name_of_the_hub() {
    let (hub, home) = (hub(Fault::None), tempfile::tempdir().unwrap());
    let folder = support::golden("models/bert_mlm");
    let folder = folder.to_str().unwrap();
    let cases: [&[&str]; 5] = [
        &["tokenize", "owner/name", "the model"],
        &["fill-mask", "owner/name", "the [MASK]", "--json"],
        &["embed", "owner/name", "the", "model"],
        &["explain", "--model", "owner/name", "the model", "--step", "2"],
        &["explore", "--model", "owner/name", "the model", "-o", "-"],
    ];
    for arguments in cases {
        for revision in ["main", COMMIT] {
            let arguments = [arguments, &["--revision", revision]].concat();
            let (code, out, err) = run(&hub, home.path(), &arguments, &[]);
            assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
            assert!(out.contains("the"), "{arguments:?}: {out}");
        }
        let refused = |name: &str, revision: &str, more: Variables| {
            let named = arguments.iter().map(|it| if *it == "owner/name" { name } else { it });
            let named: Vec<&str> = named.chain(["--revision", revision]).collect();
            let (code, out, err) = run(&hub, home.path(), &named, more);
            assert_eq!((code, out.as_str()), (2, ""), "{named:?}: {err}");
            assert!(err.lines().count() <= 2, "{err}");
            err
        };
        assert!(refused("owner/name", "v9", &[]).contains("not on the Hub"));
        assert!(refused("owner/name", "../main", &[]).contains("is no revision"));
        let offline = refused("owner/name", "v9", &[("HF_HUB_OFFLINE", "1")]);
        assert!(offline.contains("revision v9"), "{offline}");
        assert!(refused(folder, "main", &[]).contains("a folder has no revisions"));
    }
    for arguments in [["explain", "--revision", "main"], ["explore", "--revision", "main"]] {
        let (code, _, err) = run(&hub, home.path(), &arguments, &[]);
        assert_eq!(code, 2, "{arguments:?}: {err}");
    }
}

#[test]
fn what_the_hub_does_not_have_is_one_line() {
    let home = tempfile::tempdir().unwrap();
    let cases: [(Fault, &str, Variables, &str); 5] = [
        (Fault::None, "owner/other", &[], "not on the Hub"),
        (Fault::NeedsToken, "owner/name", &[], "does not let you have it"),
        (Fault::WrongSmallBytes, "owner/name", &[], "checksum"),
        (
            Fault::Mute,
            "owner/name",
            &[("HF_HUB_DOWNLOAD_TIMEOUT", "1")],
            "said nothing for 1 seconds",
        ),
        (Fault::None, "owner/name", &[("HF_HUB_OFFLINE", "1")], "is not in the cache"),
    ];
    for (fault, name, more, expected) in cases {
        let hub = hub(fault);
        let (code, out, err) = run(&hub, home.path(), &["tokenize", name, "the"], more);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(expected) && err.lines().count() <= 2, "{err}");
        hub.mend();
    }
    let hub = hub(Fault::NeedsToken);
    let (code, ..) =
        run(&hub, home.path(), &["tokenize", "owner/name", "the"], &[("HF_TOKEN", "hf_x")]);
    assert_eq!(code, 0);
}

#[test]
fn a_cache_with_nothing_in_it() {
    let (hub, home) = (hub(Fault::None), tempfile::tempdir().unwrap());
    let (_, out, _) = run(&hub, home.path(), &["--lang", "es", "doctor"], &[]);
    assert!(out.contains("ninguno en la caché"), "{out}");
}
