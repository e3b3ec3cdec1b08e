"""Whole models: benches/models.rs beside benches/models.py, and how soon a folder gives its first logits."""

import subprocess
import tempfile

from . import build, table
from .pair import Worker, constants
from .process import run

# Largest part of Python's wall time and memory that opening may take.
WALL, MEMORY = 0.25, 0.60


def section(root, python, pairs):
    # A call takes most of a second.
    pairs = min(pairs, 7)
    twin = root / "benches" / "models.py"
    title, targets = constants(twin)
    program = build.release(root, "bench", "models")
    table.heading(title, pairs)
    for case, target in targets.items():
        # Anew for each: what a model leaves behind in memory is not the next one's.
        with Worker([program, "--serve"]) as rust, Worker([python, str(twin)]) as other:
            for worker in (rust, other):
                worker.time(case, 2)
            took = table.alternating(pairs, lambda: rust.time(case, 1), lambda: other.time(case, 1))
            table.row(case, *took, lambda value: f"{value / 1e6:.0f} ms", target)
    opening(program, python, twin, pairs)


def opening(program, python, twin, pairs):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, str(twin), "--make", folder], check=True)
        sides = [program, "--open", folder], [python, str(twin), "--open", folder]
        for side in sides:  # the first reading of the files from disk is nobody's merit
            run(side)
        rust, other = table.alternating(pairs, lambda: run(sides[0]), lambda: run(sides[1]))
    table.heading("GPT-2's folder to the first logits, the whole process", pairs)
    (rust_wall, rust_peak), (python_wall, python_peak) = zip(*rust), zip(*other)
    table.row("wall time", rust_wall, python_wall, lambda value: f"{value:.3f} s", WALL)
    table.row("peak memory", rust_peak, python_peak, lambda value: f"{value / 2**20:.0f} MiB", MEMORY)
