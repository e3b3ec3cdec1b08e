"""Whether Python's tomllib agrees with what was read of a recipe.

For each line of standard input, a recipe's path and that of the whole recipe as it was written from what was read, with a
tab between: a line, empty where every value of the first is in the second, else what is wrong.
"""

import math
import sys
import tomllib


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def same(given, written):
    if isinstance(given, dict):
        return isinstance(written, dict) and all(key in written and same(given[key], written[key]) for key in given)
    if isinstance(given, list):
        return isinstance(written, list) and len(given) == len(written) and all(map(same, given, written))
    if isinstance(written, float) and isinstance(given, (int, float)):
        # Whole numbers where there may be others are held as float64.
        return float(given) == written or math.isnan(given) and math.isnan(written)
    return type(given) is type(written) and given == written


def is_newer(error):
    """The toml crate reads TOML 1.1, whose escapes and inline tables tomllib does not know."""
    signs = ("Unescaped '\\'", "inline table")
    return isinstance(error, tomllib.TOMLDecodeError) and any(sign in str(error) for sign in signs)


for line in sys.stdin:
    try:
        given, written = map(load, line.rstrip("\n").split("\t"))
        answer = "" if same(given, written) else f"{given} became {written}"
    except Exception as error:
        answer = "" if is_newer(error) else f"{type(error).__name__}: {error}"
    print(ascii(answer)[:600], flush=True)
