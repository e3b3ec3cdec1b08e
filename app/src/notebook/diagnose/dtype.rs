//! Right steps in a dtype with too few digits.

use tch::Kind;

use super::recipe::Step;
use super::{Change, Mistake};

const RIGHT: &str = "Q, K, V = Q.float(), K.float(), V.float()";

const fn mistake(name: &'static str, wrong: &'static str, change: Change) -> Mistake {
    Mistake::new(name, Step::Dtype, wrong, RIGHT, change)
}

pub const MISTAKES: &[Mistake] = &[
    mistake(
        "float16",
        "Q, K, V = Q.half(), K.half(), V.half()",
        Change::Attention(|recipe| recipe.kind = Some(Kind::Half)),
    ),
    mistake(
        "bfloat16",
        "Q, K, V = Q.bfloat16(), K.bfloat16(), V.bfloat16()",
        Change::Attention(|recipe| recipe.kind = Some(Kind::BFloat16)),
    ),
];
