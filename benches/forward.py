"""One forward of self-attention as the notebook writes it. Its Rust twin is forward.rs."""

import math

import common
import torch

TITLE = "one forward of self-attention, against eager PyTorch"
# Largest part of Python's time that Rust may take.
TARGETS = {"4x3": 0.6, "64x64": 1.0, "512x64": 1.0}


def forward(l, d):
    torch.manual_seed(0)
    Q, K, V = (torch.randn(l, d) for _ in range(3))

    def case():
        d_k = Q.size(-1)
        scores = torch.matmul(Q, K.T) / math.sqrt(d_k)
        weights = torch.softmax(scores, dim=1)
        return torch.matmul(weights, V)

    return case


if __name__ == "__main__":
    common.serve({"4x3": forward(4, 3), "64x64": forward(64, 64), "512x64": forward(512, 64)})
