"""`transformers`' models, tiny and drawn from a seed, as folders of `save_pretrained`, with what they compute.

`make(folder)` writes the committed folders. Run as a program it draws other configurations from seeds:

    python scripts/goldens/models.py FOLDER --families NAME ... --seeds N ...

Each model's folder has `config.json` and `model.safetensors`; `expected.safetensors` beside them holds inputs and
outputs of each case under `CASE/NAME`, and `cases.json` what was asked for. A family is a file here: its `MODEL`, a
`config` and `cases` drawn from a generator, and `call`, which computes a case.
"""

import argparse
import json
import pathlib
import random
import sys

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import _bert
import _gpt2
import _llama
import _roberta
import _seq2seq
import _transformer
import _vit
from _machine import fingerprint

DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16, "float16": torch.float16}
FAMILIES = {
    "gpt2": _gpt2,
    "llama": _llama,
    "qwen2": _llama.Qwen2,
    "vit": _vit,
    "vit_headless": _vit.Headless,
    "marian": _seq2seq.Marian,
    "bart": _seq2seq.Bart,
    "transformer": _transformer,
    **_bert.FAMILIES,
    **_roberta.FAMILIES,
}


def named(out):
    """What a model gives back, by name: tensors, and tuples of tensors as `NAME.0`, `NAME.1`, ..."""
    found = {}
    for name, value in out.items():
        if torch.is_tensor(value):
            found[name] = value
        elif isinstance(value, tuple):
            found |= {f"{name}.{i}": tensor for i, tensor in enumerate(value)}
    return found


def run(family, model, case, inputs, seed):
    """What the case gives back, by name, and the gradients where it has a loss."""
    eager = model.config._attn_implementation == "eager"
    model.train(case.startswith("training"))
    torch.manual_seed(seed)
    found = named(family.call(model, case, inputs, {"output_hidden_states": True, "output_attentions": eager}))
    if "loss" in found:
        model.zero_grad()
        found["loss"].backward()
        found |= {f"grad.{name}": p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.eval()
    return found


def write(family, folder, seed, dtypes):
    rng = random.Random(seed)
    config = family.config(rng)
    torch.manual_seed(seed)
    fresh = family.MODEL(config)
    drawn = {f"fresh.{name}": p.detach().clone() for name, p in fresh.named_parameters()}
    with torch.no_grad():
        for p in fresh.parameters():
            if p.requires_grad:
                p.add_(0.2 * torch.randn_like(p))
    fresh.eval()
    fresh.save_pretrained(folder)
    cases = family.cases(rng, config)
    tensors = {name: value.contiguous() for name, value in drawn.items()}
    tensors |= {f"{case}/{name}": value.clone() for case, inputs in cases.items() for name, value in inputs.items()}
    for dtype in dtypes:
        for how in ("eager", "sdpa"):
            model = family.MODEL.from_pretrained(folder, dtype=DTYPES[dtype], attn_implementation=how)
            # from_pretrained maps the file, at any address; MKL multiplies what is not aligned by other kernels.
            for p in model.parameters():
                p.data = p.data.clone()
            for case, inputs in cases.items():
                for name, value in run(family, model, case, inputs, seed).items():
                    tensors[f"{dtype}/{how}/{case}/{name}"] = value.detach().clone().contiguous()
    save_file(tensors, folder / "expected.safetensors", fingerprint())
    (folder / "cases.json").write_text(json.dumps({"seed": seed, "dtypes": dtypes, "cases": list(cases)}, indent=1) + "\n")


def make(folder):
    for name, family in FAMILIES.items():
        write(family, folder / name, 7, ["float32"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seeds", nargs="+", type=int, required=True)
    args = parser.parse_args()
    for name in args.families:
        for seed in args.seeds:
            write(FAMILIES[name], args.folder / f"{name}-{seed}", seed, list(DTYPES))
