import copy
import torch
import torch.nn as nn
def clones(module, N):
    return nn.ModuleList([copy.deepcopy(module) for _ in range(N)])
class LayerNorm(nn.Module):
    def __init__(self, features, eps=1e-6):
        super(LayerNorm, self).__init__()
        self.a_2 = nn.Parameter(torch.ones(features))
        self.b_2 = nn.Parameter(torch.zeros(features))
        self.eps = eps
    def forward(self, x):
        mean = x.mean(-1, keepdim=True)
        std = x.std(-1, keepdim=True)
        return self.a_2 * (x - mean) / (std + self.eps) + self.b_2
class FeedForward(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.w_1 = nn.Linear(d, h)
        self.w_2 = nn.Linear(h, d)
    def forward(self, x):
        return self.w_2(self.w_1(x).relu())
class Encoder(nn.Module):
    def __init__(self, layer, N):
        super().__init__()
        self.layers = clones(layer, N)
        self.norm = LayerNorm(8)
    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return self.norm(x)
torch.manual_seed(0)
enc = Encoder(FeedForward(8, 16), 3)
for p in enc.parameters():
    if p.dim() > 1:
        nn.init.xavier_uniform_(p)
x = torch.randn(2, 3, 8)
y = enc(x)
print(y.shape, len(enc.layers))
enc
