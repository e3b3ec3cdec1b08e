"""Which libtorch fits which tch, and which libtorch a folder holds."""

import pathlib
import re

# tch's own check is exact to the patch release.
TCH_FOR_LIBTORCH = {"2.13.0": "0.26.0", "2.11.0": "0.24.0"}
WANTED = "2.13.0"

HEADERS = ("include/torch/headeronly/version.h", "include/torch/csrc/api/include/torch/version.h")


def fitting():
    return " or ".join(TCH_FOR_LIBTORCH)


def version_of(folder):
    """The release in that folder, such as `2.13.0`, or None. Nothing is imported: that would take a second."""
    folder = pathlib.Path(folder)
    for read in (_build_version, _version_py, _header):
        version = read(folder)
        if version:
            return version
    return None


def _text(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _build_version(folder):
    return _text(folder / "build-version").strip().split("+")[0]


def _version_py(folder):
    found = re.search(r"^__version__ = '([^'+]+)", _text(folder / "version.py"), re.MULTILINE)
    return found and found.group(1)


def _header(folder):
    for header in HEADERS:
        parts = dict(re.findall(r"#define TORCH_VERSION_(MAJOR|MINOR|PATCH) (\d+)", _text(folder / header)))
        if len(parts) == 3:
            return "{MAJOR}.{MINOR}.{PATCH}".format(**parts)
    return None
