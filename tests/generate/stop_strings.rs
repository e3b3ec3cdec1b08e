//! What ends where, beside `StopStringCriteria`.

use std::path::Path;

use atencion::generate::StopStrings;
use serde_json::Value;
use support::{golden, made_by};

fn hold(folder: &Path) -> (usize, usize) {
    let file = std::fs::read_to_string(folder.join("stop_strings.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let tokens: Vec<Vec<u8>> = serde_json::from_value(file["tokens"].clone()).unwrap();
    let tokens: Vec<_> = tokens.into_iter().map(Some).collect();
    let (mut ended, mut all) = (0, 0);
    for case in file["cases"].as_array().unwrap() {
        let stops: Vec<String> = serde_json::from_value(case["stop_strings"].clone()).unwrap();
        let stop = StopStrings::new(&stops, tokens.clone()).unwrap();
        let rows = case["rows"].as_array().unwrap().iter();
        for (row, ends) in rows.zip(case["ends"].as_array().unwrap()) {
            let ids: Vec<i64> = serde_json::from_value(row.clone()).unwrap();
            assert_eq!(stop.end(&ids), ends.as_bool().unwrap(), "{stops:?} {ids:?}");
            ended += usize::from(stop.end(&ids));
            all += 1;
        }
    }
    (ended, all)
}

#[test]
fn texts_end_where_transformers_ends_them() {
    let (ended, all) = hold(&golden("generate"));
    assert!(ended > 20 && ended < all / 2, "{ended} of {all}");
}

#[test]
fn other_texts() {
    let Some(folder) = made_by("generate", &["--seed", "32", "--count", "1"]) else { return };
    hold(folder.path());
}
