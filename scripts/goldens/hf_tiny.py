"""`transformers`' models, tiny and in float64: what each computes and writes.

    python scripts/goldens/hf_tiny.py FOLDER --seed N

A folder a model, as `save_pretrained` writes it; beside it `cases.json` lists the cases, each with the call's options and
the keys of its inputs and outputs in `cases.safetensors`. Sizes, activations and heads are drawn from the seed.
"""

import argparse
import json
import pathlib
import random

import torch
import transformers
from safetensors.torch import save_file

PAD, BOS, EOS = 0, 1, 2
FORWARD = {"output_hidden_states": True, "output_attentions": True}


class Folder:
    def __init__(self, root, name, model, rng):
        """The model's weights are drawn anew, larger than it draws them itself: so that all of it matters."""
        with torch.no_grad():
            for key, p in model.named_parameters():
                if not p.requires_grad:
                    continue
                norm = p.dim() == 1 and key.endswith("weight")
                p.copy_(norm + (0.25 if p.dim() > 1 else 0.2) * torch.randn_like(p))
        model.eval()
        model.save_pretrained(root / name)
        # What is read again is what the others read.
        self.model = type(model).from_pretrained(root / name, dtype=torch.float64, attn_implementation="eager")
        for p in self.model.parameters():
            p.data = p.data.clone()
        self.path, self.tensors, self.cases = root / name, {}, []

    def case(self, name, inputs, outputs, call=None):
        entry = {"name": name, "call": call or {}}
        for part, found in (("inputs", inputs), ("outputs", outputs)):
            entry[part] = {key: f"{name}/{part}/{key}" for key, value in found.items() if value is not None}
            self.tensors |= {entry[part][key]: found[key].detach().contiguous().clone() for key in entry[part]}
        self.cases.append(entry)

    def forward(self, name, call=None, **inputs):
        out = self.model(**inputs, **(call or {}), **FORWARD)
        found = {key: value for key, value in out.items() if torch.is_tensor(value)}
        lists = {"hidden_states": "hidden", "attentions": "attn", "cross_attentions": "cross", "decoder_attentions": "dec_attn"}
        for key, short in lists.items():
            found |= {f"{short}{i}": value for i, value in enumerate(out.get(key) or ())}
        if out.get("loss") is not None:
            self.model.zero_grad()
            out.loss.backward()
            found |= {f"grad:{key}": p.grad.clone() for key, p in self.model.named_parameters() if p.grad is not None}
        self.case(f"forward/{name}", inputs, found, call)

    def generate(self, ids, mask, ends):
        base = {"max_new_tokens": 10, "pad_token_id": PAD, "use_cache": True, "do_sample": False}
        grid = {"greedy": {"eos_token_id": None}, "beam4": {"eos_token_id": None, "num_beams": 4, "num_return_sequences": 4}}
        for end in ends:
            grid[f"eos{end}/greedy"] = {"eos_token_id": end, "repetition_penalty": 1.3}
            grid[f"eos{end}/greedy_nocache"] = {"eos_token_id": end, "use_cache": False, "min_new_tokens": 3}
            for penalty, early in ((0.0, True), (1.0, False), (3.0, "never"), (-1.0, "never")):
                grid[f"eos{end}/beam4_{penalty}_{early}"] = {
                    "eos_token_id": end, "num_beams": 4, "num_return_sequences": 4, "length_penalty": penalty,
                    "early_stopping": early,
                }
            grid[f"eos{end}/beam3_ngram2"] = {"eos_token_id": end, "num_beams": 3, "num_return_sequences": 2, "no_repeat_ngram_size": 2}
        for name, options in grid.items():
            call = base | options
            with torch.no_grad():
                out = self.model.generate(ids, attention_mask=mask, return_dict_in_generate=True, output_scores=True, **call)
            found = {"sequences": out.sequences, "sequences_scores": getattr(out, "sequences_scores", None)}
            self.case(f"generate/{name}", {"input_ids": ids, "attention_mask": mask}, found, call)

    def close(self):
        save_file(dict(sorted(self.tensors.items())), self.path / "cases.safetensors")
        (self.path / "cases.json").write_text(json.dumps({"cases": self.cases}, indent=1) + "\n")


def causal(folder, ids, vocab):
    left = torch.ones_like(ids)
    left[-1, :3] = 0
    right = left.flip(1)
    labels = ids.clone()
    labels[0, :3] = -100
    folder.forward("plain", input_ids=ids)
    folder.forward("right_pad", input_ids=ids, attention_mask=right)
    folder.forward("left_pad", input_ids=ids, attention_mask=left, position_ids=(left.cumsum(-1) - 1).clamp(min=0))
    folder.forward("labels", input_ids=ids, labels=labels)
    first = folder.model(ids[:, :5], use_cache=True)
    rest = folder.model(ids[:, 5:], past_key_values=first.past_key_values)
    folder.case("forward/cached_5_then_4", {"input_ids": ids}, {"logits_tail": rest.logits})
    ones = torch.ones_like(ids[:, :4])
    folder.generate(ids[:, :4], ones, torch.randint(3, vocab, (2,)).tolist())
    if folder.model.config.model_type == "gpt2":
        # Llama takes the softmax in float32, where float64's least number is -inf: a row that sees nothing is NaN.
        folder.generate(ids[:, :6], left[:, :6], torch.randint(3, vocab, (1,)).tolist())


def write(root, seed):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    vocab = rng.randint(40, 80)
    heads = rng.choice([2, 4])
    width = heads * rng.choice([4, 8])
    ids = torch.randint(3, vocab, (2, 9))

    def open_(name, model):
        return Folder(root, name, model, rng)

    quiet = {"resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0}
    special = {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD}
    for name, more in (
        ("gpt2", {"activation_function": rng.choice(["gelu_new", "relu", "silu"])}),
        ("gpt2_scaled", {"scale_attn_by_inverse_layer_idx": True, "activation_function": "gelu", "scale_attn_weights": rng.random() < 0.5,
                         "n_inner": 3 * width, "tie_word_embeddings": False}),
    ):
        sizes = {"vocab_size": vocab, "n_positions": 48, "n_embd": width, "n_layer": rng.randint(2, 3), "n_head": heads}
        folder = open_(name, transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, **quiet, **special, **more)))
        causal(folder, ids, vocab)
        folder.forward("token_type", input_ids=ids, token_type_ids=ids.flip(1))
        folder.close()

    for cls, config in ((transformers.LlamaForCausalLM, transformers.LlamaConfig), (transformers.Qwen2ForCausalLM, transformers.Qwen2Config)):
        rope = rng.choice([{"rope_type": "default"}, {"rope_type": "linear", "factor": 2.0}, {"rope_type": "yarn", "factor": 4.0},
                           {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                            "original_max_position_embeddings": 16}])
        folder = open_(config.model_type, cls(config(
            vocab_size=vocab, hidden_size=width, intermediate_size=3 * width, num_hidden_layers=2, num_attention_heads=heads,
            num_key_value_heads=rng.choice([1, heads]), max_position_embeddings=48, tie_word_embeddings=rng.random() < 0.5,
            rope_parameters={"rope_theta": 10000.0} | rope, **special)))
        causal(folder, ids, vocab)
        folder.close()

    mask = torch.ones_like(ids)
    mask[-1, 6:] = 0
    sentences = torch.zeros_like(ids)
    sentences[:, 5:] = 1
    sizes = {"vocab_size": vocab, "hidden_size": width, "num_hidden_layers": 3, "num_attention_heads": heads, "intermediate_size": 48,
             "max_position_embeddings": 40, "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0,
             "hidden_act": rng.choice(["gelu", "gelu_new", "relu"])}
    bert = lambda **more: transformers.BertConfig(**sizes, **more)
    folder = open_("bert", transformers.BertModel(bert()))
    folder.forward("plain", input_ids=ids)
    folder.forward("mask", input_ids=ids, attention_mask=mask)
    folder.forward("sentences", input_ids=ids, attention_mask=mask, token_type_ids=sentences)
    folder.forward("positions", input_ids=ids, position_ids=torch.arange(9).flip(0)[None].expand(2, 9))
    folder.close()
    folder = open_("bert_mlm", transformers.BertForMaskedLM(bert(tie_word_embeddings=rng.random() < 0.5)))
    labels = torch.full_like(ids, -100)
    labels[:, 2] = ids[:, 2]
    folder.forward("labels", input_ids=ids, attention_mask=mask, token_type_ids=sentences, labels=labels)
    folder.close()
    # One class, several classes at once, and numbers: what the labels are is said, or seen.
    floats = torch.rand(2, 3, dtype=torch.float64)
    for name, more, labels in (
        ("bert_cls", {"num_labels": 3}, torch.tensor([2, 0])),
        ("bert_multi", {"num_labels": 3}, (floats > 0.5).double()),
        ("bert_number", {"num_labels": 1}, floats[:, 0]),
        ("bert_numbers", {"num_labels": 3, "problem_type": "regression"}, floats),
    ):
        folder = open_(name, transformers.BertForSequenceClassification(bert(**more)))
        folder.forward("labels", input_ids=ids, attention_mask=mask, labels=labels)
        folder.close()

    for name, more in (("vit", {"image_size": 24, "patch_size": 6, "num_channels": 3}),
                       ("vit_gray", {"image_size": [20, 15], "patch_size": 5, "num_channels": 1, "qkv_bias": False})):
        sizes = {"hidden_size": width, "num_hidden_layers": 2, "num_attention_heads": heads, "intermediate_size": 40, "num_labels": 5}
        folder = open_(name, transformers.ViTForImageClassification(transformers.ViTConfig(**sizes, **more)))
        height, across = (more["image_size"], more["image_size"]) if isinstance(more["image_size"], int) else more["image_size"]
        pixels = torch.randn(2, more["num_channels"], height, across).double()
        folder.forward("labels", pixel_values=pixels, labels=torch.tensor([4, 1]))
        if name == "vit":
            larger = torch.randn(1, 3, 30, 36).double()
            folder.forward("interpolated", {"interpolate_pos_encoding": True}, pixel_values=larger)
        folder.close()

    sizes = {"vocab_size": vocab, "d_model": width, "encoder_layers": rng.randint(1, 3), "decoder_layers": 2,
             "encoder_attention_heads": heads, "decoder_attention_heads": heads, "encoder_ffn_dim": 48, "decoder_ffn_dim": 40,
             "max_position_embeddings": 48, "dropout": 0, "attention_dropout": 0, "activation_dropout": 0,
             "pad_token_id": PAD, "eos_token_id": EOS, "forced_eos_token_id": None}
    for name, model in (
        ("marian", transformers.MarianMTModel(transformers.MarianConfig(
            **sizes, decoder_start_token_id=PAD, scale_embedding=rng.random() < 0.5, activation_function=rng.choice(["swish", "gelu"])))),
        ("bart", transformers.BartForConditionalGeneration(transformers.BartConfig(
            **sizes, bos_token_id=BOS, decoder_start_token_id=EOS, scale_embedding=rng.random() < 0.5,
            activation_function=rng.choice(["gelu", "relu"])))),
    ):
        folder = open_(name, model)
        written = torch.randint(3, vocab, (2, 7))
        labels = written.clone()
        labels[1, 5:] = -100
        folder.forward("decoder_input_ids", input_ids=ids, attention_mask=mask, decoder_input_ids=written)
        folder.forward("labels", input_ids=ids, attention_mask=mask, labels=labels)
        folder.generate(ids, mask, torch.randint(3, vocab, (2,)).tolist())
        # Only these are asked of an encoder-decoder.
        kept = ("logits", "loss", "encoder_last", "cross", "dec_attn", "grad:", "sequences")
        for case in folder.cases:
            case["outputs"] = {key: place for key, place in case["outputs"].items() if key.startswith(kept)}
        folder.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, required=True)
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    write(args.folder, args.seed)
