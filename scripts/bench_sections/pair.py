"""A pair benches/NAME.rs, benches/NAME.py: two processes that answer in turn how long a case took."""

import ast
import os
import subprocess

from . import build, table

# Long enough for a clock, short enough that both sides meet the same machine.
NANOSECONDS = 50_000_000

# glibc gives freed memory back to the system, or not, by how the heap happens to lie; where it does, a megabyte's page
# faults take as long as the attention that is measured. Both sides keep what they have once had.
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 30)}


def section(root, python, name, pairs):
    twin = root / "benches" / f"{name}.py"
    title, targets = constants(twin)
    with Worker([build.release(root, "bench", name), "--serve"]) as rust, Worker([python, str(twin)]) as other:
        table.heading(title, pairs)
        for case, target in targets.items():
            calls = warm(case, rust, other)
            took = table.alternating(pairs, lambda: rust.time(case, calls), lambda: other.time(case, calls))
            table.row(case, *took, lambda value: f"{value / 1000:.2f} µs", target)


def constants(twin):
    """TITLE and TARGETS, read without running the file: it needs torch, which this Python may not have."""
    tree = ast.parse(twin.read_text(encoding="utf-8"))
    found = {n.targets[0].id: n.value for n in tree.body if isinstance(n, ast.Assign)}
    return ast.literal_eval(found["TITLE"]), ast.literal_eval(found["TARGETS"])


def warm(case, *workers):
    """Runs both until they are warm; returns how many calls fill the time slice."""
    for worker in workers:
        worker.time(case, 20)
    per_call = max(worker.time(case, 100) for worker in workers)
    return max(1, int(NANOSECONDS / per_call))


class Worker:
    """One side, kept alive between its turns."""

    def __init__(self, command):
        environment = {**os.environ, **KEEP_MEMORY}
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def time(self, case, calls):
        """Nanoseconds a call."""
        self.process.stdin.write(f"{case} {calls}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()) / calls

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
