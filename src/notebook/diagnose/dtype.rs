//! Right steps in a dtype with too few digits.

use tch::Kind;

use super::recipe::Step;
use super::{Change, Mistake};

pub const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "float16",
        step: Step::Dtype,
        wrong: "Q, K, V = Q.half(), K.half(), V.half()",
        right: "Q, K, V = Q.float(), K.float(), V.float()",
        clues: &[],
        change: Change::Attention(|recipe| recipe.kind = Some(Kind::Half)),
        same_numbers_as: &[],
    },
    Mistake {
        name: "bfloat16",
        step: Step::Dtype,
        wrong: "Q, K, V = Q.bfloat16(), K.bfloat16(), V.bfloat16()",
        right: "Q, K, V = Q.float(), K.float(), V.float()",
        clues: &[],
        change: Change::Attention(|recipe| recipe.kind = Some(Kind::BFloat16)),
        same_numbers_as: &[],
    },
];
