"""Whether a libtorch is whole. A library that was cut short links and starts, and ends in SIGBUS when it is used."""

import base64
import csv
import hashlib
import os
import pathlib
import struct

from .wheel import is_library

ELF, SIXTY_FOUR_BITS = b"\x7fELF", 2


def libraries(folder):
    """The libraries in its lib/, links followed."""
    return sorted(path for path in (pathlib.Path(folder) / "lib").iterdir() if is_library(path.name) and path.is_file())


def sizes(folder):
    return {path.name: path.stat().st_size for path in libraries(folder)}


def damage(folder):
    """What is wrong with one of its libraries, in words, or None: sizes alone, so that every set-up can ask."""
    recorded = in_wheel_record(folder)
    for path in libraries(folder):
        size = path.stat().st_size
        right = recorded.get(path.resolve())
        if right is not None and right[0] != size:
            return f"{path} has {size:,} bytes, but its wheel's has {right[0]:,}"
        end = ends_at(path)
        if end > size:
            return f"{path} is cut short: {size:,} bytes of {end:,}"
    return None


def ends_at(path):
    """Where an ELF file's last table ends, which linkers write last; 0 for any other file."""
    with open(path, "rb") as file:
        head = file.read(64)
    if len(head) < 64 or head[:4] != ELF or head[4] != SIXTY_FOUR_BITS:
        return 0
    order = "<" if head[5] == 1 else ">"
    (offset,) = struct.unpack_from(order + "Q", head, 0x28)
    size, count = struct.unpack_from(order + "HH", head, 0x3A)
    return offset + size * count if offset else 0


def in_wheel_record(folder):
    """Size and SHA-256 of each library as pip installed it: {path: (size, digest)}; empty where pip did not."""
    torch = next((path.resolve().parent.parent for path in libraries(folder) if path.is_symlink()), None)
    site = (torch or pathlib.Path(folder).resolve()).parent
    found = {}
    for record in site.glob("torch-*.dist-info/RECORD"):
        with open(record, encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                if len(row) == 3 and row[0].startswith("torch/lib/") and row[2].isdigit() and row[1].startswith("sha256="):
                    found[(site / row[0]).resolve()] = (int(row[2]), hexadecimal(row[1][len("sha256=") :]))
    return found


def hexadecimal(digest):
    try:
        return base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4)).hex()
    except ValueError:
        return ""


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def is_foreign(folder):
    """Whether another user could have put, or could put, something there: then nothing of it is loaded."""
    state = os.stat(folder)
    return state.st_uid not in (os.getuid(), 0) or bool(state.st_mode & 0o002)
