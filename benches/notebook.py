"""Práctica 3 as a Python user runs it: what `atencion notebook` is held against, as a whole process."""

import math

import torch

Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])
V = torch.tensor([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]])

scores = torch.matmul(Q, K.transpose(0, 1))
scaled = scores / math.sqrt(K.size(1))
weights = torch.softmax(scaled, dim=1)
attention = torch.matmul(weights, V)
for step in (Q, K, V, scores, scaled, weights, attention):
    print(step)
