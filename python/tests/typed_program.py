"""What a type checker says of a user's program: `python -m mypy` reads it with the package, and nothing runs it."""

from typing import Dict, List

import torch

import atencion

layer = torch.nn.TransformerEncoderLayer(8, 2)
x = torch.rand(4, 3)
z: torch.Tensor = atencion.scaled_dot_product_attention(x, x, x, is_causal=True)
weights: List[torch.Tensor] = [step.tensor for step in atencion.explain(z, z, z) if step.name == "weights"]
report: atencion.Replaced = atencion.replace(layer)
names: List[str] = report.rust
why: Dict[str, str] = report.torch
atencion.restore(layer)
count: int = atencion.calls().rust
right: bool = atencion.check("causal", z).right
html: str = str(atencion.show(z, z, z, height=300))
output = atencion.from_torch(layer)(torch.rand(5, 8))

# What is wrong is seen; were one of these not, mypy would complain of a comment that ignores nothing.
atencion.scaled_dot_product_attention(x, x)  # type: ignore[call-arg]
atencion.scaled_dot_product_attention([x], x, x)  # type: ignore[arg-type]
atencion.replace("model")  # type: ignore[arg-type]
atencion.calls().rust = 3  # type: ignore[misc]
