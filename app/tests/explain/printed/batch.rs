{
use atencion::tch::Kind;
let query = atencion::io::read_tensor("tests/explain/printed/batch.json")?.to_kind(Kind::Float);
let query = query.reshape([2, 2, 2, 2]).transpose(-3, -2);
let key = atencion::io::read_tensor("tests/explain/printed/batch.json")?.to_kind(Kind::Float);
let key = key.reshape([2, 2, 2, 2]).transpose(-3, -2);
let value = atencion::io::read_tensor("tests/explain/printed/batch.json")?.to_kind(Kind::Float);
let value = value.reshape([2, 2, 2, 2]).transpose(-3, -2);
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let weights = scaled.softmax(-1, scaled.kind());
let output = weights.matmul(&value);
let concat = output.transpose(-3, -2).flatten(-2, -1);
Ok(concat)
}
