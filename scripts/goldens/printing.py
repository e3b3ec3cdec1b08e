"""What Python's print(tensor) prints: every branch of torch/_tensor_str.py that a dense tensor, or a tensor that tch
can make, reaches. Also `python printing.py < cases.json`: prints the cases of a live comparison.

A case names one of the tensors {"dtype", "shape", "bytes" (hex)} and the options; a recipe, which the test makes by the
same name, has no bytes.
"""

import contextlib
import json
import math
import sys

import torch

NAN, INF = math.nan, math.inf


def text_of(tensor, options):
    with torch._tensor_str.printoptions(**options):
        return str(tensor)


def raw(tensor):
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes().hex() if tensor.numel() else ""


def tensor_of(case):
    dtype = getattr(torch, case["dtype"])
    data = bytearray.fromhex(case["bytes"])
    if not data:
        return torch.empty(case["shape"], dtype=dtype)
    return torch.frombuffer(data, dtype=torch.uint8).view(dtype).reshape(case["shape"])


def dense():
    """(name, tensor, options) of every dense case."""
    t = torch.tensor
    floats = {
        "practice 3": [[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]],
        "whole": [1.0, 2.0, 3.0],
        "whole, widths": [1.0, 20.0, -300.0],
        "zero": [0.0],
        "zeros": [[0.0, 0.0], [0.0, 0.0]],
        "minus zero": [-0.0, 0.0],
        "minus zero and fractions": [-0.0, 0.5],
        "sign column": [-1.5, 2.25],
        "no sign column": [1.5, 2.25],
        "nan": [NAN],
        "inf": [INF, -INF],
        "nan and zero": [NAN, 0.0],
        "nan and whole": [NAN, 1.0, -INF],
        "nan and fractions": [NAN, 1.5, -INF, INF],
        "nan and scientific": [NAN, 1.5e9, -INF, 0.0],
        "all not finite": [[NAN, INF], [-INF, NAN]],
        "largest not scientific": [1e8],
        "first scientific above": [100000008.0],
        "smallest not scientific": [1e-4],
        "float32 below 1e-4": [0.00009999],
        "ratio 1000": [1.0, 1000.0],
        "ratio 1001": [1.0, 1001.0],
        "ratio 1000, fractions": [0.5, 500.0],
        "ratio above, fractions": [0.5, 500.5],
        "large whole": [123456789.0, 1.0],
        "tiny": [1e-30, 2e-30],
        "huge": [1e30, 3e38],
        "subnormal": [1e-45],
        "ties": [0.00005, 0.00015, 0.00025, 0.5, 0.03125, 0.09375],
        "exact ties": [0.5, 1.5, 2.5, 0.125, 0.375, 0.0625, 0.1875],
        "third": [1 / 3, 2 / 3],
        "close to whole": [0.99999, 1.99996],
        "negative zero by rounding": [-0.00001, 0.05],
        "long vector": [x / 7 for x in range(40)],
        "line exactly full": [x + 0.5 for x in range(9)],
        "line one over": [x + 0.5 for x in range(11)],
    }
    for name, values in floats.items():
        yield name, t(values), {}
    for value in (0.0, -0.0, 1.0, -2.0, 3.14159265, 1e9, 1e-9, NAN, INF, -INF, 0.00005, 123456.789):
        yield f"scalar {value}", t(value), {}
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.float8_e5m2, torch.float8_e4m3fn,
                  torch.float8_e5m2fnuz, torch.float8_e4m3fnuz):
        yield f"{dtype} whole", t([[1.0, 2.0], [-3.0, 0.0]]).to(dtype), {}
        yield f"{dtype} fractions", t([0.1, -0.25, 3.0]).to(dtype), {}
        yield f"{dtype} spread", t([0.001, 100.0, 57000.0]).to(dtype), {}
        yield f"{dtype} special", t([NAN, INF, -INF, -0.0, 1.5]).to(dtype), {}
        yield f"{dtype} scalar", t(0.3).to(dtype), {}
        yield f"{dtype} empty", torch.empty(0, dtype=dtype), {}
    yield "float64 thresholds", t([1e8, 1e5 + 1e-7], dtype=torch.float64), {}
    yield "float64 above", t([1e8 + 1e-6], dtype=torch.float64), {}
    yield "float64 1e-4", t([1e-4], dtype=torch.float64), {}
    yield "float64 below 1e-4", t([9.9999e-5], dtype=torch.float64), {}
    yield "float64 exponent of three digits", t([1e-300, 1e300, 1.0], dtype=torch.float64), {}
    yield "float64 subnormal", t([5e-324], dtype=torch.float64), {}
    yield "float64 exact ties", t([0.5, 2.5, 0.00005, 1.00005, 2.00015, 8.5], dtype=torch.float64), {}
    yield "float64 2**53", t([2.0**53, 1.0], dtype=torch.float64), {"sci_mode": False}
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        info = torch.iinfo(dtype)
        yield f"{dtype}", t([1, 2, 3], dtype=dtype), {}
        yield f"{dtype} widths", t([[info.min, 0], [7, info.max]], dtype=dtype), {}
        yield f"{dtype} scalar", t(5, dtype=dtype), {}
        yield f"{dtype} empty", torch.empty(0, 2, dtype=dtype), {}
        yield f"{dtype} large", torch.arange(1200).to(dtype).reshape(30, 40), {}
    yield "int64 long vector", torch.arange(100), {}
    yield "int64 full line", torch.arange(1000), {}
    yield "int64 1001", torch.arange(1001), {}
    yield "bool", t([True, False]), {}
    yield "bool all true", t([[True, True], [True, True]]), {}
    yield "bool scalar", t(True), {}
    yield "bool empty", torch.empty(0, dtype=torch.bool), {}
    yield "bool causal mask", torch.ones(5, 5, dtype=torch.bool).tril(), {}
    yield "bool large", torch.ones(40, 40, dtype=torch.bool).triu(), {}
    for dtype in (torch.complex64, torch.complex128, torch.complex32):
        yield f"{dtype}", t([1 + 2j, -3.5 - 0.25j, 0j]).to(dtype), {}
        yield f"{dtype} whole", t([1 + 2j, -3 - 4j]).to(dtype), {}
        yield f"{dtype} scalar", t(1.5 - 2j).to(dtype), {}
        yield f"{dtype} special", t([complex(NAN, INF), complex(-INF, NAN), complex(-0.0, -0.0)]).to(dtype), {}
        yield f"{dtype} empty", torch.empty(0, 3, dtype=dtype), {}
    yield "complex64 spread", t([1e-6 + 1e6j, 2 + 3j]), {}
    yield "complex64 long", torch.complex(torch.arange(30) / 3, -torch.arange(30) / 7), {}
    yield "complex64 large", torch.complex(torch.arange(1200.0), torch.arange(1200.0) / 3).reshape(4, 300), {}
    for shape in ([0], [0, 3], [3, 0], [2, 0, 4], [0, 0, 0], [1, 0]):
        yield f"empty {shape}", torch.empty(shape), {}
    for shape in ([1], [1, 1], [1, 1, 1], [2, 3], [3, 2], [2, 2, 2], [2, 1, 3], [1, 2, 2, 2], [2, 2, 2, 2, 2],
                  [1, 1, 1, 1, 1, 1], [2, 20], [3, 1, 30]):
        count = math.prod(shape)
        yield f"shape {shape} whole", torch.arange(float(count)).reshape(shape), {}
        yield f"shape {shape} fractions", (torch.arange(float(count)) / 3).reshape(shape), {}
    for shape in ([1001], [1000], [2, 501], [501, 2], [40, 40], [7, 200], [6, 200], [8, 8, 16], [3, 400],
                  [2, 2, 300], [1, 1, 1001], [20, 6, 10], [10, 10, 10, 10], [1500, 1]):
        count = math.prod(shape)
        yield f"large {shape} whole", torch.arange(float(count)).reshape(shape), {}
        yield f"large {shape} fractions", (torch.arange(float(count)) / 7 - 50).reshape(shape), {}
    hidden = torch.ones(2000)
    hidden[1000] = 1e-20
    yield "large, the middle does not count", hidden, {}
    edge = torch.ones(2000)
    edge[-1] = 1e-20
    yield "large, the edge counts", edge, {}
    yield from with_options()


def with_options():
    some = torch.tensor([[1.123456789, -2.5, 1000.25], [0.001, 3.0, 7.77777]])
    whole = torch.tensor([1.0, 2.0, 30.0])
    large = torch.arange(1200.0).reshape(30, 40)
    vector = torch.arange(50) / 3
    for precision in (0, 1, 2, 3, 6, 8, 10, 20):
        yield f"precision {precision}", some, {"precision": precision}
        yield f"precision {precision}, scientific", some, {"precision": precision, "sci_mode": True}
    for sci_mode in (True, False):
        yield f"sci_mode {sci_mode}", some, {"sci_mode": sci_mode}
        yield f"sci_mode {sci_mode}, whole", whole, {"sci_mode": sci_mode}
        yield f"sci_mode {sci_mode}, zeros", torch.zeros(3), {"sci_mode": sci_mode}
        yield f"sci_mode {sci_mode}, special", torch.tensor([NAN, -INF, 0.0, 1.0]), {"sci_mode": sci_mode}
        yield f"sci_mode {sci_mode}, tiny", torch.tensor([1e-9, 1.5]), {"sci_mode": sci_mode}
        yield f"sci_mode {sci_mode}, complex", torch.tensor([1 + 2j, 0.5j]), {"sci_mode": sci_mode}
        yield f"sci_mode {sci_mode}, integers", torch.arange(3), {"sci_mode": sci_mode}
    for width in (1, 10, 20, 40, 79, 80, 81, 120, 200):
        yield f"linewidth {width}", vector, {"linewidth": width}
        yield f"linewidth {width}, double", vector.double()[:6], {"linewidth": width}
    for edgeitems in (0, 1, 2, 4, 10, 25):
        yield f"edgeitems {edgeitems}, large", large, {"edgeitems": edgeitems}
        yield f"edgeitems {edgeitems}, small", some, {"edgeitems": edgeitems}
        yield f"edgeitems {edgeitems}, vector", torch.arange(1001.0) / 3, {"edgeitems": edgeitems}
        yield f"edgeitems {edgeitems}, double", large.double() / 3, {"edgeitems": edgeitems}
    for threshold in (0, 5, 6, 11):
        yield f"threshold {threshold}", some, {"threshold": threshold}
        yield f"threshold {threshold}, scalar", torch.tensor(1.5), {"threshold": threshold}
        yield f"threshold {threshold}, vector", torch.arange(12), {"threshold": threshold}
        yield f"threshold {threshold}, edgeitems 0", some, {"threshold": threshold, "edgeitems": 0}
    for profile in ("default", "short", "full"):
        yield f"profile {profile}", some, {"profile": profile}
        yield f"profile {profile}, large", (large / 3)[:, :35], {"profile": profile}


def recipes():
    """(name, tensor, options) of what is more than numbers: tests/tensor/printing.rs makes each by its name."""
    leaf = lambda: torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    matrix = lambda: (torch.arange(6.0).reshape(2, 3) / 4).requires_grad_()
    yield "leaf", leaf(), {}
    yield "leaf double", leaf().double().detach().requires_grad_(), {}
    yield "leaf empty", torch.empty(0, 3, requires_grad=True), {}
    yield "leaf scalar", torch.tensor(2.0, requires_grad=True), {}
    yield "add", leaf() + 1, {}
    yield "mul", leaf() * 2, {}
    yield "add double", leaf().double() + 1, {}
    yield "div scalar", (leaf() / 3).sum(), {}
    yield "mean", leaf().mean(), {}
    yield "exp", leaf().exp(), {}
    yield "mm", matrix() @ matrix().t(), {}
    yield "transpose", matrix().t(), {}
    yield "view", matrix().view(3, 2), {}
    yield "reshape of transpose", matrix().t().reshape(6), {}
    yield "select", matrix()[0], {}
    yield "slice", matrix()[:, 1:], {}
    yield "index", matrix()[torch.tensor([1, 0])], {}
    yield "softmax", matrix().softmax(-1), {}
    yield "layer norm", torch.nn.functional.layer_norm(matrix(), [3]), {}
    yield "masked fill", matrix().masked_fill(torch.tensor([True, False, False]), -INF), {}
    yield "cat", torch.cat([leaf(), leaf()]), {}
    yield "stack", torch.stack([leaf(), leaf()]), {}
    yield "copied", torch.empty(3).copy_(leaf()), {}
    yield "unbind", matrix().unbind(0)[1], {}
    yield "attention", torch.nn.functional.scaled_dot_product_attention(
        matrix()[None, None], matrix()[None, None], matrix()[None, None]), {}
    written = leaf().clone()
    written[0] = 5.0
    yield "in place on a view", written, {}
    with torch.no_grad():
        under_no_grad = leaf().view(3)
    yield "view under no_grad", under_no_grad, {}
    view = leaf().clone()[1:]
    view.mul_(2)
    yield "view changed in place", view, {}
    base = leaf().clone()
    with torch.no_grad():
        invalid = base[1:]
    base.mul_(2)
    yield "invalid", invalid, {}
    yield "suffix on a line of its own", (matrix().repeat(1, 4) / 3)[:1, :9], {}
    yield "suffix fits exactly", matrix()[:, :2].exp() + 1, {"linewidth": 46}
    yield "suffix one too long", matrix()[:, :2].exp() + 1, {"linewidth": 45}
    yield "detached", (leaf() * 2).detach(), {}
    yield "transposed numbers", torch.arange(6.0).reshape(2, 3).t(), {}
    yield "expanded", torch.tensor([1.5]).expand(2, 3), {}
    yield "conjugate", torch.tensor([1 + 2j, 3 - 4j]).conj(), {}
    yield "negative bit", torch.tensor([1 + 2j, 3 - 4j]).conj().imag, {}
    yield "zero tensor", torch._efficientzerotensor([2, 2]), {}
    coo = torch.tensor([[0.0, 1.5, 0.0], [2.0, 0.0, 0.25]])
    yield "coo", coo.to_sparse(), {}
    yield "coo double", coo.double().to_sparse(), {}
    yield "coo integers", torch.eye(3, dtype=torch.int64).to_sparse(), {}
    yield "coo hybrid", coo.to_sparse(1), {}
    yield "coo nothing", torch.zeros(2, 3).to_sparse(), {}
    yield "coo large", torch.eye(1200).to_sparse(), {}
    yield "coo with gradient", coo.to_sparse().requires_grad_(), {}
    yield "coo uncoalesced", torch.sparse_coo_tensor(
        torch.tensor([[0, 0], [1, 1]]), torch.tensor([1.0, 2.0]), (2, 2), is_coalesced=False), {}
    yield "csr", coo.to_sparse_csr(), {}
    yield "csr double", coo.double().to_sparse_csr(), {}
    yield "csr nothing", torch.zeros(2, 3).to_sparse_csr(), {}
    yield "csc", coo.to_sparse_csc(), {}
    yield "bsr", coo[:, :2].to_sparse_bsr((1, 1)), {}
    yield "bsc", coo[:, :2].to_sparse_bsc((2, 1)), {}
    yield "mkldnn", coo.to_mkldnn(), {}
    yield "quantized", torch.quantize_per_tensor(coo, 0.1, 10, torch.quint8), {}
    yield "quantized int8, tiny scale", torch.quantize_per_tensor(coo / 1e6, 1e-8, 0, torch.qint8), {}
    yield "quantized int32", torch.quantize_per_tensor(coo, 1.0, 0, torch.qint32), {}
    yield "quantized per channel", torch.quantize_per_channel(
        coo, torch.tensor([0.1, 0.25], dtype=torch.float64), torch.tensor([0, 3]), 0, torch.qint8), {}
    yield "nested", torch._nested_tensor_from_mask(
        torch.arange(12.0).reshape(2, 3, 2), torch.tensor([[True, True, False], [True, True, True]])), {}
    yield "nested double", torch._nested_tensor_from_mask(
        torch.arange(12.0).double().reshape(2, 3, 2) / 7,
        torch.tensor([[True, False, False], [True, True, True]])), {}


def make(folder):
    from ._machine import fingerprint

    tensors, cases = {}, []
    for name, tensor, options in dense():
        key = (str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape), raw(tensor))
        number = tensors.setdefault(key, len(tensors))
        cases.append({"name": name, "tensor": number, "options": options, "text": text_of(tensor, options)})
    for name, tensor, options in recipes():
        cases.append({"name": name, "options": options, "text": text_of(tensor, options)})
    tensors = [{"dtype": dtype, "shape": shape, "bytes": data} for dtype, shape, data in tensors]
    document = {"machine": fingerprint(), "tensors": tensors, "cases": cases}
    text = json.dumps(document, separators=(",", ":"))
    text = text.replace('{"name"', '\n{"name"').replace('{"dtype"', '\n{"dtype"')
    (folder / "printing.json").write_text(text + "\n", encoding="utf-8")


def live():
    """Reads cases from standard input, prints what Python prints of each, as one JSON list."""
    with contextlib.redirect_stdout(sys.stderr):
        texts = [text_of(tensor_of(one), one["options"]) for one in json.load(sys.stdin)]
    json.dump(texts, sys.stdout)


if __name__ == "__main__":
    live()
