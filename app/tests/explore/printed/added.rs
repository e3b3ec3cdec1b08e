{
use atencion::tensor;
let query = tensor![[0.5, -1.0, 1e-7, 2.0],
    [1.0, 0.0, 3.5, 0.25]];
let key = tensor![[0.5, -1.0, 1e-7, 2.0],
    [1.0, 0.0, 3.5, 0.25]];
let value = tensor![[0.5, -1.0, 1e-7, 2.0],
    [1.0, 0.0, 3.5, 0.25]];
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let attn_mask = tensor![[0.0, -1.5],
    [0.5, 0.0]];
let masked = &scaled + attn_mask.type_as(&scaled);
let weights = masked.softmax(-1, masked.kind());
let output = weights.matmul(&value);
Ok(output)
}
