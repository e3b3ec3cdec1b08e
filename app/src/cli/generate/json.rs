//! What was written as one JSON document.

use atencion::Result;
use atencion::generate::Generated;
use serde_json::{Value, json};

use super::{Ui, Writer};

pub(super) fn write(
    writer: &Writer,
    prompt: &str,
    ids: &[i64],
    written: &Generated,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    // An encoder–decoder begins with a token of its own.
    let before = writer.before(ids).len().max(1);
    let sequences = sequences(writer, before, written)?;
    let document = json!({ "prompt": prompt, "prompt_ids": ids, "sequences": sequences });
    serde_json::to_writer_pretty(&mut ui.out, &document)?;
    writeln!(ui.out)?;
    Ok(())
}

fn sequences(writer: &Writer, prompt: usize, written: &Generated) -> Result<Vec<Value>> {
    let scores = written.sequences_scores.as_ref();
    let scores = scores.map(|scores| scores.to_kind(tch::Kind::Double));
    let scores = scores.map(Vec::<f64>::try_from).transpose()?;
    let rows = Vec::<Vec<i64>>::try_from(&written.sequences)?;
    let mut sequences = Vec::new();
    for (at, (row, log_probs)) in rows.iter().zip(&written.log_probs).enumerate() {
        // Behind the end there is padding only.
        let new = &row[prompt..prompt + log_probs.len()];
        let tokens: Vec<_> = new.iter().map(|id| writer.tokenizer.id_to_token(*id)).collect();
        sequences.push(json!({
            "ids": new,
            "tokens": tokens,
            "text": writer.tokenizer.decode(new, true)?,
            "log_probabilities": log_probs,
            "score": scores.as_ref().map(|scores| scores[at]),
        }));
    }
    Ok(sequences)
}
