//! ONNX's own node tests: every Attention, RotaryEmbedding, LayerNormalization, RMSNormalization, Gelu, Softmax,
//! LogSoftmax, SoftmaxCrossEntropyLoss and NegativeLogLikelihoodLoss case, at the tolerances of the set itself.

mod attention;
mod cases;
mod functions;
mod losses;

use cases::{Case, Set};

/// Runs each case of a file whose operator `run` knows; prints the count.
fn all(
    file: &str,
    count: usize,
    run: impl Fn(&Case) -> atencion::Result<Vec<(&'static str, tch::Tensor)>>,
) {
    let set = Set::read(file);
    let mut wrong = Vec::new();
    for case in set.cases() {
        match run(&case) {
            Ok(outputs) => wrong.extend(case.differences(&outputs)),
            Err(error) => wrong.push(format!("{}: {error}", case.name())),
        }
    }
    let cases = set.len();
    let by_operator = set.count_by_operator();
    println!(
        "{file}: {} of {cases} cases within the set's tolerances ({by_operator})",
        cases - wrong.len().min(cases)
    );
    assert_eq!(cases, count, "{file}.json is not whole");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn attention_and_rotary_embedding() {
    all("onnx_attention", 93 + 8, |case| match case.op() {
        "Attention" => attention::attention(case),
        _ => attention::rotary_embedding(case),
    });
}

#[test]
fn normalisations_gelu_and_softmax() {
    all("onnx_functions", 19 + 19 + 4 + 10 + 10, functions::run);
}

#[test]
fn losses() {
    all("onnx_losses", 34 + 18, losses::run);
}
