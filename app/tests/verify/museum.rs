//! The museum of mistakes: the numbers of each are PyTorch's, and no two share them unnoticed.

use std::collections::HashMap;

use atencion_cli::i18n::Lang;
use atencion_cli::notebook::array::Array;
use atencion_cli::notebook::diagnose::{Inputs, Recipe, museum};

fn four_digits(values: impl Iterator<Item = f64>) -> Vec<String> {
    values.map(|x| format!("{:.4}", x + 0.0).replace("-0.0000", "0.0000")).collect()
}

#[test]
fn fingerprints_are_pytorchs() {
    let golden = crate::notebooks::museum();
    let course = Inputs::course();
    for mistake in museum() {
        let case = &golden["cases"][mistake.name];
        let array = Array::of(&mistake.fingerprint(&course).unwrap()).unwrap();
        let shape: Vec<usize> = serde_json::from_value(case["shape"].clone()).unwrap();
        assert_eq!(array.shape, shape, "{}", mistake.name);
        let right = case["values"].as_array().unwrap().iter().map(|value| {
            value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
        });
        for (own, right) in array.values.iter().zip(right) {
            let close = (own - right).abs() <= 1e-6 * right.abs().max(1.0)
                || own.is_nan() && right.is_nan();
            assert!(
                close || mistake.name.contains("float16") && (own - right).abs() < 4e-3,
                "{}: {own} and {right}",
                mistake.name
            );
        }
    }
}

#[test]
fn no_two_share_a_fingerprint_unnoticed() {
    let course = Inputs::course();
    let mut seen: HashMap<Vec<String>, &str> = HashMap::new();
    for mistake in museum() {
        let array = Array::of(&mistake.fingerprint(&course).unwrap()).unwrap();
        let mut key = vec![format!("{:?}", array.shape)];
        key.extend(four_digits(array.values.into_iter()));
        if let Some(other) = seen.insert(key, mistake.name) {
            assert!(mistake.same_numbers_as.contains(&other), "{} and {other}", mistake.name);
        }
    }
}

#[test]
fn no_fingerprint_is_a_right_result() {
    let course = Inputs::course();
    let right: Vec<Vec<String>> = [false, true]
        .into_iter()
        .map(|causal| Recipe::default().run(&course, causal).unwrap().output)
        .map(|output| four_digits(Array::of(&output).unwrap().values.into_iter()))
        .collect();
    for mistake in museum() {
        let array = Array::of(&mistake.fingerprint(&course).unwrap()).unwrap();
        assert!(!right.contains(&four_digits(array.values.into_iter())), "{}", mistake.name);
    }
}

#[test]
fn the_right_recipe_is_the_practices() {
    let course = Inputs::course();
    let own = Recipe::default().run(&course, false).unwrap();
    let practice = atencion::practice3::self_attention(&course.q, &course.k, &course.v);
    let output = &practice.steps().last().unwrap().tensor;
    assert!(own.output.equal(output), "{} {output}", own.output);
    let own = Recipe::default().run(&course, true).unwrap();
    let practice = atencion::practice3::causal(&course.q, &course.k, &course.v);
    assert!(own.output.equal(&practice.steps().last().unwrap().tensor));
}

#[test]
fn each_has_a_sentence_in_both_languages() {
    for mistake in museum() {
        let id = format!("museum-{}", mistake.name);
        for lang in Lang::ALL {
            let sentence = lang.text(&id);
            assert!(sentence != id && sentence.ends_with('.'), "{id}: {sentence}");
        }
        assert_ne!(Lang::Es.text(&id), Lang::En.text(&id));
    }
}

#[test]
fn the_listing_shows_them_all() {
    let listing = crate::command::said(&["verify", "--museum"]);
    for mistake in museum() {
        assert!(listing.contains(&format!(". {}  (", mistake.name)), "{}", mistake.name);
    }
    assert!(listing.contains("the same four digits as: mask-tiny"));
    let json: serde_json::Value =
        serde_json::from_str(&crate::command::said(&["verify", "--museum", "--json"])).unwrap();
    assert_eq!(json["museum"].as_array().unwrap().len(), museum().len());
}
