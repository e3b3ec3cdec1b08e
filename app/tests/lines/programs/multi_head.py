import torch
import torch.nn as nn
class MultiHead(nn.Module):
    def __init__(self, d_model=16, heads=4):
        super(MultiHead, self).__init__()
        assert d_model % heads == 0
        self.heads = heads
        self.d_k = d_model // heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
    def split(self, x):
        b, l, e = x.shape
        return x.view(b, l, self.heads, self.d_k).transpose(1, 2)
    def forward(self, x, mask=None):
        q = self.split(self.w_q(x))
        k = self.split(self.w_k(x))
        v = self.split(self.w_v(x))
        scores = q @ k.transpose(-2, -1) / self.d_k ** 0.5
        if mask is not None:
            scores = scores.masked_fill(mask, float("-inf"))
        a = scores.softmax(dim=-1)
        out = (a @ v).transpose(1, 2).contiguous().view(x.size(0), -1, self.heads * self.d_k)
        return self.w_o(out)
torch.manual_seed(1)
mha = MultiHead()
x = torch.randn(2, 6, 16)
mask = torch.triu(torch.ones(6, 6), diagonal=1).bool()
y = mha(x, mask)
n = sum(p.numel() for p in mha.parameters())
print(n, y.mean())
mha
