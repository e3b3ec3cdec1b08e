"""Runs a copy of a notebook with this Python's own kernel and writes down every tensor that its code assigns.

driver.py FOLDER BESIDE SECONDS PIPE SECRET: the folder has the copy; the two last are file descriptors, one to tell
the program what happens, one to read the secret that marks what is told. Neither reaches the kernel. The numbers go to
FOLDER/values.bin (raw, little-endian) and FOLDER/values.jsonl (where and what, each sealed with the secret).
"""

import ctypes
import hashlib
import importlib.util
import json
import os
import signal
import sys

FOLDER, BESIDE = sys.argv[1:3]
SECONDS, PIPE, SECRET = map(int, sys.argv[3:6])
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
# An exception's text may be as long as its author likes.
LONGEST = 300
MOST_FRESH = 32 << 20


def prctl(option, value):
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def die_with_parent():
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def told_secret():
    """The guard closes its end at once, so that it can be read once."""
    with os.fdopen(SECRET) as pipe:
        return pipe.read()


def teller(secret):
    def tell(**event):
        os.write(PIPE, "{} {}\n".format(secret, json.dumps(event)).encode())

    return tell


def missing():
    names = ("nbformat", "nbclient", "ipykernel")
    return [name for name in names if importlib.util.find_spec(name) is None]


def own_kernel():
    """Manages this very Python's kernel, whatever kernels are installed and whichever the notebook names."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class OwnSpecs(KernelSpecManager):
        def get_kernel_spec(self, kernel_name):
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python", language="python")

    class OwnKernel(AsyncKernelManager):
        def __init__(self, **more):
            more.update(
                kernel_name="python3",
                kernel_spec_manager=OwnSpecs(),
                connection_file=os.path.join(FOLDER, "kernel.json"),
            )
            super().__init__(**more)

    return OwnKernel


def texts(cell):
    """What a cell printed and showed, as its file would hold it."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            yield output.text
        elif output.output_type in ("execute_result", "display_data"):
            text = output.data.get("text/plain", "")
            yield text if isinstance(text, str) else "".join(text)


def write_fresh(secret, fresh):
    """The outputs of this run, sealed: a cell may write into that folder, too."""
    data = json.dumps(fresh).encode()
    if len(data) <= MOST_FRESH:
        with open(os.path.join(FOLDER, "fresh.json"), "wb") as file:
            file.write(hashlib.sha256(secret.encode() + data).hexdigest().encode() + b" " + data)


def run(secret, tell):
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(os.path.join(FOLDER, "notebook.ipynb"), as_version=4)
    # The class, not a manager: nbclient shuts down only the kernels of managers that it made itself.
    client = NotebookClient(
        notebook, kernel_manager_class=own_kernel(), timeout=SECONDS, startup_timeout=60,
        allow_errors=False, shutdown_kernel="immediate", resources={"metadata": {"path": BESIDE}})

    # nbclient puts what it ran into the notebook at that index: our own code gets a place of its own.
    cells = list(notebook.cells)
    notebook.cells.append(nbformat.v4.new_code_cell())

    def quietly(code):
        client.execute_cell(nbformat.v4.new_code_cell(code), len(cells), store_history=False)

    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorder.py"), encoding="utf-8") as file:
        recorder = file.read()
    # A cell that writes to the descriptors 1 and 2 writes to nobody.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    number, fresh = None, {}
    try:
        with client.setup_kernel(stdout=nowhere, stderr=nowhere, preexec_fn=die_with_parent):
            quietly("{}\n_atencion_install({!r}, {!r})\ndel _atencion_install".format(recorder, FOLDER, secret))
            for number, cell in enumerate(cells):
                skipped = "skip" in cell.metadata.get("tags", [])
                if cell.cell_type != "code" or not cell.source.strip() or skipped:
                    continue
                tell(event="cell", cell=number)
                quietly("__atencion_begin__({})".format(number))
                try:
                    client.execute_cell(cell, number)
                except CellExecutionError as error:
                    # What does not depend on it can be run still.
                    tell(event="raised", cell=number, name=error.ename[:LONGEST], message=error.evalue[:LONGEST])
                fresh[number] = "".join(texts(cell))
                quietly("__atencion_end__()")
        write_fresh(secret, fresh)
        tell(event="whole")
    except CellTimeoutError:
        write_fresh(secret, fresh)
        tell(event="endless", cell=number)
    except DeadKernelError:
        write_fresh(secret, fresh)
        tell(event="died", cell=number)


def main():
    die_with_parent()
    prctl(PR_SET_DUMPABLE, 0)
    secret = told_secret()
    tell = teller(secret)
    lacking = missing()
    if lacking:
        tell(event="missing", modules=lacking)
        return
    try:
        run(secret, tell)
    except Exception as error:
        tell(event="failed", message="{}: {}".format(type(error).__name__, error)[:LONGEST])


main()
