"""Which libtorch it is to be, and making it so."""

import contextlib
import os

from . import find, link, machine
from .say import Trouble, say


def libtorch(root, cuda=False, cpu=False, again=False):
    """The libtorch in use, once target/libtorch points at it and Cargo.lock fits it."""
    standing = None if again else link.standing(root)
    want_cuda = cuda or (not cpu and standing is not None and standing.cuda_wished)
    choice = find.named(root)
    if choice is None and standing is not None and (standing.cuda_wished or not cuda) and not (cpu and standing.cuda):
        # Staying with what was chosen spares everyone a rebuild each time another Python is active.
        choice = standing.choice(root)
    if choice is None:
        choice = find.of_python(want_cuda) or find.downloaded(want_cuda) or download(want_cuda)
    with refusing_in_words(root / "target"):
        choice = without_idle_cuda(root, choice, want_cuda)
        link.point(root, choice, want_cuda)
    return choice


@contextlib.contextmanager
def refusing_in_words(target):
    """What the system refuses in the folder of all that is built, as what, why and how to mend it."""
    try:
        yield
    except OSError as error:
        where, why = error.filename or target, os.strerror(error.errno or 0)
        if target.exists() and not target.is_dir():
            raise Trouble(f"{target} is a file, and has to be a folder", f"rm {target}; scripts/setup") from None
        mend = "make it writable for you, then: scripts/setup" if isinstance(error, PermissionError) else "free or mend that disk; scripts/setup"
        raise Trouble(f"{where}: {why}", mend) from None


def download(cuda):
    # Loaded only here: a call that finds all in place has to be quick.
    from . import fetch

    return fetch.libtorch(cuda)


def without_idle_cuda(root, choice, want_cuda):
    """On a machine without an NVIDIA driver, loading a CUDA build's gigabytes buys nothing: take its CPU half."""
    if choice.how != "python" or not choice.cuda or want_cuda or machine.has_nvidia_driver():
        return choice
    say("no NVIDIA driver here: taking the CPU half of this Python's torch (scripts/setup --cuda takes all)")
    return link.cpu_half(root, choice)
