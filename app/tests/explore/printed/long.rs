{
use atencion::tch::{Device, Kind, Tensor};
let query = Tensor::rand([70, 8], (Kind::Float, Device::Cpu)); // ...
let key = Tensor::rand([70, 8], (Kind::Float, Device::Cpu)); // ...
let value = Tensor::rand([70, 8], (Kind::Float, Device::Cpu)); // ...
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let masked = scaled.masked_fill(&scaled.ones_like().tril(0).logical_not(), f64::NEG_INFINITY);
let weights = scaled.softmax(-1, scaled.kind());
let output = weights.matmul(&value);
Ok(output)
}
