"""`transformers`' models, tiny and drawn from a seed, as folders of `save_pretrained`, with what they compute.

`make(folder)` writes the committed folders. Run as a program it draws other configurations from seeds:

    python scripts/goldens/models.py FOLDER --seeds N ...

Each model's folder has `config.json` and `model.safetensors`; `expected.safetensors` beside them holds inputs and
outputs of each case under `CASE/NAME`, and `cases.json` what was asked for.
"""

import json
import pathlib
import random
import sys

import torch
import transformers
from safetensors.torch import save_file

try:
    from goldens._machine import fingerprint
except ImportError:
    from _machine import fingerprint

DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16, "float16": torch.float16}


def gpt2_config(rng):
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randint(20, 90),
        "n_positions": 48,
        "n_embd": heads * rng.choice([4, 8, 12]),
        "n_layer": rng.randint(1, 3),
        "n_head": heads,
        "n_inner": rng.choice([None, 40]),
        "activation_function": rng.choice(["gelu_new", "gelu", "relu", "silu", "tanh", "gelu_pytorch_tanh"]),
        "resid_pdrop": 0.1,
        "embd_pdrop": 0.2,
        "attn_pdrop": 0.3,
        "scale_attn_weights": rng.random() < 0.8,
        "scale_attn_by_inverse_layer_idx": rng.random() < 0.5,
        "tie_word_embeddings": rng.random() < 0.7,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }


def gpt2_cases(rng, vocab_size):
    """Arguments by case. Ids are drawn anew for each."""
    b, l = rng.randint(1, 3), rng.randint(4, 11)
    ids = lambda: torch.randint(3, vocab_size, (b, l))
    right, left = torch.ones(2, b, l, dtype=torch.long)
    right[-1, l - 2 :] = 0
    left[-1, :2] = 0
    labels = ids()
    labels[0, :2] = -100
    return {
        "plain": {"input_ids": ids()},
        "right_pad": {"input_ids": ids(), "attention_mask": right},
        "left_pad": {"input_ids": ids(), "attention_mask": left, "position_ids": (left.cumsum(-1) - 1).clamp(min=0)},
        "token_type": {"input_ids": ids(), "token_type_ids": ids()},
        "labels": {"input_ids": ids(), "labels": labels},
        "cached": {"input_ids": ids()},
        "training": {"input_ids": ids(), "labels": ids()},
    }


def run(model, case, inputs, seed):
    """What the case gives back, by name."""
    if case == "cached":
        half = inputs["input_ids"].shape[1] // 2
        first = model(inputs["input_ids"][:, :half], use_cache=True)
        return {"logits": model(inputs["input_ids"][:, half:], past_key_values=first.past_key_values).logits}
    eager = model.config._attn_implementation == "eager"
    model.train(case == "training")
    torch.manual_seed(seed)
    out = model(**inputs, output_hidden_states=True, output_attentions=eager)
    found = {"logits": out.logits}
    found |= {f"hidden_states.{i}": hidden for i, hidden in enumerate(out.hidden_states)}
    found |= {f"attentions.{i}": weights for i, weights in enumerate(out.attentions or ())}
    if out.loss is not None:
        model.zero_grad()
        out.loss.backward()
        found["loss"] = out.loss
        found |= {f"grad.{name}": p.grad.clone() for name, p in model.named_parameters()}
    model.eval()
    return found


def write(folder, seed, dtypes):
    rng = random.Random(seed)
    config = transformers.GPT2Config(**gpt2_config(rng))
    torch.manual_seed(seed)
    fresh = transformers.GPT2LMHeadModel(config)
    drawn = {f"fresh.{name}": p.detach().clone() for name, p in fresh.named_parameters()}
    with torch.no_grad():
        for p in fresh.parameters():
            p.add_(0.2 * torch.randn_like(p))
    fresh.eval()
    fresh.save_pretrained(folder)
    cases = gpt2_cases(rng, config.vocab_size)
    tensors = {name: value.contiguous() for name, value in drawn.items()}
    tensors |= {f"{case}/{name}": value for case, inputs in cases.items() for name, value in inputs.items()}
    for dtype in dtypes:
        for how in ("eager", "sdpa"):
            model = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=DTYPES[dtype], attn_implementation=how)
            for case, inputs in cases.items():
                for name, value in run(model, case, inputs, seed).items():
                    tensors[f"{dtype}/{how}/{case}/{name}"] = value.detach().clone().contiguous()
    save_file(tensors, folder / "expected.safetensors", fingerprint())
    (folder / "cases.json").write_text(json.dumps({"seed": seed, "dtypes": dtypes, "cases": list(cases)}, indent=1) + "\n")


def make(folder):
    write(folder / "gpt2", 7, ["float32"])


if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    for seed in sys.argv[sys.argv.index("--seeds") + 1 :]:
        write(out / f"gpt2-{seed}", int(seed), list(DTYPES))
