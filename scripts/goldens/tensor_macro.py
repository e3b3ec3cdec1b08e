"""What torch.tensor makes of the literals in tests/tensor/literals.rs, and of nested lists as JSON writes them."""

import json
import pathlib
import re
import warnings

import torch

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "tests" / "tensor" / "literals.rs"
LITERAL = re.compile(r"^ {8}tensor!(\[.*\]);$", re.MULTILINE)
JSON = ["1", "-2.5", "true", "[]", "[[]]", "[[], []]", "[1, 2, 3]", "[1, 2.0]", "[true, false]", "[true, 2]",
        "[[1, 2], [3, 4.5]]", "[[[1], [2]], [[3], [4]]]", "[1e300]", "[0.1, 1e-45, 3.4028235677973366e38]",
        "[9007199254740993, 1.5]", "[[true], [0.25]]", "[-0.0]", "[1E5, 1e-5]", "[2.2250738585072011e-308, 1.00000005960464477539]"]
REFUSED = ["[[1, 2], [3]]", "[[1], [2, 3]]", "[[1], []]", "[[[1, 2], [3, 4]], [[5, 6], [7]]]", "[[1], 2]",
           "[1, [2]]", "[1.5, [2]]", "[[[1]], [2]]", "[[1, 2], [3, [4]]]", "[true, [true]]"]


def made(text, tensor):
    raw = tensor.contiguous().reshape(-1).view(torch.uint8) if tensor.numel() else torch.empty(0, dtype=torch.uint8)
    return {"text": text, "printed": str(tensor), "dtype": str(tensor.dtype), "shape": list(tensor.shape),
            "bytes": raw.numpy().tobytes().hex()}


def refused(text):
    try:
        torch.tensor(json.loads(text))
    except (TypeError, ValueError) as error:
        return {"text": text, "exception": type(error).__name__, "message": str(error)}
    raise AssertionError(f"torch.tensor takes {text}")


def make(folder):
    from ._machine import fingerprint

    names = {"true": True, "false": False}
    literals = LITERAL.findall(SOURCE.read_text(encoding="utf-8"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = {
            "machine": fingerprint(),
            "literals": [made(text, torch.tensor(eval(text, names))) for text in literals],
            "json": [made(text, torch.tensor(json.loads(text))) for text in JSON],
            "refused": [refused(text) for text in REFUSED],
        }
    (folder / "tensor_macro.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
