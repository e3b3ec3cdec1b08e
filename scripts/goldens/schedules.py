"""A thousand steps of each learning-rate schedule, on an optimiser with two parameter groups.

`make(folder)` writes the committed file, with every seventh step. Run as a program it writes, into a folder for each
seed, all steps of cases whose options are drawn from it, with the state_dicts after 500 steps as Python saves them:

    python scripts/goldens/schedules.py FOLDER --seeds N ...
"""

import json
import pathlib
import random
import sys

import torch
import transformers
from safetensors.torch import save_file
from torch.optim import lr_scheduler

try:
    from goldens._machine import fingerprint
except ImportError:
    from _machine import fingerprint

STEPS, HALFWAY = 1000, 500


def cases(rng):
    """What the Rust test builds as well. `schedulers` are all stepped, one after another, as torch allows."""
    lr = lambda: rng.uniform(1e-4, 0.3)
    step = {"name": "StepLR", "step_size": rng.randint(7, 60), "gamma": rng.uniform(0.7, 0.99)}
    constant = {"name": "ConstantLR", "factor": rng.uniform(0.1, 0.9), "total_iters": rng.randint(3, 200)}
    linear = {
        "name": "LinearLR",
        "start_factor": rng.uniform(0.01, 1.0),
        "end_factor": rng.uniform(0.01, 1.0),
        "total_iters": rng.randint(5, 900),
    }
    cosine = {"name": "CosineAnnealingLR", "T_max": rng.randint(3, 400), "eta_min": rng.uniform(0, 1e-4)}
    one_cycle = {"name": "OneCycleLR", "max_lr": [lr(), lr()], "total_steps": STEPS, "pct_start": rng.uniform(0.1, 0.5)}
    plateau = {"name": "ReduceLROnPlateau", "patience": rng.randint(0, 9), "factor": rng.uniform(0.3, 0.95)}
    warm_up = {"num_warmup_steps": rng.randint(1, 300)}
    both = warm_up | {"num_training_steps": rng.randint(400, 1100)}
    milestone = rng.randint(20, 400)
    chained = {"name": "SequentialLR", "schedulers": [linear, cosine], "milestones": [milestone]}
    schedules = {
        "lambda": [{"name": "LambdaLR", "decay": [rng.uniform(0.99, 1), rng.uniform(0.99, 1)]}],
        "step": [step],
        "constant": [constant],
        "linear": [linear],
        "cosine": [cosine],
        "cosine_of_one": [cosine | {"T_max": 1}],
        "one_cycle": [one_cycle],
        "one_cycle_linear": [one_cycle | {"anneal_strategy": "linear", "max_momentum": [0.97, 0.93]}],
        "one_cycle_paper": [one_cycle | {"three_phase": True, "pct_start": 0.25}],
        "one_cycle_rate_only": [one_cycle | {"cycle_momentum": False}],
        "sequential": [chained],
        "sequential_of_many": [
            {
                "name": "SequentialLR",
                "schedulers": [constant, linear, step, cosine],
                "milestones": [milestone, milestone + 100, milestone + 350],
            }
        ],
        "sequential_at_once": [{"name": "SequentialLR", "schedulers": [step, linear], "milestones": [0]}],
        "sequential_in_sequential": [
            {"name": "SequentialLR", "schedulers": [chained, step], "milestones": [milestone + 300]}
        ],
        "two_at_once": [cosine, step],
        "plateau": [plateau],
        "plateau_up": [
            plateau | {"mode": "max", "threshold_mode": "abs", "threshold": 0.01, "cooldown": 5, "min_lr": [1e-4, 2e-4]}
        ],
        "noam": [{"name": "noam", "d_model": rng.choice([128, 512]), "warmup": rng.randint(10, 500)}],
        "constant_with_warmup": [{"name": "get_constant_schedule_with_warmup"} | warm_up],
        "linear_with_warmup": [{"name": "get_linear_schedule_with_warmup"} | both],
        "cosine_with_warmup": [{"name": "get_cosine_schedule_with_warmup"} | both],
        "cosine_waves": [{"name": "get_cosine_schedule_with_warmup", "num_cycles": rng.uniform(1, 4)} | both],
        "inverse_sqrt": [{"name": "get_inverse_sqrt_schedule"} | warm_up],
        "inverse_sqrt_of": [{"name": "get_inverse_sqrt_schedule", "timescale": rng.randint(400, 5000)} | warm_up],
    }
    made = {
        name: {"optimizer": rng.choice(["SGD", "Adam"]), "lrs": [lr(), lr()], "schedulers": schedulers}
        for name, schedulers in schedules.items()
    }
    # A rate that is changed by hand: what is computed from the one before follows it, a closed formula would not.
    for name in ("step", "linear", "cosine", "sequential"):
        made[f"{name}_by_hand"] = made[name] | {"by_hand": rng.uniform(0.01, 0.1)}
    # Made anew in the middle, on an optimiser that has loaded its state: the constructors' last_epoch.
    for name in ("lambda", "step", "constant", "linear", "cosine", "one_cycle", "sequential", "cosine_with_warmup"):
        made[f"{name}_made_anew"] = made[name] | {"last_epoch": HALFWAY - 1}
    return made


def rate(step, model_size, factor, warmup):
    """The Annotated Transformer's."""
    if step == 0:
        step = 1
    return factor * (model_size ** (-0.5) * min(step ** (-0.5), step * warmup ** (-1.5)))


def build(optimizer, options, last_epoch=-1):
    options = dict(options)
    name = options.pop("name")
    if name == "LambdaLR":
        return lr_scheduler.LambdaLR(optimizer, [lambda step, decay=decay: decay**step for decay in options["decay"]], last_epoch)
    if name == "noam":
        d_model, warmup = options["d_model"], options["warmup"]
        return lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, d_model, 1.0, warmup), last_epoch)
    if name == "SequentialLR":
        inner = [build(optimizer, scheduler, last_epoch) for scheduler in options["schedulers"]]
        return lr_scheduler.SequentialLR(optimizer, inner, options["milestones"], last_epoch)
    if name == "ReduceLROnPlateau":
        return lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    if name.startswith("get_"):
        return getattr(transformers, name)(optimizer, **options, last_epoch=last_epoch)
    return getattr(lr_scheduler, name)(optimizer, **options, last_epoch=last_epoch)


def start(case, state=None, last_epoch=-1):
    params = [torch.zeros(2, requires_grad=True), torch.zeros(3, requires_grad=True)]
    groups = [{"params": [param], "lr": lr} for param, lr in zip(params, case["lrs"], strict=True)]
    options = {"momentum": 0.9} if case["optimizer"] == "SGD" else {}
    optimizer = getattr(torch.optim, case["optimizer"])(groups, **options)
    if state:
        optimizer.load_state_dict(state)
    return optimizer, [build(optimizer, options, last_epoch) for options in case["schedulers"]]


def metrics(seed):
    """Falls, and then rests."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(STEPS, generator=generator, dtype=torch.float64)
    return 2.0 / (torch.arange(STEPS, dtype=torch.float64) + 1.0) + noise


def run(case, measured, at_halfway=None):
    optimizer, schedulers = start(case)
    rates, momenta = [], []

    def note():
        rates.append([group["lr"] for group in optimizer.param_groups])
        momenta.append([group["betas"][0] if "betas" in group else group["momentum"] for group in optimizer.param_groups])

    note()
    for step in range(STEPS):
        if step == HALFWAY:
            if "by_hand" in case:
                for group in optimizer.param_groups:
                    group["lr"] = case["by_hand"]
            if "last_epoch" in case:
                optimizer, schedulers = start(case, optimizer.state_dict(), case["last_epoch"])
            if at_halfway:
                at_halfway(optimizer, schedulers)
        optimizer.step()
        for scheduler in schedulers:
            is_plateau = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
            scheduler.step(measured[step]) if is_plateau else scheduler.step()
        note()
    return {"rates": torch.tensor(rates, dtype=torch.float64), "momenta": torch.tensor(momenta, dtype=torch.float64)}


def make(folder):
    made, measured = cases(random.Random(0)), metrics(0)
    tensors = {"metrics": measured}
    for name, case in made.items():
        for what, values in run(case, measured).items():
            if what == "rates" or name.startswith("one_cycle"):
                tensors[f"{name}.{what}"] = values[::7].contiguous()
    save_file(tensors, folder / "schedules.safetensors", metadata=fingerprint() | {"cases": json.dumps(made)})


def main(folder, seed):
    made, measured = cases(random.Random(seed)), metrics(seed)
    for name, case in made.items():
        def save(optimizer, schedulers):
            torch.save(optimizer.state_dict(), folder / f"{name}.optimizer.pt")
            for at, scheduler in enumerate(schedulers):
                state = scheduler.state_dict()
                torch.save(state, folder / f"{name}.{at}.pt")

        tensors = run(case, measured, save) | {"metrics": measured}
        save_file(tensors, folder / f"{name}.safetensors")
    (folder / "cases.json").write_text(json.dumps(made))


if __name__ == "__main__":
    for seed in sys.argv[3:]:
        inner = pathlib.Path(sys.argv[1]) / seed
        inner.mkdir()
        main(inner, int(seed))
