import torch
import torch.nn as nn
torch.manual_seed(0)
layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16, dropout=0.0, batch_first=True)
encoder = nn.TransformerEncoder(layer, num_layers=2)
x = torch.randn(2, 5, 8)
y = encoder(x)
encoder.eval()
with torch.no_grad():
    z = encoder(x)
dec = nn.TransformerDecoderLayer(d_model=8, nhead=2, dim_feedforward=16, batch_first=True)
dec.eval()
o = dec(x, z)
n = sum(p.numel() for p in encoder.parameters())
print(n, y.shape)
