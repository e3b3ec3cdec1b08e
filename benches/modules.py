"""MultiheadAttention and TransformerEncoderLayer, forward, and forward with backward. Its Rust twin is modules.rs."""

import common
import torch
from torch import nn

TITLE = "modules at d 512, 8 heads, against eager PyTorch"
# Largest part of Python's time that Rust may take.
TARGETS = {
    "attention forward 8x128": 1.0, "attention with backward 8x128": 1.0,
    "layer forward 8x128": 1.0, "layer with backward 8x128": 1.0,
    "attention forward 1x16": 0.8, "attention with backward 1x16": 0.8,
    "layer forward 1x16": 0.8, "layer with backward 1x16": 0.8,
}


def backward(forward):
    """The gradients add up from call to call, in Rust too."""
    def case():
        with torch.enable_grad():
            output = forward()
            output.sum().backward()
            return output
    return case


def cases(size, b, l, wrap=lambda module: module):
    torch.manual_seed(0)
    x = torch.randn(b, l, 512)

    def both(kind):
        return [wrap(kind(512, 8, batch_first=True).train(mode)) for mode in (False, True)]

    evaluated, trained = both(nn.MultiheadAttention)
    evaluated_layer, trained_layer = both(nn.TransformerEncoderLayer)
    return {
        f"attention forward {size}": lambda: evaluated(x, x, x, need_weights=False)[0],
        f"attention with backward {size}": backward(lambda: trained(x, x, x, need_weights=False)[0]),
        f"layer forward {size}": lambda: evaluated_layer(x),
        f"layer with backward {size}": backward(lambda: trained_layer(x)),
    }


if __name__ == "__main__":
    common.serve(cases("8x128", 8, 128) | cases("1x16", 1, 16))
