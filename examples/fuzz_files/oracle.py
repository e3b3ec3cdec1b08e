"""What torch, numpy and json read: for each path on standard input a line of JSON, tensors or the error.

`oracle.py pt|npy|json`. torch.load runs with weights_only=True, which executes nothing.
"""

import json
import sys
import zlib

import numpy
import torch


def load(kind, path):
    if kind == "npy":
        return {"": torch.from_numpy(numpy.load(path, allow_pickle=False))}
    if kind == "json":
        with open(path, encoding="utf-8-sig") as file:
            return {"": torch.tensor(json.load(file))}
    try:
        whole = torch._C.PyTorchFileReader(path)
        whole.get_all_records()
        # Two records beside the pickle that say nothing of the tensors: an id, which torch.load logs once all is loaded,
        # and an alignment, for offsets that it computes when told to. It ends where one is no text, or no number.
        whole.serialization_id()
        if whole.has_record(".storage_alignment"):
            int(whole.get_record(".storage_alignment"))
        # Of some damaged archives it gives out memory that was never written, another at each call.
        if whole.has_record("byteorder") and whole.get_record("byteorder") != b"little":
            raise ValueError("its byte order is not what zipfile reads")
    except Exception as error:
        # What its zip reader makes of damaged directories and of these has nothing to do with pickles.
        raise ValueError(f"PytorchStreamReader: {error}") from None
    state = torch.load(path, map_location="cpu", weights_only=True)
    if not all(isinstance(name, str) and torch.is_tensor(tensor) for name, tensor in state.items()):
        raise ValueError("no state_dict")
    return state


def described(name, tensor):
    tensor = tensor.detach().resolve_conj().resolve_neg()
    # Not contiguous(), which lets a single element keep a stride of 0.
    tensor = torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
    if tensor.dtype == torch.bool:
        # Any byte but 0 is true.
        plain = (tensor.view(torch.uint8) != 0).to(torch.uint8)
    else:
        plain = tensor.reshape(-1).view(torch.uint8)
    sum = zlib.crc32(plain.numpy().tobytes())
    return [name, str(tensor.dtype).removeprefix("torch."), list(tensor.shape), sum]


for line in sys.stdin:
    try:
        answer = [described(name, tensor) for name, tensor in load(sys.argv[1], line.rstrip("\n")).items()]
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"[-600:]
    print(json.dumps(answer), flush=True)
