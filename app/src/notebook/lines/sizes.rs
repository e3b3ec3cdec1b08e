//! A notebook whose own sizes are too large to be run here is run on smaller ones: fewer and shorter sequences, fewer
//! words and layers. What attention does to them is the same; its outputs are another's and are not compared.

use super::ast::{Expr, ExprKind};
use super::machine::Machine;
use super::value::Value;

impl Machine {
    /// The value of a size that is written as a number under that name.
    pub fn sized(&self, name: &str, written: &Expr, value: Value) -> Value {
        match (&written.kind, &value) {
            (ExprKind::Int(_), Value::Int(size)) if self.limits.small => {
                Value::Int(smaller(name, *size))
            }
            _ => value,
        }
    }
}

fn smaller(name: &str, size: i64) -> i64 {
    let name = name.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let most = match () {
        () if any(&["batch"]) || name == "bs" => 2,
        () if any(&["vocab"]) => 1000,
        () if any(&["num_layer", "n_layer", "nlayer"]) || name == "layers" => 1,
        () if any(&["len", "context", "block_size", "ctx", "num_tokens", "n_tokens", "window"]) => {
            7
        }
        () if any(&["ff", "feedforward", "feed_forward"]) => 64,
        // The heads have to share it evenly, still.
        () if size >= 2048 && any(&["emb", "d_model", "hidden", "d_out", "d_in"]) => size / 16,
        () => return size,
    };
    size.min(most)
}

#[cfg(test)]
mod tests {
    use super::smaller;

    #[test]
    fn only_what_makes_it_large_is_made_smaller() {
        assert_eq!(smaller("batch_size", 30), 2);
        assert_eq!(smaller("max_sequence_length", 200), 7);
        assert_eq!(smaller("d_model", 512), 512);
        assert_eq!(smaller("emb_dim", 4096) % 32, 0);
        assert_eq!((smaller("num_heads", 8), smaller("context_length", 4)), (8, 4));
    }
}
