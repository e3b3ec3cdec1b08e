"""Promise: `from_torch(m)` is `m`: same signature, same return value, same parameters, followed live."""

import copy
import inspect
import threading

import pytest
import torch
from torch import nn

import atencion

MADE = {
    "LayerNorm": lambda: nn.LayerNorm(8),
    "MultiheadAttention": lambda: nn.MultiheadAttention(8, 2, dropout=0.1),
    "TransformerEncoderLayer": lambda: nn.TransformerEncoderLayer(8, 2, 16),
    "TransformerEncoder": lambda: nn.TransformerEncoder(
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, nn.LayerNorm(8)
    ),
    "TransformerDecoderLayer": lambda: nn.TransformerDecoderLayer(8, 2, 16),
    "TransformerDecoder": lambda: nn.TransformerDecoder(
        nn.TransformerDecoderLayer(8, 2, 16, norm_first=True), 2, nn.LayerNorm(8)
    ),
    "Transformer": lambda: nn.Transformer(8, 2, 1, 1, 16),
}
INPUTS = {"MultiheadAttention": 3, "TransformerDecoderLayer": 2, "TransformerDecoder": 2, "Transformer": 2}

each = pytest.mark.parametrize("name", MADE)


def inputs(name, dtype=torch.float32):
    return [torch.randn(5, 2, 8, dtype=dtype) for _ in range(INPUTS.get(name, 1))]


def equal(ours, theirs):
    if isinstance(theirs, tuple):
        return len(ours) == len(theirs) and all(map(equal, ours, theirs))
    return torch.equal(ours, theirs)


def both(module, bridge, arguments):
    torch.manual_seed(3)
    theirs = module(*arguments)
    torch.manual_seed(3)
    return bridge(*arguments), theirs


@each
def test_signature_is_the_modules_own(name):
    module = MADE[name]()
    theirs = inspect.signature(module.forward).parameters.values()
    ours = inspect.signature(atencion.from_torch(module).forward).parameters.values()
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


@each
def test_training_and_evaluation_are_followed(name):
    module = MADE[name]()
    bridge = atencion.from_torch(module)
    arguments = inputs(name)
    for mode in (True, False, True):
        module.train(mode)
        assert equal(*both(module, bridge, arguments))
        bridge.train(not mode)
        assert module.training is not mode
        assert equal(*both(module, bridge, arguments))


@each
def test_dtype_is_followed(name):
    module = MADE[name]().eval()
    bridge = atencion.from_torch(module)
    for dtype in (torch.float64, torch.bfloat16, torch.float32):
        module.to(dtype)
        assert equal(*both(module, bridge, inputs(name, dtype)))


@each
def test_load_state_dict_is_followed(name):
    module, other = MADE[name]().eval(), MADE[name]().eval()
    bridge = atencion.from_torch(module)
    arguments = inputs(name)
    for assign in (False, True):
        for parameter in other.parameters():
            nn.init.normal_(parameter)
        module.load_state_dict(other.state_dict(), assign=assign)
        assert equal(bridge(*arguments), other(*arguments))


@each
def test_deepcopies_go_their_own_way(name):
    bridge = atencion.from_torch(MADE[name]().eval())
    twin = copy.deepcopy(bridge)
    arguments = inputs(name)
    before = twin(*arguments)
    with torch.no_grad():
        for parameter in bridge.module.parameters():
            parameter.add_(1.0)
    assert equal(twin(*arguments), before)
    assert not equal(bridge(*arguments), before)


@each
def test_gradients_land_in_the_modules_parameters(name):
    module = MADE[name]()
    bridge = atencion.from_torch(module)
    arguments = inputs(name)
    gradients = []
    for callee in (module, bridge):
        module.zero_grad()
        torch.manual_seed(5)
        output = callee(*arguments)
        output = output[0] if isinstance(output, tuple) else output
        output.square().sum().backward()
        gradients.append([p.grad.clone() for p in module.parameters()])
    assert all(map(torch.equal, *gradients))


def test_parameters_share_storage():
    module = nn.LayerNorm(8)
    bridge = atencion.from_torch(module)
    assert [p.data_ptr() for p in bridge.parameters()] == [p.data_ptr() for p in module.parameters()]
    x = torch.randn(2, 8)
    with torch.no_grad():
        module.weight.zero_()
        module.bias.fill_(7.0)
    assert torch.equal(bridge(x), torch.full((2, 8), 7.0))


def test_inside_sequential_in_a_training_loop():
    def train(wrap):
        torch.manual_seed(11)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        model = nn.Sequential(nn.Linear(4, 8), wrap(layer), nn.Linear(8, 1))
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        losses = []
        for step in range(10):
            torch.manual_seed(step)
            loss = model(torch.randn(3, 5, 4)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    assert train(atencion.from_torch) == train(lambda module: module)


def test_gradcheck_through_a_module():
    bridge = atencion.from_torch(nn.MultiheadAttention(4, 2).double())
    q, k, v = (torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True) for _ in range(3))
    assert torch.autograd.gradcheck(lambda *qkv: bridge(*qkv)[0], (q, k, v))


def test_a_custom_activation_in_python():
    module = nn.TransformerEncoderLayer(8, 2, 16, activation=nn.functional.silu)
    assert equal(*both(module, atencion.from_torch(module), inputs("TransformerEncoderLayer")))
    module = nn.TransformerEncoderLayer(8, 2, 16, activation=nn.Tanh())
    assert equal(*both(module, atencion.from_torch(module), inputs("TransformerEncoderLayer")))

    def broken(x):
        raise RuntimeError("no such luck")

    bridge = atencion.from_torch(nn.TransformerEncoderLayer(8, 2, 16, activation=broken))
    with pytest.raises(RuntimeError, match="^no such luck$"):
        bridge(*inputs("TransformerEncoderLayer"))


def test_masks_by_keyword():
    module = nn.Transformer(8, 2, 1, 1, 16).eval()
    bridge = atencion.from_torch(module)
    src, tgt = inputs("Transformer")
    masks = {
        "tgt_mask": nn.Transformer.generate_square_subsequent_mask(5),
        "src_key_padding_mask": torch.tensor([[False] * 5, [False] * 3 + [True] * 2]),
    }
    assert torch.equal(bridge(src, tgt, **masks), module(src, tgt, **masks))


def test_several_threads_at_once():
    module = nn.TransformerEncoderLayer(64, 4, 128).eval()
    bridge = atencion.from_torch(module)
    x = torch.randn(20, 4, 64)
    expected, results = module(x), []
    threads = [threading.Thread(target=lambda: results.append(bridge(x))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8 and all(torch.equal(result, expected) for result in results)


def one_line(info, *words):
    text = str(info.value)
    assert "\n" not in text, text
    assert all(word in text for word in words), text


def test_unsupported_modules_are_named():
    for module in (nn.Conv1d(1, 1, 1), nn.Linear(2, 2), nn.Sequential()):
        with pytest.raises(TypeError) as info:
            atencion.from_torch(module)
        one_line(info, type(module).__name__, "nn.MultiheadAttention")
    for thing in (None, 3, torch.ones(2)):
        with pytest.raises(TypeError):
            atencion.from_torch(thing)


@each
def test_wrong_input(name):
    bridge = atencion.from_torch(MADE[name]())
    good = inputs(name)
    for bad in (None, [1.0], torch.eye(4).to_sparse(), torch.ones(5, 2, 8, dtype=torch.complex64)):
        with pytest.raises(TypeError) as info:
            bridge(bad, *good[1:])
        one_line(info)
    with pytest.raises(ValueError) as info:
        bridge(torch.randn(5, 2, 7), *good[1:])
    one_line(info)
    with pytest.raises((TypeError, ValueError)) as info:
        bridge(torch.randn(5, 2, 8).double(), *good[1:])
    one_line(info)
