"""Promise: what cannot be computed is refused in one line that names the argument."""

import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import atencion
from atencion import scaled_dot_product_attention as sdpa

GOOD = torch.randn(2, 4, 3)


def refused(error, *words):
    def check(info):
        text = str(info.value)
        assert "\n" not in text and len(text) < 300, text
        for word in words:
            assert word in text, text

    info = pytest.raises(error)
    return info, check


WRONG_TYPES = {
    "numpy array": (np.ones((4, 3)), "numpy.ndarray"),
    "list": ([[1.0]], "list"),
    "None": (None, "NoneType"),
    "number": (3.0, "float"),
    "sparse": (torch.eye(4).to_sparse(), "sparse"),
    "sparse csr": (torch.eye(4).to_sparse_csr(), "sparse"),
    "quantized": (torch.quantize_per_tensor(torch.ones(4, 3), 0.1, 0, torch.qint8), "quantized"),
    "complex": (torch.ones(4, 3, dtype=torch.complex64), "complex"),
    "meta": (torch.ones(4, 3, device="meta"), "meta"),
    "nested": (torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 3)]), "nested"),
}


@pytest.mark.parametrize("place", [0, 1, 2], ids=["query", "key", "value"])
@pytest.mark.parametrize("bad, word", WRONG_TYPES.values(), ids=WRONG_TYPES)
@pytest.mark.parametrize("function", [sdpa, atencion.explain], ids=["sdpa", "explain"])
def test_wrong_types(function, bad, word, place):
    arguments = [GOOD, GOOD, GOOD]
    arguments[place] = bad
    if function is sdpa and place == 2 and word == "sparse":
        # Without a batch torch multiplies weights by a sparse value: so does the bridge.
        assert torch.equal(sdpa(GOOD[0], GOOD[0], bad), F.scaled_dot_product_attention(GOOD[0], GOOD[0], bad))
        return
    raises, check = refused(TypeError, ["query", "key", "value"][place], word)
    with raises as info:
        function(*arguments)
    check(info)


SHAPES = {
    "head dim": ((torch.ones(4, 3), torch.ones(4, 2), torch.ones(4, 3)), "key"),
    "lengths": ((torch.ones(4, 3), torch.ones(5, 3), torch.ones(4, 3)), "value"),
    "one dimension": ((torch.ones(3), torch.ones(4, 3), torch.ones(4, 3)), "query"),
}


@pytest.mark.parametrize("tensors, word", SHAPES.values(), ids=SHAPES)
def test_wrong_shapes(tensors, word):
    raises, check = refused(ValueError, word)
    with raises as info:
        sdpa(*tensors)
    check(info)


@pytest.mark.parametrize(
    "options, word",
    [
        ({"dropout_p": 1.5}, "dropout_p"),
        ({"dropout_p": -0.1}, "dropout_p"),
        ({"attn_mask": torch.ones(4, 5)}, "attn_mask"),
        ({"attn_mask": torch.ones(4, 4), "is_causal": True}, "is_causal"),
    ],
)
def test_wrong_options(options, word):
    raises, check = refused(ValueError, word)
    with raises as info:
        sdpa(GOOD, GOOD, GOOD, **options)
    check(info)


def test_wrong_dtypes():
    for tensors in ([GOOD.double(), GOOD, GOOD], [GOOD.long()] * 3):
        raises, check = refused(TypeError, "query")
        with raises as info:
            sdpa(*tensors)
        check(info)
    raises, check = refused(TypeError, "attn_mask")
    with raises as info:
        sdpa(GOOD, GOOD, GOOD, attn_mask=torch.ones(4, 4, dtype=torch.int64))
    check(info)


def test_wrong_argument_types():
    for options in ({"dropout_p": "much"}, {"is_causal": "yes"}, {"scale": "big"}, {"attn_mask": [[1]]}):
        with pytest.raises(TypeError):
            sdpa(GOOD, GOOD, GOOD, **options)
    with pytest.raises(TypeError):
        sdpa(GOOD, GOOD)
    with pytest.raises(TypeError):
        sdpa(GOOD, GOOD, GOOD, wrong=1)


def test_a_tensor_that_was_resized_meanwhile():
    tensor = torch.randn(4, 3)
    sdpa(tensor, tensor, tensor)
    tensor.untyped_storage().resize_(0)
    with pytest.raises(ValueError) as info:
        sdpa(tensor, GOOD[0], GOOD[0])
    assert "storage" in str(info.value)
    tensor = torch.randn(4, 3)
    tensor.resize_(2, 3)
    assert sdpa(tensor, GOOD[0], GOOD[0]).shape == (2, 3)


def test_steps_are_not_pickled():
    step = atencion.explain(GOOD, GOOD, GOOD)[0]
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(step)


def test_mends_are_python():
    """The library mends in Rust; a Python user gets what runs here."""
    q = torch.rand(2, 3)
    with pytest.raises((TypeError, ValueError, RuntimeError)) as kinds:
        atencion.scaled_dot_product_attention(q, q.double(), q)
    assert "key.to(query.dtype)" in str(kinds.value)
    with pytest.raises((TypeError, ValueError, RuntimeError)) as integers:
        atencion.scaled_dot_product_attention(q.long(), q.long(), q.long())
    assert ".to(torch.float32)" in str(integers.value)
    for error in (kinds, integers):
        assert "Kind::" not in str(error.value) and "to_kind" not in str(error.value)
