"""`replace`: every module that Rust can stand in for, inside any model; `restore` undoes it. `calls` counts."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, NamedTuple

from torch import nn
from torch.compiler import is_compiling
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from . import _atencion
from ._attention import scaled_dot_product_attention
from ._modules import _TORCH, BRIDGES

__all__ = ["Calls", "Replaced", "calls", "replace", "restore"]

_ATTENTION = "atencion"


class Calls(NamedTuple):
    """How many calls Rust has computed since the start, and how many torch's own forward, by reason."""

    rust: int
    torch: Dict[str, int]


def calls() -> Calls:
    """How many calls Rust has computed since the start, and how many torch's own forward, by reason."""
    return Calls(*_atencion.calls())


@dataclass
class Replaced:
    """What `replace` did; `print` it."""

    rust: List[str] = field(default_factory=list)
    """Names of the modules that Rust computes now."""
    torch: Dict[str, str] = field(default_factory=dict)
    """Names of attention modules and norms that torch goes on computing, and why."""

    def __str__(self) -> str:
        lines = [f"{len(self.rust)} in Rust, {len(self.torch)} stay in PyTorch"]
        lines += [f"  Rust     {name}" for name in self.rust]
        lines += [f"  PyTorch  {name}: {why}" for name, why in self.torch.items()]
        return "\n".join(lines)


def replace(model: nn.Module) -> Replaced:
    """Lets Rust compute every supported module inside `model`, in place, and says which.

    The modules stay what they are (the same objects, of a class derived from their own), so optimisers, hooks,
    checkpoints and references to them go on working. Of a `transformers` model the attention is replaced, too, through
    the library's own registry. `atencion.restore(model)` undoes it.

        print(atencion.replace(model))

    Raises `TypeError` if `model` is no `nn.Module`.
    """
    _check(model)
    done = Replaced()
    for name, module in model.named_modules():
        where = name or type(module).__name__
        if type(module) in BRIDGES:
            module.__class__ = BRIDGES[type(module)]
        if type(module) in _TORCH:
            done.rust.append(where)
        elif isinstance(module, tuple(BRIDGES)):
            done.torch[where] = f"{type(module).__qualname__} is a class of its own"
    _replace_attention(model, done)
    return done


def restore(model: nn.Module) -> None:
    """Gives every module inside `model` back to torch: undoes `replace`.

    Raises `TypeError` if `model` is no `nn.Module`.
    """
    _check(model)
    for module in model.modules():
        theirs = _TORCH.get(type(module))
        if theirs is not None:
            module.__class__ = theirs
        implementation = module.__dict__.pop("_atencion_attention_was", None)
        if implementation is not None:
            module.set_attn_implementation(implementation)  # type: ignore[operator]


def _check(model: Any) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__qualname__}")


def _replace_attention(model: nn.Module, done: Replaced) -> None:
    """The attention of `transformers`' models, which is a function that the configuration names."""
    for name, module in model.named_modules():
        config: Any = getattr(module, "config", None)
        if not hasattr(module, "set_attn_implementation") or not hasattr(config, "_attn_implementation"):
            continue
        was = config._attn_implementation
        where = f"{name}.attention" if name else "attention"
        if was == _ATTENTION:
            continue
        if was != "sdpa":
            done.torch[where] = f"its configuration asks for {was!r} attention, not for 'sdpa'"
            continue
        _register_attention()
        module.set_attn_implementation(_ATTENTION)
        if config._attn_implementation == _ATTENTION:
            module.__dict__["_atencion_attention_was"] = was
            done.rust.append(where)


def _register_attention() -> None:
    """Makes `attn_implementation="atencion"` known to `transformers`, with the masks that its "sdpa" gets."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

    AttentionInterface.register(_ATTENTION, _transformers_attention)
    AttentionMaskInterface.register(_ATTENTION, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])


class _WithOurs(TorchFunctionMode):
    """While it is active, torch's attention is ours; everything else is torch's."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is functional.scaled_dot_product_attention:
            func = scaled_dot_product_attention
        return func(*args, **(kwargs or {}))


def _transformers_attention(module: nn.Module, *arguments: Any, **options: Any) -> Any:
    """`transformers`' own "sdpa", in which the one call of torch's attention is Rust's."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if is_compiling():
        return sdpa_attention_forward(module, *arguments, **options)
    with _WithOurs():
        return sdpa_attention_forward(module, *arguments, **options)
