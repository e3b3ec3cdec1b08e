"""The batches that a DataLoader gives, and what its passes leave in the process's generator, as JSON.

Run as a program it draws sizes and options from seeds:

    python scripts/goldens/loader.py FOLDER --seeds N ...
"""

import json
import pathlib
import random
import sys

import torch
from torch.utils.data import DataLoader

EPOCHS = 3


def case(rng):
    size = rng.choice([1, 7, 12, 64, 1000])
    return {
        "size": size,
        "batch_size": rng.choice([1, 3, 4, 32]),
        "shuffle": rng.random() < 0.8,
        "drop_last": rng.random() < 0.5,
        "own_generator": rng.random() < 0.4,
        "leave_after": rng.choice([None, None, 1, 2]),
        "seed": rng.randrange(2**31),
    }


def run(case):
    torch.manual_seed(case["seed"])
    generator = torch.Generator().manual_seed(case["seed"] + 1) if case["own_generator"] else None
    options = {name: case[name] for name in ("batch_size", "shuffle", "drop_last")}
    loader = DataLoader(range(case["size"]), generator=generator, **options)
    batches, draws = [], []
    for _ in range(EPOCHS):
        epoch = []
        for batch in loader:
            epoch.append(batch.tolist())
            draws.append(int(torch.randint(2**40, ())))
            if len(epoch) == case["leave_after"]:
                break
        batches.append(epoch)
    return case | {"length": len(loader), "batches": batches, "draws": draws}


def cases(seed, number):
    rng = random.Random(seed)
    return [run(case(rng)) for _ in range(number)]


def make(folder):
    (folder / "loader.json").write_text(json.dumps(cases(0, 12)) + "\n")


if __name__ == "__main__":
    made = [made for seed in sys.argv[3:] for made in cases(int(seed), 60)]
    (pathlib.Path(sys.argv[1]) / "loader.json").write_text(json.dumps(made))
