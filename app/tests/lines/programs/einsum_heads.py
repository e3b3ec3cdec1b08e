import torch
torch.manual_seed(4)
x = torch.randn(2, 5, 12)
W = torch.randn(12, 36)
q, k, v = (x @ W).chunk(3, dim=-1)
h = 3
def heads(t):
    return t.reshape(2, 5, h, 4).permute(0, 2, 1, 3)
q, k, v = heads(q), heads(k), heads(v)
att = torch.einsum("bhqd,bhkd->bhqk", q, k) * 4 ** -0.5
p = att.softmax(-1)
o = torch.einsum("bhqk,bhkd->bhqd", p, v)
out = o.transpose(1, 2).flatten(2)
out[0, 0]
