"""What `transformers`' DataCollatorForLanguageModeling masks, after a seed.

    python scripts/goldens/masking.py FOLDER --seeds N ...
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import DataCollatorForLanguageModeling

try:
    from goldens._machine import fingerprint
except ImportError:
    from _machine import fingerprint

VOCABULARY, MASK = 300, 4


class Tokenizer:
    """As much of one as the collator asks for."""

    mask_token, pad_token = "[MASK]", "[PAD]"

    def __len__(self):
        return VOCABULARY

    def convert_tokens_to_ids(self, _token):
        return MASK


def masked(seed):
    generator = torch.Generator().manual_seed(seed + 1000)
    ids = torch.randint(5, VOCABULARY, (8, 40), generator=generator)
    special = torch.rand(ids.shape, generator=generator) < 0.1
    tensors = {"ids": ids, "special": special}
    torch.manual_seed(seed)
    for share in (0.15, 0.5):
        collator = DataCollatorForLanguageModeling(Tokenizer(), mlm_probability=share)
        inputs, labels = collator.torch_mask_tokens(ids.clone(), special)
        tensors |= {f"inputs.{share}": inputs, f"labels.{share}": labels}
    return tensors


def make(folder):
    save_file(masked(0), folder / "masking.safetensors", metadata=fingerprint())


if __name__ == "__main__":
    for seed in sys.argv[3:]:
        save_file(masked(int(seed)), pathlib.Path(sys.argv[1]) / f"{seed}.safetensors")
