"""Random calls of everything that the package offers: each ends in torch's result or in one Python exception.

    python tests/random_calls.py                         # 200,000 calls from 1 thread, 200,000 from 8, 20,000 modules
    python tests/random_calls.py --calls 5000 --seed 3

Types, shapes, kinds, devices, freed and shrunk storages, fake and meta tensors, subclasses, nested and sparse tensors,
modules with hooks and strange parameters. Prints how the calls ended, and the memory before and after.
"""

import argparse
import gc
import random
import sys
import threading
import time
import warnings
from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.nn.attention.bias import causal_lower_right

import atencion

DTYPES = [torch.float32] * 8 + [torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.bool, torch.complex64,
                                torch.uint16, torch.float8_e4m3fn]


class Subclass(torch.Tensor):
    """A tensor of another class that computes as torch's."""


def tensor(rng, shape, usual=0.9):
    """Mostly an ordinary tensor of that shape, now and then a strange one."""
    dtype = torch.float32 if rng.random() < usual else rng.choice(DTYPES)
    made = torch.rand(shape).to(dtype)
    if rng.random() < usual:
        return made.requires_grad_() if rng.random() < 0.3 and made.is_floating_point() else made
    return rng.choice(STRANGE)(made)


def shrunk(made):
    made = made.clone()
    made.untyped_storage().resize_(0)
    return made


STRANGE = [
    lambda t: None,
    lambda t: 3.0,
    lambda t: t.tolist(),
    lambda t: np.ones(t.shape),
    lambda t: t.to("meta"),
    lambda t: t.float().to_sparse(),
    lambda t: torch.nested.nested_tensor([t.float()]),
    lambda t: torch.nested.nested_tensor([t.float()], layout=torch.jagged) if t.dim() else t,
    lambda t: t.as_subclass(Subclass),
    lambda t: FakeTensorMode().from_tensor(t),
    lambda t: t[..., :0],
    lambda t: t.transpose(-1, -2) if t.dim() > 1 else t,
    lambda t: t.expand(2, *t.shape),
    shrunk,
]


def attention_call(rng):
    lead = rng.choice([(), (2,), (1, 2), (2, 2)])
    length, keys, size = rng.randint(1, 4), rng.randint(1, 4), rng.choice([1, 2, 3, 8])
    query, key, value = (tensor(rng, (*lead, n, size)) for n in (length, keys, keys))
    mask = None
    if rng.random() < 0.4:
        mask = tensor(rng, rng.choice([(length, keys), (*lead, length, keys), (1, keys), (keys, length)]))
        if rng.random() < 0.5 and type(mask) is torch.Tensor and mask.layout == torch.strided and not mask.is_nested:
            mask = mask.detach().to(torch.float32) > 0.5 if intact(mask) else mask
        if rng.random() < 0.05:
            mask = causal_lower_right(length, keys)
    options = {"is_causal": rng.random() < 0.2, "enable_gqa": rng.random() < 0.1}
    if rng.random() < 0.2:
        options["scale"] = rng.choice([0.5, 0, -1, None, "big"])
    arguments = (query, key, value, mask)
    return atencion.scaled_dot_product_attention, F.scaled_dot_product_attention, arguments, options


def modules():
    layer = {"dim_feedforward": 8, "dropout": 0.0}
    return [
        (nn.LayerNorm(4), 1),
        (nn.MultiheadAttention(4, 2), 3),
        (nn.MultiheadAttention(4, 2, batch_first=True, bias=False, add_zero_attn=True), 3),
        (nn.TransformerEncoderLayer(4, 2, batch_first=True, **layer), 1),
        (nn.TransformerEncoderLayer(4, 1, activation=nn.GELU(), norm_first=True, **layer), 1),
        (nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, batch_first=True, **layer), 2, nn.RMSNorm(4)), 1),
        (nn.TransformerDecoderLayer(4, 2, **layer), 2),
        (nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, **layer), 1, nn.LayerNorm(4)), 2),
        (nn.Transformer(4, 2, 1, 1, 8, 0.0), 2),
    ]


def module_call(rng, made):
    module, inputs = rng.choice(made)
    bridge = atencion.from_torch(module)
    if rng.random() < 0.1:
        module.train(not module.training)
    first = tensor(rng, rng.choice([(3, 2, 4), (3, 2, 4), (3, 4), (2, 3, 5)]))
    arguments = [first] + [first if rng.random() < 0.5 else tensor(rng, (3, 2, 4)) for _ in range(inputs - 1)]
    options = {}
    if not isinstance(module, nn.LayerNorm) and rng.random() < 0.3:
        name = {
            nn.MultiheadAttention: "attn_mask", nn.TransformerEncoderLayer: "src_mask",
            nn.TransformerEncoder: "mask",
        }.get(type(module), "tgt_mask")
        options[name] = rng.choice([
            nn.Transformer.generate_square_subsequent_mask(3), torch.ones(3, 3).triu(1).bool(), tensor(rng, (3, 3)),
            tensor(rng, (4, 3, 3)),
        ])
    return bridge, module, tuple(arguments), options


def intact(value):
    """Whether torch may be asked at all: it reads past the end of a storage that was shrunk."""
    if not isinstance(value, torch.Tensor) or isinstance(value, FakeTensor) or type(value) not in (torch.Tensor, Subclass):
        return True
    if value.is_nested or value.layout != torch.strided or value.device.type == "meta" or not value.numel():
        return True
    last = value.storage_offset() + sum((n - 1) * step for n, step in zip(value.shape, value.stride()))
    return (last + 1) * value.element_size() <= value.untyped_storage().nbytes()


def partly_meta(arguments, options):
    """Some tensors on meta beside real ones: torch's kernels read memory that holds no numbers."""
    given = [value for value in (*arguments, *options.values()) if isinstance(value, torch.Tensor)]
    return 0 < sum(value.is_meta for value in given) < len(given)


def brief(value):
    """What a failure shows of an argument: a nested tensor has no shape to show."""
    if not isinstance(value, torch.Tensor):
        return value
    return type(value).__name__, value.dtype, value.layout, "nested" if value.is_nested else tuple(value.shape)


def ended(call, arguments, options):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(*arguments, **options), None
    except Exception as error:  # a crash, a PanicException or a SystemExit is what must not be
        return None, error


def same(ours, theirs):
    if isinstance(theirs, tuple):
        return isinstance(ours, tuple) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if theirs is None or ours is None:
        return ours is theirs
    if type(ours) is not type(theirs) or ours.dtype != theirs.dtype or ours.requires_grad != theirs.requires_grad:
        return False
    if theirs.is_nested:
        return all(map(same, ours.unbind(), theirs.unbind()))
    if ours.shape != theirs.shape:
        return False
    if isinstance(theirs, FakeTensor) or theirs.is_meta:
        return True
    return bool(((ours == theirs) | ((ours != ours) & (theirs != theirs))).all())


def one(rng, made):
    """One call; how it ended, or the assertion that fails."""
    ours, theirs, arguments, options = attention_call(rng) if rng.random() < 0.5 else module_call(rng, made)
    if not all(map(intact, [*arguments, *options.values()])):
        result, error = ended(ours, arguments, options)
        assert error is not None and "\n" not in str(error), (arguments, options, result)
        return "storage too small: refused"
    if partly_meta(arguments, options):
        if any(type(value) is not torch.Tensor for value in arguments if isinstance(value, torch.Tensor)):
            return "partly on meta, with a subclass: torch's own matter"
        result, error = ended(ours, arguments, options)
        assert error is not None and "\n" not in str(error), (options, brief(result))
        return "partly on meta: refused"
    wanted, their_error = ended(theirs, arguments, options)
    got, our_error = ended(ours, arguments, options)
    shown = [*map(brief, arguments)], options, brief(wanted), brief(got), their_error, our_error
    if their_error is not None:
        assert our_error is not None and isinstance(our_error, type(their_error)), shown
        assert "\n" not in str(our_error), shown
        return "both refuse"
    assert our_error is None and same(got, wanted), shown
    return "equal"


def run(calls, threads, seed):
    """All calls from that many threads at once; how they ended."""
    ends, failures = Counter(), []

    def work(number):
        rng = random.Random(f"{seed}-{number}")
        made = modules()
        mine = Counter()
        try:
            for _ in range(calls // threads):
                mine[one(rng, made)] += 1
        except BaseException as failure:  # noqa: B902  (reported by the caller, whatever it is)
            failures.append(failure)
        ends.update(mine)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]
    return ends


def make_and_drop(count):
    for _ in range(count):
        bridge = atencion.from_torch(nn.TransformerEncoderLayer(4, 2, 8))
        atencion.restore(bridge) if _ % 7 == 0 else None


def memory():
    """MiB in memory now."""
    gc.collect()
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096 / 2**20
    except OSError:
        return float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--modules", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for threads in (1, 8):
        run(min(options.calls, 20_000), threads, f"{options.seed} before")  # libtorch's own caches fill
        before, start = memory(), time.monotonic()
        ends = run(options.calls, threads, options.seed)
        took, after = time.monotonic() - start, memory()
        print(f"{threads} thread(s): {dict(ends)}, {took:.0f} s, memory {before:.0f} -> {after:.0f} MiB", flush=True)
    make_and_drop(1_000)
    before = memory()
    make_and_drop(options.modules)
    print(f"{options.modules} from_torch: memory {before:.0f} -> {memory():.0f} MiB")
    print(atencion.calls())
    return 0


if __name__ == "__main__":
    sys.exit(main())
