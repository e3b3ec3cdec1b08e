"""Runs the Python of every phrase in app/src/phrasebook/, read from the comments there, and writes what it is worth.

Also `python phrasebook.py`: prints the results as JSON, for the live comparison.
"""

import ast
import concurrent.futures
import contextlib
import json
import math
import pathlib
import re
import struct
import sys
import tempfile

import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file

BOOK = pathlib.Path(__file__).resolve().parents[2] / "app" / "src" / "phrasebook"
PHRASE = re.compile(r"^    (\w+)\(([\w, ]*)\) \{\n(.*?)^    \}\n", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"^        //(?: (.*))?$", re.MULTILINE)
TRANSFORMERS = [
    "AutoModel", "BertConfig", "BertForMaskedLM", "BertForSequenceClassification", "BertModel", "DynamicCache", "GPT2Config",
    "GPT2LMHeadModel", "LlamaConfig", "LlamaForCausalLM", "MarianConfig", "MarianMTModel", "ViTConfig", "ViTForImageClassification",
]
NAMES = {
    "torch": torch,
    "nn": torch.nn,
    "F": torch.nn.functional,
    "math": math,
    "np": numpy,
    "save_file": save_file,
    "load_file": load_file,
    **{name: getattr(transformers, name) for name in TRANSFORMERS},
    "ThreadPoolExecutor": concurrent.futures.ThreadPoolExecutor,
}


def phrases(file):
    """name → (inputs, Python) of a file."""
    found = {}
    for name, inputs, block in PHRASE.findall(file.read_text(encoding="utf-8")):
        python = "\n".join(COMMENT.findall(block))
        found[name] = ([one for one in inputs.split(", ") if one], python)
    return found


def worth(python, names):
    """What the last line is worth, after those before it."""
    tree = ast.parse(python)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr), f"the last line is no expression:\n{python}"
    exec(compile(tree, "phrase", "exec"), names)
    return eval(compile(ast.Expression(last.value), "phrase", "eval"), names)


def bits(value):
    """As Value::to_json in app/src/phrasebook/value.rs."""
    if isinstance(value, torch.Tensor):
        tensor = value.detach().cpu().contiguous()
        data = tensor.reshape(-1).view(torch.uint8).numpy().tobytes().hex() if tensor.numel() else ""
        return {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), "bytes": data}
    if isinstance(value, (list, tuple)):
        return [bits(one) for one in value]
    if isinstance(value, float):
        return {"float": struct.pack("<d", value).hex()}
    if isinstance(value, (torch.dtype, torch.device)):
        return str(value).removeprefix("torch.")
    assert isinstance(value, (bool, int, str)), f"a phrase is worth a {type(value)}"
    return value


def run(inputs, python, known):
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        names = dict(NAMES, folder=pathlib.Path(folder))
        for name in inputs:
            if name != "folder":
                names[name] = worth(known[name][1], dict(NAMES))
        try:
            return bits(worth(python, names))
        finally:
            torch.set_printoptions(profile="default")
            torch.set_num_threads(threads)


def results():
    known = phrases(BOOK / "inputs.rs")
    every = dict(known)
    for file in sorted((BOOK / "rows").glob("*.rs")):
        every |= phrases(file)
    return {
        name: {"python": python, "result": run(inputs, python, known)} for name, (inputs, python) in every.items()
    }


def make(folder):
    from ._machine import fingerprint

    document = {"machine": fingerprint(), "phrases": results()}
    text = json.dumps(document, indent=1, ensure_ascii=False)
    (folder / "phrasebook.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(document['phrases'])} phrases")


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        live = results()
    json.dump(live, sys.stdout)
