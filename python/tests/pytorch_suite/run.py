"""PyTorch's own test files, plain and with Rust underneath; prints one table of both.

    python tests/pytorch_suite/run.py --pytorch DIR      # DIR: the unpacked source of the torch that is installed
    python tests/pytorch_suite/run.py                    # no source at hand: PyTorch's generators, which the wheel holds

Nothing of PyTorch's tests is copied: they run where they lie. A test counts if it passes plain and calls at least one of
the seven modules or `F.scaled_dot_product_attention`. Every such test that does not pass with Rust underneath is listed,
with the reason where `differences.json` knows one. Exit status: 0 if every difference is listed there, 1 if not, 2 if
something could not be run.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections import Counter

HERE = pathlib.Path(__file__).resolve().parent
FILES = (
    "test_transformers.py",
    "nn/test_multihead_attention.py",
    "test_modules.py",
    "test_nestedtensor.py",
    "test_nn.py",
)
# test_nn.py and test_modules.py hold thousands of tests of other modules; these words leave out most of them.
WORDS = {
    "test_nn.py": "ransformer or attention or Attention or ayerNorm or layer_norm or sdp or native_layer",
    "test_modules.py": "ransformer or MultiheadAttention or LayerNorm",
}


def main():
    options = arguments()
    differences = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))
    if options.pytorch is None:
        print("no --pytorch DIR: the part that needs no source")
        return subprocess.call([sys.executable, "-m", "pytest", "-q", str(HERE / "test_generators.py")])
    rows, unknown, broken = [], [], False
    for name in options.files:
        file = find(options.pytorch, name)
        if file is None:
            print(f"{name}: not in {options.pytorch}", file=sys.stderr)
            broken = True
            continue
        plain, rust = both(file, options)
        broken |= not plain
        row, new = compare(name, plain, rust, differences)
        rows.append(row)
        unknown += new
        print(row_text(row), flush=True)
    table(rows, unknown)
    return 2 if broken else 1 if unknown else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pytorch", type=pathlib.Path, help="PyTorch's unpacked source, or its folder test")
    parser.add_argument("--files", nargs="+", default=list(FILES), help="test files, relative to the folder test")
    parser.add_argument("--keyword", help="only tests that pytest's -k selects")
    parser.add_argument("--report", type=pathlib.Path, help="write all that was noted there, as JSON")
    parser.add_argument("--minutes", type=float, default=60, help="limit for one run of one file")
    return parser.parse_args()


def find(folder, name):
    places = (folder / "test" / name, folder / name, folder / pathlib.Path(name).name)
    return next((place for place in places if place.is_file()), None)


def both(file, options):
    """What was noted of each test: plain; then, of those that count, with Rust underneath."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        plain = run(file, "torch", folder, None, options)
        count = [test for test, noted in plain.items() if noted["outcome"] == "passed" and noted["calls"]]
        only = folder / "only.txt"
        only.write_text("\n".join(count), encoding="utf-8")
        rust = run(file, "rust", folder, only, options)
        if options.report:
            with open(options.report, "a", encoding="utf-8") as report:
                report.write(json.dumps({"file": file.name, "plain": plain, "rust": rust}) + "\n")
    return {test: plain[test] for test in count}, rust


def run(file, underneath, folder, only, options):
    """Runs the file until each test was begun once: where the process ends in one, the others follow in a new process."""
    report = folder / f"{underneath}.jsonl"
    command = [
        sys.executable, "-m", "pytest", file.name, "-q", "--no-header", "-p", "no:cacheprovider", "--tb=line",
        # PyTorch's conftest.py is for its own CI, and some releases' needs an older pytest.
        "--noconftest", "-p", "pytorch_suite.plugin", "--underneath", underneath, "--report-to", str(report),
    ]
    words = " and ".join(f"({words})" for words in (WORDS.get(file.name), options.keyword) if words)
    command += ["-k", words] if words else []
    command += ["--only-from", str(only)] if only else []
    noted = {}
    while not finished(command, file, underneath, options):
        before, noted = len(noted), read(report)
        if len(noted) == before:
            break
        if "--go-on" not in command:
            command.append("--go-on")
    return read(report)


def finished(command, file, underneath, options):
    path = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "PYTORCH_TESTING_DEVICE_ONLY_FOR": "cpu"}
    try:
        done = subprocess.run(
            command, cwd=file.parent, env=environment, capture_output=True, text=True,
            timeout=options.minutes * 60, check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"{file.name} ({underneath}): no end after {options.minutes} minutes", file=sys.stderr)
        return False
    if done.returncode in (0, 1, 5):  # pytest's own: all passed, some failed, none was left
        return True
    print(f"{file.name} ({underneath}) ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}",
          file=sys.stderr)
    return False


def read(report):
    """The last line about each test."""
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    return {noted["test"]: noted for noted in map(json.loads, lines)}


def compare(name, plain, rust, differences):
    different = {}
    for test in plain:
        noted = rust.get(test)
        if noted is None:
            different[test] = "did not run to its end"
        elif noted["outcome"] != "passed":
            different[test] = noted["error"] or noted["outcome"]
    known = {test: reason(test, differences) for test in different}
    torch = Counter()
    for noted in rust.values():
        torch.update(noted["torch"])
    row = {
        "file": name,
        "plain": len(plain),
        "rust": len(plain) - len(different),
        "calls": sum(noted["rust"] for noted in rust.values()),
        "torch": torch,
        "different": {test: (known[test], error) for test, error in different.items()},
    }
    return row, [test for test in different if known[test] is None]


def reason(test, differences):
    return next((entry["reason"] for entry in differences if re.search(entry["test"], test)), None)


def row_text(row):
    share = 100 * row["rust"] / row["plain"] if row["plain"] else 100.0
    return (f"{row['file']:32} passed plain {row['plain']:5}   with Rust {row['rust']:5} ({share:.2f} %)   "
            f"calls in Rust {row['calls']:7}   in PyTorch {sum(row['torch'].values()):6}")


def table(rows, unknown):
    print("\n" + "\n".join(map(row_text, rows)))
    total = {key: sum(row[key] for row in rows) for key in ("plain", "rust", "calls")}
    torch = sum((row["torch"] for row in rows), Counter())
    print(row_text({"file": "together", "torch": torch, **total}))
    print("\ncalls that PyTorch computed, by reason:")
    for why, n in torch.most_common():
        print(f"{n:8}  {why}")
    print("\ndifferences:")
    for row in rows:
        for test, (why, error) in row["different"].items():
            print(f"  {test}\n      {error}\n      {'NOT LISTED' if why is None else why}")
    print(f"{len(unknown)} difference(s) without a listed reason")


if __name__ == "__main__":
    sys.exit(main())
