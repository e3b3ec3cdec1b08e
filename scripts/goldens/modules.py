"""Module cases of our own, wider than PyTorch's samples: fast paths, nested tensors, hints, dropout, fresh parameters.

Each case is drawn from a seed: a config, a mode (train with dropout, eval with gradients, eval without), inputs and
masks. What is kept, in float32 (or the dtype named) and to be equal to the last bit on the same machine: the parameters as PyTorch
initialises them after `manual_seed`, then with every parameter moved, the outputs (weights too) and, where there are
gradients, the gradient of `sum(out * cos(arange))` with respect to every parameter and input.

`make(folder)` writes the committed set. Run as a program it writes a fresh, larger one:

    python scripts/goldens/modules.py FOLDER --seed N --count N --dtype float32
"""

import gzip
import json
import pathlib
import random
import sys
import warnings

import torch
from safetensors.torch import save
from torch import nn

try:
    from goldens._machine import fingerprint
except ImportError:
    from _machine import fingerprint

SEED, COUNT = 1706, 4


class Draw:
    """One case: `rng` draws options, torch draws numbers."""

    def __init__(self, kind, seed):
        self.kind, self.seed = kind, seed
        self.rng = random.Random(f"{kind} {seed}")
        self.mode = self.rng.choice(["train", "eval", "no_grad", "no_grad"])
        self.batch = self.rng.choice([1, 2, 3])
        self.batched = self.rng.random() < 0.85
        self.L, self.S = self.rng.choice([1, 3, 5, 8]), self.rng.choice([2, 3, 7, 16])

    def flip(self, p=0.5):
        return self.rng.random() < p

    def sequence(self, length, features, batch_first):
        if not self.batched:
            return torch.randn(length, features)
        return torch.randn(*((self.batch, length) if batch_first else (length, self.batch)), features)

    def attn_mask(self, heads, rows, columns):
        kind = self.rng.choice([None, None, "bool", "float", "3d", "causal", "bool causal"])
        if kind in (None, "causal", "bool causal") or rows == columns == 1:
            causal = nn.Transformer.generate_square_subsequent_mask(rows) if rows == columns else None
            if kind is None or causal is None:
                return None
            return causal if kind == "causal" else causal == float("-inf")
        shape = (rows, columns) if kind != "3d" else ((self.batch if self.batched else 1) * heads, rows, columns)
        if kind == "float":
            return torch.randn(shape)
        masked = torch.rand(shape) < 0.3
        masked[..., 0] = False  # no row without a key
        return masked

    def padding_mask(self, columns):
        kind = self.rng.choice([None, "right", "right", "scattered", "float"])
        if kind is None:
            return None
        lengths = torch.randint(1, columns + 1, (self.batch, 1))
        masked = torch.arange(columns)[None, :] >= lengths
        if kind == "scattered":
            masked = torch.rand(self.batch, columns) < 0.3
            masked[:, 0] = False
        if kind == "float":
            masked = torch.where(masked, float("-inf"), 0.0)
        return masked if self.batched else masked[0]

    def layer(self):
        heads = self.rng.choice([1, 2, 4])
        return {"d_model": heads * self.rng.choice([2, 4, 8]), "nhead": heads,
                "dim_feedforward": self.rng.choice([6, 16]), "dropout": self.rng.choice([0.0, 0.1, 0.5]),
                "activation": self.rng.choice(["relu", "relu", "gelu", "tanh"]),
                "layer_norm_eps": self.rng.choice([1e-5, 1e-3]), "batch_first": self.flip(0.7),
                "norm_first": self.flip(0.4), "bias": self.flip(0.8)}


def options(config):
    """A config as Python's constructors take it."""
    activation = config.get("activation")
    return config if activation != "tanh" else config | {"activation": torch.tanh}


def multihead_attention(draw):
    heads = draw.rng.choice([1, 2, 4])
    e = heads * draw.rng.choice([1, 2, 8])
    config = {"embed_dim": e, "num_heads": heads, "dropout": draw.rng.choice([0.0, 0.3]), "bias": draw.flip(0.8),
              "add_bias_kv": draw.flip(0.2), "add_zero_attn": draw.flip(0.2), "batch_first": draw.flip()}
    same = draw.rng.choice(["qkv", "qkv", "kv", "none"])
    if same == "none" and draw.flip():
        config |= {"kdim": draw.rng.choice([e, 3]), "vdim": draw.rng.choice([e, 5])}
    module = nn.MultiheadAttention(**config)
    first = config["batch_first"]
    query = draw.sequence(draw.L, e, first)
    columns = draw.L if same == "qkv" else draw.S
    key = query if same == "qkv" else draw.sequence(columns, config.get("kdim", e), first)
    value = key if same != "none" else draw.sequence(columns, config.get("vdim", e), first)
    attn_mask = draw.attn_mask(heads, draw.L, columns)
    need_weights = draw.flip()
    forward = {"query": query, "key": key, "value": value, "attn_mask": attn_mask,
               "key_padding_mask": draw.padding_mask(columns), "need_weights": need_weights,
               "average_attn_weights": draw.flip(), "is_causal": is_causal(attn_mask) and draw.flip()}
    return module, config, forward


def is_causal(mask):
    """Whether a hint would be the truth."""
    if mask is None or mask.dim() != 2 or mask.size(0) != mask.size(1):
        return False
    causal = nn.Transformer.generate_square_subsequent_mask(mask.size(0), dtype=mask.dtype)
    return bool((mask == causal).all())


def transformer_encoder_layer(draw):
    config = draw.layer()
    module = nn.TransformerEncoderLayer(**options(config))
    mask = draw.attn_mask(config["nhead"], draw.L, draw.L)
    forward = {"src": draw.sequence(draw.L, config["d_model"], config["batch_first"]), "src_mask": mask,
               "src_key_padding_mask": draw.padding_mask(draw.L), "is_causal": is_causal(mask) and draw.flip()}
    return module, config, forward


def final_norm(draw, e):
    name = draw.rng.choice([None, "LayerNorm", "RMSNorm"])
    return name, name and getattr(nn, name)(e)


def transformer_encoder(draw):
    layer = draw.layer()
    encoder_layer = nn.TransformerEncoderLayer(**options(layer))
    name, norm = final_norm(draw, layer["d_model"])
    config = {"num_layers": draw.rng.choice([1, 2, 3]), "enable_nested_tensor": draw.flip(0.8), "mask_check": True}
    module = nn.TransformerEncoder(encoder_layer, norm=norm, **config)
    mask = draw.attn_mask(layer["nhead"], draw.L, draw.L) if draw.flip() else None
    forward = {"src": draw.sequence(draw.L, layer["d_model"], layer["batch_first"]), "mask": mask,
               "src_key_padding_mask": draw.padding_mask(draw.L),
               "is_causal": draw.rng.choice([None, False, is_causal(mask)])}
    return module, config | {"encoder_layer": layer, "norm": name}, forward


def decoder_inputs(draw, layer):
    heads, e, first = layer["nhead"], layer["d_model"], layer["batch_first"]
    tgt_mask = draw.attn_mask(heads, draw.L, draw.L)
    return {"tgt": draw.sequence(draw.L, e, first), "memory": draw.sequence(draw.S, e, first),
            "tgt_mask": tgt_mask, "memory_mask": draw.attn_mask(heads, draw.L, draw.S),
            "tgt_key_padding_mask": draw.padding_mask(draw.L),
            "memory_key_padding_mask": draw.padding_mask(draw.S)}, is_causal(tgt_mask)


def transformer_decoder_layer(draw):
    config = draw.layer()
    module = nn.TransformerDecoderLayer(**options(config))
    forward, causal = decoder_inputs(draw, config)
    return module, config, forward | {"tgt_is_causal": causal and draw.flip(), "memory_is_causal": False}


def transformer_decoder(draw):
    layer = draw.layer()
    decoder_layer = nn.TransformerDecoderLayer(**options(layer))
    name, norm = final_norm(draw, layer["d_model"])
    config = {"num_layers": draw.rng.choice([1, 2, 3])}
    module = nn.TransformerDecoder(decoder_layer, norm=norm, **config)
    forward, causal = decoder_inputs(draw, layer)
    forward |= {"tgt_is_causal": draw.rng.choice([None, False, causal])}
    return module, config | {"decoder_layer": layer, "norm": name}, forward


def transformer(draw):
    config = draw.layer() | {"num_encoder_layers": draw.rng.choice([1, 2]), "num_decoder_layers": draw.rng.choice([1, 2])}
    module = nn.Transformer(**options(config))
    forward, causal = decoder_inputs(draw, config)
    memory = forward.pop("memory")
    src_mask = draw.attn_mask(config["nhead"], draw.S, draw.S)
    forward |= {"src": memory, "src_mask": src_mask, "src_key_padding_mask": draw.padding_mask(draw.S),
                "src_is_causal": draw.rng.choice([None, False]), "tgt_is_causal": draw.rng.choice([None, causal])}
    return module, config, forward


def linear(draw):
    config = {"in_features": draw.rng.choice([1, 3, 64]), "out_features": draw.rng.choice([1, 5, 33]), "bias": draw.flip(0.7)}
    return nn.Linear(**config), config, {"input": draw.sequence(draw.L, config["in_features"], False)}


def layer_norm(draw):
    shape = draw.rng.choice([[4], [3, 4], [33]])
    config = {"normalized_shape": shape, "eps": draw.rng.choice([1e-5, 1e-3]), "elementwise_affine": draw.flip(0.8),
              "bias": draw.flip(0.7)}
    return nn.LayerNorm(**config), config, {"input": torch.randn(draw.batch, draw.L, *shape)}


def rms_norm(draw):
    shape = draw.rng.choice([[4], [3, 4], [33]])
    config = {"normalized_shape": shape, "eps": draw.rng.choice([None, 1e-3]), "elementwise_affine": draw.flip(0.8)}
    return nn.RMSNorm(**config), config, {"input": torch.randn(draw.batch, draw.L, *shape)}


def embedding(draw):
    config = {"num_embeddings": 7, "embedding_dim": draw.rng.choice([1, 4, 33]), "padding_idx": draw.rng.choice([None, 0, -1]),
              "max_norm": draw.rng.choice([None, None, 0.5]), "norm_type": draw.rng.choice([2.0, 1.0]),
              "scale_grad_by_freq": draw.flip(0.3)}
    return nn.Embedding(**config), config, {"input": torch.randint(0, 7, (draw.batch, draw.L))}


KINDS = {"MultiheadAttention": multihead_attention, "TransformerEncoderLayer": transformer_encoder_layer,
         "TransformerEncoder": transformer_encoder, "TransformerDecoderLayer": transformer_decoder_layer,
         "TransformerDecoder": transformer_decoder, "Transformer": transformer, "Linear": linear,
         "LayerNorm": layer_norm, "RMSNorm": rms_norm, "Embedding": embedding}


def weight(out):
    return torch.cos(torch.arange(out.numel(), dtype=torch.float64)).view(out.shape).to(out.dtype)


def generate(seed, count, dtype=torch.float32):
    warnings.filterwarnings("ignore")
    tensors, cases = {}, []
    for kind, make_case in KINDS.items():
        for i in range(count):
            case_seed = seed + i
            draw = Draw(kind, case_seed)
            torch.manual_seed(case_seed)
            module, config, forward = make_case(draw)
            name = f"{kind}/{i}"
            # What was drawn before the inputs were: the constructor alone.
            torch.manual_seed(case_seed)
            module = make_case(Draw(kind, case_seed))[0]
            case = {"name": name, "module": kind, "mode": draw.mode, "seed": case_seed, "config": config, "forward": {}}

            def put(key, tensor):
                tensors[key] = tensor.detach().clone().contiguous()
                return {"tensor": key}

            case["init"] = {n: put(f"{name}/init/{n}", v) for n, v in module.state_dict().items()}
            module.to(dtype)
            forward = in_dtype(forward, dtype)
            with torch.no_grad():
                for p in module.parameters():
                    p.add_(0.1 * torch.randn_like(p))
            case["state_dict"] = {n: put(f"{name}/param/{n}", v) for n, v in module.state_dict().items()}
            keys = {}
            for n, v in forward.items():
                if isinstance(v, torch.Tensor):
                    keys.setdefault(id(v), f"{name}/in/{n}")
                    case["forward"][n] = put(keys[id(v)], v)
                    if draw.mode != "no_grad" and v.is_floating_point():
                        v.requires_grad_(True)
                else:
                    case["forward"][n] = v
            module.train(draw.mode == "train")
            torch.manual_seed(case_seed + 1)
            with torch.set_grad_enabled(draw.mode != "no_grad"):
                outs = call(module, forward)
            outs = [o for o in (outs if isinstance(outs, tuple) else (outs,)) if o is not None]
            case["outputs"] = [put(f"{name}/out/{j}", o) for j, o in enumerate(outs)]
            case["gradients"] = {}
            if draw.mode != "no_grad":
                sum((o * weight(o)).sum() for o in outs).backward()
                for n, v in [*forward.items(), *((f"param:{n}", p) for n, p in module.named_parameters())]:
                    if isinstance(v, torch.Tensor) and v.grad is not None:
                        case["gradients"][n] = put(f"{name}/grad/{n}", v.grad)
            cases.append(case)
    return tensors, fingerprint() | {"cases": json.dumps(cases)}


def in_dtype(forward, dtype):
    """What was one tensor under two names stays one: fast paths ask for it."""
    made = {}
    for v in forward.values():
        if isinstance(v, torch.Tensor) and v.is_floating_point():
            made.setdefault(id(v), v.to(dtype))
    return {n: made.get(id(v), v) for n, v in forward.items()}


def call(module, forward):
    """By position where torch's own names for the one input differ."""
    if "input" in forward:
        return module(forward["input"])
    return module(**forward)


def make(folder):
    (folder / "modules.safetensors.gz").write_bytes(gzip.compress(save(*generate(SEED, COUNT)), mtime=0))


if __name__ == "__main__":
    out, _, seed, _, count, _, dtype = sys.argv[1:]
    cases = generate(int(seed), int(count), getattr(torch, dtype))
    (pathlib.Path(out) / "modules.safetensors").write_bytes(save(*cases))
