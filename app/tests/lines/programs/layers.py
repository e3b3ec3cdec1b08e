import torch
import torch.nn as nn
torch.manual_seed(7)
emb = nn.Embedding(10, 6)
ln = nn.LayerNorm(6)
drop = nn.Dropout(0.5)
lin = nn.Linear(6, 3)
ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
e = emb(ids)
a = ln(e)
b = drop(a)
c = lin(b)
soft = nn.Softmax(dim=-1)(c)
gelu = nn.GELU()(c)
drop.eval()
d = drop(a)
print(c)
lin.weight
