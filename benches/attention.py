"""Scaled dot-product attention, forward and backward. Its Rust twin is attention.rs."""

import common
import torch

TITLE = "scaled dot-product attention, against eager PyTorch"
# Largest part of Python's time that Rust may take: less where calls, not arithmetic, take the time.
TARGETS = {
    "forward 4x3": 1.0,
    "forward 1x8x16x64": 0.8,
    "forward 1x12x2048x64": 1.0,
    "forward+backward 1x8x16x64": 0.8,
    "forward+backward 1x12x2048x64": 1.0,
}


def inputs(*shape):
    torch.manual_seed(0)
    return [torch.randn(shape) for _ in range(3)]


def forward(*shape):
    q, k, v = inputs(*shape)
    return lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v)


def backward(*shape):
    q, k, v = (x.requires_grad_() for x in inputs(*shape))

    def case():
        with torch.enable_grad():
            loss = torch.nn.functional.scaled_dot_product_attention(q, k, v).sum()
            return torch.autograd.grad(loss, (q, k, v))

    return case


if __name__ == "__main__":
    common.serve({
        "forward 4x3": forward(4, 3),
        "forward 1x8x16x64": forward(1, 8, 16, 64),
        "forward 1x12x2048x64": forward(1, 12, 2048, 64),
        "forward+backward 1x8x16x64": backward(1, 8, 16, 64),
        "forward+backward 1x12x2048x64": backward(1, 12, 2048, 64),
    })
