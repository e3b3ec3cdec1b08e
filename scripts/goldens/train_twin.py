"""A recipe's training in Python: torch and transformers alone, from the recipe.toml that `atencion train` wrote.

    python train_twin.py RUN STEPS OUT.safetensors

RUN is the folder of a training in Rust. Writes losses, gradient norms, weights and the optimizer's state after STEPS
steps, under the names that Rust's checkpoint has.
"""

import itertools
import pathlib
import sys
import tomllib

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
    get_inverse_sqrt_schedule,
    get_linear_schedule_with_warmup,
)

ANSWERS = {"copy": lambda x: x, "sort": lambda x: x.sort(1).values, "reverse": lambda x: x.flip(1)}
HELD_OUT = 1000


def digits(data):
    """Ids and labels `[N, 2 * length]`: only what is to be said is learned."""
    questions = torch.randint(data["digits"], (data["examples"] + HELD_OUT, data["length"]))[: data["examples"]]
    answers = ANSWERS[data["task"]](questions)
    return torch.cat([questions, answers], 1), torch.cat([torch.full_like(questions, -100), answers], 1)


def text(data, block, run):
    """Blocks `[N, block]` of the documents one after the other, each ended by token 0."""
    tokenizer = Tokenizer.from_file(str(run / "model/tokenizer.json"))
    documents = [pathlib.Path(data["text"]).read_text().removesuffix("\n")]
    ids = [token for document in documents for token in [*tokenizer.encode(document).ids, 0]]
    blocks = torch.tensor(ids[: len(ids) // block * block]).view(-1, block)
    held = max(1, -int(-len(blocks) * data["held_out"] // 1))
    return blocks[:-held], blocks[:-held]


def schedule(optimizer, train):
    warmup, steps = train["warmup"], train["steps"]
    match train["schedule"]:
        case "constant":
            return get_constant_schedule_with_warmup(optimizer, warmup)
        case "linear":
            return get_linear_schedule_with_warmup(optimizer, warmup, steps)
        case "cosine":
            return get_cosine_schedule_with_warmup(optimizer, warmup, steps)
        case "inverse_sqrt":
            return get_inverse_sqrt_schedule(optimizer, warmup)


def main(run, steps, out):
    recipe = tomllib.loads((run / "recipe.toml").read_text())
    data, options, train = recipe["data"], recipe["model"], recipe["train"]
    torch.manual_seed(train["seed"])
    if "task" in data:
        ids, labels = digits(data)
        sizes = {"vocab_size": data["digits"], "n_positions": 2 * data["length"]}
    else:
        ids, labels = text(data, options["n_positions"], run)
        sizes = {"vocab_size": Tokenizer.from_file(str(run / "model/tokenizer.json")).get_vocab_size()}
    model = GPT2LMHeadModel(GPT2Config(**{**sizes, **options})).train()
    decay = [p for p in model.parameters() if p.dim() >= 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decay, "weight_decay": train["weight_decay"]}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=train["lr"], betas=tuple(train["betas"]), eps=train["eps"])
    scheduler = schedule(optimizer, train)
    loader = DataLoader(list(zip(ids, labels)), batch_size=train["batch_size"], shuffle=True, drop_last=True)
    batches = itertools.chain.from_iterable(iter(loader) for _ in itertools.count())
    losses, norms = [], []
    for _ in range(steps):
        total = 0.0
        for _ in range(train["accumulate"]):
            x, y = next(batches)
            with torch.autocast("cpu", torch.bfloat16, enabled=train["dtype"] == "bfloat16"):
                loss = model(input_ids=x, labels=y).loss
            total += loss.item()
            (loss / train["accumulate"]).backward()
        if train["max_norm"] > 0:
            norms.append(clip_grad_norm_(model.parameters(), train["max_norm"]).item())
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        losses.append(total / train["accumulate"])
    state = {f"model.{name}": tensor for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    for number, values in optimizer.state_dict()["state"].items():
        state |= {f"optimizer.state.{number}.{name}": value for name, value in values.items()}
    state["losses"] = torch.tensor(losses, dtype=torch.float64)
    state["norms"] = torch.tensor(norms, dtype=torch.float64)
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in state.items()}, out)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
