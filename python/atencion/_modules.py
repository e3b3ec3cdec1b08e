"""torch.nn's modules with their forward in Rust: the same classes, the same parameters, the same options.

A bridge is a torch module whose class has another forward. `from_torch(module)` makes one that shares its instance
dictionary with `module`: parameters, buffers, children, hooks, training flag and options are one and the same.

Where a compiler reads Python (`torch.compile`, `torch.export`, `torch.jit.script`) it gets torch's own forward: it could
not see into Rust.
"""

from typing import Any, Dict, Optional, Tuple, Type

from torch import Tensor, nn
from torch.compiler import is_compiling

from . import _atencion

__all__ = ["from_torch"]

# torch's own forwards, kept: somebody may put a bridge's in their place.
_LayerNorm = nn.LayerNorm.forward
_MultiheadAttention = nn.MultiheadAttention.forward
_TransformerEncoderLayer = nn.TransformerEncoderLayer.forward
_TransformerEncoder = nn.TransformerEncoder.forward
_TransformerDecoderLayer = nn.TransformerDecoderLayer.forward
_TransformerDecoder = nn.TransformerDecoder.forward
_Transformer = nn.Transformer.forward


class _Bridge(nn.Module):
    """What all bridges have besides their forward."""

    @property
    def module(self) -> nn.Module:
        """The same module as torch has it: what is changed there is changed here."""
        return _sharing(_TORCH[type(self)], self)

    def __prepare_scriptable__(self) -> nn.Module:
        """What `torch.jit.script` compiles."""
        return self.module


class LayerNorm(_Bridge, nn.LayerNorm):
    """`nn.LayerNorm` in Rust: input `[.., *normalized_shape]`."""

    def forward(self, input: Tensor) -> Tensor:
        if is_compiling():
            return _LayerNorm(self, input)
        return _atencion.layer_norm(self, input)


class MultiheadAttention(_Bridge, nn.MultiheadAttention):
    """`nn.MultiheadAttention` in Rust: query `[L, B, E]`, or `[B, L, E]` with `batch_first`."""

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Optional[Tensor] = None,
        need_weights: bool = True,
        attn_mask: Optional[Tensor] = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> Tuple[Tensor, Optional[Tensor]]:
        arguments = (
            query, key, value, key_padding_mask, need_weights, attn_mask, average_attn_weights,
            is_causal,
        )
        if is_compiling():
            return _MultiheadAttention(self, *arguments)
        return _atencion.multihead_attention(self, *arguments)


class TransformerEncoderLayer(_Bridge, nn.TransformerEncoderLayer):
    """`nn.TransformerEncoderLayer` in Rust: src `[L, B, E]`, or `[B, L, E]` with `batch_first`."""

    def forward(
        self,
        src: Tensor,
        src_mask: Optional[Tensor] = None,
        src_key_padding_mask: Optional[Tensor] = None,
        is_causal: bool = False,
    ) -> Tensor:
        arguments = (src, src_mask, src_key_padding_mask, is_causal)
        if is_compiling():
            return _TransformerEncoderLayer(self, *arguments)
        return _atencion.transformer_encoder_layer(self, *arguments)


class TransformerEncoder(_Bridge, nn.TransformerEncoder):
    """`nn.TransformerEncoder` in Rust: src `[L, B, E]`, or `[B, L, E]` with `batch_first`."""

    def forward(
        self,
        src: Tensor,
        mask: Optional[Tensor] = None,
        src_key_padding_mask: Optional[Tensor] = None,
        is_causal: Optional[bool] = None,
    ) -> Tensor:
        arguments = (src, mask, src_key_padding_mask, is_causal)
        if is_compiling():
            return _TransformerEncoder(self, *arguments)
        return _atencion.transformer_encoder(self, *arguments)


class TransformerDecoderLayer(_Bridge, nn.TransformerDecoderLayer):
    """`nn.TransformerDecoderLayer` in Rust: tgt `[T, B, E]`, memory `[S, B, E]`."""

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Optional[Tensor] = None,
        memory_mask: Optional[Tensor] = None,
        tgt_key_padding_mask: Optional[Tensor] = None,
        memory_key_padding_mask: Optional[Tensor] = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        arguments = (
            tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
            tgt_is_causal, memory_is_causal,
        )
        if is_compiling():
            return _TransformerDecoderLayer(self, *arguments)
        return _atencion.transformer_decoder_layer(self, *arguments)


class TransformerDecoder(_Bridge, nn.TransformerDecoder):
    """`nn.TransformerDecoder` in Rust: tgt `[T, B, E]`, memory `[S, B, E]`."""

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Optional[Tensor] = None,
        memory_mask: Optional[Tensor] = None,
        tgt_key_padding_mask: Optional[Tensor] = None,
        memory_key_padding_mask: Optional[Tensor] = None,
        tgt_is_causal: Optional[bool] = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        arguments = (
            tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
            tgt_is_causal, memory_is_causal,
        )
        if is_compiling():
            return _TransformerDecoder(self, *arguments)
        return _atencion.transformer_decoder(self, *arguments)


class Transformer(_Bridge, nn.Transformer):
    """`nn.Transformer` in Rust: src `[S, B, E]`, tgt `[T, B, E]`."""

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Optional[Tensor] = None,
        tgt_mask: Optional[Tensor] = None,
        memory_mask: Optional[Tensor] = None,
        src_key_padding_mask: Optional[Tensor] = None,
        tgt_key_padding_mask: Optional[Tensor] = None,
        memory_key_padding_mask: Optional[Tensor] = None,
        src_is_causal: Optional[bool] = None,
        tgt_is_causal: Optional[bool] = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        arguments = (
            src, tgt, src_mask, tgt_mask, memory_mask, src_key_padding_mask, tgt_key_padding_mask,
            memory_key_padding_mask, src_is_causal, tgt_is_causal, memory_is_causal,
        )
        if is_compiling():
            return _Transformer(self, *arguments)
        return _atencion.transformer(self, *arguments)


BRIDGES: Dict[Type[nn.Module], Type[_Bridge]] = {
    nn.LayerNorm: LayerNorm,
    nn.MultiheadAttention: MultiheadAttention,
    nn.TransformerEncoderLayer: TransformerEncoderLayer,
    nn.TransformerEncoder: TransformerEncoder,
    nn.TransformerDecoderLayer: TransformerDecoderLayer,
    nn.TransformerDecoder: TransformerDecoder,
    nn.Transformer: Transformer,
}
_TORCH: Dict[Type[nn.Module], Type[nn.Module]] = {ours: theirs for theirs, ours in BRIDGES.items()}


def from_torch(module: nn.Module) -> Any:
    """The module with its forward in Rust: same arguments, same return value, on the module's own parameters.

    `module` stays as it is. What is returned is a module of the same class (`isinstance(bridge, type(module))`) that
    shares everything with it: parameters, buffers, children, hooks, `training`, options, state-dict keys. `train()`,
    `to()`, `load_state_dict()`, assignments and hooks of either are seen by both; gradients land in
    `module.parameters()`.

    For `nn.LayerNorm`, `nn.MultiheadAttention`, `nn.TransformerEncoderLayer`, `nn.TransformerEncoder`,
    `nn.TransformerDecoderLayer`, `nn.TransformerDecoder` and `nn.Transformer`. `atencion.replace(model)` does it for
    every such module inside a model.

    Of `transformers` it takes `GPT2LMHeadModel`, `LlamaForCausalLM`, `Qwen2ForCausalLM`, `BertModel` and
    `BertFor{MaskedLM, SequenceClassification, TokenClassification, QuestionAnswering}`, `RobertaModel` and
    `RobertaFor{MaskedLM, SequenceClassification}`, `ViTModel`,
    `ViTForImageClassification`, `MarianMTModel` and `BartForConditionalGeneration`, and gives their `ModelOutput` back.
    An argument that is not computed in Rust is a `ValueError` that names it.

    What Rust cannot compute as torch would (a child with hooks, a subclass in a child's place, tensor subclasses, nested
    or meta tensors, tracing) torch's own forward computes, and `atencion.calls()` counts it with its reason.

    Raises `TypeError` for any other module.

        layer = torch.nn.TransformerEncoderLayer(512, 8)
        bridge = atencion.from_torch(layer)
        assert torch.equal(bridge.eval()(x), layer(x))
    """
    bridge = BRIDGES.get(type(module))
    if bridge is None and type(module) in _TORCH:
        bridge = type(module)  # type: ignore[assignment]  # a bridge already
    if bridge is None:
        from . import _models  # which imports this file

        model = _models.bridge(module)
        if model is not None:
            return model
        names = ", ".join((*(f"nn.{known.__name__}" for known in BRIDGES), *_models.NAMES))
        raise TypeError(f"from_torch takes {names}, got {type(module).__module__}.{type(module).__qualname__}")
    return _sharing(bridge, module)


def _sharing(class_: Type[nn.Module], module: nn.Module) -> nn.Module:
    """A module of that class whose instance dictionary is `module`'s own."""
    twin: nn.Module = object.__new__(class_)
    object.__setattr__(twin, "__dict__", module.__dict__)
    return twin
