"""GPT-2 with 124 million random weights, for benches/generate.rs and its like: what a token costs is the same as with
trained ones. `generate_models.py folder DIR` writes it in Hugging Face's layout (needs torch and transformers),
`generate_models.py gguf DIR` writes DIR/*.gguf from that for llama.cpp (needs gguf and safetensors)."""

import json
import pathlib
import sys

SIZES = {"n_layer": 12, "n_embd": 768, "n_head": 12, "n_positions": 1024, "vocab_size": 50257}
TYPES = {"F32": "F32", "F16": "F16", "BF16": "BF16", "Q8_0": "Q8_0", "Q4_0": "Q4_0"}


def folder(place):
    import tokenizers
    import torch
    import transformers

    torch.manual_seed(0)
    place.mkdir(parents=True, exist_ok=True)
    config = transformers.GPT2Config(**SIZES, bos_token_id=0, eos_token_id=0)
    transformers.GPT2LMHeadModel(config).save_pretrained(place)
    trained = tokenizers.ByteLevelBPETokenizer()
    trained.train_from_iterator(["once upon a time"], vocab_size=260, show_progress=False)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=trained._tokenizer)
    fast.save_pretrained(place)


def names(n_layer):
    """llama.cpp's name of each tensor, and whether it is the transpose of Hugging Face's."""
    found = {
        "transformer.wte.weight": ("token_embd.weight", False),
        "transformer.wpe.weight": ("position_embd.weight", False),
        "transformer.ln_f.weight": ("output_norm.weight", False),
        "transformer.ln_f.bias": ("output_norm.bias", False),
    }
    parts = {"ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "ln_2": "ffn_norm",
             "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
    for i in range(n_layer):
        for ours, theirs in parts.items():
            turned = not ours.startswith("ln")
            found[f"transformer.h.{i}.{ours}.weight"] = (f"blk.{i}.{theirs}.weight", turned)
            found[f"transformer.h.{i}.{ours}.bias"] = (f"blk.{i}.{theirs}.bias", False)
    return found


def gguf(place):
    import gguf as format
    import numpy as np
    from safetensors.numpy import load_file

    config = json.loads((place / "config.json").read_text())
    weights = load_file(place / "model.safetensors")
    for name, kind in TYPES.items():
        writer = format.GGUFWriter(place / f"{name}.gguf", "gpt2")
        writer.add_context_length(config["n_positions"])
        writer.add_embedding_length(config["n_embd"])
        writer.add_block_count(config["n_layer"])
        writer.add_feed_forward_length(4 * config["n_embd"])
        writer.add_head_count(config["n_head"])
        writer.add_layer_norm_eps(config["layer_norm_epsilon"])
        writer.add_vocab_size(config["vocab_size"])
        writer.add_tokenizer_model("no_vocab")
        for ours, (theirs, turned) in names(config["n_layer"]).items():
            tensor = np.ascontiguousarray(weights[ours].T if turned else weights[ours]).astype(np.float32)
            # As llama.cpp's own converter: vectors and positions stay float32.
            small = tensor.ndim == 1 or theirs == "position_embd.weight"
            to = format.GGMLQuantizationType["F32" if small else kind]
            writer.add_tensor(theirs, format.quants.quantize(tensor, to), raw_dtype=to)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


if __name__ == "__main__":
    {"folder": folder, "gguf": gguf}[sys.argv[1]](pathlib.Path(sys.argv[2]))
