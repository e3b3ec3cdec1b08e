"""The evcxr kernel: finding it, or installing it with cargo."""

import subprocess

from libtorch import machine
from libtorch.say import Trouble, say

PROGRAM = "evcxr_jupyter"
VERSION = "0.22.0"


def find():
    return machine.find_in_cargo(PROGRAM)


def install(*options):
    command = [machine.find_cargo() or "cargo", "install", "--locked", PROGRAM, "--version", VERSION, *options]
    say(f"installing {PROGRAM} {VERSION}, which cargo builds in some minutes")
    if subprocess.run(command, check=False).returncode:
        raise Trouble(f"cargo could not install {PROGRAM}; its reason stands above", f"try it by hand: {' '.join(command)}")
    found = find()
    if not found:
        raise Trouble(f"{PROGRAM} is installed, but not in PATH", "put cargo's bin folder into PATH")
    return found
