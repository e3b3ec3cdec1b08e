//! Right steps with too few digits: in a narrow dtype, on whole numbers, or rounded on the way.

use tch::{Kind, Tensor};

use super::recipe::{Inputs, Step};
use super::{Change, Mistake};
use atencion::Result;

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
    Mistake {
        right: "weights = torch.softmax(scaled, dim=-1)",
        clues: &["round", ".int()", ".long()", "//"],
        ..mistake(
            "rounded-between-steps",
            "weights = torch.round(torch.softmax(scaled, dim=-1), decimals=2)",
            Change::Attention(|recipe| recipe.softmax = rounded),
        )
    },
    Mistake {
        right: "Q, K, V = Q.float(), K.float(), V.float()",
        clues: &["int", "long"],
        ..mistake(
            "integer-inputs",
            "Q, K, V = Q.long().float(), K.long().float(), V.long().float()",
            Change::Attention(|recipe| {
                recipe.scores = whole_scores;
                recipe.output = of_whole_values;
            }),
        )
    },
];

fn rounded(scores: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scores.f_softmax(-1, None::<Kind>)?.f_round_decimals(2)?)
}

fn whole_scores(inputs: &Inputs) -> Result<Tensor> {
    Ok(inputs.q.f_trunc()?.f_matmul(&inputs.k.f_trunc()?.f_transpose(-2, -1)?)?)
}

fn of_whole_values(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(weights.f_matmul(&inputs.v.f_trunc()?)?)
}
