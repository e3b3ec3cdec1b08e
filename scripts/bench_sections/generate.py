"""A model writes: Rust, `transformers` and llama.cpp on the same GPT-2 of 124 million random weights.

llama.cpp takes part if ATENCION_LLAMA_PYTHON is a Python that has llama-cpp-python, gguf and safetensors. What fewer bits
cost is measured on a trained model: ATENCION_BENCH_MODEL is its folder, ATENCION_BENCH_TEXT a text.
"""

import json
import os
import statistics
import subprocess
import tempfile
import time

from . import build
from .generate_cost import cost
from .pair import Worker

NEW, PROMPT, LONG = 128, 16, 512
# Rust's format, the operator that is its ceiling, transformers' kind, llama.cpp's file.
FORMATS = {
    "exact": ("f32", "f32", None),
    "f32": (None, "f32", "F32"),
    "f16": ("f16", "f16", "F16"),
    "bf16": ("bf16", "bf16", "BF16"),
    "int8": ("int8", None, "Q8_0"),
    "int4": ("int4", None, "Q4_0"),
}
# The least share of the ceiling, and of transformers' and llama.cpp's speed in the same kind.
GOALS = {
    "exact": (0.88, 1.25, None),
    "f32": (0.85, None, 1.0),
    "f16": (0.88, 3.0, 1.0),
    "bf16": (0.88, 2.0, None),
    "int8": (0.85, None, 1.0),
    "int4": (0.80, None, 1.0),
}
# Bytes of the weights that a token reads.
PARAMETERS = 12 * (768 * 2304 + 768 * 768 + 2 * 768 * 3072) + 768 * 50257


class Asked(Worker):
    """A worker that is asked in words."""

    def ask(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def nanoseconds(self, words):
        return int(self.ask(words))


def section(root, python, pairs):
    pairs = min(pairs, 7)
    model = root / "target" / "bench" / "gpt2-124m"
    made(root, python, model, "folder", "model.safetensors")
    llama = llama_command(root, os.environ.get("ATENCION_LLAMA_PYTHON"), model)
    rust = [build.release(root, "bench", "generate"), "--serve", str(model)]
    twin = [python, str(root / "benches" / "generate.py"), str(model)]
    operators = Asked([*twin, "operators"])
    with operators:
        half = tokens(operators.nanoseconds("ceiling f16"))
        print(f"\nreading limit: {2 * half * PARAMETERS / 1e9:.1f} GB/s (float16 operators alone)")
        for title, ask, goals in jobs():
            print(f"\n{title}, tokens/s (medians of {pairs}, in turns)")
            print(f"{'':8}{'Rust':>9}{'ceiling':>9}{'share':>7}{'python':>9}{'ratio':>7}{'llama.cpp':>10}{'ratio':>7}")
            for name in FORMATS:
                row(name, ask, goals, pairs, rust, twin, llama, operators)
    operators_of_a_token(rust)
    first_token(root, model, pairs)
    cost(python, rust[0])


def jobs():
    """What is timed: its title, the question with how many tokens it makes, and the goals by format."""
    yield f"decode, batch 1, {NEW} tokens", (f"decode 1 {PROMPT} {NEW}", NEW - 1), GOALS
    yield f"decode, batch 8, {NEW} tokens", (f"decode 8 {PROMPT} {NEW}", 8 * (NEW - 1)), {}
    yield f"prefill of {LONG}", (f"prefill 1 {LONG}", LONG), {}


def row(name, ask, goals, pairs, rust, twin, llama, operators):
    ceiling, kind, file = FORMATS[name]
    question, made = ask
    sides = [Asked([*rust, name])]
    sides += [Asked([*twin, kind])] if kind else []
    sides += [Asked(llama(file))] if llama and file else []
    took = [[] for _ in sides]
    limits = []
    for side in sides:
        side.ask(question)  # warm
    for number in range(pairs):
        order = range(len(sides)) if number % 2 == 0 else reversed(range(len(sides)))
        for at in order:
            took[at].append(sides[at].nanoseconds(question))
        if question.startswith("decode 1"):
            limits.append(limit(operators, ceiling))
    for side in sides:
        side.__exit__()
    speeds = [statistics.median(made * 1e9 / t for t in times) for times in took]
    speeds = {"rust": speeds[0], "python": speeds[1] if kind else None,
              "llama": speeds[-1] if llama and file else None}
    say(name, speeds, statistics.median(limits) if limits else None, goals.get(name, (None, None, None)))


def limit(operators, ceiling):
    if ceiling:
        return tokens(operators.nanoseconds(f"ceiling {ceiling}"))
    # float32 in half the tokens of float16: as fast as memory is read.
    return tokens(operators.nanoseconds("ceiling f16")) / 2


def tokens(nanoseconds):
    return 1e9 / nanoseconds


def say(name, speeds, ceiling, goals):
    line = f"{name:8}{speeds['rust']:9.1f}"
    missed = []
    for other, goal, width in ((ceiling, goals[0], 9), (speeds["python"], goals[1], 9), (speeds["llama"], goals[2], 10)):
        share = speeds["rust"] / other if other else None
        line += f"{other:{width}.1f}{share:7.2f}" if other else f"{'':{width}}{'':7}"
        if share is not None and goal is not None and share < goal:
            missed.append(f"{share:.2f} < {goal}")
    print(line + ("   missed: " + ", ".join(missed) if missed else "   met" if any(goals) else ""), flush=True)


def operators_of_a_token(rust):
    for name in ("exact", "int4"):
        with Asked([*rust, name]) as side:
            side.ask(f"decode 1 {PROMPT} 20")
            rows = json.loads(side.ask(f"operators {PROMPT}"))
        print(f"\noperators of one token, {name}: {sum(calls for _, calls, _ in rows)} calls")
        for operator, calls, took in rows[:14]:
            print(f"  {operator:42}{calls:6}{took / 1000:10.1f} µs")


def first_token(root, model, pairs):
    atencion = build.release(root, "bin", "atencion")
    size = (model / "model.safetensors").stat().st_size
    print("\nfrom the start of the process to the first token, prompt of 16 (goal ≤ 0.5 s; memory ≤ 1.15 × weights + 120 MiB)")
    for name, share in (("f32", 1), ("f32 --fast", 1), ("f16", 1 / 2), ("int8", 1 / 4), ("int4", 5 / 32)):
        command = [atencion, "generate", str(model), "abcdefghijklmnop", "--max-new-tokens", "1", "--dtype", *name.split()]
        with tempfile.TemporaryFile() as nothing:
            runs = [whole(command, nothing) for _ in range(pairs)]
        wall, peak = statistics.median(w for w, _ in runs), max(p for _, p in runs)
        allowed = 1.15 * share * size + 120 * 2**20
        verdict = "met" if wall <= 0.5 and peak <= allowed else "missed"
        print(f"{name:12}{wall:8.3f} s {peak / 2**20:8.0f} MiB (allowed {allowed / 2**20:.0f})   {verdict}", flush=True)


def whole(command, nothing):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=nothing, stderr=nothing)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def made(root, python, model, what, file):
    if not (model / file).exists():
        subprocess.run([python, str(root / "benches" / "generate_models.py"), what, str(model)], check=True)


def llama_command(root, python, model):
    """What makes the command of llama.cpp's worker of the name of a type; `None` where there is no llama.cpp."""
    if not python or subprocess.run([python, "-c", "import llama_cpp, gguf"], capture_output=True, check=False).returncode:
        print("llama.cpp is passed over: ATENCION_LLAMA_PYTHON names no Python with llama-cpp-python and gguf")
        return None
    made(root, python, model, "gguf", "Q4_0.gguf")
    worker = str(root / "benches" / "generate_llama.py")
    return lambda name: [python, worker, str(model / f"{name}.gguf"), str(os.cpu_count())]
