"""The Python package: what crossing into Rust costs, and torch.nn's modules through it against themselves."""

import subprocess
import sys

from . import build, table
from .pair import Worker, constants, warm

# Microseconds that a call from Python may take longer than the same call in Rust.
COST = 3.0
CALL = "forward 4x3"
# Largest part of the module's own time that it may take through the bridge.
MODULES = 1.0


def section(root, python, pairs):
    if subprocess.run([python, "-c", "import atencion"], capture_output=True, check=False).returncode:
        sys.exit(f"bench: {python} cannot import atencion\nmend:  {python} -m pip install ./python")
    rust = [build.release(root, "bench", "attention"), "--serve"]
    sides = ([python, str(root / "benches" / "bridge.py"), side] for side in ("atencion", "torch"))
    with Worker(rust) as rust, Worker(next(sides)) as bridge, Worker(next(sides)) as torch:
        cost(rust, bridge, pairs)
        modules(root, bridge, torch, pairs)


def cost(rust, bridge, pairs):
    table.heading("a call of Rust from Python against the same call in Rust", pairs, ("Rust", "bridge"), "more")
    calls = warm(CALL, rust, bridge)
    took = table.alternating(pairs, lambda: rust.time(CALL, calls) / 1000, lambda: bridge.time(CALL, calls) / 1000)
    table.difference(CALL, *took, lambda value: f"{value:.2f} µs", COST)


def modules(root, bridge, torch, pairs):
    table.heading("from_torch(module) against the module", pairs, ("bridge", "torch"))
    _, cases = constants(root / "benches" / "modules.py")
    for case in cases:
        calls = warm(case, bridge, torch)
        took = table.alternating(pairs, lambda: bridge.time(case, calls), lambda: torch.time(case, calls))
        table.row(case, *took, lambda value: f"{value / 1000:.2f} µs", MODULES)
