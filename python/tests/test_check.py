"""`atencion.check`: right, which mistake, the solution only when asked; and what it refuses."""

import pytest
import torch

import atencion

Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])
V = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0]])


def attention(scale):
    return (Q @ K.T * scale).softmax(dim=1) @ V


def test_what_is_right_is_right():
    answer = atencion.check("self_attention", attention(3**-0.5), lang="en")
    assert answer and answer.right and answer.mistakes == []
    assert repr(answer) == "✓ Right."
    assert repr(atencion.check("self_attention", attention(3**-0.5), lang="es")) == "✓ Bien."


def test_a_mistake_is_named_and_the_solution_is_asked_for():
    answer = atencion.check("self_attention", attention(1.0), lang="en")
    assert not answer
    assert answer.mistakes[0] == "no-scaling"
    assert "Hint:" in repr(answer) and "not divided by √d_k" in repr(answer)
    assert "** 0.5" not in repr(answer)
    solution = atencion.check("self_attention", attention(1.0), solution=True, lang="en")
    assert "scaled = scores / K.shape[1] ** 0.5" in repr(solution)


def test_a_parameter_that_was_trained_is_taken():
    w = torch.nn.Parameter(torch.tensor([[0.5], [-0.5]]))
    x = torch.tensor([[1.0, 2.0], [3.0, 1.0], [0.0, 1.0]])
    y = torch.tensor([[1.0], [2.0], [0.0]])
    for _ in range(2):
        ((x @ w - y) ** 2).mean().backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad.zero_()
    assert atencion.check("training_step", w)


def test_what_there_is_not_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="multi_head"):
        atencion.check("multihead", Q, lang="en")
    with pytest.raises(TypeError):
        atencion.check("causal", [1.0])
    with pytest.raises(ValueError, match="lang"):
        atencion.check("causal", Q, lang="de")
