"""Runs programs in Python: the other side of the comparison. JSON in: programs, each a list of cells; JSON out."""
import ast
import contextlib
import io
import json
import sys
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")


def plain(value, depth=0):
    if depth > 6:
        return None
    if isinstance(value, torch.Tensor):
        if value.dtype.is_complex:
            value = torch.view_as_real(value.detach())
        tensor = value.detach().contiguous()
        data = tensor.view(torch.uint8).numpy().tobytes() if tensor.numel() and tensor.dim() else b""
        if tensor.dim() == 0:
            data = tensor.reshape(1).view(torch.uint8).numpy().tobytes()
        return {"dtype": str(tensor.dtype)[6:], "shape": list(tensor.shape), "bytes": data.hex()}
    if isinstance(value, np.ndarray) or isinstance(value, np.float32):
        return plain(torch.from_numpy(np.array(value)), depth)
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    if isinstance(value, float):
        return {"float": np.float64(value).tobytes().hex()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {"dict": [[str(key), plain(item, depth + 1)] for key, item in value.items()]}
    if isinstance(value, torch.nn.Module):
        state = value.state_dict()
        return {"module": [[name, plain(tensor)] for name, tensor in state.items()]}
    return None


def run(cells):
    names, out = {"__name__": "__main__"}, []
    for cell in cells:
        stdout, shown, error = io.StringIO(), None, None
        tree = ast.parse(cell)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with contextlib.redirect_stdout(stdout):
            try:
                exec(compile(tree, "cell", "exec"), names)
                if last is not None:
                    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
                    shown = None if value is None else repr(value)
            except Exception as exception:
                error = type(exception).__name__
        out.append({"stdout": stdout.getvalue(), "value": shown, "error": error})
    variables = {}
    for name, value in names.items():
        value = plain(value) if not name.startswith("__") else None
        if value is not None:
            variables[name] = value
    return {"cells": out, "variables": variables}


results = []
for program in json.load(sys.stdin):
    torch.set_default_dtype(torch.float32)
    results.append(run(program))
json.dump(results, sys.stdout)
