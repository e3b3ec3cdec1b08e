"""Files of torch.save, and numpy.save, beside what they hold as safetensors.

`pt/NAME.pt` must load as `pt/NAME.safetensors`; the files of `pt/refused/` must be refused. `npy/NAME.npy` likewise.
"""

import collections

import numpy
import torch
from safetensors.torch import save_file

from . import _machine

KINDS = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64,
]


class Custom:
    pass


def state_dicts():
    torch.manual_seed(0)
    base = torch.randn(4, 6)
    linear = torch.nn.Linear(3, 2)
    frozen = torch.nn.Parameter(torch.randn(2), requires_grad=False)
    yield "plain_dict", {"a": base.clone(), "b": torch.arange(5)}, {}
    yield "ordered_dict", collections.OrderedDict(b=torch.ones(2), a=torch.zeros(1)), {}
    yield "module", torch.nn.TransformerEncoderLayer(8, 2, 16).state_dict(), {}
    yield "parameters", {"weight": linear.weight, "bias": linear.bias, "frozen": frozen}, {}
    yield "kinds", {str(kind)[6:]: (base * 9).to(kind) for kind in KINDS}, {}
    yield "views", {
        "transposed": base.t(), "column": base[:, 2], "strided": base[1::2, ::3], "offset": base[3],
        "expanded": base[0].expand(3, 6), "scalar": base[1, 1], "empty": base[:, :0], "base": base,
    }, {}
    yield "protocol_4", {"ñ": base}, {"pickle_protocol": 4}
    yield "protocol_5", {"w": base}, {"pickle_protocol": 5}
    yield "nothing", {}, {}
    # `name_of_21_characters/data.pkl` makes the first entry of the directory as long as the record after it.
    conjugated = torch.randn(3, 2, dtype=torch.complex64).conj()
    yield "conj_and_neg", {"conj": conjugated, "view": conjugated.t()[1], "plain": base,
        "neg": torch.randn(4, dtype=torch.complex64).conj().imag}, {}
    yield "name_of_21_characters", {"w": base, "b": base[0]}, {}


def optimizer_state():
    torch.manual_seed(1)
    module = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3, amsgrad=True)
    for _ in range(2):
        module(torch.randn(4, 3)).square().mean().backward()
        optimizer.step()
    return module, optimizer


def flat(value, name=""):
    """What `StateDict::load_flat` makes of a nested checkpoint."""
    if isinstance(value, torch.Tensor):
        return {name: value}
    if isinstance(value, (bool, int, float)):
        return {name: torch.tensor(value, dtype=torch.float64)}
    if isinstance(value, (list, tuple)) and all(isinstance(item, (bool, int, float)) for item in value):
        return {name: torch.tensor(value, dtype=torch.float64)}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    leaves = {}
    for key, item in items:
        leaves |= flat(item, f"{name}.{key}" if name else str(key))
    return leaves


def write(path, tensors):
    save_file({name: tensor.detach().resolve_conj().resolve_neg().clone().contiguous() for name, tensor in tensors.items()}, path,
              metadata=_machine.fingerprint())


def make(folder):
    pt = folder / "pt"
    refused = pt / "refused"
    refused.mkdir(parents=True, exist_ok=True)
    for name, state, options in state_dicts():
        torch.save(state, pt / f"{name}.pt", **options)
        write(pt / f"{name}.safetensors", state)

    torch.serialization.set_crc32_options(False)
    torch.save({"w": torch.arange(3.0)}, pt / "no_checksums.pt")
    torch.serialization.set_crc32_options(True)
    write(pt / "no_checksums.safetensors", {"w": torch.arange(3.0)})

    module, optimizer = optimizer_state()
    checkpoint = {"model": module.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "name": "x"}
    torch.save(checkpoint, pt / "checkpoint.nested.pt")
    write(pt / "checkpoint.nested.safetensors", flat(checkpoint))

    torch.save({"w": torch.ones(2)}, refused / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save({"w": Custom()}, refused / "custom_class.pt")
    torch.save(torch.nn.Linear(2, 2), refused / "whole_module.pt")
    torch.save({"w": torch.ones(2).to(torch.float8_e4m3fn)}, refused / "float8.pt")
    torch.save({"w": torch.ones(2).to_sparse()}, refused / "sparse.pt")
    torch.save({"w": torch.ones(2).to_sparse(), "d": torch.arange(2)}, refused / "sparse_and_dense.pt")
    torch.save({"w": torch.arange(2).to(torch.uint16), "d": torch.arange(2)}, refused / "uint16.pt")
    quantized = torch.quantize_per_tensor(torch.ones(2), 0.5, 0, torch.qint8)
    torch.save({"w": quantized, "d": torch.arange(2)}, refused / "quantized.pt")
    torch.save({"w": numpy.float64(1.0)}, refused / "numpy_scalar.pt")
    torch.save([torch.ones(2)], refused / "list.pt")
    torch.save(torch.ones(2), refused / "tensor.pt")
    torch.save({1: torch.ones(2)}, refused / "integer_key.pt")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(refused / "torchscript.pt"))

    npy = folder / "npy"
    npy.mkdir(exist_ok=True)
    base = (numpy.arange(24).reshape(2, 3, 4) - 7)
    for kind in ["b1", "u1", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "c8", "c16"]:
        array = (base / 4).astype(kind)
        numpy.save(npy / f"{kind}.npy", array)
        if kind != "c16":
            write(npy / f"{kind}.safetensors", {"array": torch.from_numpy(array)})
    for name, array in {
        "fortran": numpy.asfortranarray(base.astype("f4")), "scalar": numpy.array(2.5, "f4"),
        "empty": numpy.zeros((0, 3), "f4"),
    }.items():
        numpy.save(npy / f"{name}.npy", array)
        write(npy / f"{name}.safetensors", {"array": torch.from_numpy(array)})
    (npy / "refused").mkdir(exist_ok=True)
    numpy.save(npy / "refused" / "object.npy", numpy.array([{}, None]), allow_pickle=True)
    numpy.save(npy / "refused" / "unicode.npy", numpy.array(["a", "b"]))
    numpy.save(npy / "refused" / "record.npy", numpy.zeros(2, [("x", "<f4"), ("y", "<i4")]))
    numpy.save(npy / "refused" / "big_endian.npy", numpy.arange(3, dtype=">f4"))
    numpy.save(npy / "refused" / "uint16.npy", numpy.arange(3, dtype="u2"))
