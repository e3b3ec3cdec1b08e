"""Random calls of torch's scaled_dot_product_attention: inputs, output and gradients, in four kinds of numbers.

`make(folder)` writes the committed set. Run as a program it writes a fresh one, for the live comparison:

    python scripts/goldens/attention.py FOLDER --seed N --count M

The gradients are those of `sum(output * cos(arange))` with respect to query, key, value and a float mask.
"""

import json
import pathlib
import random
import sys

import torch
from safetensors.torch import save_file

try:
    from goldens._machine import fingerprint
except ImportError:
    from _machine import fingerprint

SEED, COUNT = 3, 80
KINDS = [torch.float32] * 5 + [torch.float64, torch.float16, torch.bfloat16]


def case(pick):
    """Options and inputs of one call that torch takes."""
    kind = pick.choice(KINDS)
    rank = pick.choice([2, 3, 4, 4, 4, 4, 5])
    length = lambda: pick.choice([1, 2, 3, 4, 5, 7, 8, 16, 17, pick.randint(1, 40)])
    l, s = length(), length()
    d, dv = pick.choice([1, 3, 4, 8, 16, 17, 32]), None
    dv = pick.choice([d, d, d, pick.randint(1, 16)])
    gqa = rank >= 3 and pick.random() < 0.2
    heads, shared = pick.choice([(4, 2), (6, 3), (4, 1), (2, 2)]) if gqa else (pick.randint(1, 4),) * 2
    leading = [pick.randint(1, 3) for _ in range(max(rank - 3, 0))]
    at = lambda h: [*leading, h][-(rank - 2):] if rank > 2 else []
    query, key, value = (values([*at(h), n, e], kind, pick)
                         for h, n, e in [(heads, l, d), (shared, s, d), (shared, s, dv)])
    mask = None
    causal = pick.random() < 0.25
    if not causal and pick.random() < 0.6:
        mask = mask_for([*at(heads), l, s], kind, pick)
    options = {
        "is_causal": causal,
        "scale": pick.choice([None, None, 1.0, 0.3, -0.5, 0.0]),
        "enable_gqa": gqa,
        "dropout_p": pick.choice([0.0] * 5 + [0.1, 0.5, 1.0]),
    }
    return options, {"query": query, "key": key, "value": value, "attn_mask": mask}


def values(shape, kind, pick):
    """Standard normal numbers; some as several heads have them, which lie strided in memory."""
    if len(shape) >= 3 and pick.random() < 0.4:
        swapped = [*shape[:-3], shape[-2], shape[-3], shape[-1]]
        return torch.randn(swapped).to(kind).transpose(-3, -2)
    return torch.randn(shape).to(kind)


def mask_for(scores, kind, pick):
    """Bool or float, of any shape that broadcasts; rows without a key among them."""
    shape = [1 if pick.random() < 0.25 else n for n in scores][pick.choice([0, 0, len(scores) - 2]):]
    if pick.random() < 0.5:
        return torch.rand(shape) < pick.choice([0.3, 0.7, 0.95])
    mask = torch.randn(shape)
    if pick.random() < 0.5:
        mask[torch.rand(shape) < 0.4] = float("-inf")
    return mask if pick.random() < 0.2 else mask.to(kind)


def answer(options, inputs, seed):
    """Output and gradients, after `manual_seed(seed)`, which says what dropout drops."""
    leaves = {n: t.detach().requires_grad_(t.is_floating_point()) for n, t in inputs.items() if t is not None}
    torch.manual_seed(seed)
    output = torch.nn.functional.scaled_dot_product_attention(
        leaves["query"], leaves["key"], leaves["value"], leaves.get("attn_mask"), **options)
    upstream = torch.cos(torch.arange(output.numel(), dtype=torch.float64)).view(output.shape).to(output.dtype)
    (output * upstream).sum().backward()
    return output, {n: t.grad for n, t in leaves.items() if t.grad is not None}


def generate(seed, count):
    pick = random.Random(seed)
    torch.manual_seed(seed)
    tensors, cases = {}, []
    for i in range(count):
        options, inputs = case(pick)
        drop_seed = pick.randrange(2**31)
        state = torch.get_rng_state()
        output, gradients = answer(options, inputs, drop_seed)
        torch.set_rng_state(state)
        layout = {n: t.transpose(-3, -2).is_contiguous() and not t.is_contiguous()
                  for n, t in inputs.items() if t is not None and t.dim() >= 3}
        cases.append({"options": options, "seed": drop_seed, "swapped": [n for n, yes in layout.items() if yes]})
        named = {**{n: t for n, t in inputs.items() if t is not None}, "output": output.detach(),
                 **{f"grad.{n}": g for n, g in gradients.items()}}
        tensors.update({f"{i}.{n}": t.contiguous() for n, t in named.items()})
    return tensors, {**fingerprint(), "cases": json.dumps(cases)}


def make(folder):
    tensors, metadata = generate(SEED, COUNT)
    save_file(tensors, folder / "attention.safetensors", metadata)


if __name__ == "__main__":
    folder, _, seed, _, count = sys.argv[1:]
    tensors, metadata = generate(int(seed), int(count))
    save_file(tensors, pathlib.Path(folder) / "attention.safetensors", metadata)
