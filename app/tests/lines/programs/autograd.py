import torch
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x ** 2).sum()
y.backward()
g = x.grad
print(x.grad)
with torch.no_grad():
    z = x * 2
print(z.requires_grad, y)
a = x.detach() + 1
b = x + 1
b
