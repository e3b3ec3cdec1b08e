"""The kernel's description, which tells Jupyter how to start it."""

import json
import os
import pathlib
import sys
import tempfile

from libtorch.say import Trouble

from . import folders

NAME, TITLE = "atencion", "Rust (atencion)"


def manager():
    """Jupyter's own keeper of kernels, in the Python that runs this script."""
    try:
        from jupyter_client.kernelspec import KernelSpecManager
    except ImportError:
        raise Trouble(f"{sys.executable} has no Jupyter", f"{sys.executable} -m pip install jupyterlab") from None
    return KernelSpecManager()


def install(manager, root, kernel):
    """Beside the kernels of the active virtual environment, or of the user. Returns the folder."""
    in_environment = sys.prefix != sys.base_prefix
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(description(root, kernel), indent=2, ensure_ascii=False) + "\n"
        (pathlib.Path(folder) / "kernel.json").write_text(text, encoding="utf-8")
        place = {"prefix": sys.prefix} if in_environment else {"user": True}
        try:
            return manager.install_kernel_spec(folder, kernel_name=NAME, **place)
        except OSError as error:
            raise Trouble(f"the kernel cannot be written: {error}", "make that folder writable") from None


def description(root, kernel):
    launch = pathlib.Path(root) / "scripts" / "jupyter_kernel" / "launch.py"
    run_path = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
    return {
        "argv": [sys.executable, str(launch), kernel, "{connection_file}"],
        "display_name": TITLE,
        "language": "rust",
        "interrupt_mode": "message",
        "env": {
            # A cell is a library that evcxr loads: no run path of ours is in it.
            run_path: os.path.realpath(pathlib.Path(root) / "target" / "libtorch" / "lib"),
            "EVCXR_CONFIG_DIR": str(folders.config(root)),
        },
    }
