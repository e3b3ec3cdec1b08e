"""Promise: nothing is silently left out. What somebody hangs on a module or a tensor acts as it does in torch."""

import copy
import pathlib
import pickle
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention.bias import causal_lower_right, causal_upper_left
from torch.nn.utils import prune
from torch.utils.checkpoint import checkpoint

import atencion


def layer(**options):
    options = {"batch_first": True, "dropout": 0.0, **options}
    return nn.TransformerEncoderLayer(8, 2, 16, **options)


def equal(ours, theirs):
    if isinstance(theirs, tuple):
        return len(ours) == len(theirs) and all(map(equal, ours, theirs))
    if theirs is None:
        return ours is None
    return ours.dtype == theirs.dtype and torch.equal(ours.nan_to_num(7.0), theirs.nan_to_num(7.0))


def in_rust(call):
    """What the call returns, once it is sure that Rust computed it."""
    before = atencion.calls().rust
    result = call()
    assert atencion.calls().rust == before + 1
    return result


def in_torch(call):
    """What the call returns, once it is sure that torch's own forward computed it, and that this was counted."""
    before = sum(atencion.calls().torch.values())
    result = call()
    assert sum(atencion.calls().torch.values()) == before + 1
    return result


# Tensors that say themselves how they are computed with


@pytest.mark.parametrize("bias", [causal_upper_left, causal_lower_right])
def test_torchs_causal_biases_are_the_masks_they_stand_for(bias):
    q, k = torch.randn(2, 2, 3, 8), torch.randn(2, 2, 5, 8)
    theirs = F.scaled_dot_product_attention(q, k, k, attn_mask=bias(3, 5))
    ours = in_torch(lambda: atencion.scaled_dot_product_attention(q, k, k, attn_mask=bias(3, 5)))
    assert torch.equal(ours, theirs)
    with pytest.raises(TypeError, match="attn_mask.*CausalBias"):
        atencion.explain(q, k, k, attn_mask=bias(3, 5))


class Doubled(torch.Tensor):
    """A tensor whose layer_norm gives twice the numbers."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            result = func(*args, **(kwargs or {}))
        return result * 2 if func is F.layer_norm else result


def test_a_subclass_of_tensor_is_asked():
    norm, x = nn.LayerNorm(8), torch.randn(2, 8)
    ours = in_torch(lambda: atencion.from_torch(norm)(x.as_subclass(Doubled)))
    assert torch.equal(torch.Tensor(ours), norm(x) * 2)
    norm._parameters["weight"] = norm.weight.detach().as_subclass(Doubled)
    assert torch.equal(torch.Tensor(atencion.from_torch(norm)(x)), torch.Tensor(norm(x)))


def test_a_function_mode_sees_the_call():
    from torch.overrides import TorchFunctionMode

    class Watch(TorchFunctionMode):
        def __init__(self):
            super().__init__()
            self.seen = []

        def __torch_function__(self, func, types, args=(), kwargs=None):
            self.seen.append(func)
            return func(*args, **(kwargs or {}))

    q = torch.randn(2, 3, 8)
    with Watch() as watch:
        atencion.scaled_dot_product_attention(q, q, q)
        atencion.from_torch(nn.LayerNorm(8))(q)
    assert F.scaled_dot_product_attention in watch.seen and F.layer_norm in watch.seen
    with torch.device("cpu"):  # a mode, too, but one that changes no attention
        in_rust(lambda: atencion.scaled_dot_product_attention(q, q, q))


# What hangs on a module, before and after from_torch


def test_a_hook_on_a_child_runs():
    module, x = layer(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    in_rust(lambda: bridge(x))
    handle = module.linear1.register_forward_hook(lambda module, inputs, output: output + 1)
    theirs = module(x)
    assert torch.equal(in_torch(lambda: bridge(x)), theirs)
    handle.remove()
    assert torch.equal(in_rust(lambda: bridge(x)), module(x)) and not torch.equal(theirs, module(x))


@pytest.mark.parametrize("on", ["module", "bridge"])
def test_hooks_of_the_module_run_once(on):
    module, x = layer(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    calls = []
    who = module if on == "module" else bridge
    who.register_forward_pre_hook(lambda module, inputs: calls.append("before") or (inputs[0] * 2,))
    who.register_forward_hook(lambda module, inputs, output: calls.append("after") or output + 1)
    who.register_full_backward_hook(lambda module, grad_input, grad_output: calls.append("back"))
    leaf = x.clone().requires_grad_()
    bridge(leaf).sum().backward()
    assert calls == ["before", "after", "back"]
    assert torch.equal(bridge(x), module(x))


def test_a_hook_around_every_module_runs():
    bridge, x, seen = atencion.from_torch(layer()), torch.randn(2, 3, 8), []
    handle = nn.modules.module.register_module_forward_hook(
        lambda module, inputs, output: seen.append(type(module).__name__)
    )
    try:
        bridge(x)
    finally:
        handle.remove()
    assert {"MultiheadAttention", "Linear", "LayerNorm", "TransformerEncoderLayer"} <= set(seen)


class LoRA(nn.Linear):
    def __init__(self, linear, rank=2):
        super().__init__(linear.in_features, linear.out_features)
        self.weight, self.bias = linear.weight, linear.bias
        self.down = nn.Parameter(torch.randn(rank, linear.in_features))
        self.up = nn.Parameter(torch.randn(linear.out_features, rank))

    def forward(self, input):
        return super().forward(input) + input @ self.down.T @ self.up.T


def test_a_subclass_in_a_childs_place_computes():
    module, x = layer(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    module.linear2 = LoRA(module.linear2)
    out = bridge(x)
    assert torch.equal(out, module(x))
    out.sum().backward()
    assert module.linear2.up.grad is not None


def test_a_patched_forward_computes():
    module, x = layer(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    module.norm2.forward = lambda input: torch.zeros_like(input)
    assert torch.equal(bridge(x), torch.zeros_like(x))
    del module.norm2.forward
    module._ff_block = lambda x: x * 3
    assert torch.equal(bridge(x), module(x))
    module.forward = lambda x: x + 1
    assert torch.equal(bridge(x), x + 1)


def test_parametrisations_and_pruning_act():
    module, x = layer(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    nn.utils.parametrizations.weight_norm(module.linear1)
    assert torch.equal(bridge(x), module(x))
    prune.l1_unstructured(module.linear2, "weight", 0.5)
    assert torch.equal(bridge(x), module(x))
    assert (module.linear2.weight == 0).sum() == 64


@pytest.mark.parametrize("norm", [nn.RMSNorm(8), nn.Identity(), nn.Sequential(nn.LayerNorm(8), nn.Tanh())])
def test_any_norm_may_be_last(norm):
    module, x = nn.TransformerEncoder(layer(), 2, norm), torch.randn(2, 3, 8)
    assert torch.equal(in_rust(lambda: atencion.from_torch(module)(x)), module(x))
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, 0.0, batch_first=True), 2, norm)
    assert torch.equal(in_rust(lambda: atencion.from_torch(decoder)(x, x)), decoder(x, x))


# What is put in place of torch's own functions, methods, parameters


def attend_twice(query, key, value, *args, **kwargs):
    return value * 2


@pytest.mark.parametrize(
    "owner, name, other",
    [
        (F, "scaled_dot_product_attention", attend_twice),
        (F, "layer_norm", lambda x, *args: x * 2),
        (F, "linear", lambda x, weight, bias=None: x @ weight.T * 2),
        (F, "dropout", lambda x, *args: x * 3),
        (F, "multi_head_attention_forward", lambda query, *args, **kwargs: (query * 3, None)),
        (torch, "_transformer_encoder_layer_fwd", lambda x, *args: x * 5),
        (nn.LayerNorm, "forward", lambda self, x: x * 3),
        (nn.Linear, "forward", lambda self, x: F.linear(x, self.weight) * 2),
        (nn.TransformerEncoderLayer, "_sa_block", lambda self, x, *args, **kwargs: x * 3),
        (nn.TransformerEncoderLayer, "forward", lambda self, x, *args, **kwargs: x * 4),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_another_function_in_torchs_place_is_called(owner, name, other, monkeypatch):
    module, x = layer().eval(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    seen = []
    for grad in (True, False):  # torch's fast path, without gradients, calls another function
        with torch.set_grad_enabled(grad):
            usual = in_rust(lambda: bridge(x))
            with monkeypatch.context() as patch:
                patch.setattr(owner, name, other)
                theirs = module(x)
                assert torch.equal(in_torch(lambda: bridge(x)), theirs)
            assert torch.equal(in_rust(lambda: bridge(x)), usual)
        seen.append(not torch.equal(usual, theirs))
    assert any(seen)


def test_our_own_function_in_torchs_place_changes_nothing(monkeypatch):
    monkeypatch.setattr(F, "scaled_dot_product_attention", atencion.scaled_dot_product_attention)
    module, x = layer(), torch.randn(2, 3, 8)
    assert torch.equal(in_rust(lambda: atencion.from_torch(module)(x)), module(x))


def test_a_function_that_was_replaced_before_the_import_is_called():
    lines = """
import functools, torch, torch.nn.functional as F
attend = F.scaled_dot_product_attention
F.scaled_dot_product_attention = functools.wraps(attend)(lambda *args, **kwargs: attend(*args, **kwargs) * 2)
import atencion
module, x = torch.nn.TransformerEncoderLayer(8, 2, 16, 0.0), torch.randn(3, 2, 8)
assert torch.equal(atencion.from_torch(module)(x), module(x))
assert atencion.calls().rust == 0
"""
    subprocess.run([sys.executable, "-c", lines], check=True, cwd=pathlib.Path(__file__).parents[2])


def test_a_frozen_weight_may_be_a_buffer():
    module, x = layer(), torch.randn(2, 3, 8)
    for name, size in {"norm1.weight": (8,), "linear1.bias": (16,), "self_attn.in_proj_bias": (24,)}.items():
        owner, _, short = name.rpartition(".")
        owner = module.get_submodule(owner)
        delattr(owner, short)
        owner.register_buffer(short, torch.randn(size))
    assert torch.equal(in_rust(lambda: atencion.from_torch(module)(x)), module(x))


def test_an_attribute_hides_a_parameter_and_a_child():
    norm, x = nn.LayerNorm(8), torch.randn(2, 3, 8)
    norm.__dict__["weight"] = torch.randn(8)
    assert torch.equal(in_rust(lambda: atencion.from_torch(norm)(x)), norm(x))
    module = layer()
    module.__dict__["linear1"] = nn.Linear(8, 16)
    assert torch.equal(in_torch(lambda: atencion.from_torch(module)(x)), module(x))


def test_a_parameter_that_is_gone():
    norm, x = nn.LayerNorm(8), torch.randn(2, 8)
    bridge = atencion.from_torch(norm)
    del norm.bias
    with pytest.raises(AttributeError, match="bias"):
        bridge(x)


# Exceptions of Python code that Rust calls


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, RuntimeError, ZeroDivisionError])
def test_exceptions_of_an_activation_pass_through(raised):
    error = raised("no such luck")

    def activation(x):
        raise error

    bridge = atencion.from_torch(layer(activation=activation))
    with pytest.raises(raised) as info:
        bridge(torch.randn(2, 3, 8))
    assert info.value is error


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_checkpointing(use_reentrant):
    module = layer()
    bridge = atencion.from_torch(module)
    gradients = []
    for callee in (module, bridge):
        x = torch.linspace(-1, 1, 48).view(2, 3, 8).requires_grad_()
        module.zero_grad()
        checkpoint(callee, x, use_reentrant=use_reentrant).square().sum().backward()
        gradients.append([x.grad, *(p.grad for p in module.parameters())])
    assert all(map(torch.equal, *gradients))


def test_an_exception_in_a_hook_on_saved_tensors():
    def refuse(tensor):
        raise KeyError("not saved")

    x = torch.randn(2, 3, 8, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(refuse, lambda tensor: tensor):
        with pytest.raises(KeyError, match="not saved"):
            atencion.from_torch(layer())(x)


# torch's fast path, with its own peculiarities


PADDED = torch.tensor([[False, False, True], [True, True, True]])


@pytest.mark.parametrize(
    "activation",
    [nn.ReLU(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), F.relu, F.gelu, "gelu"],
    ids=str,
)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.enable_grad])
def test_activations(activation, mode):
    module, x = layer(activation=activation).eval(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    with mode():
        assert equal(in_rust(lambda: bridge(x)), module(x))
        assert equal(bridge(x, src_key_padding_mask=PADDED), module(x, src_key_padding_mask=PADDED))


@pytest.mark.parametrize("norm", [None, nn.LayerNorm(8)], ids=["no norm", "norm"])
@pytest.mark.parametrize("training", [False, True])
def test_an_encoders_own_nested_tensors(norm, training):
    """Without gradients torch's encoder leaves padding out, and fills it with zeros."""
    module, x = nn.TransformerEncoder(layer(), 2, norm).train(training), torch.randn(2, 3, 8)
    padding = torch.tensor([[False, False, True], [False, True, True]])
    with torch.no_grad():
        theirs = module(x, src_key_padding_mask=padding)
        assert equal(in_rust(lambda: atencion.from_torch(module)(x, src_key_padding_mask=padding)), theirs)


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_are_torchs_own_matter(layout):
    nested = torch.nested.nested_tensor([torch.randn(3, 8), torch.randn(2, 8)], layout=layout)
    norm = nn.LayerNorm(8)
    ours = in_torch(lambda: atencion.from_torch(norm)(nested))
    assert ours.is_nested and all(map(torch.equal, ours.unbind(), norm(nested).unbind()))
    heads = [torch.randn(2, 3, 4), torch.randn(2, 2, 4)]
    if layout is torch.jagged:
        heads = torch.nested.nested_tensor([t.transpose(0, 1) for t in heads], layout=layout).transpose(1, 2)
    else:
        heads = torch.nested.nested_tensor(heads)
    ours = in_torch(lambda: atencion.scaled_dot_product_attention(heads, heads, heads))
    theirs = F.scaled_dot_product_attention(heads, heads, heads)
    assert ours.is_nested and all(map(torch.equal, ours.unbind(), theirs.unbind()))


# Calls that torch takes


@pytest.mark.parametrize("mask", [torch.linspace(-1, 1, 9).view(3, 3), torch.eye(3) + torch.ones(3, 3).triu() > 0])
def test_a_mask_together_with_is_causal(mask):
    q = torch.randn(2, 2, 3, 8)
    ours = in_rust(lambda: atencion.scaled_dot_product_attention(q, q, q, mask, is_causal=True))
    assert torch.equal(ours, F.scaled_dot_product_attention(q, q, q, mask, is_causal=True))
    assert not torch.equal(ours, F.scaled_dot_product_attention(q, q, q, mask))


@pytest.mark.parametrize("key_dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("mask_dtype", [torch.float32, torch.bfloat16, torch.bool])
def test_dtypes_are_mixed_under_autocast(key_dtype, mask_dtype):
    q, mask = torch.randn(2, 2, 3, 8), torch.eye(3).to(mask_dtype)
    with torch.autocast("cpu", torch.bfloat16):
        ours = atencion.scaled_dot_product_attention(q, q.to(key_dtype), q, mask)
        assert equal(ours, F.scaled_dot_product_attention(q, q.to(key_dtype), q, mask))


@pytest.mark.parametrize("padding", [torch.float32, torch.bfloat16, torch.bool])
@pytest.mark.parametrize("mask", [torch.float32, torch.bfloat16, torch.bool])
@pytest.mark.parametrize("need_weights", [False, True])
def test_two_masks_of_two_kinds(padding, mask, need_weights):
    module, x = nn.MultiheadAttention(8, 2, batch_first=True), torch.randn(2, 3, 8)
    masks = {"attn_mask": torch.eye(3).to(mask), "key_padding_mask": torch.eye(3)[:2].to(padding)}
    calls = [lambda m=m: m(x, x, x, need_weights=need_weights, **masks) for m in (atencion.from_torch(module), module)]
    if mask == padding == torch.bfloat16:
        for call in calls:
            with pytest.raises(RuntimeError, match="BFloat16"):
                call()
        return
    ours, theirs = (call() for call in calls)
    assert equal(ours, theirs)


def test_a_causal_hint_without_a_mask():
    x = torch.randn(2, 3, 8)
    for module in (nn.TransformerDecoderLayer(8, 2, 16, 0.0), nn.Transformer(8, 2, 1, 1, 16, 0.0)):
        for callee in (module, atencion.from_torch(module)):
            with pytest.raises(RuntimeError, match="^Need attn_mask if specifying the is_causal hint"):
                callee(x, x, tgt_is_causal=True)


def test_an_activation_that_is_replaced_later():
    module, x = layer().eval(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    module.activation = F.silu
    assert torch.equal(in_rust(lambda: bridge(x)), module(x))
    with torch.no_grad():  # torch's fast path keeps computing relu
        assert torch.equal(in_rust(lambda: bridge(x)), module(x))


@pytest.mark.parametrize("enable_grad", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("norm_first", [False, True])
def test_autocast_on_the_cpu(training, enable_grad, norm_first):
    module = nn.TransformerEncoder(layer(norm_first=norm_first), 3, enable_nested_tensor=False)
    module.train(training)
    x, bridge = torch.randn(2, 3, 8), atencion.from_torch(module)
    with torch.autocast("cpu", torch.bfloat16), torch.set_grad_enabled(enable_grad):
        assert equal(in_rust(lambda: bridge(x)), module(x))


def test_the_fast_path_can_be_switched_off_and_on():
    module, x = layer(activation=nn.GELU("tanh")).eval(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    results = []
    with torch.no_grad():
        for enabled in (True, False, True):
            torch.backends.mha.set_fastpath_enabled(enabled)
            try:
                results.append(in_rust(lambda: bridge(x)))
                assert torch.equal(results[-1], module(x))
            finally:
                torch.backends.mha.set_fastpath_enabled(True)
    assert torch.equal(results[0], results[2]) and not torch.equal(results[0], results[1])


# One module, seen from two sides


def test_training_is_one_flag():
    module = nn.TransformerEncoder(layer(), 2)
    bridge = atencion.from_torch(module)
    bridge.eval()
    assert not any(part.training for part in module.modules())
    module.train()
    assert all(part.training for part in bridge.modules())
    module.layers[0].eval()
    assert not bridge.layers[0].training


def test_state_dict_keys_and_names_are_the_modules_own():
    module = nn.Transformer(8, 2, 1, 1, 16)
    bridge = atencion.from_torch(module)
    assert list(bridge.state_dict()) == list(module.state_dict())
    assert [name for name, _ in bridge.named_modules()] == [name for name, _ in module.named_modules()]
    assert bridge.load_state_dict(module.state_dict()) == module.load_state_dict(bridge.state_dict())
    assert isinstance(bridge, nn.Transformer) and bridge.nhead == 2
    assert nn.Sequential(bridge).state_dict().keys() == nn.Sequential(module).state_dict().keys()


def test_a_child_that_is_put_in_later():
    module, x = layer(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    bridge.linear1 = nn.Linear(8, 16)
    assert module.linear1 is bridge.linear1
    assert torch.equal(in_rust(lambda: bridge(x)), module(x))


def test_pickles_and_copies():
    bridge, x = atencion.from_torch(layer()), torch.randn(2, 3, 8)
    twin = pickle.loads(pickle.dumps(bridge))
    assert type(twin) is type(bridge)
    assert torch.equal(in_rust(lambda: twin(x)), bridge(x))
    assert torch.equal(copy.deepcopy(bridge)(x), bridge(x))


def test_a_module_without_a_training_flag():
    module, x = layer(), torch.randn(2, 3, 8)
    bridge = atencion.from_torch(module)
    del module.dropout1.training
    with pytest.raises(AttributeError, match="training"):
        module(x)
    with pytest.raises(AttributeError, match="training"):
        bridge(x)
