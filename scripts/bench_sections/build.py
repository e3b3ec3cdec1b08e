"""The programs to compare: release builds, and a Python that has torch."""

import json
import os
import subprocess
import sys


def python_with_torch():
    python = os.environ.get("ATENCION_PYTHON", "python3")
    code = "import torch; print(torch.__version__, torch.get_num_threads())"
    try:
        found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        sys.exit(f"bench: {python} cannot import torch\nmend:  ATENCION_PYTHON=/path/to/python scripts/bench")
    print(f"torch {found[0]} in {python}, {found[1]} threads", flush=True)
    return python


def release(root, kind, name):
    """Builds that `bin` or `bench`, and returns its path."""
    subprocess.run([str(root / "scripts" / "setup"), "--quiet"], check=True)
    command = ["cargo", "build", "--release", "--message-format=json-render-diagnostics", f"--{kind}", name]
    built = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode:
        sys.exit("bench: the release build failed, see above")
    messages = map(json.loads, built.stdout.splitlines())
    # A benchmark's build makes the program as well.
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["kind"] == [kind])
