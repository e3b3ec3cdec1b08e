"""Module cases from the sample generators that PyTorch's own test suite uses (torch.testing._internal).

`make(folder)` writes the committed set. Run as a program it writes a fresh one, for the live comparison:

    python scripts/goldens/pytorch_samples.py FOLDER --seed N

The float64 run is the oracle: its outputs and the gradients of `sum(out * cos(arange))` with respect to every
parameter and every floating input. Beside them stands the error of torch's own float32 run; a fresh set holds that
run's outputs and gradients too, to be equal to the last bit. Needs torch and expecttest.
"""

import gzip
import inspect
import json
import pathlib
import sys
import warnings

import torch
from safetensors.torch import save

try:
    from goldens._machine import fingerprint
except ImportError:
    from _machine import fingerprint

OPS = ["nn.functional.multi_head_attention_forward", "nn.functional.layer_norm", "nn.functional.rms_norm",
       "nn.functional.gelu", "nn.functional.embedding", "nn.functional.linear",
       "nn.functional.scaled_dot_product_attention", "softmax", "log_softmax", "nn.functional.cross_entropy",
       "nn.functional.nll_loss", "nn.functional.kl_div"]
# torch has no gradient of a loss in its class weights.
WITHOUT_GRADIENT = {"nn.functional.cross_entropy": ["weight"], "nn.functional.nll_loss": ["weight"],
                    "CrossEntropyLoss": ["weight"]}
MODULES = ["MultiheadAttention", "TransformerEncoderLayer", "TransformerEncoder", "TransformerDecoderLayer",
           "Transformer", "LayerNorm", "RMSNorm", "GELU", "Embedding", "Linear", "CrossEntropyLoss"]
SEED = 20240613


class Dump:
    """Cases, and the tensors that they name."""

    def __init__(self, float32_too):
        self.float32_too = float32_too
        self.tensors, self.cases = {}, []

    def put(self, key, tensor):
        tensor = tensor.to_dense() if tensor.is_sparse else tensor
        self.tensors[key] = tensor.detach().contiguous().clone()
        return {"tensor": key}

    def encode(self, value, key):
        if isinstance(value, torch.Tensor):
            return self.put(key, value)
        if isinstance(value, torch.nn.TransformerEncoderLayer):
            attention, activation = value.self_attn, value.activation
            return {"d_model": attention.embed_dim, "nhead": attention.num_heads,
                    "dim_feedforward": value.linear1.out_features, "dropout": value.dropout.p,
                    "activation": activation.__name__, "layer_norm_eps": value.norm1.eps,
                    "batch_first": attention.batch_first, "norm_first": value.norm_first,
                    "bias": value.linear1.bias is not None}
        if isinstance(value, torch.nn.Module):
            return type(value).__name__
        if isinstance(value, (list, tuple)):
            return [self.encode(item, f"{key}.{i}") for i, item in enumerate(value)]
        if isinstance(value, (torch.dtype, torch.device)):
            return str(value)
        if callable(value):
            return value.__name__
        return value

    def record(self, name, case, call, arguments, parameters):
        """Runs `call(arguments)` in float64 and in float32 and keeps what came out."""
        fixed = arguments if case.get("mode") == "no_grad" else WITHOUT_GRADIENT.get(case.get("op"), [])
        wide, gradients = run(call, arguments, parameters, fixed, torch.float64)
        narrow, narrow_gradients = run(call, arguments, parameters, fixed, torch.float32)
        case["name"] = name
        case["forward"] = {n: self.encode(v, f"{name}/in/{n}") for n, v in arguments.items()}
        case["state_dict"] = {n: self.put(f"{name}/param/{n}", v) for n, v in parameters.items()}
        case["outputs"] = []
        for i, (a, b) in enumerate(zip(narrow, wide, strict=True)):
            error = (a.double() - b.double()).abs()
            error = error[torch.isfinite(error)]
            output = self.put(f"{name}/out/{i}", b)
            output["float32_error"] = float(error.max()) if error.numel() else 0.0
            if self.float32_too:
                self.put(f"{name}/out32/{i}", a)
            case["outputs"].append(output)
        case["gradients"] = {n: self.put(f"{name}/grad/{n}", g) for n, g in gradients.items()}
        if self.float32_too:
            for n, gradient in narrow_gradients.items():
                self.put(f"{name}/grad32/{n}", gradient)
        self.cases.append(case)


def weight(out):
    return torch.cos(torch.arange(out.numel(), dtype=torch.float64)).view(out.shape).to(out.dtype)


def leaf(value, dtype, with_gradient=True):
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.detach().clone().to(dtype).requires_grad_(with_gradient)
    return value


def run(call, arguments, parameters, fixed, dtype):
    """Outputs and gradients, but for the `fixed` arguments. One tensor passed under two names stays one tensor."""
    leaves = {}
    cast = {n: leaves.setdefault(id(v), leaf(v, dtype, n not in fixed)) if isinstance(v, torch.Tensor) else v
            for n, v in arguments.items()}
    weights = {n: leaf(v, dtype) for n, v in parameters.items()}
    outs = call(cast, weights)
    outs = [o for o in (outs if isinstance(outs, (tuple, list)) else (outs,)) if isinstance(o, torch.Tensor)]
    loss = sum((o * weight(o)).sum() for o in outs if o.requires_grad)
    gradients = {}
    if isinstance(loss, torch.Tensor):
        loss.backward()
        for n, v in [*cast.items(), *((f"param:{n}", v) for n, v in weights.items())]:
            if isinstance(v, torch.Tensor) and v.grad is not None:
                gradients[n] = v.grad
    return outs, gradients


def op_cases(dump, seed):
    from torch.testing._internal.common_methods_invocations import op_db
    for op in op_db:
        if op.name not in OPS:
            continue
        torch.manual_seed(seed)
        function = getattr(torch.nn.functional, op.name.rsplit(".", 1)[-1])
        title = f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name
        names = parameter_names(op.name, function)
        for i, sample in enumerate(op.sample_inputs("cpu", torch.float32, requires_grad=False)):
            arguments = dict(zip(names, (sample.input, *sample.args))) | sample.kwargs
            if arguments.get("dropout_p", 0) > 0 and arguments.get("training", True):
                continue
            case = {"op": op.name}
            if arguments.get("scale_grad_by_freq") and arguments.get("sparse"):
                case["mode"] = "no_grad"  # torch has no gradient for it

            def call(cast, _, function=function):
                return function(**cast)
            dump.record(f"op/{title}/{i}", case, call, arguments, {})


def parameter_names(name, function):
    known = {"nn.functional.linear": ["input", "weight", "bias"], "nn.functional.gelu": ["input", "approximate"],
             "nn.functional.embedding": ["weight", "input"],
             "nn.functional.scaled_dot_product_attention": ["query", "key", "value", "attn_mask", "dropout_p",
                                                            "is_causal"]}
    return known.get(name) or list(inspect.signature(function).parameters)


def module_cases(dump, seed):
    from torch.testing._internal.common_modules import module_db
    for info in module_db:
        cls = info.module_cls
        if cls.__name__ not in MODULES:
            continue
        for training in (False, True):
            torch.manual_seed(seed + training)
            samples = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=True,
                                              training=training)
            for i, sample in enumerate(samples):
                made, given = sample.constructor_input, sample.forward_input
                if given is None:
                    continue
                module = cls(*made.args, **made.kwargs).train(training)
                with torch.no_grad():  # biases start at zero: make every parameter count
                    for p in module.parameters():
                        p.add_(0.1 * torch.randn_like(p))
                options = inspect.signature(cls.__init__).bind(None, *made.args, **made.kwargs).arguments
                arguments = dict(inspect.signature(cls.forward).bind(None, *given.args, **given.kwargs).arguments)
                options = {n: v for n, v in options.items() if n not in ("self", "device", "dtype")}
                arguments.pop("self")
                name = f"module/{cls.__name__}/{'train' if training else 'eval'}/{i}"
                if cls is torch.nn.CrossEntropyLoss:  # no parameters: its options are arguments like the others
                    dump.record(name, {"op": cls.__name__}, loss, options | arguments, {})
                    continue
                state = dict(module.state_dict())

                arguments = forward_names(cls, arguments)

                def call(cast, weights, module=module):
                    args = [cast[n] for n in ["input"] if n in cast]
                    kwargs = {n: v for n, v in cast.items() if n != "input"}
                    return torch.func.functional_call(module, weights, tuple(args), kwargs)
                case = {"module": cls.__name__, "training": training,
                        "config": {n: dump.encode(v, n) for n, v in options.items()}}
                dump.record(name, case, call, arguments, state)


def loss(cast, _):
    inputs = [cast[n] for n in ("input", "target")]
    options = {n: v for n, v in cast.items() if n not in ("input", "target")}
    return torch.nn.CrossEntropyLoss(**options)(*inputs)


def forward_names(cls, arguments):
    """LayerNorm calls its argument `input`, RMSNorm `x`: one name for all modules of one input."""
    if len(arguments) == 1 and cls.__name__ in ("LayerNorm", "RMSNorm", "GELU", "Embedding", "Linear"):
        return {"input": next(iter(arguments.values()))}
    return arguments


def generate(seed, float32_too):
    warnings.filterwarnings("ignore")
    dump = Dump(float32_too)
    op_cases(dump, seed)
    module_cases(dump, seed)
    return dump


def packed(cases, tensors):
    """One safetensors file: the tensors, the cases and the machine."""
    names = tuple(case["name"] + "/" for case in cases)
    tensors = {key: tensor for key, tensor in sorted(tensors.items()) if key.startswith(names)}
    return save(tensors, fingerprint() | {"cases": json.dumps(cases)})


def make(folder):
    dump = generate(SEED, float32_too=False)
    parts = {"pytorch_samples_parts": [], "pytorch_samples_stacks": [], "pytorch_samples_losses": []}
    for case in dump.cases:
        stack = case.get("module", "").startswith("Transformer")
        of_loss = any(word in case.get("op", "") for word in ("Loss", "loss", "cross_entropy", "kl_div"))
        part = "stacks" if stack else "losses" if of_loss else "parts"
        parts[f"pytorch_samples_{part}"].append(case)
    for name, cases in parts.items():
        data = gzip.compress(packed(cases, dump.tensors), mtime=0)
        (folder / f"{name}.safetensors.gz").write_bytes(data)


if __name__ == "__main__":
    out, _, seed = sys.argv[1:]
    fresh = generate(int(seed), float32_too=True)
    (pathlib.Path(out) / "pytorch_samples.safetensors").write_bytes(packed(fresh.cases, fresh.tensors))
