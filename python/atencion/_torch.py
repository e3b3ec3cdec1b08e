"""Refuses an interpreter and a torch in which the compiled half of this package could only hang or crash."""

import importlib
import os
import re
from typing import Iterable, Set


def check_torch() -> str:
    """The version of torch, once it is sure that it is the one this package was compiled against, and the only one."""
    from ._built_with import TORCH_VERSION

    if in_subinterpreter():
        raise ImportError(
            "atencion runs in Python's main interpreter only, as torch does; "
            "mend it: use threads or multiprocessing instead of subinterpreters"
        )
    mend = "mend it: pip install --force-reinstall --no-deps ./python"
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f"atencion needs torch {TORCH_VERSION}, and `import torch` failed ({error}); "
            f"mend it: pip install torch=={TORCH_VERSION}"
        ) from None
    version = torch.__version__.split("+")[0]
    if version != TORCH_VERSION:
        raise ImportError(
            f"atencion was compiled against torch {TORCH_VERSION}, but this is torch {version}; {mend}"
        )
    copies = copies_of_libtorch(mapped_files())
    if len(copies) > 1:
        raise ImportError(
            f"two copies of libtorch are loaded ({' and '.join(sorted(copies))}), and their tensors do not fit each "
            "other; mend it: start Python anew without what loads the other one (LD_PRELOAD, LD_LIBRARY_PATH)"
        )
    return version


def in_subinterpreter() -> bool:
    """Whether this is not the process's first interpreter, where `import torch` never returns."""
    for name in ("_interpreters", "_xxsubinterpreters"):  # Python 3.13; before
        try:
            interpreters = importlib.import_module(name)
        except ImportError:
            continue
        return bool(interpreters.get_current() != interpreters.get_main())
    return False


def mapped_files() -> Iterable[str]:
    """The lines of `/proc/self/maps`, where there is one."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            return maps.readlines()
    except OSError:
        return []


def copies_of_libtorch(lines: Iterable[str]) -> Set[str]:
    """The different files named libtorch_cpu that are loaded into this process."""
    found = (re.search(r"(/.*/libtorch_cpu\.so[^\s]*)", line) for line in lines)
    return {os.path.realpath(match[1]) for match in found if match}
