//! What is wrong with an attention: its steps held, one by one, against those that its own queries and keys ask for.

use tch::{Kind, Tensor};

use super::find::{Attention, Output, Turned};
use super::graph::{Does, Graph};
use super::numbers::{close, distance, softmax, sums_to_one};
use super::roles;

/// How an attention of the notebook compares with this crate's.
#[derive(Debug)]
pub struct Judged {
    /// Whether its weights, and what it gives, are this crate's; `None`: a variant that is not known here.
    pub agrees: Option<bool>,
    /// The largest difference, where it agrees.
    pub largest: f64,
    /// What it does wrong, and the node that does.
    pub mistakes: Vec<(&'static str, usize)>,
    /// Whether each word sees only itself and what came before.
    pub causal: bool,
    /// Whether its scores are divided by √d.
    pub scaled: bool,
    /// Whether all but what is named is this crate's, at the scale that the notebook chose.
    pub held: bool,
    /// Whether it was computed on inputs made here, because the notebook's own are elsewhere.
    pub tried: bool,
}

/// Holds one against this crate's attention.
pub fn judge(graph: &Graph, attention: &Attention) -> Option<Judged> {
    let turned = attention.turned(graph)?;
    let mut judge =
        Judge { graph, attention, turned, mistakes: Vec::new(), causal: false, scaled: false };
    judge.mistakes.extend(roles::mistakes(graph, attention, &judge.turned));
    // Something is added that depends on the place, or the like.
    let Some(hidden) = judge.scores() else {
        return attention.output.as_ref().map(|_| judge.unknown());
    };
    judge.weights(&hidden)?;
    judge.output();
    let right = judge.right(&hidden)?;
    let (held, largest) = judge.held(&right);
    // Weights that weigh nothing may only try the softmax out.
    if attention.output.is_none() {
        judge.mistakes.retain(|(name, _)| *name != "no-scaling");
    }
    let agrees = match () {
        () if held && judge.mistakes.is_empty() => Some(true),
        () if !judge.mistakes.is_empty() => Some(false),
        () => None,
    };
    let Judge { mistakes, causal, scaled, .. } = judge;
    Some(Judged { agrees, largest, mistakes, causal, scaled, held, tried: false })
}

/// The judging of one.
pub struct Judge<'a> {
    /// The run that it was found in.
    pub graph: &'a Graph<'a>,
    /// What is judged.
    pub attention: &'a Attention,
    /// The same, so that rows ask.
    pub turned: Turned,
    /// What is wrong so far, and the node that does it.
    pub mistakes: Vec<(&'static str, usize)>,
    /// Whether each word sees only itself and what came before.
    pub causal: bool,
    /// Whether the scores are divided by √d.
    pub scaled: bool,
}

impl Judge<'_> {
    /// A variant that is not held.
    fn unknown(self) -> Judged {
        let agrees = if self.mistakes.is_empty() { None } else { Some(false) };
        let Judge { mistakes, causal, scaled, .. } = self;
        Judged {
            agrees,
            largest: f64::INFINITY,
            mistakes,
            causal,
            scaled,
            held: false,
            tried: false,
        }
    }

    /// How many numbers a query has.
    pub fn width(&self) -> f64 {
        self.turned.q.size().last().copied().unwrap_or(1) as f64
    }

    /// From the product to the softmax: the scale and the mask. What is hidden comes back.
    fn scores(&mut self) -> Option<Tensor> {
        let steps = self.graph.way(self.attention.product.node, self.attention.scores.0);
        if let Some(twice) = steps.iter().find(|at| self.graph.does(**at) == Does::Softmax) {
            self.mistakes.push(("softmax-twice", *twice));
            return self.turned.product.f_zeros_like().ok()?.f_to_kind(Kind::Bool).ok();
        }
        if let Some(at) = steps.iter().find(|at| self.rounds(**at)) {
            self.mistakes.push(("rounded-between-steps", *at));
        }
        let (scale, hidden, fill) = self.scale_and_mask()?;
        self.judge_scale(scale, &steps);
        self.judge_mask(&hidden, fill, &steps);
        Some(hidden)
    }

    /// Whether a step threw digits away.
    fn rounds(&self, at: usize) -> bool {
        let to_whole =
            self.graph.node(at).and_then(|node| node.kind).is_some_and(|kind| {
                matches!(kind, Kind::Int | Kind::Int64 | Kind::Int16 | Kind::Int8)
            });
        let does = self.graph.does(at);
        if !(does == Does::Round || (does == Does::Cast && to_whole)) {
            return false;
        }
        let before = self.graph.parents(at).first().and_then(|before| self.graph.value(*before));
        let after = self.graph.value(at);
        before.zip(after).is_some_and(|(before, after)| distance(before, after) > 1e-4)
    }

    /// The dimension of the softmax.
    fn weights(&mut self, _hidden: &Tensor) -> Option<()> {
        let (weights, slack) = (&self.turned.weights, self.attention.slack);
        let at = self.attention.weights.0;
        if self.graph.word(at).to_lowercase().contains("log") {
            self.mistakes.push(("log-softmax", at));
            return Some(());
        }
        let size = weights.size();
        if self.attention.output.is_none()
            || sums_to_one(weights, -1, slack)
            || size[size.len() - 1] < 2
        {
            return Some(());
        }
        let scores = &self.turned.scores;
        let over_all = scores.f_flatten(0, -1).ok()?.f_softmax(0, None::<Kind>).ok()?;
        if close(&over_all, &weights.f_flatten(0, -1).ok()?, slack) {
            self.mistakes.push(("softmax-over-all", at));
            return Some(());
        }
        let wrong = (0..size.len() as i64 - 1).any(|dim| {
            scores.f_softmax(dim, None::<Kind>).is_ok_and(|other| close(&other, weights, slack))
        });
        if wrong {
            self.mistakes.push(("softmax-wrong-dim", at));
        }
        Some(())
    }

    /// From the softmax to the values.
    fn output(&mut self) {
        let Some(output) = &self.attention.output else { return };
        let slack = self.attention.slack;
        let softmax = self.attention.weights.0;
        let steps = self.graph.way(softmax, output.weights_side);
        if self.turned.transposed {
            self.mistakes.push(("weights-transposed", output.node));
        }
        if let Some(at) = steps.iter().find(|at| **at != softmax && self.rounds(**at)) {
            self.mistakes.push(("rounded-between-steps", *at));
        }
        let by: f64 = steps
            .iter()
            .filter(|at| **at != softmax)
            .filter_map(|at| self.graph.scaled(*at))
            .map(|(_, by)| by)
            .product();
        let scaled = (by * self.width().sqrt() - 1.0).abs() < 1e-4 && self.width() > 1.0;
        if scaled && close(&output.weights, &(&self.turned.weights * by), slack) {
            self.mistakes.retain(|(name, _)| *name != "no-scaling");
            let at = steps.iter().find(|at| **at != softmax && self.graph.scaled(**at).is_some());
            self.mistakes.push(("scaled-after-softmax", *at.unwrap_or(&softmax)));
        }
        if let Some(at) = self.masked_after(output, &steps) {
            self.mistakes.push(("mask-after-softmax", at));
        }
    }

    /// Where the weights lost what a mask hides, and were not divided by their sums again.
    fn masked_after(&self, output: &Output, steps: &[usize]) -> Option<usize> {
        if self.causal || close(&output.weights, &self.turned.weights, self.attention.slack) {
            return None;
        }
        let at = *steps.iter().find(|at| {
            matches!(self.graph.word(**at), "*" | "mul" | "tril" | "masked_fill" | "where")
                && self.graph.scaled(**at).is_none()
        })?;
        let lower = self.turned.weights.f_tril(0).ok()?;
        close(&output.weights, &lower, self.attention.slack).then_some(at)
    }

    /// This crate's weights and output for the same queries, keys and mask.
    fn right(&self, hidden: &Tensor) -> Option<Tensor> {
        let scores = self.turned.product.f_div_scalar(self.width().sqrt()).ok()?;
        let scores = scores.f_mul_scalar(self.own_scale()).ok()?;
        softmax(&scores.f_masked_fill(hidden, f64::NEG_INFINITY).ok()?)
    }

    /// Where the scale was taken into the queries or keys, the product has it already; where a notebook has a scale of
    /// its own, or none, what it does with it is what is held.
    fn own_scale(&self) -> f64 {
        self.scale_and_mask().map_or(1.0, |(scale, _, _)| scale * self.width().sqrt())
    }

    /// Whether the weights that are used, and what they give, are the right ones.
    fn held(&self, right: &Tensor) -> (bool, f64) {
        let slack = self.attention.slack;
        let lower = right.f_tril(0).ok().and_then(|lower| {
            let sums = lower.f_sum_dim_intlist(-1, true, None::<Kind>).ok()?;
            lower.f_div(&sums).ok()
        });
        let used = self.attention.output.as_ref().map(|output| &output.weights);
        let own = &self.turned.weights;
        let dropped = self.attention.output.as_ref().is_some_and(|output| {
            let steps = self.graph.way(self.attention.weights.0, output.weights_side);
            steps.iter().any(|at| self.graph.does(*at) == Does::Dropout)
        });
        let nearest = match used {
            Some(used) if !dropped => {
                let renormalised = lower.map_or(f64::INFINITY, |lower| distance(used, &lower));
                distance(used, right).min(renormalised)
            }
            _ => distance(own, right),
        };
        let given = match &self.attention.output {
            Some(output) if !dropped && nearest <= slack * 5.0 => output
                .weights
                .f_matmul(&output.value)
                .map_or(f64::INFINITY, |right| distance(&output.output, &right)),
            _ => 0.0,
        };
        let largest = nearest.max(given);
        (nearest <= slack * 5.0 && given <= slack * 50.0, largest)
    }
}
