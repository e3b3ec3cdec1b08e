"""The figures, one line a measurement."""

import statistics


def heading(title, pairs):
    print(f"\n{title} (medians of {pairs} alternating pairs)")
    print(f"{'':14} {'Rust':>12} {'Python':>12} {'ratio':>7}   target")


def row(name, rust, python, show, target):
    """Two lists in the order in which the pairs were taken; the ratio is the median over the pairs."""
    ratio = statistics.median(r / p for r, p in zip(rust, python))
    verdict = "met" if ratio <= target else "missed"
    medians = [show(statistics.median(values)) for values in (rust, python)]
    print(f"{name:14} {medians[0]:>12} {medians[1]:>12} {ratio:7.3f}   ≤ {target:.2f} {verdict}", flush=True)


def alternating(pairs, rust, python):
    """Takes turns in who goes first; returns what each measured."""
    took = ([], [])
    sides = (rust, python)
    for number in range(pairs):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            took[side].append(sides[side]())
    return took
