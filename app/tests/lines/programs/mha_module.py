import torch
import torch.nn as nn
torch.manual_seed(0)
mha = nn.MultiheadAttention(8, 2, batch_first=True)
x = torch.randn(2, 5, 8)
out, weights = mha(x, x, x)
mask = torch.triu(torch.ones(5, 5), diagonal=1).bool()
out2, w2 = mha(x, x, x, attn_mask=mask)
out3, w3 = mha(x, x, x, need_weights=False)
print(out.shape, weights.shape)
