"""PyTorch's own generators of sample and error inputs (`module_db`, `op_db`), which its wheel holds, through the bridge.

Forward and backward are held against PyTorch bit for bit: equality is counted and printed, closeness is asserted for every
case, and so is that Rust computed it. Where PyTorch refuses, the bridge raises torch's type and torch's sentence.
"""

import pytest
import torch
from torch import nn
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db

import atencion

MODULES = {
    nn.LayerNorm,
    nn.MultiheadAttention,
    nn.TransformerEncoderLayer,
    nn.TransformerEncoder,
    nn.TransformerDecoderLayer,
    nn.TransformerDecoder,
    nn.Transformer,
}
SEEDS = (0, 1, 2)
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-12}


def tensors(value):
    """Every tensor in nested tuples, lists and dicts, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [tensor for item in value for tensor in tensors(item)]
    return []


def forward_and_backward(call, inputs, parameters, seed):
    """Outputs, then the gradients of every input and parameter that wants one."""
    torch.manual_seed(seed)
    outputs = tensors(call())
    leaves = [t for t in tensors(inputs) + list(parameters) if t.requires_grad and t.is_leaf]
    roots = [output for output in outputs if output.requires_grad]
    if not roots:
        return outputs
    upstream = [torch.linspace(-1, 1, root.numel(), dtype=root.dtype).view_as(root) for root in roots]
    gradients = torch.autograd.grad(roots, leaves, upstream, allow_unused=True)
    return outputs + [gradient for gradient in gradients if gradient is not None]


class Count:
    """How many cases were equal to the last bit."""

    def __init__(self):
        self.cases = self.equal = 0
        self.rust = atencion.calls().rust

    def compare(self, ours, theirs, tolerance):
        assert len(ours) == len(theirs) > 0
        self.cases += 1
        self.equal += all(torch.equal(a, b) or same_with_nan(a, b) for a, b in zip(ours, theirs))
        for a, b in zip(ours, theirs):
            torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)

    def report(self, what, capsys):
        rust = atencion.calls().rust - self.rust
        assert rust == self.cases > 0
        with capsys.disabled():
            print(f"\n{what}: {self.equal} of {self.cases} cases equal to the last bit, {rust} computed in Rust")


def same_with_nan(a, b):
    return a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())


INFOS = [info for info in module_db if info.module_cls in MODULES]


def test_all_seven_modules_have_cases():
    # nn.TransformerDecoder has no entry in PyTorch's list of modules; test_modules.py holds it.
    assert {info.module_cls for info in INFOS} == MODULES - {nn.TransformerDecoder}


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.module_cls.__name__)
def test_module_samples(info, dtype, capsys):
    count = Count()
    for seed in SEEDS:
        for training in (True, False):
            torch.manual_seed(seed)
            samples = info.module_inputs_func(
                info, device="cpu", dtype=dtype, requires_grad=True, training=training
            )
            for sample in samples:
                run_module_sample(info, sample, dtype, training, seed, count)
    count.report(f"{info.module_cls.__name__} {dtype}", capsys)


def run_module_sample(info, sample, dtype, training, seed, count):
    constructor, forward = sample.constructor_input, sample.forward_input
    module = info.module_cls(*constructor.args, **constructor.kwargs).to(dtype).train(training)
    bridge = atencion.from_torch(module)
    inputs = (forward.args, forward.kwargs)

    def run(callee):
        return forward_and_backward(
            lambda: callee(*forward.args, **forward.kwargs), inputs, module.parameters(), seed
        )

    count.compare(run(bridge), run(module), TOLERANCE[dtype])
    with torch.no_grad():
        torch.manual_seed(seed)
        ours = tensors(bridge(*forward.args, **forward.kwargs))
        torch.manual_seed(seed)
        theirs = tensors(module(*forward.args, **forward.kwargs))
    count.compare(ours, theirs, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
def test_attention_samples(dtype, capsys):
    (op,) = [op for op in op_db if op.name == "nn.functional.scaled_dot_product_attention"]
    count = Count()
    for seed in SEEDS:
        torch.manual_seed(seed)
        for sample in op.sample_inputs("cpu", dtype, requires_grad=True):
            inputs = (sample.input, *sample.args)

            def run(attention):
                return forward_and_backward(
                    lambda: attention(*inputs, **sample.kwargs), (inputs, sample.kwargs), (), seed
                )

            ours = run(atencion.scaled_dot_product_attention)
            theirs = run(nn.functional.scaled_dot_product_attention)
            count.compare(ours, theirs, TOLERANCE[dtype])
    count.report(f"scaled_dot_product_attention {dtype}", capsys)


def same_refusal(ours, theirs, expected):
    """torch's type and torch's sentence, in one line."""
    with pytest.raises(expected.error_type, match=expected.error_regex):
        theirs()
    with pytest.raises(expected.error_type) as info:
        ours()
    assert "\n" not in str(info.value)
    with pytest.raises(expected.error_type, match=expected.error_regex):
        ours()


@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.module_cls.__name__)
def test_module_errors(info):
    if info.module_error_inputs_func is None:
        pytest.skip("PyTorch has no error inputs for it")
    for case in info.module_error_inputs_func(
        info, device="cpu", dtype=torch.float32, requires_grad=False, training=False
    ):
        constructor, forward = case.module_error_input.constructor_input, case.module_error_input.forward_input
        if forward is None:
            continue  # the constructor refuses: torch's own
        module = info.module_cls(*constructor.args, **constructor.kwargs)
        bridge = atencion.from_torch(module)
        same_refusal(
            lambda: bridge(*forward.args, **forward.kwargs),
            lambda: module(*forward.args, **forward.kwargs),
            case,
        )


def test_attention_errors():
    (op,) = [op for op in op_db if op.name == "nn.functional.scaled_dot_product_attention"]
    if op.error_inputs_func is None:
        pytest.skip("PyTorch has no error inputs for it")
    for case in op.error_inputs("cpu"):
        sample = case.sample_input
        same_refusal(
            lambda: atencion.scaled_dot_product_attention(sample.input, *sample.args, **sample.kwargs),
            lambda: nn.functional.scaled_dot_product_attention(sample.input, *sample.args, **sample.kwargs),
            case,
        )
