"""The paper's Transformer out of torch's parts, as a reader would write it: configurations and calls."""

import json
import math
import types

import torch
from safetensors.torch import load_file, save_file
from torch import nn


class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        v, e = config.vocab_size, config.d_model
        self.src_embed = nn.Embedding(v, e)
        self.tgt_embed = nn.Embedding(v, e)
        sizes = (e, config.nhead, config.dim_feedforward, config.dropout)
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(*sizes, batch_first=True), config.num_layers)
        decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(*sizes, batch_first=True), config.num_layers)
        self.transformer = nn.Module()
        self.transformer.encoder, self.transformer.decoder = encoder, decoder
        self.generator = nn.Linear(e, v, bias=False)
        if config.tie_word_embeddings:
            self.tgt_embed.weight = self.generator.weight = self.src_embed.weight
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def embed(self, embedding, ids):
        x = embedding(ids) * math.sqrt(self.config.d_model)
        position = torch.arange(ids.shape[1], dtype=torch.float64)[:, None]
        angle = position / torch.pow(10000.0, torch.arange(0, x.shape[-1], 2, dtype=torch.float64) / x.shape[-1])
        pe = torch.stack([angle.sin(), angle.cos()], -1).flatten(1, 2).float().to(x.dtype)
        return nn.functional.dropout(x + pe, self.config.dropout, self.training)

    def forward(self, src, tgt):
        src_padding, tgt_padding = src == 0, tgt == 0
        ahead = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).triu(1)
        src, tgt = self.embed(self.src_embed, src), self.embed(self.tgt_embed, tgt)
        memory = self.transformer.encoder(src, src_key_padding_mask=src_padding)
        hidden = self.transformer.decoder(
            tgt, memory, tgt_mask=ahead, tgt_key_padding_mask=tgt_padding, memory_key_padding_mask=src_padding, tgt_is_causal=False
        )
        return self.generator(hidden)

    def save_pretrained(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(vars(self.config)))
        save_file(dict(self.named_parameters()), folder / "model.safetensors")

    @classmethod
    def from_pretrained(cls, folder, dtype, attn_implementation):
        config = types.SimpleNamespace(**json.loads((folder / "config.json").read_text()))
        model = cls(config)
        model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
        config._attn_implementation = attn_implementation
        return model.to(dtype).eval()


MODEL = Transformer


def config(rng):
    heads = rng.choice([1, 2, 4])
    return types.SimpleNamespace(
        vocab_size=rng.randint(12, 40),
        d_model=heads * rng.choice([4, 8]),
        nhead=heads,
        num_layers=rng.randint(1, 2),
        dim_feedforward=rng.choice([24, 40]),
        dropout=0.2,
        tie_word_embeddings=rng.random() < 0.7,
    )


def cases(rng, config):
    b, s, t = rng.randint(1, 3), rng.randint(4, 9), rng.randint(3, 8)
    src = lambda: torch.randint(1, config.vocab_size, (b, s))
    tgt = lambda: torch.randint(1, config.vocab_size, (b, t))
    padded, written = src(), tgt()
    padded[-1, s - 2 :] = 0
    written[-1, -1] = 0
    return {
        "plain": {"src": src(), "tgt": tgt()},
        "padded": {"src": padded, "tgt": written},
        "training": {"src": padded.clone(), "tgt": written.clone()},
        "training_smoothed": {"src": src(), "tgt": tgt()},
    }


def call(model, case, inputs, asked):
    src, tgt = inputs["src"], inputs["tgt"]
    if not case.startswith("training"):
        return {"logits": model(src, tgt)}
    smoothing = 0.1 if case == "training_smoothed" else 0.0
    logits = model(src, tgt[:, :-1])
    loss = nn.functional.cross_entropy(
        logits.flatten(0, 1), tgt[:, 1:].reshape(-1), ignore_index=0, label_smoothing=smoothing
    )
    return {"loss": loss}
