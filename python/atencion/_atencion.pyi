from typing import Any, Callable, Dict, List, Optional, Tuple, final

from torch import Tensor
from torch.nn import Module

__version__: str

@final
class Step:
    """One step of a computation, with its lines in both languages."""

    @property
    def name(self) -> str: ...
    @property
    def formula(self) -> str: ...
    @property
    def python(self) -> str: ...
    @property
    def rust(self) -> str: ...
    @property
    def tensor(self) -> Tensor: ...

def explain(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Optional[Tensor] = None,
    is_causal: bool = False,
    scale: Optional[float] = None,
) -> List[Step]: ...

@final
class View:
    """The explorer's page; a notebook shows it, `str(view)` is its HTML."""

    def _repr_html_(self) -> str: ...

@final
class Answer:
    @property
    def right(self) -> bool: ...
    @property
    def mistakes(self) -> List[str]: ...
    def __bool__(self) -> bool: ...

def check(name: str, result: Tensor, solution: bool = False, lang: Optional[str] = None) -> Answer: ...
def show(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Optional[Tensor] = None,
    is_causal: bool = False,
    tokens: Optional[List[str]] = None,
    tokens_k: Optional[List[str]] = None,
    height: int = ...,
) -> View: ...
def start() -> None: ...
def calls() -> Tuple[int, Dict[str, int]]: ...
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Optional[Tensor],
    dropout_p: float,
    is_causal: bool,
    scale: Optional[float],
    enable_gqa: bool,
) -> Tensor: ...
def layer_norm(module: Module, input: Tensor) -> Tensor: ...
def multihead_attention(
    module: Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Optional[Tensor],
    need_weights: bool,
    attn_mask: Optional[Tensor],
    average_attn_weights: bool,
    is_causal: bool,
) -> Tuple[Tensor, Optional[Tensor]]: ...
def transformer_encoder_layer(
    module: Module,
    src: Tensor,
    src_mask: Optional[Tensor],
    src_key_padding_mask: Optional[Tensor],
    is_causal: bool,
) -> Tensor: ...
def transformer_encoder(
    module: Module,
    src: Tensor,
    mask: Optional[Tensor],
    src_key_padding_mask: Optional[Tensor],
    is_causal: Optional[bool],
) -> Tensor: ...
def transformer_decoder_layer(
    module: Module,
    tgt: Tensor,
    memory: Tensor,
    tgt_mask: Optional[Tensor],
    memory_mask: Optional[Tensor],
    tgt_key_padding_mask: Optional[Tensor],
    memory_key_padding_mask: Optional[Tensor],
    tgt_is_causal: bool,
    memory_is_causal: bool,
) -> Tensor: ...
def transformer_decoder(
    module: Module,
    tgt: Tensor,
    memory: Tensor,
    tgt_mask: Optional[Tensor],
    memory_mask: Optional[Tensor],
    tgt_key_padding_mask: Optional[Tensor],
    memory_key_padding_mask: Optional[Tensor],
    tgt_is_causal: Optional[bool],
    memory_is_causal: bool,
) -> Tensor: ...
def transformer(
    module: Module,
    src: Tensor,
    tgt: Tensor,
    src_mask: Optional[Tensor],
    tgt_mask: Optional[Tensor],
    memory_mask: Optional[Tensor],
    src_key_padding_mask: Optional[Tensor],
    tgt_key_padding_mask: Optional[Tensor],
    memory_key_padding_mask: Optional[Tensor],
    src_is_causal: Optional[bool],
    tgt_is_causal: Optional[bool],
    memory_is_causal: bool,
) -> Tensor: ...
def transformers_model(
    module: Module,
    made: Any,
    twin: Module,
    arguments: Dict[str, Any],
    wrap: Callable[[Dict[str, Any]], Any],
    torch: Callable[[], Any],
) -> Any: ...
def own_model(
    made: Any, named: List[Tuple[str, Tensor]], training: bool, arguments: Dict[str, Any]
) -> Dict[str, Any]: ...
def open_model(name: str) -> Tuple[str, str, List[Tuple[str, Tensor, bool]], Dict[str, str]]: ...
def write_on(
    made: Any,
    named: List[Tuple[str, Tensor]],
    training: bool,
    input_ids: Tensor,
    attention_mask: Optional[Tensor],
    options: str,
) -> Tensor: ...
