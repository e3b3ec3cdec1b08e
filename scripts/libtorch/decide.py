"""Which libtorch it is to be, and making it so."""

from . import find, link, machine
from .say import say


def libtorch(root, cuda=False, cpu=False, again=False):
    """The libtorch in use, once target/libtorch points at it and Cargo.lock fits it."""
    standing = None if again else link.standing(root)
    want_cuda = cuda or (not cpu and standing is not None and standing.cuda_wished)
    choice = find.named(root)
    if choice is None and standing is not None and (standing.cuda_wished or not cuda) and not (cpu and standing.cuda):
        # Staying with what was chosen spares everyone a rebuild each time another Python is active.
        choice = standing.choice()
    if choice is None:
        choice = find.of_python(want_cuda) or find.downloaded(want_cuda) or download(want_cuda)
    choice = without_idle_cuda(root, choice, want_cuda)
    link.point(root, choice, want_cuda)
    return choice


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
