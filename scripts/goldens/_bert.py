"""BERT, bare and with each head: configurations and calls."""

import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
)


def config(rng):
    heads = rng.choice([1, 2, 4])
    return BertConfig(
        vocab_size=rng.randint(20, 90),
        hidden_size=heads * rng.choice([4, 8, 12]),
        num_hidden_layers=rng.randint(1, 3),
        num_attention_heads=heads,
        intermediate_size=rng.choice([24, 40]),
        hidden_act=rng.choice(["gelu", "gelu_new", "relu", "silu"]),
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.2,
        max_position_embeddings=24,
        type_vocab_size=rng.choice([2, 3]),
        classifier_dropout=rng.choice([None, 0.3]),
        tie_word_embeddings=rng.random() < 0.7,
        num_labels=rng.randint(2, 5),
    )


def text(rng, config):
    """Ids, and what may stand beside them."""
    b, l = rng.randint(1, 3), rng.randint(5, 11)
    mask, types = torch.ones(b, l, dtype=torch.long), torch.zeros(b, l, dtype=torch.long)
    mask[-1, l - 2 :] = 0
    types[:, l // 2 :] = 1
    return lambda: torch.randint(0, config.vocab_size, (b, l)), {"attention_mask": mask, "token_type_ids": types}


class Headless:
    MODEL = BertModel
    config = staticmethod(config)

    def cases(rng, config):
        ids, beside = text(rng, config)
        one = ids()
        return {
            "plain": {"input_ids": one},
            "padded_pair": {"input_ids": ids(), **beside},
            "positions": {"input_ids": ids(), "position_ids": torch.arange(one.shape[1]).flip(0)[None].repeat(len(one), 1)},
            "embeds": {"input_ids": ids(), "inputs_embeds": torch.randn(*one.shape, config.hidden_size)},
        }

    def call(model, case, inputs, asked):
        if "inputs_embeds" in inputs:
            inputs = {"inputs_embeds": inputs["inputs_embeds"].to(model.dtype)}
        return model(**inputs, **asked)


class Head:
    """A head whose labels `labels(rng, config, ids)` draws, by case."""

    def __init__(self, model, labels):
        self.MODEL, self.labels, self.config = model, labels, config

    def cases(self, rng, config):
        ids, beside = text(rng, config)
        found = {}
        for name, labels in self.labels(rng, config, ids()).items():
            copies = {key: value.clone() for key, value in beside.items()}
            found[name] = {"input_ids": ids(), **copies, **labels}
            found[f"training_{name}"] = {"input_ids": ids(), **{key: value.clone() for key, value in labels.items()}}
        return found

    def call(self, model, case, inputs, asked):
        # The first labels that a model sees set its kind of problem for good.
        model.config.problem_type = None
        labels = inputs.get("labels")
        if labels is not None and labels.is_floating_point():
            inputs = inputs | {"labels": labels.to(model.dtype)}
        return model(**inputs, **asked)


def words(rng, config, ids):
    labels = torch.full_like(ids, -100)
    labels[:, 1:3] = ids[:, 1:3]
    return {"words": {"labels": labels}}


def texts(rng, config, ids):
    b = len(ids)
    return {
        "one_label": {"labels": torch.randint(0, config.num_labels, (b,))},
        "several_labels": {"labels": torch.rand(b, config.num_labels)},
    }


def tokens(rng, config, ids):
    labels = torch.randint(0, config.num_labels, ids.shape)
    labels[:, 0] = -100
    return {"tokens": {"labels": labels}}


def answers(rng, config, ids):
    b, l = ids.shape
    return {"answers": {"start_positions": torch.randint(0, l, (b,)), "end_positions": torch.randint(0, l + 5, (b,))}}


class Answers(Head):
    """Two labels: where it begins and where it ends."""

    def __init__(self):
        super().__init__(BertForQuestionAnswering, answers)
        self.config = lambda rng: two_labels(config(rng))


def two_labels(config):
    config.num_labels = 2
    return config


FAMILIES = {
    "bert": Headless,
    "bert_mlm": Head(BertForMaskedLM, words),
    "bert_cls": Head(BertForSequenceClassification, texts),
    "bert_tokens": Head(BertForTokenClassification, tokens),
    "bert_qa": Answers(),
}
