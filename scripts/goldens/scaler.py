"""What torch.amp.GradScaler does with gradients of which some are not finite.

    python scripts/goldens/scaler.py FOLDER
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file

STEPS = 40


def main(folder):
    generator = torch.Generator().manual_seed(3)
    parameters = [torch.randn(3, 2, generator=generator).requires_grad_(), torch.randn(4, generator=generator).requires_grad_()]
    tensors = {f"parameter.{at}": p.detach().clone() for at, p in enumerate(parameters)}
    optimizer = torch.optim.AdamW(parameters, lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**11, growth_factor=1.7, backoff_factor=0.3, growth_interval=3)
    scaler.scale(torch.ones(()))  # makes its tensors
    grads, scales, after = [], [], []
    for step in range(STEPS):
        for p in parameters:
            grad = torch.randn(p.shape, generator=generator) * scaler.get_scale()
            if torch.rand((), generator=generator) < 0.15:
                grad.view(-1)[step % p.numel()] = float("nan" if step % 2 else "inf")
            p.grad = grad
        grads.append(torch.cat([p.grad.view(-1) for p in parameters]))
        scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
        after.append(torch.cat([p.detach().view(-1) for p in parameters]))
    tensors |= {"grads": torch.stack(grads), "after": torch.stack(after)}
    tensors["scales"] = torch.tensor(scales, dtype=torch.float64)
    tensors["growth_tracker"] = torch.tensor(scaler.state_dict()["_growth_tracker"])
    save_file(tensors, folder / "steps.safetensors")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
