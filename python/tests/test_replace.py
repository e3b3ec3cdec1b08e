"""Promise: one line lets Rust compute a model's attention, one line undoes it, and both say what they did."""

import pytest
import torch
from torch import nn

import atencion

transformers = pytest.importorskip("transformers")


class Model(nn.Module):
    """Supported modules at every depth, one subclass, and modules of other kinds."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(4, 8)
        self.blocks = nn.ModuleList([nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True) for _ in range(2)])
        self.norm = nn.LayerNorm(8)
        self.mine = Mine(8)

    def forward(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        return self.mine(self.norm(x))


class Mine(nn.LayerNorm):
    """Somebody's own norm."""

    def forward(self, input):
        return super().forward(input) + 1


def test_every_supported_module_goes_to_rust_and_back():
    model, x = Model(), torch.randn(2, 3, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    expected, keys, objects = model(x), list(model.state_dict()), list(model.modules())
    report = atencion.replace(model)
    assert {"blocks.0", "blocks.0.self_attn", "blocks.1.norm2", "norm"} <= set(report.rust)
    assert list(report.torch) == ["mine"] and "class of its own" in report.torch["mine"]
    assert "9 in Rust, 1 stay in PyTorch" in str(report) and "PyTorch  mine: " in str(report)
    before = atencion.calls().rust
    out = model(x)
    assert torch.equal(out, expected) and atencion.calls().rust == before + 3
    assert list(model.modules()) == objects and list(model.state_dict()) == keys
    out.sum().backward()
    optimizer.step()
    assert not torch.equal(model(x), expected)
    atencion.restore(model)
    before = atencion.calls()
    model(x)
    assert atencion.calls() == before
    assert [type(block) for block in model.blocks] == [nn.TransformerEncoderLayer] * 2


def test_replacing_twice_is_replacing_once():
    model = Model()
    first = atencion.replace(model)
    assert atencion.replace(model).rust == first.rust


def test_a_models_own_root_is_replaced():
    norm = nn.LayerNorm(8)
    assert atencion.replace(norm).rust == ["LayerNorm"] and type(norm) is not nn.LayerNorm
    atencion.restore(norm)
    assert type(norm) is nn.LayerNorm


@pytest.mark.parametrize("function", [atencion.replace, atencion.restore])
def test_only_modules_are_taken(function):
    with pytest.raises(TypeError, match="^model must be a torch.nn.Module, got dict$"):
        function({})


def gpt2():
    config = transformers.GPT2Config(
        n_layer=2, n_head=2, n_embd=8, vocab_size=11, n_positions=16, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0
    )
    return transformers.GPT2LMHeadModel(config)


def llama():
    config = transformers.LlamaConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=11
    )
    return transformers.LlamaForCausalLM(config)


@pytest.mark.parametrize("make", [gpt2, llama])
@pytest.mark.parametrize("padded", [False, True])
def test_transformers_attention(make, padded):
    model, ids = make().eval(), torch.tensor([[1, 2, 3, 4], [5, 6, 7, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]]) if padded else None
    expected = model(ids, attention_mask=mask, labels=ids)
    report = atencion.replace(model)
    assert "attention" in report.rust
    before = atencion.calls().rust
    ours = model(ids, attention_mask=mask, labels=ids)
    assert torch.equal(ours.logits, expected.logits) and torch.equal(ours.loss, expected.loss)
    assert atencion.calls().rust - before >= 2
    generated = model.generate(ids[:1], max_new_tokens=3, do_sample=False, pad_token_id=0)
    atencion.restore(model)
    assert model.config._attn_implementation == "sdpa"
    assert torch.equal(generated, model.generate(ids[:1], max_new_tokens=3, do_sample=False, pad_token_id=0))


def test_an_eager_model_is_reported():
    model = gpt2()
    model.set_attn_implementation("eager")
    assert "'eager'" in atencion.replace(model).torch["attention"]
    assert model.config._attn_implementation == "eager"
