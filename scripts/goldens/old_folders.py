"""Folders as earlier releases of `transformers` wrote them: `pytorch_model.bin`, norms with `gamma` and `beta`, names with
and without the base model's prefix, the causal mask among GPT-2's tensors.

    python scripts/goldens/old_folders.py FOLDER

In each, `expected.safetensors` has the tensors under the names of today.
"""

import argparse
import pathlib

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel


def write(folder, model, rename, binary):
    folder.mkdir(parents=True)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "expected.safetensors")
    old = rename(state)
    if binary:
        torch.save(old, folder / "pytorch_model.bin")
    else:
        save_file({name: tensor.clone() for name, tensor in old.items()}, folder / "model.safetensors", {"format": "pt"})


def gamma_beta(state):
    return {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
            for name, tensor in state.items()}


def without(prefix):
    return lambda state: {name.removeprefix(prefix): tensor for name, tensor in state.items()}


def with_buffers(state):
    """GPT-2's first files have the causal mask in each block."""
    blocks = {f"transformer.h.{i}.attn.bias": torch.tril(torch.ones(1, 1, 12, 12)) for i in range(2)}
    return state | blocks | {f"transformer.h.{i}.attn.masked_bias": torch.tensor(-1e4) for i in range(2)}


parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
folder = parser.parse_args().folder
torch.manual_seed(3)
bert = BertForMaskedLM(BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
                                  max_position_embeddings=10))
gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=20, n_positions=12, n_embd=8, n_layer=2, n_head=2))
positions = {"bert.embeddings.position_ids": torch.arange(10)[None]}
write(folder / "bert_bin", bert, lambda state: gamma_beta(state) | positions, binary=True)
write(folder / "bert_gamma_beta", bert, gamma_beta, binary=False)
write(folder / "bert_bare", bert, without("bert."), binary=False)
write(folder / "gpt2_bin", gpt2, with_buffers, binary=True)
write(folder / "gpt2_bare", gpt2, without("transformer."), binary=False)
