"""`scaled_dot_product_attention`, in Rust; for a compiler that reads Python, torch's own."""

from typing import Optional

import torch
from torch import Tensor
from torch.compiler import is_compiling

from . import _atencion

__all__ = ["scaled_dot_product_attention"]

# Kept, because somebody may put ours in its place in torch.nn.functional.
_torchs_own = torch._C._nn.scaled_dot_product_attention


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Optional[Tensor] = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: Optional[float] = None,
    enable_gqa: bool = False,
) -> Tensor:
    """`torch.nn.functional.scaled_dot_product_attention`, computed by Rust on the same storage.

    query `[.., Hq, L, E]`, key `[.., H, S, E]`, value `[.., H, S, Ev]` -> `[.., Hq, L, Ev]`.
    attn_mask broadcasts to `[.., L, S]`: bool (True = attend) or float (added to the scores).
    scale: factor of the scores, `1/sqrt(E)` by default. As in torch, dropout acts whenever `dropout_p > 0`.

    Raises what torch raises, as `ValueError` (shapes, options) or `TypeError` (types, dtypes) too, in one line.
    """
    if is_compiling():
        return _torchs_own(
            query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )
    return _atencion.scaled_dot_product_attention(
        query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa
    )
