"""Twenty training steps of a small Transformer with dropout: losses, norms, final weights and optimiser state.

`make(folder)` writes the committed file. Run as a program it writes one file a case, from other seeds, with the
optimiser's state_dict beside it as Python saves it:

    python scripts/goldens/training.py FOLDER --seed N
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn

try:
    from goldens._machine import fingerprint
except ImportError:
    from _machine import fingerprint

STEPS, VOCABULARY, BATCH, SOURCE, TARGET = 20, 23, 4, 7, 6

# What the Rust test builds as well; the rest is torch's defaults.
CASES = {
    "adamw": {"optimizer": "AdamW", "options": {"lr": 3e-3}},
    "adamw_pre_norm": {
        "optimizer": "AdamW",
        "options": {"lr": 1e-3, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1, "amsgrad": True},
        "model": {"norm_first": True, "activation": "gelu"},
    },
    "adam_noam": {"optimizer": "Adam", "options": {"lr": 0.0, "betas": (0.9, 0.98), "eps": 1e-9}, "noam": 8},
    "adam_decay": {"optimizer": "Adam", "options": {"lr": 1e-3, "weight_decay": 0.05, "amsgrad": True}},
    "sgd": {
        "optimizer": "SGD",
        "options": {"lr": 0.05, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01},
    },
    "nesterov": {"optimizer": "SGD", "options": {"lr": 0.05, "momentum": 0.9, "nesterov": True}},
    "ascent": {"optimizer": "AdamW", "options": {"lr": 1e-4, "maximize": True}},
}


class Translator(nn.Module):
    """Embedding, Transformer, linear map to the vocabulary."""

    def __init__(self, **options):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 32)
        self.transformer = nn.Transformer(32, 4, 2, 2, 64, dropout=0.1, batch_first=True, **options)
        self.generator = nn.Linear(32, VOCABULARY)

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        out = self.transformer(self.embedding(src), self.embedding(tgt), tgt_mask=mask)
        return self.generator(out)


def noam(d_model, step, warmup):
    return d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)


def train(case, seed):
    torch.manual_seed(seed)
    model = Translator(**case.get("model", {}))
    optimizer = getattr(torch.optim, case["optimizer"])(model.parameters(), **case["options"])
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    src = torch.randint(VOCABULARY, (BATCH, SOURCE))
    tgt = torch.randint(VOCABULARY, (BATCH, TARGET))
    losses, norms = [], []
    for step in range(1, STEPS + 1):
        if "noam" in case:
            for group in optimizer.param_groups:
                group["lr"] = noam(32, step, case["noam"])
        optimizer.zero_grad()
        out = model(src, tgt[:, :-1])
        loss = criterion(out.reshape(-1, VOCABULARY), tgt[:, 1:].reshape(-1))
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), 1.0))
        optimizer.step()
        losses.append(loss.detach())
    tensors = {"losses": torch.stack(losses), "norms": torch.stack(norms)}
    tensors |= {f"model.{name}": tensor.clone() for name, tensor in model.state_dict().items()}
    return tensors, optimizer


def step_loose(case, seed):
    """Five steps of parameters of every kind and of odd shapes, whose gradients are given."""
    torch.manual_seed(seed)
    shapes = [(), (1,), (17,), (3, 5), (2, 3, 33), (65, 71)]
    kinds = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
    params = [torch.randn(shape).to(kind).requires_grad_() for kind in kinds for shape in shapes]
    optimizer = getattr(torch.optim, case["optimizer"])(params, **case["options"])
    tensors = {f"{i}.before": param.detach().clone() for i, param in enumerate(params)}
    for step in range(5):
        for i, param in enumerate(params):
            # The last parameter of each kind misses a step: that leaves its state alone.
            param.grad = None if step == 2 and i % 6 == 5 else torch.randn_like(param)
            if param.grad is not None:
                tensors[f"{i}.grad{step}"] = param.grad.clone()
        for at in range(0, len(params), 6):
            tensors[f"{at}.norm{step}"] = nn.utils.clip_grad_norm_(params[at : at + 6], 30.0, [2.0, 1.0, 3.0][step % 3])
        optimizer.step()
    tensors |= {f"{i}.after": param.detach().clone() for i, param in enumerate(params)}
    return tensors, optimizer


def make(folder):
    tensors, _ = train(CASES["adamw"], 0)
    save_file(tensors, folder / "training.safetensors", metadata=fingerprint())


def main(folder, seed):
    for name, case in CASES.items():
        tensors, optimizer = train(case, seed)
        save_file(tensors, folder / f"{name}.safetensors", metadata=fingerprint())
        torch.save(optimizer.state_dict(), folder / f"{name}.optimizer.pt")
        tensors, optimizer = step_loose(case, seed)
        save_file(tensors, folder / f"{name}.loose.safetensors")
        torch.save(optimizer.state_dict(), folder / f"{name}.loose.optimizer.pt")
    (folder / "cases.json").write_text(json.dumps(CASES))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[3]))
