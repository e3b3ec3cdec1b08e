"""GPT-2 with a head: configurations and calls."""

import torch
from transformers import GPT2Config, GPT2LMHeadModel

MODEL = GPT2LMHeadModel


def config(rng):
    heads = rng.choice([1, 2, 4])
    return GPT2Config(
        vocab_size=rng.randint(20, 90),
        n_positions=48,
        n_embd=heads * rng.choice([4, 8, 12]),
        n_layer=rng.randint(1, 3),
        n_head=heads,
        n_inner=rng.choice([None, 40]),
        activation_function=rng.choice(["gelu_new", "gelu", "relu", "silu", "tanh", "gelu_pytorch_tanh"]),
        resid_pdrop=0.1,
        embd_pdrop=0.2,
        attn_pdrop=0.3,
        scale_attn_weights=rng.random() < 0.8,
        scale_attn_by_inverse_layer_idx=rng.random() < 0.5,
        tie_word_embeddings=rng.random() < 0.7,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )


def cases(rng, config):
    """Arguments by case. Ids are drawn anew for each."""
    b, l = rng.randint(1, 3), rng.randint(4, 11)
    ids = lambda: torch.randint(3, config.vocab_size, (b, l))
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


def call(model, case, inputs, asked):
    if case != "cached":
        return model(**inputs, **asked)
    half = inputs["input_ids"].shape[1] // 2
    first = model(inputs["input_ids"][:, :half], use_cache=True)
    return {"logits": model(inputs["input_ids"][:, half:], past_key_values=first.past_key_values).logits}
