{
let query = atencion::io::read_tensor("../tests/golden/pt_files/pt/plain_dict.pt#a")?;
let key = atencion::io::read_tensor("../tests/golden/pt_files/pt/views.safetensors#base")?;
let value = atencion::io::read_tensor("../tests/golden/pt_files/pt/protocol_4.pt#ñ")?;
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let weights = scaled.softmax(-1, scaled.kind());
let output = weights.matmul(&value);
Ok(output)
}
