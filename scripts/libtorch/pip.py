"""The wheels, through pip: it knows the user's indexes, proxies and certificates, checks hashes and shows a bar."""

import os
import re
import subprocess
import sys
import zipfile

from . import pins
from .say import Trouble, say
from .versions import WANTED
from .wheel import prune_to_libtorch

# PyTorch's own index has wheels without CUDA: 190 MB instead of 530. A mirror of it may be named instead.
CPU_INDEX = os.environ.get("ATENCION_CPU_INDEX", "https://download.pytorch.org/whl/cpu")
PYTHONS = [(3, minor) for minor in range(10, 15)]
RETRY = "scripts/setup (it begins anew; nothing half-done was kept)"


def download_torch(folder, scratch):
    """torch's wheel from PyTorch's CPU index, else from the user's own index (PyPI)."""
    say("asking PyTorch's CPU index (about 190 MB)")
    quick = ["--index-url", CPU_INDEX, "--retries", "0", "--timeout", "10"]
    try:
        return download(folder, scratch, f"torch=={WANTED}", "--no-deps", *quick)[0]
    except Trouble:
        say("it does not answer; taking PyPI's wheel (about 530 MB; it carries CUDA, which is left out)")
    return download(folder, scratch, f"torch=={WANTED}", "--no-deps")[0]


def download_cuda_runtime(torch, folder, scratch):
    """The small CUDA wheels that even the CPU half of PyPI's Linux wheel is linked to: none for a CPU wheel."""
    pinned = re.search(r"^Requires-Dist: cuda-toolkit\[[^]]*\]==([\w.]+)", metadata(torch), re.MULTILINE)
    if not pinned:
        return []
    say("and the two CUDA run-time libraries that it is linked to (about 13 MB)")
    return download(folder, scratch, f"cuda-toolkit[cudart,cupti]=={pinned.group(1)}")


def install_with_cuda(folder, scratch):
    """torch and everything that it needs to use CUDA: the wheels, once all of them have been checked."""
    say("the full CUDA set is about 3 GB to download and 5 GB on disk")
    wheels = download(scratch / "wheels", scratch, f"torch=={WANTED}")
    for path in wheels:
        pins.check(path)
    options = ["--target", str(folder), "--no-compile", "--no-index", "--no-deps", "--only-binary", ":all:", *foreign_python()]
    run(["install", *options, *map(str, wheels)], scratch)
    prune_to_libtorch(folder)
    return [path.name for path in wheels]


def metadata(path):
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if name.endswith(".dist-info/METADATA")), None)
        return archive.read(name).decode("utf-8", "replace") if name else ""


def download(folder, scratch, requirement, *options):
    """The wheels that pip put into the folder for it."""
    options = ["--dest", str(folder), "--only-binary", ":all:", *options, *foreign_python()]
    run(["download", *options, requirement], scratch)
    found = sorted(folder.glob("*.whl"))
    if not found:
        raise Trouble(f"pip downloaded nothing for {requirement}", RETRY)
    return found


def foreign_python():
    """The C++ libraries are the same in the wheel of each Python: a Python without one takes another's."""
    if sys.version_info[:2] in PYTHONS:
        return []
    machine = os.uname().machine
    # pip takes the list as it stands: older platforms do not follow from newer ones.
    manylinux = [f"manylinux_2_{glibc}_{machine}" for glibc in range(28, 4, -1)] + [f"manylinux2014_{machine}"]
    systems = ["macosx_11_0_arm64"] if sys.platform == "darwin" else manylinux
    platforms = [word for system in systems for word in ("--platform", system)]
    return ["--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", *platforms]


def run(arguments, scratch):
    """pip's bar goes to our standard error, its errors come back to be told in one line."""
    # The wheel is larger than many a /tmp.
    environment = {**os.environ, "TMPDIR": str(scratch), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-m", "pip", *arguments]
    with subprocess.Popen(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, env=environment) as pip:
        try:
            errors = pip.communicate()[1]
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode:
        raise explained(errors)


def explained(errors):
    """pip's last word, as what, why and how to mend it."""
    lines = [line for line in errors.strip().splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1] if lines else "no reason given")
    if "No module named pip" in errors:
        return Trouble("this Python has no pip", f"{sys.executable} -m ensurepip, or: sudo apt-get install python3-pip")
    if "No space left" in errors or "Errno 28" in errors:
        return Trouble("the disk is full", "use another disk: ATENCION_CACHE=/big/disk/atencion scripts/setup")
    if "HASHES" in errors or "hash" in last.lower():
        return Trouble("the download arrived damaged: its hash is not the index's", RETRY)
    if no_network(errors):
        return Trouble(
            "no network: pip cannot reach the package index",
            "connect (or set HTTPS_PROXY / PIP_INDEX_URL), or use a libtorch you have: LIBTORCH=/path scripts/setup",
        )
    return Trouble(f"pip failed: {last.removeprefix('ERROR:').strip()}", RETRY)


def no_network(errors):
    signs = ("NewConnectionError", "ConnectTimeout", "Failed to establish", "NameResolutionError", "ReadTimeout",
             "Connection refused", "Network is unreachable", "ProxyError", "SSLError", "from versions: none")
    return any(sign in errors for sign in signs)
