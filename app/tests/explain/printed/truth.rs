{
let query = atencion::io::read_tensor("tests/explain/printed/added.json")?;
let key = atencion::io::read_tensor("tests/explain/printed/added.json")?;
let value = atencion::io::read_tensor("tests/explain/printed/added.json")?;
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let attn_mask = atencion::io::read_tensor("tests/explain/printed/truth.json")?;
let masked = scaled.masked_fill(&attn_mask.logical_not(), f64::NEG_INFINITY);
let weights = masked.internal_safe_softmax(-1, None);
let output = weights.matmul(&value);
Ok(output)
}
