import torch
import torch.nn.functional as F
torch.manual_seed(0)
x = torch.tensor([[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]])
y = torch.tensor([[0.5, 1.0, -1.0], [2.0, 0.25, 8.0]])
z = torch.tensor([[0.5, float("nan")], [float("inf"), -1.0]])
v = torch.tensor([0.25, 0.5, 0.75])
n = torch.tensor([[3, 1, 2], [6, 5, 4]])
n2 = torch.tensor([[1, 2, 1], [2, 3, 2]])
n01 = torch.tensor([0.25, 0.5, 0.9])
mask = torch.tensor([[True, False, True], [False, True, True]])
t = torch.arange(24.0).reshape(2, 3, 4) / 7
s = torch.tensor([[2.0, 0.5, 0.25], [0.5, 3.0, 1.0], [0.25, 1.0, 1.5]])
spd = s @ s.T
c = torch.arange(12.0).reshape(3, 4) / 5
b1 = torch.arange(18.0).reshape(2, 3, 3) / 9
b2 = torch.arange(18.0).reshape(2, 3, 3) / 11 - 0.5
i = torch.tensor([1, 0, 1])
i2 = torch.tensor([0, 1])
ix = torch.tensor([[1, 0, 0], [0, 1, 1]])
i3 = torch.tensor([1, 2])
img = torch.arange(64.0).reshape(1, 1, 8, 8) / 10
sig = torch.arange(20.0).reshape(1, 2, 10) / 3
pos = torch.tensor([[0.1, 0.7, 0.2], [0.3, 0.3, 0.4]])
q1 = torch.tensor(0.4)
s0 = torch.tensor(7.0)
