{
use atencion::tch::Kind;
let query = atencion::io::read_tensor("tests/explain/printed/q.json")?.to_kind(Kind::Float);
let key = atencion::io::read_tensor("tests/explain/printed/q.json")?.to_kind(Kind::Float);
let value = atencion::io::read_tensor("tests/explain/printed/q.json")?.to_kind(Kind::Float);
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let weights = scaled.softmax(-1, scaled.kind());
let output = weights.matmul(&value);
Ok(output)
}
