{
let pixels = atencion::images::ImageProcessor::from_pretrained(folder)?.open(read)?;
let model = atencion::models::ViTModel::from_pretrained(folder)?;
let (_, seen) = atencion::models::watch(|| model.forward_with(&pixels, Default::default()))?;
let query = seen[2].query.get(0).get(1);
let key = seen[2].key.get(0).get(1);
let value = seen[2].value.get(0).get(1);
let scores = query.matmul(&key.transpose(-2, -1));
let d_k = query.size()[query.dim() - 1] as f64;
let scaled = &scores / d_k.sqrt();
let weights = scaled.softmax(-1, scaled.kind());
let output = weights.matmul(&value);
Ok(output)
}
