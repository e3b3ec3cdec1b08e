//! `tensor!` and `Literal` against `torch.tensor`: dtype, shape and bits of the same text in both languages.

use std::collections::HashMap;

use serde::Deserialize;

use atencion::tensor::{Literal, LiteralBuilder, TorchDisplay};
use atencion::{ErrorKind, scalar, tensor};
use tch::{Kind, Tensor};

/// What `torch.tensor` made of a text.
#[derive(Deserialize)]
struct Made {
    text: String,
    /// `str(tensor)`, dtype and shape included.
    printed: String,
    dtype: String,
    shape: Vec<i64>,
    bytes: String,
}

/// What `torch.tensor` said to a text.
#[derive(Deserialize)]
struct Refused {
    text: String,
    exception: String,
    message: String,
}

#[derive(Deserialize)]
struct Golden {
    literals: Vec<Made>,
    json: Vec<Made>,
    refused: Vec<Refused>,
}

fn golden() -> Golden {
    let text = std::fs::read_to_string(support::golden("tensor_macro/tensor_macro.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn assert_same(tensor: &Tensor, made: &Made) {
    assert_eq!(tensor.size(), made.shape, "{}", made.text);
    assert_eq!(tensor.torch_str(), made.printed, "{}", made.text);
    let mut bytes = vec![0; tensor.numel() * tensor.kind().elt_size_in_bytes()];
    tensor.copy_data_u8(&mut bytes, tensor.numel());
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, made.bytes, "{} {}", made.text, made.dtype);
}

macro_rules! literals {
    ($(tensor![$($token:tt)*];)*) => {
        vec![$((stringify!([$($token)*]), tensor![$($token)*])),*]
    };
}

/// scripts/goldens/tensor_macro.py reads these lines and gives them to `torch.tensor`.
#[rustfmt::skip]
fn literals() -> Vec<(&'static str, Tensor)> {
    literals! {
        tensor![];
        tensor![[]];
        tensor![[], []];
        tensor![[[]]];
        tensor![[[], []], [[], []]];
        tensor![1];
        tensor![3.0];
        tensor![true];
        tensor![1, 2, 3];
        tensor![1, 2, 3,];
        tensor![1.0, 2.0, 3.0];
        tensor![0.1, 0.2, 0.3];
        tensor![1, 2.5];
        tensor![true, false];
        tensor![true, 2];
        tensor![true, 2.5];
        tensor![false, 1, 2.5];
        tensor![-1, 2, -3];
        tensor![-1.5, 2.5];
        tensor![-0.0];
        tensor![3000000000];
        tensor![9223372036854775807];
        tensor![-9223372036854775808];
        tensor![9007199254740993, 0.5];
        tensor![16777217, 0.5];
        tensor![1e40];
        tensor![1e-46];
        tensor![0.1, 16777216.0, 16777217.0, 1e38];
        tensor![1 + 2, 3 * 4];
        tensor![1.0 / 3.0, 2.0 / 3.0];
        tensor![(1 + 2) * 3, -(4 - 6)];
        tensor![[1, 2], [3, 4]];
        tensor![[1, 2], [3, 4],];
        tensor![[1, 2]];
        tensor![[1], [2]];
        tensor![[0.0, 0.0], [1, 1]];
        tensor![[0, 0, 0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]];
        tensor![[true, false], [false, true]];
        tensor![[true, 1], [0.5, -2]];
        tensor![[[1, 2], [3, 4]], [[5, 6], [7, 8]]];
        tensor![[[1.5]]];
        tensor![[[[1, -2.5], [3, 4]]], [[[5, 6], [7, 8]]]];
        tensor![[[[[[[[1]]]]]]]];
        tensor![[[1], [2], [3]], [[4], [5], [6]]];
    }
}

#[test]
fn each_literal_is_the_tensor_that_python_makes_of_the_same_text() {
    let golden = golden();
    let literals = literals();
    assert_eq!(literals.len(), golden.literals.len(), "run scripts/golden.py tensor_macro");
    let made: HashMap<String, &Made> =
        golden.literals.iter().map(|made| (without_spaces(&made.text), made)).collect();
    for (text, tensor) in &literals {
        assert_same(tensor, made[&without_spaces(text)]);
    }
}

fn without_spaces(text: &str) -> String {
    text.replace([' ', '\n'], "")
}

#[test]
fn each_json_text_is_the_tensor_that_python_makes_of_it() {
    for made in &golden().json {
        let literal: Literal = serde_json::from_str(&made.text).unwrap();
        assert_same(&literal.try_into_tensor().unwrap(), made);
    }
}

#[test]
fn what_torch_refuses_is_refused() {
    for refused in &golden().refused {
        let literal: Literal = serde_json::from_str(&refused.text).unwrap();
        let error = literal.try_into_tensor().unwrap_err();
        let exception = if error.kind() == ErrorKind::Value { "ValueError" } else { "TypeError" };
        assert_eq!(exception, refused.exception, "{}", refused.text);
        if refused.message.starts_with("expected sequence") {
            assert_eq!(error.what(), refused.message);
        }
        assert!(error.how_to_mend().is_some());
        assert!(!error.what().contains('\n'));
    }
}

/// torch looks into the first list only: `torch.tensor([[], [1]])` is `size=(2, 0)`, and the 1 is lost.
#[test]
fn a_number_beside_an_empty_list_is_not_lost() {
    let literal: Literal = serde_json::from_str("[[], [1]]").unwrap();
    let error = literal.try_into_tensor().unwrap_err();
    assert_eq!(error.what(), "expected sequence of length 0 at dim 1 (got 1)");
}

#[test]
fn items_are_expressions_variables_and_rows() {
    let (n, x, single, row) = (3, 0.5, 0.25f32, [1.0, 2.0]);
    let numbers = [7i64, 8, 9];
    assert_eq!(tensor![n, n + 1, -n].torch_str(), "tensor([ 3,  4, -3])");
    assert_eq!(tensor![[x, -x], [n, numbers[1]]].torch_str().lines().count(), 2);
    assert_eq!(tensor![single, n].kind(), Kind::Float);
    assert_eq!(tensor![row, row].size(), [2, 2]);
    assert_eq!(tensor![row, &row, [3, 4]].size(), [3, 2]);
    assert_eq!(tensor![[row, row], [row, row]].size(), [2, 2, 2]);
    assert_eq!(tensor![1u8, 2i32, numbers.len() as i64].kind(), Kind::Int64);
    assert_eq!(tensor![f64::sqrt(9.0), f64::NEG_INFINITY].torch_str(), "tensor([3., -inf])");
    assert_eq!(tensor![numbers[0] > 3, n == 4].kind(), Kind::Bool);
    assert_eq!(tensor![if n > 2 { 1 } else { 0 }, { n * 2 }].torch_str(), "tensor([1, 6])");
}

#[test]
fn scalars_have_no_dimensions() {
    assert_eq!(scalar!(3.0).torch_str(), "tensor(3.)");
    assert_eq!(scalar!(-2).torch_str(), "tensor(-2)");
    assert_eq!(scalar!(true).torch_str(), "tensor(True)");
    assert_eq!(Literal::from(2.5).try_into_tensor().unwrap().torch_str(), "tensor(2.5000)");
}

#[test]
fn a_kind_can_be_asked_for() {
    let literal = Literal::list([Literal::from(0.1), Literal::from(2)]);
    let double = literal.clone().try_into_tensor_of(Kind::Double).unwrap();
    assert_eq!(double.double_value(&[0]).to_bits(), 0.1f64.to_bits());
    assert_eq!(literal.try_into_tensor_of(Kind::Int64).unwrap().torch_str(), "tensor([0, 2])");
    let large = Literal::from(i64::MAX).try_into_tensor_of(Kind::Int64).unwrap();
    assert_eq!(large.int64_value(&[]), i64::MAX);
}

#[test]
fn a_hundred_thousand_brackets_neither_overflow_nor_panic() {
    let mut builder = LiteralBuilder::new();
    (0..100_000).for_each(|_| builder.open());
    builder.number(1);
    (0..100_000).for_each(|_| builder.close().unwrap());
    let deep = builder.finish().unwrap();
    assert_eq!(deep, deep.clone());
    assert!(!format!("{deep:?}").is_empty());
    let error = deep.try_into_tensor().unwrap_err();
    assert_eq!(error.what(), "too many dimensions: at most 128");
    let json = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(serde_json::from_str::<Literal>(&json).is_err());
}

#[test]
fn as_deep_as_torch_goes() {
    let nested = |depth: usize| -> Literal {
        (0..depth).fold(Literal::from(1.5), |inner, _| Literal::list([inner]))
    };
    assert_eq!(nested(128).try_into_tensor().unwrap().dim(), 128);
    assert!(nested(129).try_into_tensor().is_err());
}

#[test]
fn a_million_numbers_are_no_burden() {
    let rows: Vec<String> =
        (0..1000).map(|row| format!("[{}]", vec![format!("{row}.5"); 1000].join(","))).collect();
    let literal: Literal = serde_json::from_str(&format!("[{}]", rows.join(","))).unwrap();
    assert_eq!(literal.numbers().count(), 1_000_000);
    let tensor = literal.try_into_tensor().unwrap();
    assert_eq!((tensor.size(), tensor.kind()), (vec![1000, 1000], Kind::Float));
    assert_eq!(tensor.double_value(&[999, 0]), 999.5);
}

#[test]
fn what_is_no_literal_is_refused() {
    for text in ["null", "[1, null]", "{}", "\"a\"", "[1", "[18446744073709551615]", ""] {
        assert!(serde_json::from_str::<Literal>(text).is_err(), "{text}");
    }
    let mut unclosed = LiteralBuilder::new();
    unclosed.open();
    assert!(unclosed.finish().is_err());
    assert!(LiteralBuilder::new().close().is_err());
    assert!(LiteralBuilder::new().finish().is_err());
    let mut two = LiteralBuilder::new();
    two.number(1);
    two.number(2);
    assert!(two.finish().is_err());
}
