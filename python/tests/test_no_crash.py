"""Promise: whatever a module holds or a tensor is, the end is a result equal to torch's or one ordinary exception."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

import atencion


def both(ours, theirs):
    """Equal results, or both raise; ours then in one line."""
    try:
        wanted = theirs()
    except Exception as error:
        with pytest.raises(type(error)) as info:
            ours()
        assert "\n" not in str(info.value), info.value
        return
    got = ours()
    for a, b in zip(*(x if isinstance(x, tuple) else (x,) for x in (got, wanted))):
        assert (a is None and b is None) or (a.shape == b.shape and a.dtype == b.dtype)


def test_a_module_that_contains_itself():
    module, x = nn.TransformerEncoderLayer(8, 2, 16, 0.0), torch.randn(3, 2, 8)
    module.linear1.own = module
    bridge = atencion.from_torch(module)
    assert torch.equal(bridge(x), module(x))
    module.linear1 = module  # calls itself before anything that would stop it
    both(lambda: bridge(x), lambda: module(x))
    norm = nn.LayerNorm(8)
    norm.own = norm
    assert torch.equal(atencion.from_torch(norm)(x), norm(x))
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 1)
    encoder.layers[0] = encoder
    both(lambda: atencion.from_torch(encoder)(x), lambda: encoder(x))


STRANGE = {
    "uint16": lambda t: t.abs().to(torch.uint16),
    "uint32": lambda t: t.abs().to(torch.uint32),
    "float8": lambda t: t.to(torch.float8_e4m3fn),
    "complex": lambda t: t.to(torch.complex64),
    "bool": lambda t: t > 0,
    "meta": lambda t: t.to("meta"),
    "sparse": lambda t: t.to_sparse(),
    "quantized": lambda t: torch.quantize_per_tensor(t.detach(), 0.1, 0, torch.qint8),
    "nested": lambda t: torch.nested.nested_tensor([t.detach()]),
    "jagged": lambda t: torch.nested.nested_tensor([t.detach()], layout=torch.jagged),
    "empty": lambda t: t[:0],
    "other size": lambda t: torch.cat([t, t]),
    "double": lambda t: t.double(),
}
strange = pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)


@strange
@pytest.mark.parametrize("name", ["in_proj_weight", "in_proj_bias", "out_proj.weight"])
def test_strange_parameters_of_attention(make, name):
    module = nn.MultiheadAttention(8, 2).requires_grad_(False)
    owner = module.get_submodule(name.rpartition(".")[0])
    short = name.rpartition(".")[2]
    owner._parameters[short] = make(getattr(owner, short).detach())
    bridge, x = atencion.from_torch(module), torch.randn(3, 2, 8)
    both(lambda: bridge(x, x, x), lambda: module(x, x, x))


@strange
@pytest.mark.parametrize("name", ["weight", "bias"])
def test_strange_parameters_of_a_norm(make, name):
    module = nn.LayerNorm(8)
    module._parameters[name] = make(getattr(module, name).detach())
    x = torch.randn(2, 8)
    both(lambda: atencion.from_torch(module)(x), lambda: module(x))


@strange
@pytest.mark.parametrize("place", ["query", "key", "value", "attn_mask"])
def test_strange_arguments(make, place):
    arguments = {name: torch.randn(2, 3, 3) for name in ("query", "key", "value")}
    arguments[place] = make(arguments.get(place, torch.randn(3, 3)))
    if make is STRANGE["meta"]:  # torch's kernel reads memory that holds no numbers
        with pytest.raises(atencion.errors.ArgumentTypeError, match=f"^{place} must be .* meta"):
            atencion.scaled_dot_product_attention(**arguments)
        return
    if place == "attn_mask" or make is not STRANGE["empty"]:
        both(
            lambda: atencion.scaled_dot_product_attention(**arguments),
            lambda: F.scaled_dot_product_attention(**arguments),
        )


@strange
def test_strange_masks_of_a_layer(make):
    module, x = nn.TransformerEncoderLayer(8, 2, 16), torch.randn(3, 2, 8)
    mask = make(torch.randn(3, 3))
    if make is STRANGE["meta"]:
        with pytest.raises(TypeError, match="^src_mask must be .* meta"):
            atencion.from_torch(module)(x, mask)
        return
    both(lambda: atencion.from_torch(module)(x, mask), lambda: module(x, mask))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_fake_tensors(dtype, autocast, need_weights):
    with FakeTensorMode(), torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        module = nn.MultiheadAttention(8, 2, dtype=dtype)
        x = torch.randn(3, 2, 8, dtype=dtype)
        output, weights = atencion.from_torch(module)(x, x, x, need_weights=need_weights)
        assert isinstance(output, FakeTensor) and output.shape == (3, 2, 8)
        assert (weights is not None) is need_weights
        layer = nn.TransformerEncoderLayer(8, 2, 16, dtype=dtype)
        assert atencion.from_torch(layer)(x).shape == x.shape
        assert atencion.scaled_dot_product_attention(x, x, x).shape == x.shape


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_fake_parameters_outside_of_their_mode(dtype):
    with FakeTensorMode():
        module = nn.MultiheadAttention(8, 2, dtype=dtype)
    x = torch.randn(3, 2, 8, dtype=dtype)
    both(lambda: atencion.from_torch(module)(x, x, x), lambda: module(x, x, x))


def test_export():
    class Model(nn.Module):
        def __init__(self, attention):
            super().__init__()
            self.attention = attention

        def forward(self, x):
            return self.attention(x, x, x)[0]

    module = nn.MultiheadAttention(8, 2).bfloat16().eval()
    x = torch.randn(3, 2, 8, dtype=torch.bfloat16)
    program = torch.export.export(Model(atencion.from_torch(module)), (x,))
    assert torch.equal(program.module()(x), module(x, x, x)[0])


def test_meta_modules_give_meta_tensors():
    module = nn.TransformerEncoderLayer(8, 2, 16, device="meta")
    out = atencion.from_torch(module)(torch.randn(3, 2, 8, device="meta"))
    assert out.is_meta and out.shape == (3, 2, 8)


def cut(shape):
    tensor = torch.ones(shape)
    tensor.untyped_storage().resize_(0)
    return tensor


class Subclass(torch.Tensor):
    """A tensor that makes torch compute the call."""


def test_a_freed_storage_beside_what_only_torch_computes():
    """torch would read the freed one."""
    x = torch.randn(3, 2, 8).as_subclass(Subclass)
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 1)
    decoder = nn.TransformerDecoderLayer(8, 2, 16)
    calls = {
        "attn_mask": lambda: atencion.scaled_dot_product_attention(x, x, x, attn_mask=cut((2, 2))),
        "value": lambda: atencion.from_torch(nn.MultiheadAttention(8, 2))(x, x, cut((3, 2, 8))),
        "mask": lambda: atencion.from_torch(encoder)(x, mask=cut((3, 3))),
        "memory": lambda: atencion.from_torch(decoder)(x, cut((3, 2, 8))),
    }
    for name, call in calls.items():
        with pytest.raises(ValueError, match=f"^{name} .* its storage now holds 0"):
            call()
