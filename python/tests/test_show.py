"""Promise: `show` is the offline page in a frame of its own."""

import pytest
import torch

import atencion


def test_a_notebook_gets_the_page_in_a_frame(qkv):
    html = atencion.show(*qkv, tokens=["el", "gato", "come", "<b>pez</b>"])._repr_html_()
    assert html.startswith("<iframe") and "srcdoc=" in html
    assert "gato" in html
    assert "<b>pez</b>" not in html


def test_two_views_do_not_share_a_frame(qkv):
    one, other = atencion.show(*qkv), atencion.show(*qkv, is_causal=True)
    assert str(one).count("<iframe") == str(other).count("<iframe") == 1
    assert str(one) != str(other)


def test_tensors_that_want_a_gradient_are_shown(qkv):
    assert str(atencion.show(*(t.requires_grad_() for t in qkv)))


def test_bad_input(qkv):
    with pytest.raises(TypeError, match="query"):
        atencion.show([[1.0]], *qkv[1:])
    with pytest.raises(ValueError) as info:
        atencion.show(*qkv, tokens=["one"] * 9)
    assert "\n" not in str(info.value)
