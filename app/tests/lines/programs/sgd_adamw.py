import torch
torch.manual_seed(5)
w = torch.randn(3, requires_grad=True)
v = torch.randn(3, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1, momentum=0.9)
opt2 = torch.optim.AdamW([v], lr=0.05, weight_decay=0.1)
for _ in range(4):
    opt.zero_grad()
    opt2.zero_grad()
    loss = ((w - 1) ** 2).sum() + (v * v).mean()
    loss.backward()
    opt.step()
    opt2.step()
print(w)
g = w.grad
h = v.grad
loss
