"""A crate of the user's own that depends on this one: what its folder needs to find libtorch."""

import json
import pathlib

from . import link
from .say import Trouble, say
from .versions import WANTED

MARK = "# Written by atencion's scripts/setup."
CONFIG = MARK + """ Cargo, and so torch-sys, finds libtorch by it.
[env]
LIBTORCH = {{ value = {libtorch}, force = true }}
"""
LINE = 'println!("cargo::rustc-link-arg={}", std::env::var("DEP_ATENCION_LINK_ARG").unwrap());'
BUILD = f"// Puts libtorch's folder into the program's run path: no LD_LIBRARY_PATH.\nfn main() {{\n    {LINE}\n}}\n"


def prepare(root, crate, choice):
    """Writes `.cargo/config.toml` and `build.rs` of that crate, where they are still to be written."""
    crate = pathlib.Path(crate)
    if not (crate / "Cargo.toml").is_file():
        raise Trouble(f"{crate} has no Cargo.toml", f"cargo new {crate}")
    # A TOML basic string is written as a JSON string is. The link stays when scripts/setup takes another libtorch.
    config = CONFIG.format(libtorch=json.dumps(str(pathlib.Path(root).resolve() / "target" / "libtorch")))
    write(crate / ".cargo" / "config.toml", config, lambda text: text.startswith(MARK), config)
    # Cargo takes build.rs by its name.
    write(crate / "build.rs", BUILD, lambda text: "DEP_ATENCION_LINK_ARG" in text, LINE)
    if choice.version != WANTED:
        if not (crate / "Cargo.lock").exists():
            link.cargo(crate, "generate-lockfile")
        link.fit_lock_file(crate, choice.version)


def write(path, text, is_ours, lines):
    """Writes the file; one that somebody else wrote stays as it is."""
    there = path.read_text(encoding="utf-8") if path.exists() else None
    if there == text:
        return
    if there is not None and not is_ours(there):
        raise Trouble(f"{path} is there already, and is your own", f"add to it:\n{lines}")
    if there is not None and path.name == "build.rs":
        return  # it has the line, and more
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    say(f"wrote {path}")
