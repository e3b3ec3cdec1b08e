import torch
torch.manual_seed(3)
Q = torch.rand(4, 3)
K = torch.rand(4, 3)
V = torch.rand(4, 3)
scores = torch.zeros(4, 4)
for i in range(4):
    for j in range(4):
        scores[i, j] = torch.dot(Q[i], K[j])
total = 0
n = 0
while n < 5:
    n += 1
    if n == 3:
        continue
    total += n
rows = []
for i in range(4):
    w = torch.softmax(scores[i] / 3 ** 0.5, dim=0)
    row = torch.zeros(3)
    for j in range(4):
        row += w[j] * V[j]
    rows.append(row)
Z = torch.stack(rows)
print(f"total {total}, Z {Z.sum():.4f}")
