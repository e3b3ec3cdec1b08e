import torch
T = 4
causal = torch.tril(torch.ones(T, T, dtype=torch.bool))
scores = torch.arange(16.).reshape(4, 4) / 10
scores[~causal] = float('-inf')
w = torch.softmax(scores, dim=-1)
pad = torch.tensor([[1, 1, 1, 0]])
m = pad[:, None, None, :] == 0
s = torch.zeros(1, 2, 4, 4).masked_fill(m, -1e9).softmax(-1)
i = torch.nonzero(causal)
scores2 = torch.where(causal, scores, torch.tensor(0.0))
print(w)
