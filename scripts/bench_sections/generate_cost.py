"""What fewer bits cost a trained model: perplexity, and how far the next token's distribution is from float32's."""

import json
import os
import pathlib
import subprocess
import tempfile

# The most that perplexity may grow.
GOALS = {"f16": None, "bf16": None, "int8": 0.005, "int4": 0.05}
# So many rows of at most so many tokens.
ROWS, LENGTH = 24, 256

IDS = """
import sys, torch, transformers
from safetensors.torch import save_file
folder, text, out, rows, length = sys.argv[1:]
positions = transformers.AutoConfig.from_pretrained(folder).max_position_embeddings
length = min(int(length), positions)
ids = transformers.AutoTokenizer.from_pretrained(folder)(open(text, encoding="utf-8").read())["input_ids"]
rows = min(int(rows), len(ids) // length)
save_file({"ids": torch.tensor(ids[: rows * length]).view(rows, length)}, out)
"""


def cost(python, program):
    folder, text = os.environ.get("ATENCION_BENCH_MODEL"), os.environ.get("ATENCION_BENCH_TEXT")
    if not folder or not text:
        print("\nwhat fewer bits cost is passed over: ATENCION_BENCH_MODEL and ATENCION_BENCH_TEXT name no trained model and text")
        return
    with tempfile.TemporaryDirectory() as place:
        ids = str(pathlib.Path(place) / "ids.safetensors")
        subprocess.run([python, "-c", IDS, folder, text, ids, str(ROWS), str(LENGTH)], check=True)
        print(f"\nwhat fewer bits cost {pathlib.Path(folder).name} on {pathlib.Path(text).name}")
        print(f"{'':8}{'perplexity':>12}{'float32':>12}{'more':>9}{'mean KL':>12}")
        for name, goal in GOALS.items():
            asked = subprocess.run([program, "--serve", folder, name], input=f"cost {ids}\n", stdout=subprocess.PIPE,
                                   text=True, check=True)
            found = json.loads(asked.stdout)
            more = found["perplexity"] / found["exact"] - 1
            verdict = "" if goal is None else "   met" if more <= goal else f"   missed: more than {goal:.1%}"
            print(f"{name:8}{found['perplexity']:12.4f}{found['exact']:12.4f}{more:9.2%}{found['divergence']:12.2e}{verdict}", flush=True)
