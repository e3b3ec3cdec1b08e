"""The Python half of a benchmark: waits on standard input for `CASE CALLS`, answers with nanoseconds."""

import sys
import time

import torch


def serve(cases):
    """Runs what is asked for until standard input ends."""
    for line in sys.stdin:
        name, calls = line.rsplit(" ", 1)
        case, calls = cases[name], range(int(calls))
        with torch.no_grad():
            start = time.perf_counter_ns()
            for _ in calls:
                case()
            spent = time.perf_counter_ns() - start
        print(spent, flush=True)
