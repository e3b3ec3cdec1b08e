"""Opens folders that Rust's `save_pretrained` wrote: nothing may be missing, left over or different.

    python scripts/goldens/saved.py OUT --original FOLDER ... --saved FOLDER ...

`--original` names, for each saved folder, the folder of Python's that Rust had read, or `-`. In each saved folder
`rust.safetensors` has the inputs of a call under their names and what Rust computed of them as `logits`. OUT gets
`report.json`: for each folder whether Rust's numbers are Python's to the last bit.
"""

import argparse
import json
import pathlib

import torch
import transformers
from safetensors.torch import load_file

# What says where a folder comes from, and not what it is.
OF_ITS_MAKING = {"_name_or_path", "transformers_version", "architectures", "dtype", "torch_dtype"}


def opened(folder):
    """The model of the class that the folder names, and as the family's `Auto` class finds it."""
    config = transformers.AutoConfig.from_pretrained(folder)
    cls = getattr(transformers, config.architectures[0])
    model, found = cls.from_pretrained(folder, output_loading_info=True)
    odd = {key: list(value) for key, value in found.items() if value}
    assert not odd, f"{folder}: {odd}"
    for p in model.parameters():
        # from_pretrained maps the file, at any address; MKL multiplies what is not aligned by other kernels.
        p.data = p.data.clone()
    return model.eval()


def same_model(ours, theirs):
    a, b = ours.state_dict(), theirs.state_dict()
    assert list(a) == list(b), set(a) ^ set(b)
    for name in a:
        assert a[name].dtype == b[name].dtype and torch.equal(a[name], b[name]), name
    options = [
        {key: value for key, value in model.config.to_dict().items() if key not in OF_ITS_MAKING} for model in (ours, theirs)
    ]
    differ = {key for key in options[0].keys() | options[1].keys() if options[0].get(key) != options[1].get(key)}
    assert not differ, {key: [some.get(key) for some in options] for key in differ}
    if theirs.can_generate():
        assert ours.generation_config.to_diff_dict() == theirs.generation_config.to_diff_dict()


def first(out):
    """Logits, or what a model without a head gives."""
    return out.logits if "logits" in out else out.start_logits if "start_logits" in out else out.last_hidden_state


def hold(original, saved):
    model = opened(saved)
    call = load_file(pathlib.Path(saved) / "rust.safetensors")
    rust = call.pop("logits")
    with torch.no_grad():
        python = first(model(**call))
    if original != "-":
        theirs = opened(original)
        same_model(model, theirs)
        with torch.no_grad():
            assert torch.equal(first(theirs(**call)), python)
    assert torch.allclose(rust, python, rtol=0, atol=1e-5), (rust - python).abs().max()
    return torch.equal(rust, python)


parser = argparse.ArgumentParser()
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("--original", nargs="+", required=True)
parser.add_argument("--saved", nargs="+", required=True)
args = parser.parse_args()
report = {saved: hold(original, saved) for original, saved in zip(args.original, args.saved, strict=True)}
(args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
