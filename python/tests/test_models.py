"""Promise: `from_torch(m)` of a model of `transformers` is `m`: same arguments, same `ModelOutput`, same bits."""

import copy
import inspect
import pickle

import pytest
import torch

transformers = pytest.importorskip("transformers")

import atencion  # noqa: E402

SMALL = dict(vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4)
LLAMA = dict(SMALL, num_key_value_heads=2, max_position_embeddings=32, pad_token_id=0)
SEQ2SEQ = dict(
    vocab_size=50, d_model=24, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
    encoder_ffn_dim=40, decoder_ffn_dim=40, max_position_embeddings=32, pad_token_id=1, eos_token_id=2,
    decoder_start_token_id=1, forced_eos_token_id=None,
)
VIT = dict(
    hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, image_size=16, patch_size=8,
    hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1,
)
CONFIGS = {
    "GPT2LMHeadModel": lambda t, **o: t.GPT2Config(
        vocab_size=50, n_embd=24, n_layer=2, n_head=4, n_positions=32, bos_token_id=0, eos_token_id=0, **o
    ),
    "LlamaForCausalLM": lambda t, **o: t.LlamaConfig(**LLAMA, attention_dropout=0.1, **o),
    "Qwen2ForCausalLM": lambda t, **o: t.Qwen2Config(**LLAMA, **o),
    "BertModel": lambda t, **o: t.BertConfig(**SMALL, **o),
    "BertForMaskedLM": lambda t, **o: t.BertConfig(**SMALL, **o),
    "BertForSequenceClassification": lambda t, **o: t.BertConfig(**SMALL, num_labels=3, **o),
    "BertForTokenClassification": lambda t, **o: t.BertConfig(**SMALL, num_labels=3, **o),
    "BertForQuestionAnswering": lambda t, **o: t.BertConfig(**SMALL, **o),
    "RobertaModel": lambda t, **o: t.RobertaConfig(**SMALL, **o),
    "RobertaForMaskedLM": lambda t, **o: t.RobertaConfig(**SMALL, **o),
    "RobertaForSequenceClassification": lambda t, **o: t.RobertaConfig(**SMALL, num_labels=3, **o),
    "ViTModel": lambda t, **o: t.ViTConfig(**VIT, **o),
    "ViTForImageClassification": lambda t, **o: t.ViTConfig(**VIT, num_labels=3, **o),
    "MarianMTModel": lambda t, **o: t.MarianConfig(**SEQ2SEQ, scale_embedding=True, **o),
    "BartForConditionalGeneration": lambda t, **o: t.BartConfig(**SEQ2SEQ, **o),
}
WRITERS = ["GPT2LMHeadModel", "LlamaForCausalLM", "Qwen2ForCausalLM", "MarianMTModel", "BartForConditionalGeneration"]
each = pytest.mark.parametrize("name", CONFIGS)
each_seed = pytest.mark.parametrize("seed", (0, 1, 2))
each_attention = pytest.mark.parametrize("attention", ("sdpa", "eager"))


def make(name, attention="sdpa", seed=0, **options):
    torch.manual_seed(seed)
    config = CONFIGS[name](transformers, **options)
    config._attn_implementation = attention
    model = getattr(transformers, name)(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.1)  # biases are not 0, norms not 1
    return model.eval()


def inputs(name, labels=True):
    ids, mask = torch.randint(3, 50, (2, 7)), torch.ones(2, 7, dtype=torch.long)
    mask[0, -3:] = 0
    if name.startswith("ViT"):
        pixels = {"pixel_values": torch.randn(2, 3, 16, 16)}
        return {**pixels, "labels": torch.tensor([0, 2])} if labels and name != "ViTModel" else pixels
    given = {"input_ids": ids, "attention_mask": mask}
    if "Marian" in name or "Bart" in name:
        given["decoder_input_ids"] = torch.randint(3, 50, (2, 5))
        return {**given, "labels": torch.randint(3, 50, (2, 5))} if labels else given
    if name.startswith("Roberta"):
        given["input_ids"] = ids.masked_fill(mask == 0, 1)  # padding has a position of its own
    if name.startswith(("Bert", "Roberta")):
        given["token_type_ids"] = torch.randint(0, 2, (2, 7))
    if not labels or name in ("BertModel", "RobertaModel"):
        return given
    if name == "BertForQuestionAnswering":
        return {**given, "start_positions": torch.tensor([1, 2]), "end_positions": torch.tensor([3, 9])}
    of_tokens = torch.randint(0, 3, (2, 7)).index_fill(1, torch.tensor([0]), -100)
    return {**given, "labels": torch.tensor([0, 2]) if name.endswith("SequenceClassification") else of_tokens}


def tensors(output):
    """Every tensor of an output, with its name, in order."""
    for name, value in output.items():
        if name == "past_key_values":
            caches = [getattr(value, part) for part in ("self_attention_cache", "cross_attention_cache")
                      if hasattr(value, part)] or [value]
            for cache in caches:
                for layer in cache.layers:
                    yield name, layer.keys
                    yield name, layer.values
        elif isinstance(value, tuple):
            yield from ((name, one) for one in value)
        else:
            yield name, value


def assert_same(ours, theirs):
    assert type(ours) is type(theirs)
    ours, theirs = list(tensors(ours)), list(tensors(theirs))
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    for (name, a), (_, b) in zip(ours, theirs):
        assert a.dtype == b.dtype and torch.equal(a, b), (name, (a - b).abs().max())


def in_rust(call):
    """What a call gives, and that Rust computed it."""
    before = atencion.calls()
    result = call()
    after = atencion.calls()
    assert after.torch == before.torch, after
    assert after.rust > before.rust
    return result


@each
@each_attention
@each_seed
def test_outputs_are_the_same_to_the_bit(name, attention, seed):
    model = make(name, attention, seed)
    bridge = atencion.from_torch(model)
    assert isinstance(bridge, type(model))
    for labels in (False, True):
        given = inputs(name, labels)
        more = {"output_hidden_states": True, "output_attentions": attention == "eager"}
        with torch.no_grad():
            assert_same(in_rust(lambda: bridge(**given, **more)), model(**given, **more))
            assert_same(in_rust(lambda: bridge(**given)), model(**given))


@each
@each_attention
@each_seed
def test_gradients_are_the_same_to_the_bit_and_land_in_the_modules_own_parameters(name, attention, seed):
    model = make(name, attention, seed).train()
    bridge = atencion.from_torch(model)
    given = inputs(name)
    gradients = []
    for call in (model, lambda **given: in_rust(lambda: bridge(**given))):
        model.zero_grad()
        torch.manual_seed(5)  # for dropout
        output = call(**given)
        loss = output.loss if "loss" in output else output.last_hidden_state.square().sum()
        loss.backward()
        gradients.append([(name, p.grad.clone()) for name, p in model.named_parameters() if p.grad is not None])
    theirs, ours = gradients
    assert [name for name, _ in ours] == [name for name, _ in theirs] and len(ours) > 10
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(ours, theirs))
    assert [id(p) for p in bridge.parameters()] == [id(p) for p in model.parameters()]


@each
def test_float64_and_bfloat16_are_followed(name):
    model = make(name)
    bridge, given = atencion.from_torch(model), inputs(name, labels=False)
    for dtype in (torch.float64, torch.bfloat16):
        model.to(dtype)
        with torch.no_grad():
            assert_same(bridge(**given), model(**given))


@each
def test_signature_class_and_copies_are_the_models_own(name, tmp_path):
    model = make(name)
    bridge = atencion.from_torch(model)
    assert inspect.signature(bridge.forward) == inspect.signature(model.forward)
    assert type(bridge.module) is type(model) and type(bridge).__name__ == name
    given = inputs(name, labels=False)
    with torch.no_grad():
        theirs = model(**given)
        for twin in (copy.deepcopy(bridge), pickle.loads(pickle.dumps(bridge)), atencion.from_torch(bridge)):
            assert_same(in_rust(lambda: twin(**given)), theirs)
    bridge.save_pretrained(tmp_path)
    assert_same(getattr(transformers, name).from_pretrained(tmp_path)(**given), theirs)


@each
def test_tuples_and_embeddings(name):
    model = make(name)
    bridge, given = atencion.from_torch(model), inputs(name)
    with torch.no_grad():
        ours, theirs = in_rust(lambda: bridge(**given, return_dict=False)), model(**given, return_dict=False)
        assert type(ours) is tuple and len(ours) == len(theirs)
        assert torch.equal(ours[0], theirs[0]) and torch.equal(ours[1], theirs[1])
        if not name.startswith("ViT"):
            given["inputs_embeds"] = model.get_input_embeddings()(given.pop("input_ids"))
            assert_same(in_rust(lambda: bridge(**given)), model(**given))


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("how", ({}, {"num_beams": 3}, {"do_sample": True, "top_k": 10}))
def test_generate_writes_the_same(name, how):
    model = make(name)
    bridge, given = atencion.from_torch(model), inputs(name, labels=False)
    given.pop("decoder_input_ids", None)
    if name not in ("MarianMTModel", "BartForConditionalGeneration"):
        given["attention_mask"] = given["attention_mask"].flip(1)  # padding is on the left
    written = []
    for call in (model.generate, lambda **a: in_rust(lambda: bridge.generate(**a))):
        torch.manual_seed(7)
        written.append(call(**given, max_new_tokens=8, **how))
    assert torch.equal(*written)


@pytest.mark.parametrize("name", WRITERS)
@each_attention
def test_a_cache_goes_in_and_comes_out(name, attention):
    model = make(name, attention)
    bridge, given = atencion.from_torch(model), inputs(name, labels=False)
    given.pop("attention_mask")
    written = "decoder_input_ids" if "decoder_input_ids" in given else "input_ids"
    first, rest = given[written][:, :3], given[written][:, 3:]
    with torch.no_grad():
        past = {call: call(**{**given, written: first}).past_key_values for call in (model, bridge)}
        both = [
            call(**{**given, written: rest}, past_key_values=past[call]) for call in (model, bridge)
        ]
        assert_same(both[1], both[0])
        assert both[1].past_key_values is past[bridge]
        assert_same(in_rust(lambda: bridge(**given, use_cache=False)), model(**given, use_cache=False))


def test_positions_and_kept_logits():
    for name in ("GPT2LMHeadModel", "LlamaForCausalLM", "BertForMaskedLM"):
        model = make(name)
        bridge, given = atencion.from_torch(model), inputs(name, labels=False)
        given["position_ids"] = torch.arange(3, 10).expand(2, -1)
        if name != "BertForMaskedLM":
            given["logits_to_keep"] = 2
        with torch.no_grad():
            assert_same(in_rust(lambda: bridge(**given)), model(**given))


def test_pictures_of_another_size():
    model = make("ViTForImageClassification")
    bridge, pixels = atencion.from_torch(model), torch.randn(1, 3, 32, 24)
    with torch.no_grad():
        ours = in_rust(lambda: bridge(pixels, interpolate_pos_encoding=True))
        assert_same(ours, model(pixels, interpolate_pos_encoding=True))
    with pytest.raises(ValueError, match="32"):
        bridge(pixels)


def test_what_an_encoder_gave_is_taken():
    model = make("MarianMTModel", "eager")
    bridge, given = atencion.from_torch(model), inputs("MarianMTModel", labels=False)
    ids = given.pop("input_ids")
    with torch.no_grad():
        encoded = model.get_encoder()(ids, attention_mask=given["attention_mask"], output_hidden_states=True)
        for outputs in (encoded, encoded.to_tuple()):
            ours = in_rust(lambda: bridge(**given, encoder_outputs=outputs))
            assert_same(ours, model(**given, encoder_outputs=outputs))


@each
def test_making_a_bridge_and_calling_it_draws_no_random_numbers(name):
    model = make(name)
    given = inputs(name, labels=False)
    before = torch.get_rng_state()
    atencion.from_torch(model)(**given)
    assert torch.equal(torch.get_rng_state(), before)


def test_flags_of_parameters_stay_as_they_are():
    model = make("MarianMTModel").requires_grad_()
    atencion.from_torch(model)(**inputs("MarianMTModel"))
    assert all(parameter.requires_grad for parameter in model.parameters())


REFUSED = {
    "GPT2LMHeadModel": "encoder_hidden_states",
    "LlamaForCausalLM": "cu_seq_lens_q",
    "BertForMaskedLM": "encoder_attention_mask",
    "ViTModel": "bool_masked_pos",
    "MarianMTModel": "num_items_in_batch",
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_argument_that_is_not_computed_is_refused_by_name(name):
    bridge = atencion.from_torch(make(name))
    with pytest.raises(ValueError, match=f"{name} in Rust does not take {REFUSED[name]}"):
        bridge(**inputs(name, labels=False), **{REFUSED[name]: torch.ones(2)})


def out_of_range(given):
    given["input_ids"][1, 1] = 50


def negative(given):
    given["input_ids"][1, 1] = -1


def too_long(given):
    given["input_ids"] = torch.ones(1, 2000, dtype=torch.long)
    given.pop("attention_mask"), given.pop("token_type_ids", None)


def longer_mask(given):
    given["attention_mask"] = torch.ones(2, 9, dtype=torch.long)


def shorter_mask(given):
    given["attention_mask"] = torch.ones(2, 5, dtype=torch.long)


def mask_of_another_batch(given):
    given["attention_mask"] = torch.ones(3, 7, dtype=torch.long)


def of_floats(given):
    given["input_ids"] = given["input_ids"].float()


def both_kinds(given):
    given["inputs_embeds"] = torch.randn(2, 7, 24)


def neither_kind(given):
    given.pop("input_ids")


def label_out_of_range(given):
    given["labels"] = torch.full((2, 7), 50)


WRONG = [
    out_of_range, negative, too_long, longer_mask, shorter_mask, mask_of_another_batch, of_floats, both_kinds,
    neither_kind, label_out_of_range,
]


@pytest.mark.parametrize("name", ("GPT2LMHeadModel", "LlamaForCausalLM", "BertForMaskedLM", "MarianMTModel"))
@pytest.mark.parametrize("wrong", WRONG)
def test_bad_input_is_a_value_error(name, wrong):
    if name == "LlamaForCausalLM" and wrong is too_long:
        pytest.skip("Llama computes texts of any length")
    bridge, given = atencion.from_torch(make(name)), inputs(name, labels=False)
    wrong(given)
    # A tensor of the wrong dtype is a TypeError, here as everywhere.
    with pytest.raises(TypeError if wrong is of_floats else ValueError) as error:
        bridge(**given)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ("GPT2LMHeadModel", "LlamaForCausalLM", "BertForMaskedLM", "MarianMTModel"))
@each_attention
def test_a_row_that_is_all_padding_is_what_transformers_makes_of_it(name, attention):
    model = make(name, attention)
    bridge, given = atencion.from_torch(model), inputs(name, labels=False)
    given["attention_mask"][1] = 0
    with torch.no_grad():
        assert_same(in_rust(lambda: bridge(**given)), model(**given))


def test_another_size_or_number_of_channels_of_a_picture_is_a_value_error():
    bridge = atencion.from_torch(make("ViTForImageClassification"))
    for pixels in (torch.randn(1, 4, 16, 16), torch.randn(3, 16, 16), torch.randn(1, 3, 16, 24)):
        with pytest.raises(ValueError):
            bridge(pixels)


def dropout_changed(model):
    model.transformer.drop.p = 0.9


def part_in_evaluation(model):
    model.transformer.h[0].eval()


def hooked(model):
    model.transformer.h[0].register_forward_hook(lambda module, args, output: output * 2)


def untied(model):
    model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.lm_head.weight))


def another_activation(model):
    model.transformer.h[0].mlp.act = torch.nn.ReLU()


def another_scaling(model):
    model.transformer.h[0].attn.scaling = 3.0


def another_eps(model):
    model.transformer.ln_f.eps = 1.0


def another_loss(model):
    model.loss_function = lambda logits, labels, **kwargs: logits.sum()


def another_forward(model):
    model.transformer.h[0].mlp.forward = lambda x: x * 0


def checkpointing(model):
    model.gradient_checkpointing_enable()


CHANGES = [
    dropout_changed, part_in_evaluation, hooked, untied, another_activation, another_scaling, another_eps, another_loss,
    another_forward, checkpointing,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_part_is_computed_by_transformers_and_counted(change):
    model = make("GPT2LMHeadModel").train()
    bridge, given = atencion.from_torch(model), inputs("GPT2LMHeadModel")
    bridge(**given)
    change(model)
    torch.manual_seed(3)
    theirs = model(**given)
    before = atencion.calls()
    torch.manual_seed(3)
    assert_same(bridge(**given), theirs)
    after = atencion.calls()
    assert after.rust == before.rust and sum(after.torch.values()) == sum(before.torch.values()) + 1


def test_a_changed_configuration_is_followed():
    model = make("GPT2LMHeadModel")
    bridge, given = atencion.from_torch(model), inputs("GPT2LMHeadModel")
    with torch.no_grad():
        model.config._attn_implementation = "eager"
        assert_same(in_rust(lambda: bridge(**given, output_attentions=True)), model(**given, output_attentions=True))
        model.config.use_cache = False
        assert in_rust(lambda: bridge(**given)).past_key_values is None
        model.config.output_hidden_states = True
        assert_same(bridge(**given), model(**given))


def test_a_model_that_is_not_known_is_a_type_error_that_names_what_is():
    config = transformers.T5Config(d_model=8, num_layers=1, num_heads=2, d_kv=4, d_ff=8, vocab_size=9)
    with pytest.raises(TypeError, match="GPT2LMHeadModel"):
        atencion.from_torch(transformers.T5ForConditionalGeneration(config))
