"""`transformers`' models with their forward in Rust.

A bridge is a model of `transformers` whose class has another forward; it shares everything else with the model it was
made of, as the bridges of torch.nn's modules do. `transformers` is imported only by who has a model of it.
"""

import copy
import functools
import importlib
import inspect
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Type

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling

from . import _atencion
from ._modules import _sharing


class _Class(NamedTuple):
    """A class of `transformers`: its module, the class of what it gives back, and whether it keeps tokens."""

    module: str
    output: str
    keeps: str = ""


_CLASSES: Dict[str, _Class] = {
    "GPT2LMHeadModel": _Class("gpt2.modeling_gpt2", "CausalLMOutputWithCrossAttentions", "DynamicCache"),
    "LlamaForCausalLM": _Class("llama.modeling_llama", "CausalLMOutputWithPast", "DynamicCache"),
    "Qwen2ForCausalLM": _Class("qwen2.modeling_qwen2", "CausalLMOutputWithPast", "DynamicCache"),
    "BertModel": _Class("bert.modeling_bert", "BaseModelOutputWithPoolingAndCrossAttentions"),
    "BertForMaskedLM": _Class("bert.modeling_bert", "MaskedLMOutput"),
    "BertForSequenceClassification": _Class("bert.modeling_bert", "SequenceClassifierOutput"),
    "BertForTokenClassification": _Class("bert.modeling_bert", "TokenClassifierOutput"),
    "BertForQuestionAnswering": _Class("bert.modeling_bert", "QuestionAnsweringModelOutput"),
    "RobertaModel": _Class("roberta.modeling_roberta", "BaseModelOutputWithPoolingAndCrossAttentions"),
    "RobertaForMaskedLM": _Class("roberta.modeling_roberta", "MaskedLMOutput"),
    "RobertaForSequenceClassification": _Class("roberta.modeling_roberta", "SequenceClassifierOutput"),
    "ViTModel": _Class("vit.modeling_vit", "BaseModelOutputWithPooling"),
    "ViTForImageClassification": _Class("vit.modeling_vit", "ImageClassifierOutput"),
    "MarianMTModel": _Class("marian.modeling_marian", "Seq2SeqLMOutput", "EncoderDecoderCache"),
    "BartForConditionalGeneration": _Class("bart.modeling_bart", "Seq2SeqLMOutput", "EncoderDecoderCache"),
}
NAMES = tuple(_CLASSES)


def _of_transformers(name: str, attribute: str) -> Any:
    return getattr(importlib.import_module(f"transformers.{name}"), attribute)


class _Model(nn.Module):
    """What all bridges of models have besides their forward."""

    theirs: Type[nn.Module]
    # `transformers`' Trainer passes none of its own arguments then.
    accepts_loss_kwargs = False

    @property
    def module(self) -> nn.Module:
        """The same model as `transformers` has it: what is changed there is changed here."""
        return _sharing(self.theirs, self)


def bridge(module: nn.Module) -> Optional[nn.Module]:
    """The model with its forward in Rust; `None` if it is none that Rust computes."""
    if isinstance(module, _Model):
        return _sharing(type(module), module)
    name, where = type(module).__name__, type(module).__module__
    if name not in _CLASSES or where != f"transformers.models.{_CLASSES[name].module}":
        return None
    return _sharing(_bridge_class(name), module)


@functools.lru_cache(maxsize=None)
def _bridge_class(name: str) -> Type[nn.Module]:
    class_ = _of_transformers(f"models.{_CLASSES[name].module}", name)
    signature = inspect.signature(class_.forward)

    @functools.wraps(class_.forward)
    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _Call(self, class_, signature, args, kwargs).compute()

    body = {"__module__": __name__, "__doc__": f"`transformers.{name}` in Rust.", "theirs": class_, "forward": forward}
    return type(name, (_Model, class_), body)


def __getattr__(name: str) -> Any:
    """A bridge's class by its name, for who unpickles one."""
    if name in _CLASSES:
        return _bridge_class(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Made(NamedTuple):
    """What a class and its configuration make."""

    class_name: str
    config: str
    attn_implementation: str
    twin: nn.Module


# The newest last: (class, whether it has a pooler, the configuration's options, what they make).
_KNOWN: List[Tuple[Type[nn.Module], bool, Dict[str, Any], _Made]] = []


def _made(model: Any, class_: Any) -> _Made:
    """Of a model's class and configuration as they are now; made once for each."""
    has_pooler = getattr(model, "pooler", None) is not None
    options = model.config.__dict__
    known: _Made
    for of, pooler, before, known in reversed(_KNOWN):
        if of is class_ and pooler is has_pooler and before == options:
            return known
    config = copy.deepcopy(model.config)
    takes_pooler = "add_pooling_layer" in inspect.signature(class_.__init__).parameters
    with torch.device("meta"):
        twin = class_(copy.deepcopy(config), **({"add_pooling_layer": has_pooler} if takes_pooler else {}))
    config.architectures = [class_.__name__]
    made = _Made(class_.__name__, config.to_json_string(), config._attn_implementation, twin)
    _KNOWN.append((class_, has_pooler, copy.deepcopy(options), made))
    del _KNOWN[:-16]
    return made


class _Elsewhere(Exception):
    """The call is one that only `transformers` computes."""


class _Call:
    """One call of a bridge's forward."""

    def __init__(self, model: Any, class_: Any, signature: inspect.Signature, args: Any, kwargs: Any) -> None:
        self.model, self.class_ = model, class_
        self.known = _CLASSES[class_.__name__]
        self.theirs: Callable[[], Any] = lambda: class_.forward(model, *args, **kwargs)
        named = dict(signature.bind(model, *args, **kwargs).arguments)
        named.pop("self")
        named.update(named.pop("kwargs", {}))
        self.arguments = {name: value for name, value in named.items() if value is not None}

    def compute(self) -> Any:
        if is_compiling() or _is_collected():
            return self.theirs()
        try:
            made = _made(self.model, self.class_)
            self._take_arguments()
        except _Elsewhere:
            return self.theirs()
        return _atencion.transformers_model(
            self.model, made, made.twin, self.arguments, self._wrap, self.theirs
        )

    def _take_arguments(self) -> None:
        config, arguments = self.model.config, self.arguments
        self.return_dict = arguments.pop("return_dict", config.return_dict)
        for name in ("output_hidden_states", "output_attentions"):
            arguments[name] = arguments.get(name, getattr(config, name, False)) or False
            if not isinstance(arguments[name], bool):
                raise _Elsewhere  # hidden states of some layers only
        if isinstance(arguments.get("logits_to_keep"), Tensor):
            raise _Elsewhere  # places of one's own
        self.encoded = arguments.get("encoder_outputs")
        if self.encoded is not None:
            arguments["encoder_outputs"] = self.encoded[0]
        self.use_cache, self.cache = False, arguments.get("past_key_values")
        if self.known.keeps:
            self.use_cache = bool(arguments.get("use_cache", getattr(config, "use_cache", False)))
            arguments["use_cache"] = self.use_cache
        elif not arguments.get("use_cache", True):
            del arguments["use_cache"]
        if self.cache is not None and self.known.keeps:
            arguments["past_key_values"] = _kept(self.cache, self.known.keeps)

    def _wrap(self, answer: Dict[str, Any]) -> Any:
        """The `ModelOutput` that `transformers` gives."""
        present = answer.pop("past_key_values", None)
        if present is not None:
            if self.cache is None:
                self.cache = _new_cache(self.known.keeps, self.model.config)
            _keep(self.cache, present)
            if self.use_cache or self.class_.__name__ != "GPT2LMHeadModel":
                answer["past_key_values"] = self.cache
        if self.encoded is not None:
            names = ("encoder_hidden_states", "encoder_attentions")
            answer.update(zip(names, _further(self.encoded)))
        output = _of_transformers("modeling_outputs", self.known.output)(**answer)
        return output if self.return_dict else output.to_tuple()


def _is_collected() -> bool:
    """Whether a model around this one collects hidden states by hooks on its parts, which Rust would not run."""
    return _of_transformers("utils.output_capturing", "_active_collector").get() is not None


def _further(encoded: Any) -> Tuple[Any, Any]:
    """Hidden states and attentions of what an encoder gave."""
    if isinstance(encoded, tuple):
        further = (*encoded[1:3], None, None)
        return further[0], further[1]
    return getattr(encoded, "hidden_states", None), getattr(encoded, "attentions", None)


_Pairs = List[Tuple[Tensor, Tensor]]


def _kept(cache: Any, class_name: str) -> Tuple[_Pairs, _Pairs]:
    """Keys and values of a cache: of what was written, and of what an encoder read."""
    if type(cache) is not _of_transformers("cache_utils", class_name):
        raise _Elsewhere
    if class_name == "DynamicCache":
        return _pairs(cache), []
    updated = set(cache.is_updated.values())
    if len(updated) > 1:
        raise _Elsewhere
    return _pairs(cache.self_attention_cache), _pairs(cache.cross_attention_cache) if True in updated else []


def _pairs(cache: Any) -> _Pairs:
    layer_class = _of_transformers("cache_utils", "DynamicLayer")
    if cache.offloading or any(type(layer) is not layer_class for layer in cache.layers):
        raise _Elsewhere
    filled = [layer.get_seq_length() > 0 for layer in cache.layers]
    if any(filled) and not all(filled):
        raise _Elsewhere
    return [(layer.keys, layer.values) for layer in cache.layers] if any(filled) else []


def _new_cache(class_name: str, config: Any) -> Any:
    dynamic = _of_transformers("cache_utils", "DynamicCache")
    if class_name == "DynamicCache":
        return dynamic(config=config)
    return _of_transformers("cache_utils", class_name)(dynamic(config=config), dynamic(config=config))


def _keep(cache: Any, present: Tuple[_Pairs, _Pairs]) -> None:
    """Puts keys and values into a cache, in place of those that it had."""
    written, read = present
    if hasattr(cache, "self_attention_cache"):
        _put(cache.self_attention_cache, written)
        _put(cache.cross_attention_cache, read)
        cache.is_updated.update((layer, True) for layer in range(len(read)))
    else:
        _put(cache, written)


def _put(cache: Any, pairs: _Pairs) -> None:
    for index, (keys, values) in enumerate(pairs):
        if index == len(cache.layers):
            cache.layers.append(_of_transformers("cache_utils", "DynamicLayer")())
        layer = cache.layers[index]
        if not layer.is_initialized:
            layer.lazy_initialization(keys, values)
        layer.keys, layer.values = keys, values
