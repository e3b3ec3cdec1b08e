"""The figures, one line a measurement."""

import statistics


def heading(title, pairs, sides=("Rust", "Python"), compared="ratio"):
    print(f"\n{title} (medians of {pairs} alternating pairs)")
    print(f"{'':29} {sides[0]:>12} {sides[1]:>12} {compared:>7}   target")


def row(name, rust, python, show, target):
    """Two lists in the order in which the pairs were taken; the ratio is the median over the pairs."""
    line(name, rust, python, show, statistics.median(r / p for r, p in zip(rust, python)), target)


def difference(name, less, more, show, target):
    """As a row, with the median of how much more the second took, in the unit of `target`."""
    line(name, less, more, show, statistics.median(m - l for l, m in zip(less, more)), target)


def line(name, left, right, show, compared, target):
    verdict = "met" if compared <= target else "missed"
    medians = [show(statistics.median(values)) for values in (left, right)]
    print(f"{name:29} {medians[0]:>12} {medians[1]:>12} {compared:7.3f}   ≤ {target:.2f} {verdict}", flush=True)


def alternating(pairs, rust, python):
    """Takes turns in who goes first; returns what each measured."""
    took = ([], [])
    sides = (rust, python)
    for number in range(pairs):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            took[side].append(sides[side]())
    return took
