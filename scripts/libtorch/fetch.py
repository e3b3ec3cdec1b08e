"""Downloads libtorch into the cache, so that a broken or interrupted download leaves nothing behind."""

import contextlib
import errno
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from . import find, machine, pins, pip, umbrella, wheel, whole
from .find import Choice
from .say import Trouble, megabytes, say
from .versions import WANTED

# Wheel and unpacked libraries stand side by side for a moment.
ROOM = {False: 1_300_000_000, True: 12_000_000_000}
HALF_DONE = "half-done-"


def libtorch(cuda):
    """Downloads, checks, unpacks, and only then moves into place. Two callers at once: the second waits."""
    machine.check_wheels_exist()
    if cuda and machine.MACOS:
        raise Trouble("there is no CUDA on macOS", "leave --cuda out: MPS is in every macOS libtorch")
    cache = machine.cache_folder()
    with refusing_in_words(cache), locked(cache):
        sweep(cache)
        ready = find.downloaded(cuda)
        return ready or fetch_into(cache, cuda)


def fetch_into(cache, cuda):
    check_room(cache, ROOM[cuda])
    say(f"downloading libtorch {WANTED} into {cache}")
    half_done = pathlib.Path(tempfile.mkdtemp(prefix=HALF_DONE, dir=cache))
    try:
        bundle = half_done / "bundle"
        wheels = whole_set(bundle, half_done) if cuda else cpu_set(bundle, half_done)
        finish(bundle, wheels)
        place = cache / find.bundle_name(cuda)
        shutil.rmtree(place, ignore_errors=True)
        bundle.rename(place)
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    return Choice(place / "torch", WANTED, "download", cuda)


def cpu_set(bundle, half_done):
    """PyTorch's CPU wheel; else the CPU half of PyPI's wheel with the CUDA run-time that it is linked to."""
    torch = pip.download_torch(half_done / "wheels", scratch=half_done)
    pins.check(torch)
    say(f"unpacking what is needed of {torch.name} ({megabytes(torch.stat().st_size)})")
    wheel.unpack(torch, bundle, wheel.is_libtorch)
    small = pip.download_cuda_runtime(torch, half_done / "runtime", scratch=half_done)
    for path in small:
        pins.check(path)
        wheel.unpack(path, bundle, wheel.is_cuda_library)
    return [path.name for path in (torch, *small)]


def whole_set(bundle, half_done):
    """torch and all its CUDA wheels, laid out as its run paths expect; what is Python's alone is dropped."""
    return pip.install_with_cuda(bundle, scratch=half_done)


def finish(bundle, wheels):
    """The last word on a download: all there, loads, and its record written."""
    torch = bundle / "torch"
    missing = find.lacks(torch)
    if missing:
        raise Trouble(f"{wheels[0]} has no {missing.relative_to(bundle)}", "report it; until then: LIBTORCH=/path/to/libtorch scripts/setup")
    umbrella.mend(torch)
    for name in ("torch_cpu", "torch"):
        check_it_loads(find.library(torch, name))
    (torch / "build-version").write_text(WANTED + "\n", encoding="utf-8")
    libraries = {
        str(path.relative_to(bundle)): {"size": path.stat().st_size, "sha256": whole.sha256(path)}
        for path in sorted(bundle.rglob("*"))
        if path.is_file() and wheel.is_library(path.name)
    }
    record = {"version": WANTED, "wheels": wheels, "libraries": libraries}
    (bundle / find.COMPLETE).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def check_it_loads(path):
    """Loads the library in a process of its own: a missing companion or too old a libc shows here, by name."""
    code = "import ctypes, sys\ntry: ctypes.CDLL(sys.argv[1])\nexcept OSError as error: sys.exit(str(error))"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise Trouble(
            f"the downloaded libtorch does not load here: {why}",
            "use a Linux with glibc 2.28 or newer, or: LIBTORCH=/path/to/libtorch scripts/setup",
        )


def check_room(cache, needed):
    free = shutil.disk_usage(cache).free
    if free < needed:
        raise Trouble(
            f"no room: {cache} has {megabytes(free)} free, the download needs {megabytes(needed)} for a moment",
            "free some, or use another disk: ATENCION_CACHE=/big/disk/atencion scripts/setup",
        )


def sweep(cache):
    """What a killed call left. Only the holder of the lock sweeps, so nothing in use is swept."""
    for left in cache.glob(HALF_DONE + "*"):
        shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def locked(cache):
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    if whole.is_foreign(cache):
        raise Trouble(
            f"{cache} belongs to another user, or every user may write there",
            "use a folder of your own: ATENCION_CACHE=$HOME/.cache/atencion scripts/setup",
        )
    # A link that somebody put there is not followed: what it leads to would be emptied.
    descriptor = os.open(cache / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup is downloading: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def refusing_in_words(cache):
    """Turns the system's refusals into what, why and how to mend it."""
    elsewhere = "use another folder: ATENCION_CACHE=/some/folder scripts/setup"
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Trouble(f"the disk of {cache} is full", elsewhere) from None
        if error.errno == errno.ELOOP:
            raise Trouble(f"{error.filename} is a link, and it is not followed", f"rm {error.filename}; scripts/setup") from None
        raise Trouble(f"{error.filename or cache}: {os.strerror(error.errno or 0)}", elsewhere) from None
