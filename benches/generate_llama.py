"""llama.cpp's part of benches/generate.rs: `generate_llama.py MODEL.gguf`, in a Python that has llama-cpp-python.

    decode BATCH PROMPT NEW    nanoseconds of the tokens after the first
    prefill BATCH PROMPT       nanoseconds of the first token
"""

import ctypes
import sys
import time

import llama_cpp
import numpy as np


def opened(path, threads):
    quiet = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    parameters = llama_cpp.llama_model_default_params()
    model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx, parameters.n_batch, parameters.n_ubatch = 8192, 4096, 512
    parameters.n_seq_max = 8
    parameters.n_threads = parameters.n_threads_batch = threads
    return model, llama_cpp.llama_init_from_model(model, parameters), quiet


def fill(batch, tokens):
    """`tokens` are (id, position, sequence, whether logits are wanted)."""
    batch.n_tokens = len(tokens)
    for i, (token, position, sequence, wanted) in enumerate(tokens):
        batch.token[i], batch.pos[i] = token, position
        batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
        batch.logits[i] = wanted


def written(context, vocabulary, count, length, new):
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
    ids = ((np.arange(count * length) * 7919 + 13) % 50_000).reshape(count, length)
    batch = llama_cpp.llama_batch_init(max(count * length, count), 0, 1)
    start, at = time.perf_counter_ns(), []
    fill(batch, [(int(ids[b, i]), i, b, i == length - 1) for b in range(count) for i in range(length)])
    last = [b * length + length - 1 for b in range(count)]
    for step in range(new):
        if llama_cpp.llama_decode(context, batch):
            sys.exit("llama_decode failed")
        chosen = []
        for place in last:
            logits = llama_cpp.llama_get_logits_ith(context, place)
            chosen.append(int(np.ctypeslib.as_array(logits, shape=(vocabulary,)).argmax()))
        at.append(time.perf_counter_ns())
        fill(batch, [(chosen[b], length + step, b, True) for b in range(count)])
        last = list(range(count))
    llama_cpp.llama_batch_free(batch)
    return start, at


def main():
    model, context, _quiet = opened(sys.argv[1], int(sys.argv[2]))
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    for line in sys.stdin:
        what, *numbers = line.split()
        numbers = list(map(int, numbers))
        if what == "decode":
            _, at = written(context, vocabulary, *numbers)
            print(at[-1] - at[0], flush=True)
        else:
            start, at = written(context, vocabulary, *numbers, 1)
            print(at[0] - start, flush=True)


if __name__ == "__main__":
    main()
