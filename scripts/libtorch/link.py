"""target/libtorch, the record of how it was chosen, and a Cargo.lock that fits it."""

import json
import os
import pathlib
import re
import shutil
import subprocess
from typing import NamedTuple

from . import machine, umbrella, whole
from .find import Choice, has_cuda, lacks
from .say import Trouble, say
from .versions import TCH_FOR_LIBTORCH, version_of
from .wheel import is_cpu_library

RECORD = "libtorch.json"
CPU_HALF = "libtorch-cpu-half"
BUILT_FOR_IT = ("torch-sys", "tch", "atencion", "atencion-cli")


class Standing(NamedTuple):
    """What an earlier call chose."""

    folder: str
    version: str
    how: str
    cuda: bool
    cuda_wished: bool
    sizes: dict = None  # of its libraries; records of older releases have none

    def choice(self, root):
        return Choice(root / self.folder, self.version, self.how, self.cuda)


def standing(root):
    """The choice of an earlier call, if the link still leads to a whole libtorch of that version."""
    link = root / "target" / "libtorch"
    try:
        chosen = Standing(**json.loads((root / "target" / RECORD).read_text(encoding="utf-8")))
        holds = (
            os.path.realpath(link) == os.path.realpath(root / chosen.folder)
            and lacks(link) is None
            and chosen.version in TCH_FOR_LIBTORCH
            and version_of(link) == chosen.version
            and has_cuda(link) == chosen.cuda
            and chosen.sizes in (None, whole.sizes(link))
            and whole.damage(link) is None
        )
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return chosen if holds else None


def point(root, choice, cuda_wished):
    """Makes target/libtorch lead to the choice. Cargo notices no change behind a link, so stale objects are removed."""
    target = root / "target"
    link = target / "libtorch"
    folder = choice.folder
    if folder.is_relative_to(root):
        # So that a checkout can be moved or copied, its target/ and all.
        folder = folder.relative_to(root)
    record = Standing(str(folder), choice.version, choice.how, choice.cuda, cuda_wished, whole.sizes(choice.folder))._asdict()
    fit_lock_file(root, choice.version)
    if os.path.realpath(link) != os.path.realpath(choice.folder):
        target.mkdir(exist_ok=True)
        swap_link(link, os.path.relpath(choice.folder, target) if choice.folder.is_relative_to(root) else choice.folder)
        drop_stale_objects(root)
    text = json.dumps(record, indent=2) + "\n"
    path = target / RECORD
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def swap_link(link, folder):
    fresh = link.with_name(f"{link.name}.{os.getpid()}")
    fresh.symlink_to(folder)
    try:
        os.replace(fresh, link)
    except OSError as error:
        fresh.unlink()
        raise Trouble(f"{link} cannot be made a link: {error.strerror}", f"rm -r {link}; scripts/setup") from None


def cargo(root, *arguments):
    command = [machine.find_cargo() or "cargo", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Trouble(f"cargo {arguments[0]} failed: {last}", f"try it by hand: cargo {' '.join(arguments)}")


def drop_stale_objects(root):
    if any((root / "target" / profile).exists() for profile in ("debug", "release")):
        say("libtorch changed: tch's glue is built anew, which takes some minutes")
        cargo(root, "clean", *(word for package in BUILT_FOR_IT for word in ("-p", package)))


def fit_lock_file(root, version):
    """tch 0.24 goes with libtorch 2.11, tch 0.26 with 2.13."""
    wanted = TCH_FOR_LIBTORCH[version]
    text = (root / "Cargo.lock").read_text(encoding="utf-8")
    locked = re.search(r'name = "tch"\nversion = "([^"]+)"', text)
    if locked and locked.group(1) == wanted:
        return
    say(f"libtorch {version} needs tch {wanted}: changing Cargo.lock")
    cargo(root, "update", "-p", "tch", "--precise", wanted)


def cpu_half(root, choice):
    """The CPU libraries of a Linux CUDA build, as a folder of links laid out as its run paths expect."""
    half, source = root / "target" / CPU_HALF, choice.folder
    libraries = [path for path in (source / "lib").iterdir() if is_cpu_library(path.name)]
    links = {f"torch/lib/{path.name}": path for path in libraries}
    links.update({"torch/include": source / "include", "torch/version.py": source / "version.py"})
    if (source.parent / "nvidia").is_dir():
        links["nvidia"] = source.parent / "nvidia"
    if not has_links(half, links):
        fresh = half.with_name(f"{CPU_HALF}.{os.getpid()}")
        for name, path in links.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).symlink_to(path)
        umbrella.mend(fresh / "torch")
        shutil.rmtree(half, ignore_errors=True)
        fresh.rename(half)
    return Choice(half / "torch", choice.version, choice.how, cuda=False)


def has_links(folder, links):
    """Whether they are all there; the umbrella may have been made anew, and is then no link."""
    umbrella_name = f"torch/lib/libtorch{machine.LIBRARY_SUFFIX}"
    return all(
        os.path.realpath(folder / name) == os.path.realpath(path) or (name == umbrella_name and (folder / name).is_file())
        for name, path in links.items()
    )
