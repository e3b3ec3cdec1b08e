"""Llama and Qwen2 with a head: configurations and calls."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

MODEL = LlamaForCausalLM
LONGEST = 16


def rope(rng):
    kind = rng.choice(["default", "linear", "dynamic", "llama3", "yarn", "yarn"])
    found = {"rope_type": kind, "rope_theta": rng.choice([100.0, 10000.0, 500000.0])}
    if kind != "default":
        found["factor"] = rng.choice([1.5, 4.0])
    if kind == "llama3":
        found |= {"low_freq_factor": 1.0, "high_freq_factor": rng.choice([4.0, 3.0]), "original_max_position_embeddings": 8}
    if kind == "yarn" and rng.random() < 0.5:
        found |= {"beta_fast": 8, "beta_slow": 2, "mscale": 0.7, "mscale_all_dim": 0.4, "truncate": False}
    if kind == "yarn" and rng.random() < 0.5:
        found |= {"original_max_position_embeddings": 12}
    return found


def shared(rng):
    heads, groups = rng.choice([(2, 2), (4, 2), (4, 1), (6, 2)])
    return {
        "vocab_size": rng.randint(20, 90),
        "hidden_size": heads * rng.choice([4, 8, 12]),
        "intermediate_size": rng.choice([24, 40]),
        "num_hidden_layers": rng.randint(1, 3),
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "hidden_act": rng.choice(["silu", "silu", "gelu"]),
        "max_position_embeddings": LONGEST,
        "rms_norm_eps": rng.choice([1e-6, 1e-5]),
        "pad_token_id": rng.choice([None, 0]),
        "tie_word_embeddings": rng.random() < 0.5,
        "attention_dropout": 0.3,
        "rope_parameters": rope(rng),
    }


def config(rng):
    return LlamaConfig(
        **shared(rng),
        head_dim=rng.choice([None, 10]),
        attention_bias=rng.random() < 0.5,
        mlp_bias=rng.random() < 0.5,
    )


def cases(rng, config):
    """Arguments by case. Ids are drawn anew for each."""
    b, l = rng.randint(1, 3), rng.randint(5, 11)
    ids = lambda length=l: torch.randint(3, config.vocab_size, (b, length))
    right, left = torch.ones(2, b, l, dtype=torch.long)
    right[-1, l - 2 :] = 0
    left[-1, :2] = 0
    positions = (left.cumsum(-1) - 1).clamp(min=0)
    labels = ids()
    labels[0, :2] = -100
    return {
        "plain": {"input_ids": ids()},
        "right_pad": {"input_ids": ids(), "attention_mask": right, "labels": labels},
        "left_pad": {"input_ids": ids(), "attention_mask": left, "position_ids": positions},
        "inputs_embeds": {"inputs_embeds": torch.randn(b, l, config.hidden_size), "labels": labels.clone()},
        "cached": {"input_ids": ids()},
        "cached_left_pad": {"input_ids": ids(), "attention_mask": left.clone()},
        # Beyond the longest text of the training, and short again: what `dynamic` remembers.
        "long": {"input_ids": ids(LONGEST + 5), "labels": ids(LONGEST + 5)},
        "between": {"input_ids": ids(LONGEST + 2)},
        "short": {"input_ids": ids()},
        "training": {"input_ids": ids(), "labels": ids()},
        "training_padded": {"input_ids": ids(), "labels": ids(), "attention_mask": left.clone()},
    }


def call(model, case, inputs, asked):
    if case.startswith("cached"):
        return in_two(model, **inputs)
    if "inputs_embeds" in inputs:
        inputs = inputs | {"inputs_embeds": inputs["inputs_embeds"].to(model.dtype)}
    return model(**inputs, **asked)


def in_two(model, input_ids, attention_mask=None):
    """All tokens but the last few, and then these: with a mask the very last one alone."""
    most = input_ids.shape[1] - (3 if attention_mask is None else 1)
    mask = None if attention_mask is None else attention_mask[:, :most]
    first = model(input_ids[:, :most], attention_mask=mask, use_cache=True)
    rest = model(input_ids[:, most:], attention_mask=attention_mask, past_key_values=first.past_key_values)
    return {"first": first.logits, "logits": rest.logits}


class Qwen2:
    """The same with biases of query, key and value alone."""

    MODEL = Qwen2ForCausalLM
    cases = staticmethod(cases)
    call = staticmethod(call)

    def config(rng):
        return Qwen2Config(**shared(rng))
