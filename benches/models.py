"""Whole models at their usual sizes, random weights: forward, and forward with backward. Its Rust twin is models.rs.

`--make FOLDER` writes a GPT-2; with `--open FOLDER` the process opens it and ends at its first logits.
"""

import sys
import time

import torch
import transformers

transformers.logging.set_verbosity_error()

TITLE = "whole models against transformers"
# Largest part of Python's time that Rust may take.
TARGETS = {
    "gpt2 1x512": 1.0, "gpt2 1x512 with backward": 1.0,
    "bert 32x64": 1.0, "bert 32x64 with backward": 1.0,
    "vit 8": 1.0, "vit 8 with backward": 1.0,
    "marian 32x25": 1.0, "marian 32x25 with backward": 1.0,
}


def model(name, training):
    """Dropout is off in both modes, so that both sides compute the same."""
    torch.manual_seed(0)
    ids = lambda b, l: torch.randint(30_000, (b, l))
    if name == "gpt2 1x512":
        built = transformers.GPT2LMHeadModel(transformers.GPT2Config(attn_pdrop=0, embd_pdrop=0, resid_pdrop=0))
        inputs, key = {"input_ids": ids(1, 512)}, "logits"
    elif name == "bert 32x64":
        built = transformers.BertModel(transformers.BertConfig(hidden_dropout_prob=0, attention_probs_dropout_prob=0))
        inputs, key = {"input_ids": ids(32, 64)}, "last_hidden_state"
    elif name == "vit 8":
        built = transformers.ViTForImageClassification(transformers.ViTConfig())
        inputs, key = {"pixel_values": torch.randn(8, 3, 224, 224)}, "logits"
    else:
        built = transformers.MarianMTModel(transformers.MarianConfig(
            vocab_size=58101, max_position_embeddings=512, d_model=512, encoder_layers=6, decoder_layers=6,
            encoder_attention_heads=8, decoder_attention_heads=8, encoder_ffn_dim=2048, decoder_ffn_dim=2048, dropout=0,
            scale_embedding=True, activation_function="swish"))
        inputs, key = {"input_ids": ids(32, 25), "decoder_input_ids": ids(32, 25)}, "logits"
    built.train(training)
    return lambda: built(**inputs)[key]


def serve():
    ready = (None, None)
    for line in sys.stdin:
        case, calls = line.rsplit(" ", 1)
        backward = case.endswith(" with backward")
        if ready[0] != case:
            # One model at a time: two of them are more than some machines have room for.
            ready = (None, None)
            ready = (case, model(case.removesuffix(" with backward"), backward))
        start = time.perf_counter_ns()
        for _ in range(int(calls)):
            if backward:
                ready[1]().sum().backward()
            else:
                with torch.no_grad():
                    ready[1]()
        print(time.perf_counter_ns() - start, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        transformers.GPT2LMHeadModel(transformers.GPT2Config()).save_pretrained(sys.argv[2])
    elif sys.argv[1:2] == ["--open"]:
        opened = transformers.GPT2LMHeadModel.from_pretrained(sys.argv[2]).eval()
        with torch.no_grad():
            print(opened(torch.tensor([[15496, 11, 995]])).logits[0, -1].argmax().item())
    else:
        serve()
