"""`from_torch`: a torch module's forward, computed in Rust on the module's own parameters."""

import copy
from typing import Any, Dict, Optional, Tuple, Type

from torch import Tensor, nn

from . import _atencion

__all__ = ["from_torch"]


class _Bridge(nn.Module):
    """Holds the torch module; its parameters, its training flag and its device are the module's own."""

    module: nn.Module

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self.training = module.training

    def __deepcopy__(self, memo: Dict[int, Any]) -> "_Bridge":
        return type(self)(copy.deepcopy(self.module, memo))

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(
            "a bridge to Rust cannot be pickled; mend it: pickle bridge.module (or its state_dict()) "
            "and call atencion.from_torch on what comes back"
        )


class LayerNorm(_Bridge):
    """`nn.LayerNorm` in Rust: input `[.., *normalized_shape]`."""

    def forward(self, input: Tensor) -> Tensor:
        return _atencion.layer_norm(self.module, input)


class MultiheadAttention(_Bridge):
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
        return _atencion.multihead_attention(
            self.module, query, key, value, key_padding_mask, need_weights, attn_mask,
            average_attn_weights, is_causal,
        )


class TransformerEncoderLayer(_Bridge):
    """`nn.TransformerEncoderLayer` in Rust: src `[L, B, E]`, or `[B, L, E]` with `batch_first`."""

    def forward(
        self,
        src: Tensor,
        src_mask: Optional[Tensor] = None,
        src_key_padding_mask: Optional[Tensor] = None,
        is_causal: bool = False,
    ) -> Tensor:
        return _atencion.transformer_encoder_layer(
            self.module, src, src_mask, src_key_padding_mask, is_causal
        )


class TransformerEncoder(_Bridge):
    """`nn.TransformerEncoder` in Rust: src `[L, B, E]`, or `[B, L, E]` with `batch_first`."""

    def forward(
        self,
        src: Tensor,
        mask: Optional[Tensor] = None,
        src_key_padding_mask: Optional[Tensor] = None,
        is_causal: Optional[bool] = None,
    ) -> Tensor:
        return _atencion.transformer_encoder(
            self.module, src, mask, src_key_padding_mask, is_causal
        )


class TransformerDecoderLayer(_Bridge):
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
        return _atencion.transformer_decoder_layer(
            self.module, tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask,
            memory_key_padding_mask, tgt_is_causal, memory_is_causal,
        )


class TransformerDecoder(_Bridge):
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
        return _atencion.transformer_decoder(
            self.module, tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask,
            memory_key_padding_mask, tgt_is_causal, memory_is_causal,
        )


class Transformer(_Bridge):
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
        return _atencion.transformer(
            self.module, src, tgt, src_mask, tgt_mask, memory_mask, src_key_padding_mask,
            tgt_key_padding_mask, memory_key_padding_mask, src_is_causal, tgt_is_causal,
            memory_is_causal,
        )


_BRIDGES: Dict[Type[nn.Module], Type[_Bridge]] = {
    nn.LayerNorm: LayerNorm,
    nn.MultiheadAttention: MultiheadAttention,
    nn.TransformerEncoderLayer: TransformerEncoderLayer,
    nn.TransformerEncoder: TransformerEncoder,
    nn.TransformerDecoderLayer: TransformerDecoderLayer,
    nn.TransformerDecoder: TransformerDecoder,
    nn.Transformer: Transformer,
}
_PARTS = (
    *_BRIDGES,
    nn.Linear,
    nn.modules.linear.NonDynamicallyQuantizableLinear,
    nn.Dropout,
    nn.ModuleList,
)
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def from_torch(module: nn.Module) -> Any:
    """The module's forward in Rust: same arguments, same return value, on the module's own parameters.

    Gradients land in `module.parameters()`; `train()`, `eval()`, `to()` and `load_state_dict()` of either are seen by
    both. For `nn.LayerNorm`, `nn.MultiheadAttention`, `nn.TransformerEncoderLayer`, `nn.TransformerEncoder`,
    `nn.TransformerDecoderLayer`, `nn.TransformerDecoder` and `nn.Transformer`.

    Raises `TypeError` for any other module, and `ValueError` for one with hooks: Rust would not run them.
    """
    bridge = _BRIDGES.get(type(module))
    if bridge is None:
        names = ", ".join(f"nn.{known.__name__}" for known in _BRIDGES)
        raise TypeError(f"from_torch takes {names}, got {type(module).__module__}.{type(module).__qualname__}")
    for name, part in module.named_modules():
        _check(name, part)
    return bridge(module)


def _check(name: str, part: nn.Module) -> None:
    where = f"{name or 'the module'} ({type(part).__name__})"
    if type(part) not in _PARTS and not name.endswith("activation"):
        raise TypeError(f"{where} is not a part that from_torch knows; mend it: use torch.nn's own")
    for hooks in _HOOKS:
        if getattr(part, hooks, None):
            raise ValueError(f"{where} has {hooks[1:].replace('_', ' ')}, which Rust would not run; mend it: remove them")
