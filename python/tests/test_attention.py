"""Promise: the call is torch's own: same result, same gradients, same storage."""

import threading

import pytest
import torch
import torch.nn.functional as F

import atencion
from atencion import scaled_dot_product_attention as sdpa


def heads(*shape, dtype=torch.float32):
    return torch.randn(*shape, dtype=dtype, requires_grad=True)


def test_the_notebooks_result(qkv):
    Q, K, V = qkv
    Z = torch.softmax(Q @ K.T / K.shape[1] ** 0.5, dim=1) @ V
    assert torch.allclose(sdpa(Q, K, V), Z, atol=1e-7)
    assert torch.equal(sdpa(Q, K, V), F.scaled_dot_product_attention(Q, K, V))


OPTIONS = {
    "plain": {},
    "causal": {"is_causal": True},
    "bool mask": {"attn_mask": torch.tensor([[True, False, True, True, False]] * 4)},
    "float mask": {"attn_mask": torch.linspace(-1, 1, 20).view(4, 5)},
    "scale": {"scale": 0.5},
    "grouped heads": {"enable_gqa": True},
    "dropout": {"dropout_p": 0.4},
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_bits_of_output_and_gradients(options, dtype):
    kv_heads = 2 if options.get("enable_gqa") else 4
    leaves = [heads(2, 4, 4, 8, dtype=dtype), heads(2, kv_heads, 5, 8, dtype=dtype), heads(2, kv_heads, 5, 6, dtype=dtype)]
    options = {k: v.to(dtype) if torch.is_tensor(v) and v.is_floating_point() else v for k, v in options.items()}

    def run(attention):
        torch.manual_seed(7)
        output = attention(*leaves, **options)
        return output, *torch.autograd.grad(output, leaves, torch.ones_like(output))

    for ours, theirs in zip(run(sdpa), run(F.scaled_dot_product_attention)):
        assert torch.equal(ours, theirs)


def test_gradcheck_and_gradgradcheck():
    leaves = [heads(2, 3, 4, dtype=torch.float64) for _ in range(3)]
    assert torch.autograd.gradcheck(sdpa, leaves)
    assert torch.autograd.gradgradcheck(sdpa, leaves)


def test_no_grad_and_requires_grad_are_followed(qkv):
    Q, K, V = (t.requires_grad_() for t in qkv)
    assert sdpa(Q, K, V).requires_grad
    with torch.no_grad():
        assert not sdpa(Q, K, V).requires_grad
    with torch.inference_mode():
        assert sdpa(Q, K, V).is_inference()
    assert not sdpa(*(t.detach() for t in qkv)).requires_grad


def test_explain_shares_storage(qkv):
    Q, K, V = qkv
    steps = {step.name: step for step in atencion.explain(Q, K, V)}
    assert steps["query"].tensor.data_ptr() == Q.data_ptr()
    steps["query"].tensor[0, 0] = 42.0
    assert Q[0, 0] == 42.0


def test_explain_is_the_practice(qkv):
    Q, K, V = qkv
    steps = {step.name: step for step in atencion.explain(Q, K, V)}
    assert list(steps) == ["query", "key", "value", "scores", "scaled", "weights", "output"]
    assert torch.equal(steps["scores"].tensor, Q @ K.T)
    assert torch.equal(steps["weights"].tensor.sum(1), torch.ones(4)) or torch.allclose(
        steps["weights"].tensor.sum(1), torch.ones(4)
    )
    for step in steps.values():
        assert step.formula and step.python and step.rust
    assert "scores" in repr(steps["scores"])


def test_explain_masks(qkv):
    masked = {step.name: step.tensor for step in atencion.explain(*qkv, is_causal=True)}["masked"]
    assert torch.equal(masked.isinf(), torch.ones(4, 4).triu(1).bool())


def test_from_several_threads():
    leaves = [torch.randn(4, 8, 64, 32) for _ in range(3)]
    expected = F.scaled_dot_product_attention(*leaves)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(sdpa(*leaves))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all(torch.equal(result, expected) for result in results)


def test_the_gil_is_released():
    """While Rust computes, another Python thread gets on."""
    leaves = [torch.randn(1, 4, 3000, 64) for _ in range(3)]
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(None)
            done.wait(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    before = len(ticks)
    for _ in range(3):
        sdpa(*leaves)
    during = len(ticks) - before
    done.set()
    thread.join()
    assert during > 3
