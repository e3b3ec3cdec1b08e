"""Model folders in Hugging Face's layout, opened without `transformers`."""

import json
import os
import pathlib
from typing import Any, Dict, Iterable, NamedTuple, Optional, Tuple, Union

from torch import Tensor, nn

from . import _atencion

__all__ = ["Model", "Output", "from_pretrained"]

_Named = Iterable[Tuple[str, Tensor, bool]]


class _Made(NamedTuple):
    class_name: str
    config: str
    attn_implementation: str


class Output(Dict[str, Any]):
    """What a model gives back, by name: `out.logits`, `out["logits"]`. What was not asked for is `None`."""

    _NAMES = frozenset({
        "loss", "logits", "start_logits", "end_logits", "last_hidden_state", "pooler_output", "past_key_values",
        "hidden_states", "attentions", "decoder_hidden_states", "decoder_attentions", "cross_attentions",
        "encoder_last_hidden_state", "encoder_hidden_states", "encoder_attentions",
    })

    def __getattr__(self, name: str) -> Any:
        if name in self._NAMES:
            return self.get(name)
        raise AttributeError(f"a model gives no {name}")


class Model(nn.Module):
    """A model of a folder, computed in Rust: made by `atencion.from_pretrained`.

    It is a module of torch: `parameters()`, `state_dict()`, `train()`, `to()`, optimisers and gradients are as ever, under
    the names of the folder.
    """

    config: Dict[str, Any]
    generation_config: Dict[str, Any]

    def __init__(
        self, made: _Made, config: Dict[str, Any], generation_config: Dict[str, Any], named: _Named, tied: Dict[str, str]
    ) -> None:
        super().__init__()
        self._made, self.config, self.generation_config = made, config, generation_config
        for name, tensor, is_parameter in named:
            place, _, last = name.rpartition(".")
            if is_parameter:
                _child(self, place).register_parameter(last, nn.Parameter(tensor))
            else:
                _child(self, place).register_buffer(last, tensor)
        for name, other in tied.items():
            place, _, last = name.rpartition(".")
            _child(self, place).register_parameter(last, self.get_parameter(other))

    def forward(self, inputs: Optional[Tensor] = None, **arguments: Any) -> Output:
        """As the model of `transformers` that the folder names; `inputs` are its `input_ids` or `pixel_values`.

        Text: `input_ids` int64 `[B, L]`, `attention_mask` `[B, L]` (0 = padding), `labels`, `inputs_embeds`, and so on;
        pictures: `pixel_values` `[B, C, Y, X]`. `past_key_values` are those of an earlier output.

        Raises `ValueError` for an argument that the model does not take, and for what does not fit.
        """
        if inputs is not None:
            name = "pixel_values" if self.config["model_type"] == "vit" else "input_ids"
            if arguments.get(name) is not None:
                raise ValueError(f"{name} is given twice")
            arguments = {name: inputs, **arguments}
        arguments = {name: value for name, value in arguments.items() if value is not None}
        if self.config["model_type"] not in ("bert", "roberta", "vit"):
            arguments.setdefault("use_cache", self.config.get("use_cache", True))
        return Output(_atencion.own_model(self._made, self._named(), self.training, arguments))

    def generate(self, input_ids: Tensor, attention_mask: Optional[Tensor] = None, **options: Any) -> Tensor:
        """The ids `[B, length]` that `transformers`' `generate` gives: the folder's `generation_config.json`, `options`
        over it (`max_new_tokens`, `do_sample`, `num_beams`, `temperature`, ..).

        Raises `ValueError` for an option that is not known, and for a model that does not write.
        """
        how = json.dumps({**self.generation_config, **options})
        return _atencion.write_on(self._made, self._named(), self.training, input_ids, attention_mask, how)

    def extra_repr(self) -> str:
        return self._made.class_name

    def _named(self) -> Any:
        return [*self.named_parameters(), *self.named_buffers()]


def _child(module: nn.Module, place: str) -> nn.Module:
    """The part of that dotted name, made if it is not there."""
    for name in filter(None, place.split(".")):
        if name not in module._modules:
            module.add_module(name, nn.Module())
        module = module.get_submodule(name)
    return module


def from_pretrained(folder: Union[str, "os.PathLike[str]"], *, attn_implementation: str = "sdpa") -> Model:
    """The model of a folder in Hugging Face's layout, as `transformers`' `AutoModel…from_pretrained` has it, in
    evaluation mode; `transformers` is not needed.

    GPT-2, Llama, Qwen2, BERT, RoBERTa, ViT, Marian and BART, with the head that `config.json` names. `attn_implementation` is
    `"sdpa"` or `"eager"`; `output_attentions=True` needs the latter. Weights are memory-mapped.

    Raises `ValueError` for a folder of another family, with an option that is not known, or with tensors that are
    missing, left over or misshapen.

        model = atencion.from_pretrained("my-gpt2")
        logits = model(torch.tensor([[1, 2, 3]])).logits  # [1, 3, V]
        model.generate(torch.tensor([[1, 2, 3]]), max_new_tokens=20)
    """
    if attn_implementation not in ("sdpa", "eager"):
        raise ValueError(f'attn_implementation is "sdpa" or "eager", not {attn_implementation!r}')
    path, class_name, named, tied = _atencion.open_model(os.fspath(folder))
    config = json.loads(pathlib.Path(path, "config.json").read_text(encoding="utf-8"))
    config["architectures"] = [class_name]
    writes = pathlib.Path(path, "generation_config.json")
    if writes.exists():
        generation_config = json.loads(writes.read_text(encoding="utf-8"))
    else:
        generation_config = {name: value for name, value in config.items() if name.endswith("_token_id")}
    made = _Made(class_name, json.dumps(config), attn_implementation)
    return Model(made, config, generation_config, named, tied).eval()
