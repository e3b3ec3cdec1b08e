"""A model of one's own: three children. Its Rust twin is own_model.rs; both print the same.

With a file name they also write every number: `python examples/own_model.py numbers.safetensors`
"""

import sys

import torch
from safetensors.torch import save_file
from torch import nn


class Translator(nn.Module):
    """From the ids of one language to scores for those of another."""

    def __init__(self, vocabulary):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 32)
        self.transformer = nn.Transformer(32, 4, 2, 2, 64, batch_first=True)
        self.generator = nn.Linear(32, vocabulary)

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        src, tgt = self.embedding(src), self.embedding(tgt)
        return self.generator(self.transformer(src, tgt, tgt_mask=mask))


torch.manual_seed(0)
model = Translator(23)
print(model)
print(sum(p.numel() for p in model.parameters()), "parameters")

src = torch.randint(23, [4, 7])
tgt = torch.randint(23, [4, 6])
scores = model(src, tgt)
scores.square().mean().backward()

numbers = {"scores": scores.detach()}
for name, parameter in model.named_parameters():
    numbers[name] = parameter.detach()
    numbers[f"{name}.grad"] = parameter.grad
for file in sys.argv[1:]:
    save_file(numbers, file)
