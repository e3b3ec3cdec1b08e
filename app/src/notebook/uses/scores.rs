//! From the product to the softmax: the scale and the mask, read off the numbers.

use tch::{Kind, Tensor};

use super::judge::Judge;

/// What stands in a mask for −∞.
const AS_GOOD_AS_MINUS_INFINITY: f64 = -1e4;

impl Judge<'_> {
    /// The scale for which all but the hidden entries are the product's; what is hidden, and what was put there.
    pub fn scale_and_mask(&self) -> Option<(f64, Tensor, Option<f64>)> {
        let (product, scores) = (&self.turned.product, &self.turned.scores);
        let root = self.width().sqrt();
        let length = self.turned.k.size()[self.turned.k.dim() - 2] as f64;
        let all = self.turned.k.numel() as f64;
        let mut scales = vec![1.0 / root, 1.0, -1.0 / root, 1.0 / self.width(), root];
        scales.extend([1.0 / length.sqrt(), 1.0 / all.sqrt()]);
        scales.extend(self.written_scale());
        let minus = scores.f_le(AS_GOOD_AS_MINUS_INFINITY).ok()?;
        let mut best: Option<(f64, f64, Tensor)> = None;
        for scale in scales {
            let expected = product.f_mul_scalar(scale).ok()?;
            let bound = expected.f_abs().ok()?.f_clamp_min(1.0).ok()?;
            let bound = bound.f_mul_scalar(self.attention.slack * 5.0).ok()?;
            let gap = scores.f_sub(&expected).ok()?.f_abs().ok()?;
            let fits = gap.f_le_tensor(&bound).ok()?;
            let misfit = fits.f_logical_not().ok()?.f_logical_and(&minus.f_logical_not().ok()?);
            let misfits = misfit.ok()?.f_sum(Kind::Double).ok()?.f_double_value(&[]).ok()?;
            if best.as_ref().is_none_or(|(_, fewest, _)| misfits < *fewest) {
                best = Some((scale, misfits, fits.f_logical_not().ok()?));
            }
        }
        let (scale, misfits, other) = best?;
        if misfits == 0.0 {
            return Some((scale, minus, None));
        }
        let strange = other.f_logical_and(&minus.f_logical_not().ok()?).ok()?;
        let values = scores.f_masked_select(&strange).ok()?;
        let (low, high) = (number(&values.f_min().ok()?)?, number(&values.f_max().ok()?)?);
        // What is hidden by −50 is hidden.
        if low == high && low <= -50.0 {
            return Some((scale, other.f_logical_or(&minus).ok()?, None));
        }
        let hides = low == high && misfits * 2.0 <= scores.numel() as f64;
        hides.then_some((scale, other, Some(low)))
    }

    /// All factors that are written between the product and the softmax.
    fn written_scale(&self) -> Option<f64> {
        let steps = self.graph.way(self.attention.product.node, self.attention.scores.0);
        let scale = steps.iter().filter_map(|at| self.graph.scaled(*at)).map(|(_, by)| by);
        Some(scale.product())
    }

    /// Names a wrong scale.
    pub fn judge_scale(&mut self, scale: f64, steps: &[usize]) {
        let (width, root) = (self.width(), self.width().sqrt());
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-4 * b.abs();
        let [q, k] = self.turned.nodes.map(|node| {
            let way = self.graph.roots(node);
            way.into_iter().map(|(_, factor)| factor).collect::<Vec<f64>>()
        });
        let every = q.iter().flat_map(|q| k.iter().map(move |k| scale * q * k));
        if every.into_iter().any(|total| near(total, 1.0 / root)) {
            self.scaled = true;
            return;
        }
        let size = self.turned.k.size();
        let length = size[size.len() - 2] as f64;
        let heads = if size.len() > 2 { size[size.len() - 3] as f64 } else { 1.0 };
        let at = steps.iter().rev().find(|at| self.graph.scaled(**at).is_some()).copied();
        let product = self.attention.product.node;
        // Scaled before the product, by a number of its own.
        let before = q.last().copied().unwrap_or(1.0) * k.last().copied().unwrap_or(1.0);
        let name = match () {
            () if near(scale, 1.0) && !near(before, 1.0) => return,
            () if near(scale, 1.0) => "no-scaling",
            () if near(scale, -1.0 / root) => "sign-flipped",
            () if near(scale, root) => "multiplied-by-sqrt-d",
            // The width of the model, of which each head has a part, is another matter.
            () if heads > 1.0 && near(scale, 1.0 / (width * heads).sqrt()) => return,
            // Where both are one number, only a root that is written tells.
            () if near(scale, 1.0 / width) && !near(scale, 1.0 / length.sqrt()) => "scaled-by-d",
            () if near(scale, 1.0 / width) => "scaled-by-d-or-sqrt-length",
            () if near(scale, 1.0 / length.sqrt()) => "scaled-by-sqrt-length",
            () if near(scale, 1.0 / (self.turned.k.numel() as f64).sqrt()) => "scaled-by-sqrt-all",
            () => return,
        };
        self.mistakes.push((name, at.unwrap_or(product)));
    }

    /// Names a wrong mask.
    pub fn judge_mask(&mut self, hidden: &Tensor, fill: Option<f64>, steps: &[usize]) {
        let size = hidden.size();
        let (rows, columns) = (size[size.len() - 2], size[size.len() - 1]);
        let is = |make: &dyn Fn(&Tensor) -> Result<Tensor, tch::TchError>| {
            let ones = hidden.f_ones_like().and_then(|ones| ones.f_to_kind(Kind::Double));
            ones.and_then(|ones| make(&ones))
                .and_then(|ones| ones.f_to_kind(Kind::Bool))
                .is_ok_and(|pattern| pattern.equal(hidden))
        };
        let square = rows == columns && rows > 1;
        self.causal = square && is(&|ones| ones.f_triu(1));
        let masks = |at: &&usize| {
            matches!(
                self.graph.word(**at),
                "masked_fill" | "where" | "*" | "mul" | "+" | "add" | "[]="
            )
        };
        let at = steps.iter().rev().find(masks).copied().unwrap_or(self.attention.scores.0);
        if let Some(fill) = fill {
            let word = self.graph.word(at);
            // Filled before the division, it is divided, too.
            let by = self.written_scale().filter(|by| *by != 0.0).unwrap_or(1.0);
            let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
            let is = |value: f64| near(fill, value) || near(fill / by, value);
            let name = match fill {
                0.0 if matches!(word, "*" | "mul") => "mask-multiplied",
                0.0 => "mask-zero",
                fill if fill.abs() < 1e-3 => "mask-tiny",
                _ if is(-1.0) => "mask-minus-1",
                _ if is(-2.0) => "mask-minus-2",
                _ if is(-5.0) => "mask-minus-5",
                _ if is(-10.0) => "mask-minus-10",
                _ => return,
            };
            self.mistakes.push((name, at));
            return;
        }
        if !square || rows < 3 {
            return;
        }
        let name = match () {
            () if is(&|ones| ones.f_triu(0)) => "mask-hides-itself",
            () if is(&|ones| ones.f_triu(2)) => "mask-one-ahead",
            () if is(&|ones| ones.f_tril(-1)) => "mask-upside-down",
            () if is(&|ones| ones.f_tril(0)) => "mask-inverted",
            () => return,
        };
        let made = self.mask_maker(at).unwrap_or(at);
        self.mistakes.push((name, made));
    }

    /// The `tril` or `triu` that made the mask.
    fn mask_maker(&self, at: usize) -> Option<usize> {
        let mut open = self.graph.parents(at);
        for _ in 0..40 {
            let next = open.pop()?;
            if matches!(self.graph.word(next), "tril" | "triu") {
                return Some(next);
            }
            open.extend(self.graph.parents(next));
        }
        None
    }
}

fn number(tensor: &Tensor) -> Option<f64> {
    tensor.f_double_value(&[]).ok()
}
