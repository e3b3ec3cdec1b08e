"""Taking out of a wheel what a Rust program needs of it. zipfile checks each member's CRC as it is read."""

import re
import shutil
import zipfile
import zlib

from .say import Trouble

# Python's own, CUDA's, and the helpers of Python's worker processes: nothing that a Rust program on the CPU loads.
FOREIGN = ("python", "cuda", "shm", "nvrtc", "global_deps", "rocm", "hip")


def is_library(name):
    return bool(re.search(r"\.so(\.[\d.]+)?$|\.dylib$", name))


def is_cpu_library(name):
    return is_library(name) and not any(word in name for word in FOREIGN)


def is_libtorch(member):
    folder, _, name = member.rpartition("/")
    licence = ".dist-info/" in member and name.upper().startswith(("LICENSE", "NOTICE"))
    headers = member.startswith("torch/include/")
    return headers or licence or member == "torch/version.py" or (folder == "torch/lib" and is_cpu_library(name))


def is_cuda_library(member):
    """cupti's profiling helpers are many times the size of the one library that libtorch names."""
    return member.startswith("nvidia/") and bool(re.search(r"/lib(cudart|cupti)\.so[.\d]*$", member))


def unpack(path, folder, wanted):
    """Unpacks the wanted members."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in filter(wanted, archive.namelist()):
                archive.extract(member, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Trouble(f"{path.name} is damaged ({error})", "pip cache remove torch; scripts/setup") from None


def prune_to_libtorch(folder):
    """Of an installed set, keeps torch/lib, torch/include and NVIDIA's libraries."""
    for entry in folder.iterdir():
        if entry.name not in ("torch", "nvidia") and not entry.name.endswith(".dist-info"):
            remove(entry)
    for entry in (folder / "torch").iterdir():
        if entry.name not in ("lib", "include", "version.py"):
            remove(entry)
    for entry in (folder / "torch" / "lib").iterdir():
        if "python" in entry.name or "shm" in entry.name.replace("nvshmem", ""):
            remove(entry)


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
