"""The libtorch that is already there: named in LIBTORCH, in the active Python, or downloaded earlier."""

import importlib.util
import json
import os
import pathlib
from typing import NamedTuple

from . import machine, whole
from .say import Trouble, say
from .versions import TCH_FOR_LIBTORCH, WANTED, fitting, version_of

COMPLETE = "complete.json"


class Choice(NamedTuple):
    """A libtorch to build against."""

    folder: pathlib.Path  # has lib/ and include/
    version: str
    how: str  # one of: LIBTORCH, python, download
    cuda: bool

    def describe(self):
        what = "with CUDA" if self.cuda else "for the CPU"
        how = {"LIBTORCH": "named in LIBTORCH", "python": "the active Python's torch", "download": "downloaded"}[self.how]
        return f"libtorch {self.version} {what} ({how}): {self.folder}"


def library(folder, name):
    return pathlib.Path(folder) / "lib" / f"lib{name}{machine.LIBRARY_SUFFIX}"


def has_cuda(folder):
    return library(folder, "torch_cuda").exists()


def lacks(folder):
    """What a libtorch folder must have and this one has not, or None."""
    wanted = [library(folder, name) for name in ("torch_cpu", "torch", "c10")]
    wanted.append(pathlib.Path(folder) / "include" / "torch" / "csrc" / "api" / "include" / "torch" / "torch.h")
    return next((path for path in wanted if not path.exists()), None)


def named(root):
    """The folder in LIBTORCH. The user chose it, so one that does not fit is an error, never passed over."""
    value = os.environ.get("LIBTORCH")
    # Cargo sets LIBTORCH to target/libtorch for what it runs: that is our own link, not a user's wish.
    if not value or pathlib.Path(value).absolute() == (root / "target" / "libtorch").absolute():
        return None
    folder = pathlib.Path(value).expanduser().absolute()
    other = "name another folder, or let it be found: unset LIBTORCH; scripts/setup"
    if not folder.is_dir():
        raise Trouble(f"LIBTORCH={value} is not a folder", other)
    missing = lacks(folder)
    if missing:
        raise Trouble(f"LIBTORCH={value} is not a whole libtorch: {missing} is missing", other)
    damage = whole.damage(folder)
    if damage:
        raise Trouble(damage, other)
    version = version_of(folder)
    if version not in TCH_FOR_LIBTORCH:
        raise Trouble(f"LIBTORCH={value} is libtorch {version or 'of no known version'}; tch needs {fitting()}", other)
    return Choice(folder, version, "LIBTORCH", has_cuda(folder))


def of_python(want_cuda):
    """The torch of the Python that runs this script, if a tch release fits it."""
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.origin:
        return None
    folder = pathlib.Path(spec.origin).parent
    version = version_of(folder)
    if version not in TCH_FOR_LIBTORCH:
        say(f"this Python's torch is {version}; tch needs {fitting()}, so another libtorch is used")
        return None
    if lacks(folder) or (want_cuda and not has_cuda(folder)):
        return None
    damage = whole.damage(folder)
    if damage:
        say(f"this Python's torch is damaged, so another libtorch is used: {damage}")
        return None
    return Choice(folder, version, "python", has_cuda(folder))


def downloaded(want_cuda):
    """An earlier download, if it is still whole."""
    bundle = machine.cache_folder() / bundle_name(want_cuda)
    if not is_whole(bundle) or whole.is_foreign(bundle.parent) or whole.is_foreign(bundle):
        return None
    return Choice(bundle / "torch", WANTED, "download", want_cuda)


def bundle_name(want_cuda):
    return f"libtorch-{WANTED}-{'cuda' if want_cuda else 'cpu'}"


def is_whole(bundle):
    """Complete to the byte count of each library: a download is never taken for good just because it is there."""
    try:
        record = json.loads((bundle / COMPLETE).read_text(encoding="utf-8"))
        recorded = {name: library["size"] for name, library in record["libraries"].items()}
        return lacks(bundle / "torch") is None and all((bundle / name).stat().st_size == size for name, size in recorded.items())
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        # Not ours, or of an older release.
        return False
