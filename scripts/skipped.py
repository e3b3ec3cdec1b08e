#!/usr/bin/env python3
"""Reads what `cargo test` writes, and shows a test that compared nothing as skipped: `cargo test | scripts/skipped.py`.

libtest knows "ok" and "FAILED" alone. A test that passes something over says `test NAME ... skipped: WHY` itself (see
tests/support/src/skip.rs); its "ok", which comes after, is left out here, and the sums are put right.
"""

import re
import sys

SKIPPED = re.compile(r"test (\S+) \.\.\. skipped: (.*)")
# Where one thread runs all tests, libtest has written the test's name before the test can speak.
BEHIND_ITS_NAME = re.compile(r"test \S+ \.\.\. (?=test \S+ \.\.\. skipped: )")
ENDED = re.compile(r"test (\S+) \.\.\. (ok|FAILED)$")
SUM = re.compile(r"(test result: .*?\. )(\d+) passed;")


def shown(lines):
    """The lines as they are to be seen, and at the end how many were skipped."""
    skipped, total = set(), 0  # of one test program; of all
    for line in lines:
        line = BEHIND_ITS_NAME.sub("", line)
        found = SKIPPED.match(line)
        if found:
            if found[1] in skipped:
                continue  # one test may pass over several things
            skipped.add(found[1])
        elif (ended := ENDED.match(line)) and ended[1] in skipped:
            if ended[2] == "ok":
                continue
            skipped.remove(ended[1])  # what it did not pass over went wrong
        elif skipped and SUM.match(line):
            line = SUM.sub(lambda m: f"{m[1]}{int(m[2]) - len(skipped)} passed; {len(skipped)} skipped;", line)
            total += len(skipped)
            skipped = set()
        yield line
    yield f"skipped: {total}\n"


def main():
    for line in shown(sys.stdin):
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
