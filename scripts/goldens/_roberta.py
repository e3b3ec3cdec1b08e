"""RoBERTa, bare and with its heads: BERT's calls, and configurations of its own."""

import _bert
from transformers import (
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaForSequenceClassification,
    RobertaModel,
)


def config(rng):
    """BERT's sizes. Random ids have padding among them, whose position is its own."""
    options = _bert.config(rng).to_dict()
    names = (
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
        "hidden_dropout_prob", "attention_probs_dropout_prob", "max_position_embeddings", "type_vocab_size",
        "classifier_dropout", "tie_word_embeddings", "id2label",
    )
    return RobertaConfig(**{name: options[name] for name in names})


class Headless(_bert.Headless):
    MODEL = RobertaModel
    config = staticmethod(config)


class Head(_bert.Head):
    def __init__(self, model, labels):
        super().__init__(model, labels)
        self.config = config


FAMILIES = {
    "roberta": Headless,
    "roberta_mlm": Head(RobertaForMaskedLM, _bert.words),
    "roberta_cls": Head(RobertaForSequenceClassification, _bert.texts),
}
