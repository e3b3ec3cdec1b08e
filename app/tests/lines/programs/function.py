import math
import torch
import torch.nn.functional as F
def attention(q, k, v, mask=None):
    d_k = q.size(-1)
    scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(d_k)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -1e9)
    weights = F.softmax(scores, dim=-1)
    return torch.matmul(weights, v), weights
torch.manual_seed(0)
x = torch.randn(2, 5, 8)
# %%
mask = torch.tril(torch.ones(5, 5))
out, w = attention(x, x, x, mask)
print(out.shape, w.sum(dim=-1))
out2, w2 = attention(x, x, x)
