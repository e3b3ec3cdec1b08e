"""A recipe's training in Python: torch and transformers alone, from the recipe.toml that `atencion train` wrote.

    python train_twin.py RUN STEPS OUT.safetensors

RUN is the folder of a training in Rust. Writes losses, gradient norms, weights and the optimizer's state after STEPS
steps, under the names that Rust's checkpoint has.
"""

import itertools
import math
import pathlib
import sys
import tomllib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader
from transformers import (
    BertConfig,
    BertForMaskedLM,
    DataCollatorForLanguageModeling,
    GPT2Config,
    GPT2LMHeadModel,
    MarianConfig,
    MarianMTModel,
    ViTConfig,
    ViTForImageClassification,
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
    get_inverse_sqrt_schedule,
    get_linear_schedule_with_warmup,
)

from _finetune import finetune, name_here

ANSWERS = {"copy": lambda x: x, "sort": lambda x: x.sort(1).values, "reverse": lambda x: x.flip(1)}
HELD_OUT = 1000
VERSES = pathlib.Path(__file__).parents[2] / "app/recipes/data/verses.tsv"


def digits(recipe, _run):
    """Only what is to be said is learned."""
    data = recipe["data"]
    questions = torch.randint(data["digits"], (data["examples"] + HELD_OUT, data["length"]))[: data["examples"]]
    answers = ANSWERS[data["task"]](questions)
    ids = torch.cat([questions, answers], 1)
    labels = torch.cat([torch.full_like(questions, -100), answers], 1)
    return gpt(recipe, {"vocab_size": data["digits"], "n_positions": 2 * data["length"]}, ids, labels)


def text(recipe, run):
    """Blocks `[N, block]` of the documents one after the other, each ended by token 0."""
    data, block = recipe["data"], recipe["model"]["n_positions"]
    tokenizer = Tokenizer.from_file(str(run / "model/tokenizer.json"))
    if "text" in data:
        documents = [pathlib.Path(data["text"]).read_text().removesuffix("\n")]
    else:
        column = ["es", "en"].index(data["language"])
        documents = [line.split("\t")[column] for line in VERSES.read_text().splitlines()]
    ids = [token for document in documents for token in [*tokenizer.encode(document).ids, 0]]
    blocks = torch.tensor(ids[: len(ids) // block * block]).view(-1, block)
    blocks = blocks[: -held(len(blocks), data)]
    return gpt(recipe, {"vocab_size": tokenizer.get_vocab_size()}, blocks, blocks)


def held(items, data):
    return max(1, math.ceil(items * data["held_out"]))


def gpt(recipe, sizes, ids, labels):
    model = GPT2LMHeadModel(GPT2Config(**{**sizes, **recipe["model"]}))
    return model, list(zip(ids, labels)), lambda batch: model(input_ids=batch[0], labels=batch[1]).loss


def pairs(recipe, run):
    """Batches of pairs of about one length, with smoothed labels."""
    data = recipe["data"]
    tokenizer = Tokenizer.from_file(str(run / "model/tokenizer.json"))
    lines = [line.split("\t") for line in VERSES.read_text().splitlines()]
    es, en = ([tokenizer.encode(line[column]).ids for line in lines] for column in (0, 1))
    all_pairs = list(zip(es, en) if data["from"] == "es" else zip(en, es))
    all_pairs = [pair for pair in all_pairs if max(map(len, pair)) <= data["longest"]]
    step = max(2, len(all_pairs) // held(len(all_pairs), data))
    learned = [pair for at, pair in enumerate(all_pairs) if at % step != step // 2]
    batches = []
    for pair in sorted(learned, key=lambda pair: max(map(len, pair))):
        if batches and (len(batches[-1]) + 1) * max(map(len, pair)) <= data["batch_tokens"]:
            batches[-1].append(pair)
        else:
            batches.append([pair])
    end, pad = 0, 1
    sizes = {"vocab_size": tokenizer.get_vocab_size(), "max_position_embeddings": data["longest"]}
    sizes |= {"pad_token_id": pad, "eos_token_id": end, "decoder_start_token_id": end, "forced_eos_token_id": end}
    model = MarianMTModel(MarianConfig(**{**sizes, **recipe["model"]}))

    def loss(batch):
        sources, targets = ([torch.tensor(side) for side in sides] for sides in zip(*batch))
        ids = pad_sequence(sources, True, pad)
        mask = pad_sequence([torch.ones_like(side) for side in sources], True, 0)
        labels = pad_sequence(targets, True, -100)
        logits = model(input_ids=ids, attention_mask=mask, labels=labels).logits
        smoothing = data["label_smoothing"]
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten(0, 1), label_smoothing=smoothing)

    return model, batches, loss


def labelled(recipe, run):
    """Words to be guessed; what is measured with is masked before the model is made."""
    data = recipe["data"]
    tokenizer = Tokenizer.from_file(str(run / "model/tokenizer.json"))
    tokenizer.enable_truncation(data["longest"])
    column = ["es", "en"].index(data["column"])
    texts = [tokenizer.encode(line.split("\t")[column]).ids for line in VERSES.read_text().splitlines()]
    texts = [torch.tensor(texts[at]) for at in torch.randperm(len(texts))]
    last = len(texts) - held(len(texts), data)
    learned, kept = texts[:last], texts[last:]

    class Tokens:
        mask_token, pad_token = "[MASK]", "[PAD]"
        __len__ = lambda _: tokenizer.get_vocab_size()
        convert_tokens_to_ids = lambda _, token: tokenizer.token_to_id(token)

    collator = DataCollatorForLanguageModeling(Tokens(), mlm_probability=data["mlm_probability"])
    for at in range(0, len(kept), 64):
        ids = pad_sequence(kept[at : at + 64], True, 0)
        collator.torch_mask_tokens(ids.clone(), special_tokens_mask=ids <= 4)
    sizes = {"vocab_size": tokenizer.get_vocab_size(), "max_position_embeddings": data["longest"]}
    model = BertForMaskedLM(BertConfig(**{**sizes, **recipe["model"]}))

    def loss(batch):
        ids = pad_sequence(batch, True, 0)
        mask = pad_sequence([torch.ones_like(text) for text in batch], True, 0)
        inputs, labels = collator.torch_mask_tokens(ids.clone(), special_tokens_mask=ids <= 4)
        return model(input_ids=inputs, attention_mask=mask, labels=labels).loss

    return model, learned, loss


def shapes(count, size):
    """Circles, squares, triangles and crosses, uint8 `[N, 1, size, size]`, and their labels."""
    labels = torch.randint(4, (count,))
    drawn = torch.rand(5, count, 1, 1)
    between = lambda row, low, high: drawn[row] * (high - low) + low
    x, y = between(0, 0.35, 0.65), between(1, 0.35, 0.65)
    radius, pen, bright = between(2, 0.15, 0.3), between(3, 0.04, 0.1), between(4, 0.5, 1.0)
    axis = (torch.arange(size, dtype=torch.float32) + 0.5) / size
    dx, dy = axis.view(1, 1, size) - x, axis.view(1, size, 1) - y
    across, down = dx.abs(), dy.abs()
    outlines = torch.stack(
        [
            ((dx.square() + dy.square()).sqrt() - radius).abs(),
            (torch.maximum(across, down) - radius).abs(),
            (torch.maximum(across * math.sqrt(0.75) - dy * 0.5, dy) - radius * 0.6).abs(),
            torch.maximum(torch.minimum(across, down), torch.maximum(across, down) - radius),
        ],
        1,
    )
    outline = outlines[torch.arange(count), labels]
    ink = ((pen / 2 - outline) * size).clamp(0, 1)
    noise = torch.rand(count, size, size) * 0.2
    return ((ink * bright + noise).clamp(0, 1) * 255).round().to(torch.uint8)[:, None], labels


def pictures(recipe, _run):
    """Shapes, some in a mirror, each moved a little."""
    data, names = recipe["data"], ["circle", "square", "triangle", "cross"]
    drawn, labels = shapes(data["examples"], data["size"])
    learned = len(drawn) - held(len(drawn), data)
    drawn = drawn.expand(-1, data["channels"], -1, -1)
    sizes = {"image_size": data["size"], "num_channels": data["channels"], "id2label": dict(enumerate(names))}
    model = ViTForImageClassification(ViTConfig(**{**sizes, **recipe["model"]}))

    def moved(images):
        if data["flip"]:
            mirrored = torch.rand(len(images), 1, 1, 1) < 0.5
            images = torch.where(mirrored, images.flip(3), images)
        by, size = data["shift"], data["size"]
        if by > 0:
            down, right = torch.randint(2 * by + 1, (2, len(images), 1, 1, 1))
            padded = F.pad(images, (by, by, by, by))
            moves = [padded[i, :, d : d + size, r : r + size] for i, (d, r) in enumerate(zip(down.flatten(), right.flatten()))]
            images = torch.stack(moves)
        return images

    def loss(batch):
        images = moved(drawn[torch.tensor(batch)])
        pixels = (images.float() - 127.5) / 127.5
        return model(pixel_values=pixels, labels=labels[torch.tensor(batch)]).loss

    return model, list(range(learned)), loss


def tuned(recipe, _run):
    return finetune(recipe, shapes)


def subject(recipe):
    keys = recipe["data"].keys()
    kinds = (({"base"}, tuned), ({"task"}, digits), ({"from", "to"}, pairs), ({"label"}, labelled), ({"pictures"}, pictures))
    for marks, found in kinds:
        if marks & keys:
            return found
    return text


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
    train, of = recipe["train"], subject(recipe)
    torch.manual_seed(train["seed"])
    model, items, loss_of = of(recipe, run)
    model.train()
    learned = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learned if p.dim() >= 2], "weight_decay": train["weight_decay"]},
        {"params": [p for p in learned if p.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=train["lr"], betas=tuple(train["betas"]), eps=train["eps"])
    scheduler = schedule(optimizer, train)
    # Pairs are in batches already; pictures go by their numbers.
    collate = {pairs: lambda batch: batch[0], pictures: list, labelled: list, tuned: list}.get(of)
    size = 1 if of is pairs else train["batch_size"]
    loader = DataLoader(items, batch_size=size, shuffle=True, drop_last=True, collate_fn=collate)
    batches = itertools.chain.from_iterable(iter(loader) for _ in itertools.count())
    kind = {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(train["dtype"])
    scaler = torch.amp.GradScaler("cpu", enabled=kind == torch.float16)
    losses, norms = [], []
    for _ in range(steps):
        total = 0.0
        for _ in range(train["accumulate"]):
            with torch.autocast("cpu", kind, enabled=kind is not None):
                loss = loss_of(next(batches))
            total += loss.item()
            scaler.scale(loss / train["accumulate"]).backward()
        scaler.unscale_(optimizer)
        if train["max_norm"] > 0:
            norms.append(clip_grad_norm_(model.parameters(), train["max_norm"]).item())
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        optimizer.zero_grad()
        losses.append(total / train["accumulate"])
    state = {f"model.{name_here(name)}": p for name, p in model.named_parameters() if p.requires_grad}
    for number, values in optimizer.state_dict()["state"].items():
        state |= {f"optimizer.state.{number}.{name}": value for name, value in values.items()}
    state["losses"] = torch.tensor(losses, dtype=torch.float64)
    state["norms"] = torch.tensor(norms, dtype=torch.float64)
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in state.items()}, out)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
