"""Marian and BART: configurations and calls."""

import torch
from transformers import BartConfig, BartForConditionalGeneration, MarianConfig, MarianMTModel
from transformers.modeling_outputs import BaseModelOutput


def sizes(rng):
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randint(20, 60),
        "d_model": heads * rng.choice([4, 8]),
        "encoder_layers": rng.randint(1, 2),
        "decoder_layers": rng.randint(1, 2),
        "encoder_attention_heads": heads,
        "decoder_attention_heads": heads,
        "encoder_ffn_dim": rng.choice([24, 40]),
        "decoder_ffn_dim": rng.choice([24, 40]),
        "max_position_embeddings": 32,
        "activation_function": rng.choice(["swish", "gelu", "relu", "gelu_new"]),
        "dropout": 0.1,
        "attention_dropout": 0.2,
        "activation_dropout": 0.15,
        "scale_embedding": rng.random() < 0.5,
        "forced_eos_token_id": None,
        "pad_token_id": 0,
        "eos_token_id": 2,
    }


def cases(rng, config):
    """Arguments by case. Ids are drawn anew for each."""
    b, s, l = rng.randint(1, 3), rng.randint(4, 9), rng.randint(3, 8)
    read = lambda: torch.randint(3, config.vocab_size, (b, s))
    written = lambda: torch.randint(3, getattr(config, "decoder_vocab_size", config.vocab_size), (b, l))
    mask = torch.ones(b, s, dtype=torch.long)
    mask[-1, s - 2 :] = 0
    labels = written()
    labels[0, -2:] = -100
    decoder_mask = torch.ones(b, l, dtype=torch.long)
    decoder_mask[-1, 0] = 0
    return {
        "plain": {"input_ids": read(), "decoder_input_ids": written()},
        "masked": {"input_ids": read(), "attention_mask": mask, "decoder_input_ids": written(), "decoder_attention_mask": decoder_mask},
        "labels": {"input_ids": read(), "attention_mask": mask, "labels": labels},
        "embedded": {"inputs_embeds": torch.randn(b, s, config.d_model), "decoder_inputs_embeds": torch.randn(b, l, config.d_model)},
        "encoded": {"encoder_outputs": torch.randn(b, s, config.d_model), "attention_mask": mask, "decoder_input_ids": written()},
        "cached": {"input_ids": read(), "attention_mask": mask, "decoder_input_ids": written()},
        "training": {"input_ids": read(), "attention_mask": mask, "labels": written()},
        "training_dropping_layers": {"input_ids": read(), "labels": written()},
    }


def call(model, case, inputs, asked):
    inputs = {name: value.to(model.dtype) if value.is_floating_point() else value for name, value in inputs.items()}
    if "encoder_outputs" in inputs:
        inputs["encoder_outputs"] = BaseModelOutput(last_hidden_state=inputs["encoder_outputs"])
    # What is passed over: a layer of two, drawn.
    dropped = 0.5 if case == "training_dropping_layers" else 0.0
    model.model.encoder.layerdrop = model.model.decoder.layerdrop = dropped
    if case != "cached":
        return {name: value for name, value in model(**inputs, **asked).items() if name != "past_key_values"}
    ids = inputs.pop("decoder_input_ids")
    half = ids.shape[1] // 2
    first = model(**inputs, decoder_input_ids=ids[:, :half], use_cache=True)
    encoded = BaseModelOutput(last_hidden_state=first.encoder_last_hidden_state)
    mask = inputs["attention_mask"]
    found = {}
    cache = first.past_key_values
    for name, part in (("next", ids[:, half:-1]), ("last", ids[:, -1:])):
        if part.shape[1]:
            out = model(encoder_outputs=encoded, attention_mask=mask, decoder_input_ids=part, past_key_values=cache)
            found[f"logits_{name}"] = out.logits
    return found


class Marian:
    MODEL = MarianMTModel
    cases = staticmethod(cases)
    call = staticmethod(call)

    def config(rng):
        shared = rng.random() < 0.7
        other = {} if shared else {"decoder_vocab_size": rng.randint(20, 60)}
        return MarianConfig(
            **sizes(rng), **other, share_encoder_decoder_embeddings=shared, decoder_start_token_id=0, bos_token_id=None
        )


class Bart:
    MODEL = BartForConditionalGeneration
    cases = staticmethod(cases)
    call = staticmethod(call)

    def config(rng):
        return BartConfig(**sizes(rng), decoder_start_token_id=2, bos_token_id=1)
