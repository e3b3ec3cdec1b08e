"""Fine-tuning in Python, with transformers and, for LoRA, peft: models that there are, from the recipe.toml that
`atencion train finetune` wrote."""

import csv
import json
import math
import pathlib

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoConfig, AutoImageProcessor, AutoModelForCausalLM, AutoModelForImageClassification
from transformers import AutoModelForSeq2SeqLM, AutoModelForSequenceClassification, AutoTokenizer

VERSES = pathlib.Path(__file__).parents[2] / "app/recipes/data/verses.tsv"
JOHN = 678
TARGETS = {"gpt2": ["c_attn"], "bert": ["query", "value"]}
TASKS = {"gpt2": "CAUSAL_LM", "llama": "CAUSAL_LM", "qwen2": "CAUSAL_LM", "bert": "SEQ_CLS", "marian": "SEQ_2_SEQ_LM"}


def verses():
    return [line.split("\t") for line in VERSES.read_text().splitlines()]


def held(items, data):
    return max(1, math.ceil(items * data["held_out"]))


def mixed(items, data):
    """What is learned from: all but the last, in a mixed order."""
    items = [items[at] for at in torch.randperm(len(items))]
    return items[: len(items) - held(len(items), data)]


def opened(auto, recipe, **options):
    """transformers 5 hands `config`'s options over to a config that it reads itself."""
    return auto.from_pretrained(recipe["data"]["base"], dtype=torch.float32, **recipe.get("model", {}), **options)


def learning(model, data, family, heads, new):
    """What is to learn does, and nothing else."""
    if data["learn"] == "lora":
        from peft import LoraConfig, get_peft_model

        targets = data["target_modules"] or TARGETS.get(family, ["q_proj", "v_proj"])
        rank = {"r": data["r"], "lora_alpha": data["lora_alpha"], "lora_dropout": data["lora_dropout"]}
        saved = [*heads, *new] if heads != ["lm_head"] else None
        config = LoraConfig(target_modules=targets, task_type=TASKS.get(family), modules_to_save=saved, **rank)
        return get_peft_model(model, config)
    if data["learn"] == "head":
        for name, parameter in model.named_parameters():
            parameter.requires_grad = any(part in name.split(".") for part in [*heads, *new])
    return model


def writing(recipe, family):
    data, tokenizer = recipe["data"], AutoTokenizer.from_pretrained(recipe["data"]["base"])
    documents = [en for _, en in verses()]
    if "file" in data:
        documents = [pathlib.Path(data["file"]).read_text().removesuffix("\n")]
    ids = [token for document in documents for token in [*tokenizer(document).input_ids, tokenizer.eos_token_id]]
    block = data["longest"]
    blocks = torch.tensor(ids[: len(ids) // block * block]).view(-1, block)
    blocks = blocks[: -held(len(blocks), data)]
    model = learning(opened(AutoModelForCausalLM, recipe), data, family, ["lm_head"], [])
    return model, list(blocks), lambda batch: model(input_ids=torch.stack(batch), labels=torch.stack(batch)).loss


def rows_of(data):
    if "file" not in data:
        column = ["es", "en"].index(data["column"])
        return [(verse[column], "Mark" if at < JOHN else "John") for at, verse in enumerate(verses())]
    path = pathlib.Path(data["file"])
    with path.open(encoding="utf-8", newline="") as lines:
        rows = map(json.loads, lines) if path.suffix == ".jsonl" else csv.DictReader(lines)
        return [(row[data["column"]], row[data["label"]]) for row in rows]


def labelling(recipe, family):
    data, tokenizer = recipe["data"], AutoTokenizer.from_pretrained(recipe["data"]["base"])
    rows = rows_of(data)
    names = data["labels"] or sorted({label for _, label in rows})
    texts = [
        (torch.tensor(tokenizer(text, truncation=True, max_length=data["longest"]).input_ids), names.index(label))
        for text, label in rows
    ]
    learned = mixed(texts, data)
    labels = {"id2label": dict(enumerate(names)), "label2id": {name: at for at, name in enumerate(names)}}
    model, found = opened(
        AutoModelForSequenceClassification, recipe, **labels, ignore_mismatched_sizes=True, output_loading_info=True
    )
    new = ["pooler"] if any("pooler" in key for key in found["missing_keys"]) else []
    model = learning(model, data, family, ["classifier"], new)
    pad = tokenizer.pad_token_id

    def loss(batch):
        ids = pad_sequence([text for text, _ in batch], True, pad)
        mask = pad_sequence([torch.ones_like(text) for text, _ in batch], True, 0)
        return model(input_ids=ids, attention_mask=mask, labels=torch.tensor([label for _, label in batch])).loss

    return model, learned, loss


def translating(recipe, family):
    data, tokenizer = recipe["data"], AutoTokenizer.from_pretrained(recipe["data"]["base"])
    pairs = [[torch.tensor(tokenizer(side).input_ids) for side in pair] for pair in verses()]
    learned = mixed([pair for pair in pairs if max(map(len, pair)) <= data["longest"]], data)
    model = opened(AutoModelForSeq2SeqLM, recipe)
    for name, parameter in model.named_parameters():
        # transformers 5 gives what it computes a gradient after from_pretrained, and leaves it out when it saves.
        if name.endswith("embed_positions.weight"):
            parameter.requires_grad = False
    model = learning(model, data, family, ["lm_head"], [])
    pad = model.config.pad_token_id

    def loss(batch):
        sources, targets = zip(*batch)
        ids = pad_sequence(sources, True, pad)
        mask = pad_sequence([torch.ones_like(side) for side in sources], True, 0)
        return model(input_ids=ids, attention_mask=mask, labels=pad_sequence(targets, True, -100)).loss

    return model, learned, loss


def seeing(recipe, family, shapes):
    data, processor = recipe["data"], AutoImageProcessor.from_pretrained(recipe["data"]["base"])
    drawn, labels = shapes(600, 32)
    learned = mixed(list(zip(drawn, labels)), data)
    names = ["circle", "square", "triangle", "cross"]
    labels = {"id2label": dict(enumerate(names)), "label2id": {name: at for at, name in enumerate(names)}}
    model = opened(AutoModelForImageClassification, recipe, **labels, ignore_mismatched_sizes=True)
    model = learning(model, data, family, ["classifier"], [])

    def loss(batch):
        channels = model.config.num_channels
        pictures = [picture.expand(channels, -1, -1) for picture, _ in batch]
        pixels = torch.cat([processor(picture, return_tensors="pt").pixel_values for picture in pictures])
        return model(pixel_values=pixels, labels=torch.stack([label for _, label in batch])).loss

    return model, learned, loss


def finetune(recipe, shapes):
    family = AutoConfig.from_pretrained(recipe["data"]["base"]).model_type
    if family == "vit":
        return seeing(recipe, family, shapes)
    return {"bert": labelling, "marian": translating}.get(family, writing)(recipe, family)


def name_here(name):
    """A parameter's name without what peft puts around it."""
    name = name.removeprefix("base_model.model.")
    return name.replace(".lora_A.default.", ".lora_A.").replace(".lora_B.default.", ".lora_B.").replace(".modules_to_save.default.", ".")
