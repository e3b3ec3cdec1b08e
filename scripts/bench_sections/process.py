"""The whole process: `atencion notebook` against the same notebook in `python`."""

import os
import subprocess
import sys
import time

from . import build, table

# Largest part of Python's wall time and memory that Rust may take.
WALL, MEMORY = 0.13, 0.20


def section(root, python, pairs):
    atencion = build.release(root, "bin", "atencion")
    sides = [atencion, "notebook", "--device", "cpu"], [python, str(root / "benches" / "notebook.py")]
    for side in sides:  # the first reading of the files from disk is nobody's merit
        run(side)
    rust, other = table.alternating(pairs, lambda: run(sides[0]), lambda: run(sides[1]))
    table.heading("the notebook as a whole process", pairs)
    seconds, memory = zip(*rust), zip(*other)
    (rust_wall, rust_peak), (python_wall, python_peak) = seconds, memory
    table.row("wall time", rust_wall, python_wall, lambda value: f"{value:.3f} s", WALL)
    table.row("peak memory", rust_peak, python_peak, lambda value: f"{value / 2**20:.0f} MiB", MEMORY)


def run(command):
    """Wall seconds and peak resident bytes."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"bench: {' '.join(command)} ended with {process.returncode}")
    return wall, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
