"""The Python package on torch's own tensors and modules: `bridge.py atencion`, to be held against `bridge.py torch`."""

import sys

import common
import modules
import torch


def side(name):
    """scaled_dot_product_attention, and what to do with a module."""
    if name == "torch":
        return torch.nn.functional.scaled_dot_product_attention, lambda module: module
    import atencion

    return atencion.scaled_dot_product_attention, atencion.from_torch


if __name__ == "__main__":
    attention, wrap = side(sys.argv[1])
    torch.manual_seed(0)
    q, k, v = (torch.randn(4, 3) for _ in range(3))
    common.serve({
        "forward 4x3": lambda: attention(q, k, v),
        **modules.cases("8x128", 8, 128, wrap),
        **modules.cases("1x16", 1, 16, wrap),
    })
