{
let tokenizer = atencion::tokenizer::Tokenizer::from_pretrained(folder)?;
let model = atencion::models::AutoModel::from_pretrained(folder)?;
let ids = tokenizer.encode(read)?.input_ids();
let (_, seen) = atencion::models::watch(|| model.last_hidden_state(&ids))?;
let query = seen[2].query.get(0).get(1);
let key = seen[2].key.get(0).get(1);
let value = seen[2].value.get(0).get(1);
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let masked = scaled.masked_fill(&scaled.ones_like().tril(0).logical_not(), f64::NEG_INFINITY);
let weights = masked.softmax(-1, masked.kind());
let output = weights.matmul(&value);
Ok(output)
}
