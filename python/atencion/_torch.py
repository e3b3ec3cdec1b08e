"""Refuses a torch that this package was not compiled against: loading it would crash Python."""


def check_torch() -> str:
    """The version of torch, once it is sure that it is the one this package was compiled against."""
    from ._built_with import TORCH_VERSION

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
    return version
