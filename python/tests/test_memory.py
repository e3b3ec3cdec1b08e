"""Promise: no call and no bridge leaves memory behind."""

import random_calls
import torch
from torch import nn

import atencion

MIB = 1.0


def grown(work, rounds):
    """MiB that the process has more after as many rounds again: the first ones fill caches."""
    work(rounds)
    before = random_calls.memory()
    work(rounds)
    return random_calls.memory() - before


def test_calls_leave_nothing():
    x = torch.randn(2, 64, 32)
    norm = atencion.from_torch(nn.LayerNorm(32))
    attention = atencion.from_torch(nn.MultiheadAttention(32, 2, batch_first=True))

    def work(rounds):
        for _ in range(rounds):
            atencion.scaled_dot_product_attention(x, x, x)
            norm(x)
            attention(x, x, x)[0].sum().backward()

    # One output of 16 KiB kept for each round would be 31 MiB.
    assert grown(work, 2_000) < 8 * MIB


def test_refused_calls_leave_nothing():
    x, other = torch.randn(64, 32), torch.randn(64, 31)

    def work(rounds):
        for _ in range(rounds):
            try:
                atencion.scaled_dot_product_attention(x, other, x.clone())
            except ValueError:
                pass

    assert grown(work, 2_000) < 8 * MIB


def test_bridges_leave_nothing():
    def work(rounds):
        for _ in range(rounds):
            module = nn.TransformerEncoderLayer(32, 2, 64)  # 34 KiB
            bridge = atencion.from_torch(module)
            atencion.replace(nn.Sequential(bridge, nn.LayerNorm(32)))

    assert grown(work, 1_000) < 8 * MIB
