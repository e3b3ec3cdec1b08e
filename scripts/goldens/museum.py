"""The museum of mistakes, each written as a student writes it and executed by PyTorch: code, printed text, numbers."""

import contextlib
import io
import json
import math
import pathlib

import torch

from . import _machine

INPUTS = """\
import math
import torch
Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])
V = torch.tensor([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]])
d_k = K.shape[-1]"""

SCORES = "scores = Q @ K.T"
SCALED = "scaled = scores / math.sqrt(d_k)"
MASK = "mask = torch.tril(torch.ones_like(scaled))"
MASKED = "masked = scaled.masked_fill(mask == 0, float('-inf'))"
WEIGHTS = "weights = torch.softmax(scaled, dim=-1)"
CAUSAL = "weights = torch.softmax(masked, dim=-1)"
OUTPUT = "output = weights @ V"
RIGHT = [SCORES, SCALED, WEIGHTS, OUTPUT]
RIGHT_CAUSAL = [SCORES, SCALED, MASK, MASKED, CAUSAL, OUTPUT]
MEAN = "mean = output.mean(-1, keepdim=True)"
VAR = "var = output.var(-1, unbiased=False, keepdim=True)"


def changed(lines, **changes):
    """The lines, with those that assign one of these names replaced."""
    return [changes.get(line.split(" = ")[0], line) for line in lines]


def plain(**changes):
    return changed(RIGHT, **changes)


def causal(**changes):
    return changed(RIGHT_CAUSAL, **changes)


def norm(*lines):
    return RIGHT + list(lines)


MISTAKES = {
    "k-not-transposed": plain(scores="scores = Q.T @ K", output="output = V @ weights"),
    "view-for-transpose": plain(scores="scores = Q @ K.view(3, 4)"),
    "q-k-reversed": plain(scores="scores = K @ Q.T"),
    "q-with-itself": plain(scores="scores = Q @ Q.T"),
    "k-with-itself": plain(scores="scores = K @ K.T"),
    "v-for-k": plain(scores="scores = Q @ V.T"),
    "no-scaling": plain(scaled="scaled = scores"),
    "scaled-by-d": plain(scaled="scaled = scores / d_k"),
    "scaled-by-sqrt-length": plain(scaled="scaled = scores / math.sqrt(Q.shape[0])"),
    "scaled-by-sqrt-all": plain(scaled="scaled = scores / math.sqrt(K.numel())"),
    "multiplied-by-sqrt-d": plain(scaled="scaled = scores * math.sqrt(d_k)"),
    "sign-flipped": plain(scaled="scaled = -scores / math.sqrt(d_k)"),
    "scaled-after-softmax": plain(
        scaled="scaled = scores", weights="weights = torch.softmax(scores, dim=-1) / math.sqrt(d_k)"),
    "mask-multiplied": causal(masked="masked = scaled * mask"),
    "mask-zero": causal(masked="masked = scaled.masked_fill(mask == 0, 0)"),
    "mask-tiny": causal(masked="masked = scaled.masked_fill(mask == 0, -1e-9)"),
    "mask-minus-1": causal(masked="masked = scaled.masked_fill(mask == 0, -1)"),
    "mask-minus-2": causal(masked="masked = scaled.masked_fill(mask == 0, -2)"),
    "mask-minus-5": causal(masked="masked = scaled.masked_fill(mask == 0, -5)"),
    "mask-minus-10": causal(masked="masked = scaled.masked_fill(mask == 0, -10)"),
    "mask-upside-down": causal(mask="mask = torch.triu(torch.ones_like(scaled))"),
    "mask-inverted": causal(masked="masked = scaled.masked_fill(mask == 1, float('-inf'))"),
    "mask-hides-itself": causal(mask="mask = torch.tril(torch.ones_like(scaled), diagonal=-1)"),
    "mask-one-ahead": causal(mask="mask = torch.tril(torch.ones_like(scaled), diagonal=1)"),
    "mask-after-softmax": causal(
        masked="masked = scaled", weights="weights = torch.softmax(scaled, dim=-1) * mask"),
    "softmax-wrong-dim": plain(weights="weights = torch.softmax(scaled, dim=0)"),
    "softmax-over-all": plain(weights="weights = torch.softmax(scaled.flatten(), dim=0).view(4, 4)"),
    "softmax-twice": plain(weights="weights = scaled.softmax(dim=-1).softmax(dim=-1)"),
    "no-softmax": plain(weights="weights = scaled"),
    "sigmoid-for-softmax": plain(weights="weights = torch.sigmoid(scaled)"),
    "log-softmax": plain(weights="weights = torch.nn.functional.log_softmax(scaled, dim=-1)"),
    "no-exponential": plain(weights="weights = scaled / scaled.sum(dim=-1, keepdim=True)"),
    "not-normalised": plain(weights="weights = torch.exp(scaled)"),
    "weights-times-k": plain(output="output = weights @ K"),
    "weights-times-q": plain(output="output = weights @ Q"),
    "weights-transposed": plain(output="output = weights.T @ V"),
    "v-transposed": plain(output="output = V.T @ weights"),
    "row-skipped": plain(
        output="output = torch.zeros_like(V)\nfor i in range(len(Q) - 1):\n    output[i] = weights[i] @ V"),
    "row-missing": plain(output="output = (weights @ V)[:-1]"),
    "rounded-between-steps": plain(
        weights="weights = torch.round(torch.softmax(scaled, dim=-1), decimals=2)"),
    "integer-inputs": ["Q, K, V = Q.long().float(), K.long().float(), V.long().float()"] + RIGHT,
    "float16": ["Q, K, V = Q.half(), K.half(), V.half()"] + RIGHT,
    "bfloat16": ["Q, K, V = Q.bfloat16(), K.bfloat16(), V.bfloat16()"] + RIGHT,
    "norm-over-columns": norm(
        "y = (output - output.mean(0)) / torch.sqrt(output.var(0, unbiased=False) + 1e-5)"),
    "norm-over-all": norm(
        "y = (output - output.mean()) / torch.sqrt(output.var(unbiased=False) + 1e-5)"),
    "norm-eps-outside": norm(MEAN, VAR, "y = (output - mean) / (torch.sqrt(var) + 1e-5)"),
    "norm-no-eps": norm(MEAN, VAR, "y = (output - mean) / torch.sqrt(var)"),
    "norm-unbiased": norm(
        MEAN, "var = output.var(-1, keepdim=True)", "y = (output - mean) / torch.sqrt(var + 1e-5)"),
    "norm-no-root": norm(MEAN, VAR, "y = (output - mean) / (var + 1e-5)"),
    "norm-not-centred": norm(VAR, "y = output / torch.sqrt(var + 1e-5)"),
}

SOLVED = {
    "right": RIGHT,
    "right-causal": RIGHT_CAUSAL,
    "right-norm": norm(MEAN, VAR, "y = (output - mean) / torch.sqrt(var + 1e-5)"),
    "fused": ["output = torch.nn.functional.scaled_dot_product_attention(Q, K, V)"],
    "float64": ["Q, K, V = Q.double(), K.double(), V.double()"] + RIGHT,
    "numpy": [
        "q, k, v = Q.numpy(), K.numpy(), V.numpy()",
        "scores = q @ k.T / math.sqrt(d_k)",
        "weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)",
        "output = weights @ v",
    ],
    "numpy64": [
        "Q, K, V = (np.array(x.tolist()).round(4) for x in (Q, K, V))",
        "scores = Q @ K.T / math.sqrt(d_k)",
        "weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)",
        "output = weights @ V",
    ],
    "exponential": [SCORES, SCALED, "output = torch.exp(scaled)"],
}


def executed(lines, what):
    """What the lines leave behind: the text that Python shows, and the numbers."""
    import numpy

    scope = {"np": numpy}
    exec(INPUTS, scope)
    exec("\n".join(lines), scope)
    value = scope[what]
    with contextlib.redirect_stdout(io.StringIO()) as told:
        print(value)
    numbers = torch.as_tensor(value).double()
    flat = [x if math.isfinite(x) else str(x) for x in numbers.flatten().tolist()]
    weights = scope.get("weights")
    return {
        "code": "\n".join(lines),
        "result": what,
        "shown": repr(value),
        "printed": told.getvalue(),
        "shape": list(numbers.shape),
        "values": flat,
        "weights": None if weights is None else repr(weights),
    }


def make(folder):
    torch.manual_seed(0)
    made = {}
    for name, lines in {**MISTAKES, **SOLVED}.items():
        what = "y" if any(line.startswith("y = ") for line in lines) else "output"
        made[name] = executed(lines, what)
    document = {"machine": _machine.fingerprint(), "inputs": INPUTS, "cases": made}
    path = pathlib.Path(folder) / "museum.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
