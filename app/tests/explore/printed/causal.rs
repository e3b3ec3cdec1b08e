{
use atencion::tensor;
let query = tensor![[0.0, 0.0, 0.0],
    [1.0, 1.0, 1.0],
    [0.2, 0.2, 0.2],
    [0.3, 0.3, 0.3]];
let key = tensor![[0.1, 0.1, 0.1],
    [0.2, 0.2, 0.2],
    [0.3, 0.3, 0.3],
    [0.4, 0.4, 0.4]];
let value = tensor![[1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [0.0, 1.0, 1.0]];
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let masked = scaled.masked_fill(&scaled.ones_like().tril(0).logical_not(), f64::NEG_INFINITY);
let weights = masked.softmax(-1, masked.kind());
let output = weights.matmul(&value);
Ok(output)
}
