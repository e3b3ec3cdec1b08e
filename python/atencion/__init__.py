"""PyTorch's attention and Transformer modules, computed in Rust on your own torch tensors.

The same call, the same numbers: storage is shared both ways and gradients flow through Rust.

    import torch, atencion
    Z = atencion.scaled_dot_product_attention(Q, K, V)      # Q [.., L, E], K [.., S, E], V [.., S, Ev]
    for step in atencion.explain(Q, K, V):
        print(step.name, step.formula, step.tensor)
    layer = atencion.from_torch(torch.nn.TransformerEncoderLayer(512, 8))
    print(atencion.replace(model))                          # every supported module inside any model
"""

from ._torch import check_torch as _check_torch

torch_version: str = _check_torch()

from ._atencion import (  # noqa: E402  (a torch of another version must be refused before this is loaded)
    Answer,
    Step,
    View,
    __version__,
    check,
    explain,
    show,
    start as _start,
)

from . import errors  # noqa: E402
from ._attention import scaled_dot_product_attention  # noqa: E402
from ._modules import from_torch  # noqa: E402
from ._pretrained import Model, Output, from_pretrained  # noqa: E402
from ._replace import Calls, Replaced, calls, replace, restore  # noqa: E402

_start()

__all__ = [
    "Answer",
    "Calls",
    "Model",
    "Output",
    "Replaced",
    "Step",
    "View",
    "__version__",
    "calls",
    "check",
    "errors",
    "explain",
    "from_pretrained",
    "from_torch",
    "replace",
    "restore",
    "scaled_dot_product_attention",
    "show",
    "torch_version",
]
