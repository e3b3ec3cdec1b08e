"""ViT, with a classifier and without: configurations and calls."""

import torch
from transformers import ViTConfig, ViTForImageClassification, ViTModel

MODEL = ViTForImageClassification


def config(rng):
    heads = rng.choice([1, 2, 4])
    patch = rng.choice([4, 5])
    return ViTConfig(
        hidden_size=heads * rng.choice([4, 8, 12]),
        num_hidden_layers=rng.randint(1, 3),
        num_attention_heads=heads,
        intermediate_size=rng.choice([24, 40]),
        hidden_act=rng.choice(["gelu", "gelu_new", "relu", "quick_gelu", "gelu_fast"]),
        hidden_dropout_prob=0.2,
        attention_probs_dropout_prob=0.3,
        image_size=patch * rng.randint(2, 4),
        patch_size=patch,
        num_channels=rng.choice([1, 3]),
        qkv_bias=rng.random() < 0.5,
        num_labels=rng.randint(2, 6),
    )


def cases(rng, config):
    """Arguments by case. Pixels are drawn anew for each."""
    b, size = rng.randint(1, 3), config.image_size
    pixels = lambda *hw: torch.randn(b, config.num_channels, *(hw or (size, size)))
    classes = lambda: torch.randint(0, config.num_labels, (b,))
    mask = torch.ones(b, (size // config.patch_size) ** 2 + 1, dtype=torch.long)
    mask[-1, 2:4] = 0
    larger = pixels(size + config.patch_size, size + 2 * config.patch_size)
    return {
        "plain": {"pixel_values": pixels()},
        "masked": {"pixel_values": pixels(), "attention_mask": mask},
        "interpolated": {"pixel_values": larger, "labels": classes()},
        "several_labels": {"pixel_values": pixels(), "labels": torch.rand(b, config.num_labels)},
        "training": {"pixel_values": pixels(), "labels": classes()},
    }


def call(model, case, inputs, asked):
    # The first labels that a model sees set its kind of problem for good.
    model.config.problem_type = None
    labels = inputs.get("labels")
    if labels is not None and labels.is_floating_point():
        inputs = inputs | {"labels": labels.to(model.dtype)}
    return model(**inputs, interpolate_pos_encoding=case == "interpolated", **asked)


class Headless:
    """The model with a pooler instead of a classifier."""

    MODEL = ViTModel
    config = staticmethod(config)

    def cases(rng, config):
        return {"plain": {"pixel_values": torch.randn(2, config.num_channels, config.image_size, config.image_size)}}

    def call(model, case, inputs, asked):
        return model(**inputs, **asked)
