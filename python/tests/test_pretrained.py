"""Promise: `atencion.from_pretrained(folder)` is what `transformers` opens that folder as, and needs no `transformers`."""

import json
import subprocess
import sys

import pytest
import torch

transformers = pytest.importorskip("transformers")

import atencion  # noqa: E402
from test_models import CONFIGS, WRITERS, inputs, make  # noqa: E402

each = pytest.mark.parametrize("name", CONFIGS)


def tensors(output):
    for name, value in output.items():
        if name != "past_key_values":
            yield from ((name, one) for one in (value if isinstance(value, tuple) else (value,)))


def assert_same(ours, theirs):
    ours, theirs = dict(tensors(ours)), dict(tensors(theirs))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.fixture
def folder(request, tmp_path):
    make(request.param).save_pretrained(tmp_path)
    return tmp_path


opened = pytest.mark.parametrize("folder, name", [(name, name) for name in CONFIGS], indirect=["folder"])


@opened
@pytest.mark.parametrize("attention", ("sdpa", "eager"))
def test_a_folder_gives_the_same_bits_and_gradients(folder, name, attention):
    theirs = getattr(transformers, name).from_pretrained(folder, attn_implementation=attention)
    ours = atencion.from_pretrained(folder, attn_implementation=attention)
    assert isinstance(ours, torch.nn.Module) and not ours.training
    assert {n: p.requires_grad for n, p in ours.named_parameters()} == {
        n: p.requires_grad for n, p in theirs.named_parameters()
    }
    assert list(ours.state_dict()) == list(theirs.state_dict()) or ours.state_dict().keys() == theirs.state_dict().keys()
    given = inputs(name)
    more = {"output_hidden_states": True, "output_attentions": attention == "eager"}
    assert_same(ours(**given, **more), theirs(**given, **more))
    for model in (theirs, ours):
        torch.manual_seed(3)
        output = model.train()(**given)
        (output["loss"] if "loss" in output else output["last_hidden_state"].sum()).backward()
    theirs = dict(theirs.named_parameters())
    for parameter_name, parameter in ours.named_parameters():
        wanted = theirs[parameter_name].grad
        assert (parameter.grad is None) == (wanted is None)
        assert wanted is None or torch.equal(parameter.grad, wanted), parameter_name


@pytest.mark.parametrize("folder, name", [(name, name) for name in WRITERS], indirect=["folder"])
@pytest.mark.parametrize("how", ({}, {"num_beams": 2}, {"do_sample": True, "top_k": 10}))
def test_generate_writes_the_same(folder, name, how):
    given = inputs(name, labels=False)
    given.pop("decoder_input_ids", None)
    if name not in ("MarianMTModel", "BartForConditionalGeneration"):
        given["attention_mask"] = given["attention_mask"].flip(1)
    written = []
    for model in (getattr(transformers, name).from_pretrained(folder), atencion.from_pretrained(folder)):
        torch.manual_seed(7)
        written.append(model.generate(**given, max_new_tokens=8, **how))
    assert torch.equal(*written)


@pytest.mark.parametrize("folder", ["GPT2LMHeadModel"], indirect=True)
def test_what_an_output_is(folder):
    model = atencion.from_pretrained(str(folder))
    ids = torch.tensor([[1, 2, 3]])
    output = model(ids)
    assert output.logits is output["logits"] and output.loss is None
    with pytest.raises(AttributeError, match="no pooled"):
        output.pooled
    rest = model(torch.tensor([[4]]), past_key_values=output.past_key_values)
    assert torch.equal(rest.logits, model(torch.tensor([[1, 2, 3, 4]]), use_cache=False).logits[:, 3:]) or torch.allclose(
        rest.logits, model(torch.tensor([[1, 2, 3, 4]])).logits[:, 3:], atol=1e-6
    )
    assert "GPT2LMHeadModel" in repr(model)


@pytest.mark.parametrize("folder", ["GPT2LMHeadModel"], indirect=True)
def test_it_is_trained_moved_and_loaded_as_any_module(folder):
    model, ids = atencion.from_pretrained(folder).train(), torch.randint(0, 50, (4, 8))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = model(ids, labels=ids).loss
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
    other = atencion.from_pretrained(folder)
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(ids).logits, model.eval()(ids).logits)
    assert model.to(torch.bfloat16)(ids).logits.dtype == torch.bfloat16
    assert model.lm_head.weight is model.transformer.wte.weight


@pytest.mark.parametrize("folder", ["GPT2LMHeadModel"], indirect=True)
def test_transformers_is_not_imported(folder):
    code = (
        "import sys, torch, atencion\n"
        f"model = atencion.from_pretrained({str(folder)!r})\n"
        "model(torch.tensor([[1, 2]])), model.generate(torch.tensor([[1, 2]]), max_new_tokens=2)\n"
        "assert 'transformers' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)


@pytest.mark.parametrize("folder", ["GPT2LMHeadModel"], indirect=True)
def test_what_is_wrong_is_a_value_error_of_one_line(folder, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    model = atencion.from_pretrained(folder)
    ids = torch.tensor([[1, 2]])
    config = json.loads((folder / "config.json").read_text())

    def with_config(**options):
        (folder / "config.json").write_text(json.dumps({**config, **options}))
        return atencion.from_pretrained(folder)

    wrong = {
        "no folder": lambda: atencion.from_pretrained(empty / "nowhere"),
        "config.json": lambda: atencion.from_pretrained(empty),
        "gpt3": lambda: with_config(model_type="gpt3"),
        "rotary_dim": lambda: with_config(rotary_dim=4),
        "vocab_size|wte": lambda: with_config(vocab_size=51),
        "missing|h.2": lambda: with_config(n_layer=3),
        "unexpected|h.1": lambda: with_config(n_layer=1),
        "flash": lambda: atencion.from_pretrained(folder, attn_implementation="flash"),
        "50": lambda: model(torch.tensor([[50]])),
        "n_positions=32": lambda: model(torch.ones(1, 33, dtype=torch.long)),
        "attention_mask": lambda: model(ids, attention_mask=torch.ones(1, 3)),
        "does not take pixel_values": lambda: model(ids, pixel_values=torch.ones(1)),
        "twice": lambda: model(ids, input_ids=ids),
        "input_ids": lambda: model(torch.ones(0, 0, dtype=torch.long)),
        "sdpa": lambda: model(ids, output_attentions=True),
        "tempature": lambda: model.generate(ids, tempature=1.0),
        "temperature": lambda: model.generate(ids, do_sample=True, temperature=-1.0),
    }
    for words, call in wrong.items():
        with pytest.raises(ValueError, match=words) as error:
            call()
        assert "\n" not in str(error.value)
    assert model(ids).logits.isfinite().all()


@pytest.mark.parametrize("folder", ["BertModel"], indirect=True)
def test_who_does_not_write_says_so(folder):
    with pytest.raises(ValueError, match="bert does not write"):
        atencion.from_pretrained(folder).generate(torch.tensor([[1, 2]]))
