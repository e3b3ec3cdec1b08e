"""Práctica 3 by PyTorch: every intermediate and the gradients of what went in.

The lines of Python are not written here: they are read from the comments in src/practice3.rs and executed, so that a
line which is shown beside the Rust line is a line that PyTorch has run.
"""

import json
import pathlib
import re

import torch
from safetensors.torch import save_file

from ._machine import fingerprint

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src" / "practice3.rs"
FUNCTION = re.compile(r"^pub fn (\w+)\(.*?^}", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^    // ((\w+) = .+)\n    let ", re.MULTILINE)
EXERCISES = {
    "self_attention": "QKV",
    "fused": "QKV",
    "causal": "QKV",
    "layer_norm": "X",
    "layer_norm_fused": "X",
}


def lessons():
    """function → [(name, line of Python)] as they stand in the Rust file."""
    return {
        function[1]: [(line[2], line[1]) for line in LINE.finditer(function[0])]
        for function in FUNCTION.finditer(SOURCE.read_text(encoding="utf-8"))
    }


def upstream(result):
    """The gradient that is sent back into the result: 1, 2, 3, …, so that every entry counts differently."""
    return torch.arange(1, result.numel() + 1, dtype=result.dtype).view(result.shape)


def run(lines, namespace):
    for _, line in lines:
        exec(line, namespace)
    return {name: namespace[name] for name, _ in lines}


def make(folder):
    code = lessons()
    inputs = {"torch": torch}
    tensors = {}
    for function in ("inputs", "layer_norm_input"):
        for name, value in run(code[function], inputs).items():
            tensors[f"{function}.{name}"] = value
    for function, names in EXERCISES.items():
        leaves = {name: inputs[name].clone().requires_grad_() for name in names}
        steps = run(code[function], {"torch": torch, **leaves})
        result = list(steps.values())[-1]
        result.backward(upstream(result))
        tensors |= {f"{function}.{name}": value.detach() for name, value in steps.items()}
        tensors |= {f"{function}.grad.{name}": leaf.grad for name, leaf in leaves.items()}
    metadata = fingerprint() | {"lines": json.dumps(code, ensure_ascii=False)}
    tensors = {name: value.contiguous().clone() for name, value in tensors.items()}
    save_file(tensors, folder / "practice3.safetensors", metadata)
