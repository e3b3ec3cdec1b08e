import torch
import torch.nn as nn
class SelfAttention(nn.Module):
    def __init__(self, embed_size):
        super().__init__()
        self.query = nn.Linear(embed_size, embed_size)
        self.key = nn.Linear(embed_size, embed_size)
        self.value = nn.Linear(embed_size, embed_size, bias=False)
        self.scale = embed_size ** -0.5
    def forward(self, x):
        q, k, v = self.query(x), self.key(x), self.value(x)
        weights = torch.softmax(q @ k.transpose(-2, -1) * self.scale, dim=-1)
        return weights @ v
torch.manual_seed(42)
model = SelfAttention(8)
x = torch.rand(2, 4, 8)
y = model(x)
print(y.shape)
y
