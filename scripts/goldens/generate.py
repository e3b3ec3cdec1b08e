"""What `transformers` writes on, and what its processors make of scores.

`make(folder)` writes the committed cases. Run as a program it draws others:

    python scripts/goldens/generate.py FOLDER [--seed N] [--count CONTINUATIONS]

`FAMILY-N/` are tiny models as `save_pretrained` writes them; `cases.json` holds for each continuation the prompt, the
options, the seed, and the ids; `processors.json` and `.safetensors` scores before and after; `stop_strings.json` what
ends where.
"""

import argparse
import json
import pathlib
import random

import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from transformers.generation import logits_process, stopping_criteria

PAD, BOS, EOS = 0, 1, 2


def gpt2(rng):
    heads = rng.choice([1, 2, 4])
    config = transformers.GPT2Config(
        vocab_size=rng.randint(30, 90),
        n_positions=64,
        n_embd=heads * rng.choice([4, 8, 16]),
        n_layer=rng.randint(1, 3),
        n_head=heads,
        scale_attn_by_inverse_layer_idx=rng.random() < 0.3,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    return transformers.GPT2LMHeadModel(config)


def llama(rng):
    heads = rng.choice([2, 4])
    config = transformers.LlamaConfig(
        vocab_size=rng.randint(30, 90),
        max_position_embeddings=64,
        hidden_size=heads * rng.choice([8, 16]),
        intermediate_size=48,
        num_hidden_layers=rng.randint(1, 3),
        num_attention_heads=heads,
        num_key_value_heads=rng.choice([heads, heads // 2]),
        tie_word_embeddings=rng.random() < 0.5,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    return transformers.LlamaForCausalLM(config)


def qwen2(rng):
    heads = rng.choice([2, 4])
    config = transformers.Qwen2Config(
        vocab_size=rng.randint(30, 90),
        max_position_embeddings=64,
        hidden_size=heads * rng.choice([8, 16]),
        intermediate_size=48,
        num_hidden_layers=rng.randint(1, 3),
        num_attention_heads=heads,
        num_key_value_heads=rng.choice([heads, heads // 2]),
        tie_word_embeddings=rng.random() < 0.5,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    return transformers.Qwen2ForCausalLM(config)


def marian(rng):
    heads = rng.choice([2, 4])
    config = transformers.MarianConfig(
        vocab_size=rng.randint(30, 90),
        d_model=heads * rng.choice([8, 16]),
        encoder_layers=rng.randint(1, 2),
        decoder_layers=rng.randint(1, 2),
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        max_position_embeddings=64,
        scale_embedding=rng.random() < 0.5,
        activation_function=rng.choice(["swish", "gelu", "relu"]),
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=PAD,
        forced_eos_token_id=rng.choice([None, EOS]),
    )
    return transformers.MarianMTModel(config)


def bart(rng):
    heads = rng.choice([2, 4])
    config = transformers.BartConfig(
        vocab_size=rng.randint(30, 90),
        d_model=heads * rng.choice([8, 16]),
        encoder_layers=rng.randint(1, 2),
        decoder_layers=rng.randint(1, 2),
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        max_position_embeddings=64,
        scale_embedding=rng.random() < 0.5,
        activation_function=rng.choice(["gelu", "relu"]),
        bos_token_id=BOS,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=PAD,
        forced_eos_token_id=rng.choice([None, EOS]),
    )
    return transformers.BartForConditionalGeneration(config)


FAMILIES = {"gpt2": gpt2, "llama": llama, "qwen2": qwen2, "marian": marian, "bart": bart}


def model_of(family, seed):
    """Its weights are far enough apart for one token to be likelier than another."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    model = FAMILIES[family](rng)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.requires_grad and p.dim() > 1:
                p.add_(0.35 * torch.randn_like(p))
    return model.eval()


def options(rng, vocabulary):
    """One way of choosing."""
    how = {"max_new_tokens": rng.randint(3, 14)}
    some = lambda n: [rng.randrange(3, vocabulary) for _ in range(n)]
    way = rng.choice(["greedy", "sample", "sample", "beams", "beams", "beam_sample"])
    if way in ("sample", "beam_sample"):
        how["do_sample"] = True
        maybe = {
            "temperature": rng.choice([0.5, 0.8, 1.3]),
            "top_k": rng.choice([0, 1, 5, 20]),
            "top_p": rng.choice([0.3, 0.8, 0.95]),
            "min_p": rng.choice([0.02, 0.1]),
            "typical_p": rng.choice([0.4, 0.9]),
            "epsilon_cutoff": 0.01,
            "eta_cutoff": 0.01,
            "renormalize_logits": True,
        }
        how |= {name: maybe[name] for name in rng.sample(sorted(maybe), rng.randint(0, 3))}
    if way == "sample":
        how["num_return_sequences"] = rng.choice([1, 1, 2, 3])
    if way in ("beams", "beam_sample"):
        how["num_beams"] = rng.choice([2, 3, 4])
        how["num_return_sequences"] = rng.randint(1, how["num_beams"])
        how["length_penalty"] = rng.choice([0.0, 0.6, 1.0, 2.0, -1.0])
        how["early_stopping"] = rng.choice([True, False, "never"])
    maybe = {
        "repetition_penalty": rng.choice([0.7, 1.2, 1.8]),
        "no_repeat_ngram_size": rng.choice([1, 2, 3]),
        "bad_words_ids": [some(1), some(2), some(2)],
        "min_new_tokens": rng.randint(1, 3),
        "suppress_tokens": some(3),
        "forced_eos_token_id": EOS,
        "use_cache": False,
    }
    how |= {name: maybe[name] for name in rng.sample(sorted(maybe), rng.choice([0, 0, 1, 2]))}
    how["eos_token_id"] = rng.choice([None, EOS, some(1)[0], sorted(set(some(3)))])
    how["pad_token_id"] = PAD
    return how


def prompt(rng, vocabulary):
    """Ids and, where some are shorter, what is padded on the left."""
    batch, length = rng.choice([1, 1, 2, 3]), rng.randint(1, 9)
    ids = [[rng.randrange(3, vocabulary) for _ in range(length)] for _ in range(batch)]
    mask = [[1] * length for _ in range(batch)]
    if batch > 1 and length > 3 and rng.random() < 0.7:
        short = rng.randint(1, length - 1)
        ids[0][:short], mask[0][:short] = [PAD] * short, [0] * short
    return ids, mask


def continuation(rng, model, seed):
    vocabulary = model.config.vocab_size
    how, (ids, mask) = options(rng, vocabulary), prompt(rng, vocabulary)
    torch.manual_seed(seed)
    asked = {"return_dict_in_generate": True, "output_scores": True, **how}
    with torch.no_grad():
        out = model.generate(torch.tensor(ids), attention_mask=torch.tensor(mask), **asked)
    scores = getattr(out, "sequences_scores", None)
    beams = getattr(out, "beam_indices", None)
    chosen = model.compute_transition_scores(out.sequences, out.scores, beams, normalize_logits=beams is None)
    return {
        "seed": seed,
        "options": how,
        "input_ids": ids,
        "attention_mask": mask,
        "sequences": out.sequences.tolist(),
        "sequences_scores": None if scores is None else scores.tolist(),
        "log_probs": [[x if x > -1e30 else None for x in row] for row in chosen.tolist()],
    }


def continuations(folder, seed, count, families):
    """`count` of them, spread over families and models of ten continuations each."""
    cases = []
    for number in range(max(1, count // 10)):
        family = families[number % len(families)]
        name = f"{family}-{number}"
        model = model_of(family, seed + number)
        model.save_pretrained(folder / name)
        how = ["sdpa", "eager"][number // len(families) % 2]
        model = type(model).from_pretrained(folder / name, attn_implementation=how)
        # What the folder says of lengths and ends is not this test's.
        model.generation_config = transformers.GenerationConfig(
            bos_token_id=BOS, pad_token_id=PAD, decoder_start_token_id=PAD
        )
        rng = random.Random(f"{seed} {number}")
        while len(cases) < min(count, 10 * (number + 1)):
            case_seed = rng.randrange(2**31)
            try:
                case = continuation(rng, model, case_seed)
            except (RuntimeError, ValueError):  # options that leave nothing to choose from
                continue
            cases.append({"model": name, "family": family, "attn_implementation": how, **case})
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")


PROCESSORS = [
    *[("TemperatureLogitsWarper", {"temperature": t}) for t in (0.5, 1.0, 1.7)],
    *[("TopKLogitsWarper", {"top_k": k}) for k in (1, 5, 17, 50)],
    ("TopKLogitsWarper", {"top_k": 1, "min_tokens_to_keep": 3}),
    *[("TopPLogitsWarper", {"top_p": p}) for p in (0.0, 0.1, 0.5, 0.9, 1.0)],
    ("TopPLogitsWarper", {"top_p": 0.1, "min_tokens_to_keep": 4}),
    *[("MinPLogitsWarper", {"min_p": p}) for p in (0.02, 0.3)],
    *[("TypicalLogitsWarper", {"mass": p}) for p in (0.2, 0.9)],
    ("EpsilonLogitsWarper", {"epsilon": 0.02}),
    ("EtaLogitsWarper", {"epsilon": 0.02}),
    *[("RepetitionPenaltyLogitsProcessor", {"penalty": p}) for p in (0.7, 1.3, 2.0)],
    *[("NoRepeatNGramLogitsProcessor", {"ngram_size": n}) for n in (1, 2, 3)],
    *[("MinLengthLogitsProcessor", {"min_length": n, "eos_token_id": 2}) for n in (5, 9)],
    ("NoBadWordsLogitsProcessor", {"bad_words_ids": [[3], [4, 5], [2]], "eos_token_id": 2}),
    ("ForcedBOSTokenLogitsProcessor", {"bos_token_id": 1}),
    ("ForcedEOSTokenLogitsProcessor", {"max_length": 9, "eos_token_id": 2}),
    ("SuppressTokensLogitsProcessor", {"suppress_tokens": [1, 4, 9]}),
    ("InfNanRemoveLogitsProcessor", {}),
    ("LogitNormalization", {}),
]


def processors(folder, seed):
    torch.manual_seed(seed)
    tensors, cases = {}, []
    for dtype in (torch.float32, torch.float64):
        scores = 2.5 * torch.randn(4, 17, dtype=dtype)
        scores[3] = 1.0
        ids = torch.randint(0, 17, (4, 8))
        ids[0, 5:7], ids[0, 7], ids[1, 7] = ids[0, 0:2], ids[0, 0], 4
        for name, call in PROCESSORS:
            key = f"{len(cases):03}"
            out = getattr(logits_process, name)(**call)(ids, scores.clone())
            tensors |= {f"{key}/input_ids": ids.clone(), f"{key}/scores": scores.clone(), f"{key}/out": out.contiguous()}
            cases.append({"key": key, "name": name, "call": call})
    save_file(tensors, folder / "processors.safetensors")
    (folder / "processors.safetensors").chmod(0o644)
    (folder / "processors.json").write_text(json.dumps(cases) + "\n")


TEXT = "to stop or not to stop, that is — señor — the question; ¿parar? no: stopping stops nothing. 日本 stop!"


def stop_strings(folder, seed):
    """A byte-level tokenizer of few merges, so that stop strings begin and end in the middle of tokens."""
    rng = random.Random(seed)
    trained = tokenizers.ByteLevelBPETokenizer()
    trained.train_from_iterator([TEXT] * 3, vocab_size=300, min_frequency=2, show_progress=False)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=trained._tokenizer)
    mode = stopping_criteria.StopStringCriteria._get_stop_string_matching_mode(fast)
    texts, ids = stopping_criteria.StopStringCriteria.clean_tokenizer_vocab(fast, stop_string_matching_mode=mode)
    tokens = [list(text) for _, text in sorted(zip(ids, texts, strict=True))]
    cases = []
    for _ in range(60):
        begin = [rng.randrange(len(TEXT)) for _ in range(rng.randint(1, 3))]
        stops = [TEXT[i : i + rng.randint(1, 7)] for i in begin]
        criterion = stopping_criteria.StopStringCriteria(fast, stops)
        whole = fast(TEXT).input_ids
        prefixes = [whole[: rng.randint(1, len(whole))] for _ in range(12)]
        ends = [bool(criterion(torch.tensor([row]), None)) for row in prefixes]
        cases.append({"stop_strings": stops, "rows": prefixes, "ends": ends})
    (folder / "stop_strings.json").write_text(json.dumps({"tokens": tokens, "cases": cases}) + "\n")


def write(folder, seed, count, families):
    transformers.logging.set_verbosity_error()
    folder.mkdir(parents=True, exist_ok=True)
    processors(folder, seed)
    stop_strings(folder, seed)
    continuations(folder, seed, count, families)


def make(folder):
    write(folder, 5, 20, ["gpt2"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--families", nargs="+", default=["gpt2"], choices=list(FAMILIES))
    asked = parser.parse_args()
    write(asked.folder, asked.seed, asked.count, asked.families)
