"""The kernel's description, which tells Jupyter how to start it."""

import json
import pathlib
import sys
import tempfile

from libtorch.say import Trouble

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
    return {
        "argv": [sys.executable, str(launch), kernel, "{connection_file}"],
        "display_name": TITLE,
        "language": "rust",
        "interrupt_mode": "message",
    }
