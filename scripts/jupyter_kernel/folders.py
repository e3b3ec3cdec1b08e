"""Where kernels build: one folder for each kernel that runs at the same time, kept from one session to the next.

evcxr compiles the cells of a notebook as one crate. Two kernels in one folder would overwrite each other's cells; a
fresh folder would build libtorch's glue again, some minutes. So a kernel takes the first folder that no other one
uses, and where there is none, a copy of the first.
"""

import fcntl
import itertools
import json
import os
import pathlib
import shutil

CONFIG = """\
# Written by scripts/jupyter. The crates are linked by their paths: a change in src/ is in the next notebook.
[evcxr]
opt_level = "0"

[dependencies]
atencion = {{ path = {library} }}
atencion_cli = {{ package = "atencion-cli", path = {app}, default-features = false, features = ["jupyter"] }}
"""


def base(root):
    return pathlib.Path(root) / "target" / "jupyter"


def config(root):
    return base(root) / "config"


def configure(root):
    config(root).mkdir(parents=True, exist_ok=True)
    # A TOML basic string is written as a JSON string is.
    paths = {"library": json.dumps(str(root)), "app": json.dumps(str(pathlib.Path(root) / "app"))}
    (config(root) / "evcxr.toml").write_text(CONFIG.format(**paths), encoding="utf-8")


def take(root):
    """A folder that nobody else uses. It is held until this process, and what it turns into, has ended."""
    for number in itertools.count(1):
        folder = base(root) / str(number)
        if lock(folder.with_suffix(".lock")):
            if not folder.exists():
                copy_of_first(base(root) / "1", folder)
            # The crate's own releases of tch and all else: nothing is looked up in a registry.
            shutil.copy(pathlib.Path(root) / "Cargo.lock", folder / "Cargo.lock")
            return folder


def lock(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return False
    # Never closed, and handed on to the kernel.
    os.set_inheritable(handle, True)
    return True


def copy_of_first(first, folder):
    """What is built of the cells themselves (the crate `ctx`) is left out: it belongs to the first."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir()
    if (first / "target").exists():
        unwanted = shutil.ignore_patterns("ctx-*", "libctx*", "libcode_*", "incremental")
        shutil.copytree(first / "target", fresh / "target", symlinks=True, ignore=unwanted)
    fresh.rename(folder)
