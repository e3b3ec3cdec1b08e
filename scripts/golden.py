#!/usr/bin/env python3
"""Has real PyTorch make the golden vectors of tests/golden/: `scripts/golden.py [PART ...]`.

Each part is a file of scripts/goldens/ with a function `make(folder)` that writes its vectors into
tests/golden/PART/. (Those without it are called by the tests alone.)
Without arguments every part is made. Needs a Python with torch.
"""

import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE.parent / "tests" / "golden"


def main(wanted):
    sys.path.insert(0, str(HERE))
    parts = (HERE / "goldens").glob("[!_]*.py")
    known = sorted(p.stem for p in parts if "\ndef make(" in p.read_text(encoding="utf-8"))
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        sys.exit(f"unknown part {', '.join(unknown)}: the parts are {', '.join(known)}")
    for part in wanted or known:
        folder = FOLDER / part
        folder.mkdir(parents=True, exist_ok=True)
        importlib.import_module(f"goldens.{part}").make(folder)
        print(f"made {part}")


if __name__ == "__main__":
    main(sys.argv[1:])
