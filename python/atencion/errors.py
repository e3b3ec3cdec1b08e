"""What the package raises where both PyTorch and Rust refuse a call: torch's exception and the fitting one of Python.

`except RuntimeError` written for torch keeps working, and so does `except ValueError`. The message is torch's first line,
then the library's, which names the argument and says how to mend it.
"""

from typing import Dict, Tuple, Type

__all__ = [
    "ArgumentAssertionError",
    "ArgumentError",
    "ArgumentTypeError",
    "ArgumentTypeOrValueError",
    "DimensionError",
    "DtypeAssertionError",
    "NoKernelError",
    "NoKernelForTypeError",
    "NotATensorError",
]


class ArgumentError(ValueError, RuntimeError):
    """A shape, option or device that does not fit, where torch raises `RuntimeError`."""


class ArgumentTypeError(TypeError, RuntimeError):
    """A type or dtype that does not fit, where torch raises `RuntimeError`."""


class ArgumentAssertionError(ValueError, AssertionError):
    """A shape that does not fit, where torch asserts."""


class DtypeAssertionError(TypeError, AssertionError):
    """A dtype that does not fit, where torch asserts."""


class ArgumentTypeOrValueError(ValueError, TypeError):
    """Two arguments that do not fit each other, of which torch calls one a wrong type."""


class NotATensorError(TypeError, AttributeError):
    """No tensor at all, where torch looks for a tensor's attribute."""


class DimensionError(ValueError, IndexError):
    """Too few dimensions, where torch looks for one that is not there."""


class NoKernelError(ValueError, NotImplementedError):
    """Values for which torch has no kernel."""


class NoKernelForTypeError(TypeError, NotImplementedError):
    """A dtype or layout for which torch has no kernel."""


_BOTH: Dict[Tuple[Type[BaseException], Type[BaseException]], Type[BaseException]] = {
    (RuntimeError, ValueError): ArgumentError,
    (RuntimeError, TypeError): ArgumentTypeError,
    (AssertionError, ValueError): ArgumentAssertionError,
    (AssertionError, TypeError): DtypeAssertionError,
    (TypeError, ValueError): ArgumentTypeOrValueError,
    (AttributeError, TypeError): NotATensorError,
    (IndexError, ValueError): DimensionError,
    (NotImplementedError, ValueError): NoKernelError,
    (NotImplementedError, TypeError): NoKernelForTypeError,
    (ValueError, TypeError): ArgumentTypeOrValueError,
    (TypeError, TypeError): TypeError,
    (ValueError, ValueError): ValueError,
}


def of(theirs: Type[BaseException], ours: Type[BaseException]) -> Type[BaseException]:
    """The exception that is both torch's and ours."""
    return _BOTH[theirs, ours]
