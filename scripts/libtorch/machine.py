"""What this machine is, and whether it has what a build needs."""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import sysconfig

from .say import Trouble

MACOS = sys.platform == "darwin"
LIBRARY_SUFFIX = ".dylib" if MACOS else ".so"


def check_tools():
    if sys.platform == "win32":
        raise Trouble("Windows has no run path, so these scripts do not support it", "work inside WSL 2: wsl --install")
    if not find_cargo():
        raise Trouble("no cargo: Rust is not installed, or not in PATH", "install it from https://rustup.rs")
    if not find_compiler():
        raise Trouble("no C++ compiler: tch's glue to libtorch is C++", compiler_mend())


def find_cargo():
    return find_in_cargo("cargo")


def find_in_cargo(program):
    """In PATH, or where cargo puts what it installs."""
    home = pathlib.Path(os.environ.get("CARGO_HOME") or pathlib.Path.home() / ".cargo")
    return shutil.which(program) or shutil.which(program, path=str(home / "bin"))


def find_compiler():
    if MACOS and not os.environ.get("CXX"):
        # /usr/bin/c++ is there before any compiler is.
        return subprocess.run(["xcode-select", "-p"], capture_output=True, check=False).returncode == 0
    return bool(compiler())


def compiler():
    """The C++ compiler as a command, or nothing."""
    named = os.environ.get("CXX", "").split()
    if named:
        return named if any(map(shutil.which, named)) else []
    return next(([name] for name in ("c++", "g++", "clang++") if shutil.which(name)), [])


def compiler_mend():
    if MACOS:
        return "xcode-select --install"
    for tool, line in (
        ("apt-get", "sudo apt-get install g++"),
        ("dnf", "sudo dnf install gcc-c++"),
        ("pacman", "sudo pacman -S gcc"),
        ("zypper", "sudo zypper install gcc-c++"),
    ):
        if shutil.which(tool):
            return line
    return "install g++ or clang++ and put it into PATH"


def check_wheels_exist():
    """PyTorch publishes wheels for these alone."""
    machine = platform.machine()
    if MACOS and machine != "arm64":
        raise Trouble(
            "PyTorch has no libtorch for Intel Macs any more",
            "build libtorch yourself, then: LIBTORCH=/path/to/libtorch scripts/setup",
        )
    musl = "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "")
    if not MACOS and (musl or machine not in ("x86_64", "aarch64")):
        kind = f"{machine} with musl" if musl else machine
        raise Trouble(
            f"PyTorch has no libtorch for Linux on {kind}",
            "use a glibc-based x86_64 or aarch64 Linux, or: LIBTORCH=/path/to/libtorch scripts/setup",
        )


def has_nvidia_driver():
    return any(map(os.path.exists, ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/usr/lib/wsl/lib/libcuda.so.1")))


def cache_folder():
    named = os.environ.get("ATENCION_CACHE")
    if named:
        return pathlib.Path(named).expanduser().absolute()
    if MACOS:
        return pathlib.Path.home() / "Library" / "Caches" / "atencion"
    base = os.environ.get("XDG_CACHE_HOME")
    return (pathlib.Path(base) if base else pathlib.Path.home() / ".cache") / "atencion"
