"""Promise: whoever transforms, compiles, traces or scripts a bridge gets what the torch module would give."""

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, jacrev, jvp, vmap

import atencion


def both():
    module = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
    return atencion.from_torch(module), module


TRANSFORMS = {
    "vmap": lambda f: lambda x: vmap(f)(torch.stack([x, x * 2])),
    "grad": lambda f: lambda x: grad(lambda x: f(x).square().sum())(x),
    "jvp": lambda f: lambda x: jvp(f, (x,), (torch.ones_like(x),))[1],
    "jacrev": lambda f: jacrev(f),
    "vmap of grad": lambda f: lambda x: vmap(grad(lambda x: f(x).square().sum()))(torch.stack([x, x * 2])),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize("kind", ["layer", "attention", "norm", "function"])
def test_torch_func_goes_through_rust(transform, kind):
    x = torch.randn(2, 3, 8)
    if kind == "function":
        ours = lambda x: atencion.scaled_dot_product_attention(x, x, x)  # noqa: E731
        theirs = lambda x: nn.functional.scaled_dot_product_attention(x, x, x)  # noqa: E731
    else:
        module = {
            "layer": lambda: both()[1],
            "attention": lambda: nn.MultiheadAttention(8, 2, batch_first=True),
            "norm": lambda: nn.LayerNorm(8),
        }[kind]()
        bridge = atencion.from_torch(module)
        ours = (lambda x: bridge(x, x, x)[0]) if kind == "attention" else bridge
        theirs = (lambda x: module(x, x, x)[0]) if kind == "attention" else module
    if kind == "layer" and transform is TRANSFORMS["jvp"]:  # libtorch's fused kernel has no forward mode
        for call in (ours, theirs):
            with pytest.raises(NotImplementedError, match="forward AD"):
                transform(call)(x)
        return
    before = atencion.calls().rust
    assert torch.equal(transform(ours)(x), transform(theirs)(x))
    assert atencion.calls().rust > before


def test_functional_call_with_other_parameters():
    bridge, module = both()
    x = torch.randn(2, 3, 8)
    other = {name: torch.randn_like(parameter) for name, parameter in module.named_parameters()}
    assert torch.equal(functional_call(bridge, other, (x,)), functional_call(module, other, (x,)))


@pytest.mark.parametrize("what", ["module", "function"])
def test_compile_without_graph_breaks(what):
    bridge, module = both()
    x = torch.randn(2, 3, 8)
    if what == "function":
        call = lambda attention: lambda x: attention(x, x, x).relu()  # noqa: E731
        ours, theirs = call(atencion.scaled_dot_product_attention), call(nn.functional.scaled_dot_product_attention)
    else:
        ours, theirs = bridge, module
    graphs = []

    def backend(graph, example_inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(ours, fullgraph=True, backend=backend)
    assert torch.equal(compiled(x), theirs(x))
    assert len(graphs) == 1


def test_script_and_trace():
    bridge, module = both()
    x = torch.randn(2, 3, 8)
    assert torch.allclose(torch.jit.script(bridge)(x), module(x))
    assert torch.allclose(torch.jit.trace(bridge, (x,))(x), module(x))


def test_make_fx_and_symbolic_trace():
    norm, x = nn.LayerNorm(8), torch.randn(2, 8)
    bridge = atencion.from_torch(norm)
    graph = torch.fx.experimental.proxy_tensor.make_fx(bridge)(x)
    assert torch.equal(graph(x), norm(x))
    assert torch.equal(torch.fx.symbolic_trace(nn.Sequential(bridge))(x), norm(x))
