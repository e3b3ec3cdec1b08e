"""libtorch.so, the umbrella over libtorch's parts: in the CPU half of a CUDA build it has to be made anew."""

import subprocess

from .find import has_cuda, library
from .machine import compiler
from .say import Trouble


def mend(folder):
    """The one in a CUDA wheel asks for libtorch_cuda and so cannot load without it; GNU ld links it all the same.

    What takes its place is what the CPU-only wheels have there: an empty library that asks for libtorch_cpu.
    """
    umbrella = library(folder, "torch")
    if has_cuda(folder) or b"libtorch_cuda.so" not in umbrella.read_bytes():
        return
    umbrella.unlink()
    command = [
        *compiler(), "-shared", "-nostdlib", "-o", str(umbrella), f"-L{umbrella.parent}",
        "-Wl,-soname,libtorch.so", "-Wl,-rpath,$ORIGIN", "-Wl,--allow-shlib-undefined", "-Wl,--no-as-needed", "-ltorch_cpu",
    ]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        why = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Trouble(f"the C++ compiler could not link {umbrella.name}: {why}", f"try it by hand: {' '.join(command)}")
