"""`transformers`' half of benches/generate.rs, and libtorch's operators alone: `generate.py FOLDER DTYPE`.

    decode BATCH PROMPT NEW    nanoseconds of the tokens after the first
    prefill BATCH PROMPT       nanoseconds of the first token
    ceiling KIND               nanoseconds of GPT-2's matrices once with one row, by the operator alone
    gemm KIND ROWS             the same without the last, with so many rows
"""

import sys
import time

import torch
import torch.nn.functional as F

# [in, out] of GPT-2's maps; the last one gives the logits.
BLOCK = [(768, 2304), (768, 768), (768, 3072), (3072, 768)]
HEAD = (768, 50257)
KINDS = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


class Clock(torch.nn.Module):
    """A criterion that never stops and notes the time of each token."""

    def __init__(self):
        super().__init__()
        self.at = []

    def forward(self, input_ids, scores, **_):
        self.at.append(time.perf_counter_ns())
        return torch.zeros(input_ids.shape[0], dtype=torch.bool)


def prompt(batch, length):
    return ((torch.arange(batch * length) * 7919 + 13) % 50_000).view(batch, length)


def written(model, batch, length, new):
    clock, ids = Clock(), prompt(batch, length)
    start = time.perf_counter_ns()
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=new,
        do_sample=False,
        eos_token_id=None,
        pad_token_id=0,
        stopping_criteria=[clock],
    )
    return start, clock.at


def once(kind, size):
    """A call of the operator of that kind on weights of their own."""
    k, n = size
    if kind == "f32":
        x, w = torch.randn(1, k), torch.randn(k, n)
        return lambda: x @ w
    if kind in ("f16", "bf16"):
        x, w = torch.randn(1, k).to(KINDS[kind]), torch.randn(n, k).to(KINDS[kind])
        return lambda: F.linear(x, w)
    x = torch.randn(1, k, dtype=torch.bfloat16)
    if kind == "int8":
        w = torch.randint(-127, 128, (n, k), dtype=torch.int8)
        scales = torch.rand(n, dtype=torch.bfloat16)
        return lambda: torch._weight_int8pack_mm(x, w, scales)
    n = (n + 63) // 64 * 64
    w = torch._convert_weight_to_int4pack_for_cpu(torch.randint(0, 16, (n, k), dtype=torch.int32), 1)
    both = torch.rand(k // 32, n, 2, dtype=torch.bfloat16)
    return lambda: torch._weight_int4pack_mm_for_cpu(x, w, 32, both)


def rows(kind, count, size):
    k, n = size
    x, w = torch.randn(count, k).to(KINDS[kind]), torch.randn(n, k).to(KINDS[kind])
    return lambda: F.linear(x, w)


def timed(calls, repeats):
    best = []
    for _ in range(repeats):
        start = time.perf_counter_ns()
        for call in calls:
            call()
        best.append(time.perf_counter_ns() - start)
    return sorted(best)[len(best) // 2]


def main():
    folder, kind = sys.argv[1:]
    model, kept = None, {}
    if kind != "operators":
        import transformers

        transformers.logging.set_verbosity_error()
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=KINDS[kind]).eval()
    for line in sys.stdin:
        what, *rest = line.split()
        with torch.inference_mode():
            if what == "decode":
                _, at = written(model, *map(int, rest))
                answer = at[-1] - at[0]
            elif what == "prefill":
                start, at = written(model, int(rest[0]), int(rest[1]), 1)
                answer = at[0] - start
            elif what == "ceiling":
                if rest[0] not in kept:
                    kept.clear()  # one kind's weights at a time
                    kept[rest[0]] = [once(rest[0], size) for size in BLOCK * 12 + [HEAD]]
                    timed(kept[rest[0]], 2)
                answer = timed(kept[rest[0]], 5)
            else:
                calls = [rows(rest[0], int(rest[1]), size) for size in BLOCK * 12]
                answer = timed(calls, 3)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
