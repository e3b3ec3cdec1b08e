"""How the scripts speak: on standard error, so that standard output stays the program's own."""

import pathlib
import sys

SPEAKER = pathlib.Path(sys.argv[0]).name


class Trouble(Exception):
    """What went wrong and why, and the one line that mends it."""

    def __init__(self, what, mend):
        super().__init__(what)
        self.mend = mend

    def __str__(self):
        return f"{SPEAKER}: {self.args[0]}\n{'mend:':<{len(SPEAKER) + 1}} {self.mend}"


def say(text):
    print(f"{SPEAKER}: {text}", file=sys.stderr, flush=True)


def megabytes(size):
    return f"{size / 1e6:,.0f} MB"
