import torch
import torch.nn as nn
torch.manual_seed(2)
model = nn.Transformer(d_model=8, nhead=2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=16, dropout=0.1)
src = torch.randn(5, 2, 8)
tgt = torch.randn(4, 2, 8)
out = model(src, tgt)
mask = nn.Transformer.generate_square_subsequent_mask(4)
out2 = model(src, tgt, tgt_mask=mask)
print(out.shape)
