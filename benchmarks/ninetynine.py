"""`ninetynine`: how often and how soon the recipe `fast` reaches 99 %."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import numpy as np

import byhand
from benchmarks.accuracy import measured, spread
from benchmarks.report import Report

RECIPE = "fast"
GOAL = 0.99
QUANTILES = {"min": 0, "quarter": 0.25, "median": 0.5, "three quarters": 0.75, "max": 1}

TIMER = (
    "One training a seed, measured on MNIST's 10,000 test images; ± is the\n"
    "standard deviation over the seeds. Seconds: Result.seconds, from the first step\n"
    "to the last, without imports, loading kernels and data, and the test; `startup`\n"
    "times the command as a whole."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Train with `runs` seeds and measure each on the test images."""
    accuracies, seconds = measured(RECIPE, byhand.load_dataset("mnist"), runs, say)
    return _report(accuracies, seconds)


def _report(accuracies: Sequence[float], seconds: Sequence[float]) -> Report:
    reached = sum(accuracy >= GOAL for accuracy in accuracies)
    quantiles = {
        name: float(np.quantile(seconds, part)) for name, part in QUANTILES.items()
    }
    low, early, middle, late, high = quantiles.values()
    rows = [
        ("test accuracy, %", spread([100 * a for a in accuracies])),
        ("the lowest, %", f"{100 * min(accuracies):.2f}"),
        (f"seeds with {100 * GOAL:.1f} % or more", f"{reached} of {len(accuracies)}"),
        ("seconds, median", f"{middle:.2f}"),
        ("the middle half", f"{early:.2f}-{late:.2f}"),
        ("shortest and longest", f"{low:.2f}-{high:.2f}"),
    ]
    several = len(accuracies) > 1
    return Report(
        title=f"ninetynine: the recipe {RECIPE}, {len(accuracies)} seeds",
        columns=("", RECIPE),
        rows=rows,
        timer=TIMER,
        figures={
            "recipe": RECIPE,
            "goal": GOAL,
            "test_accuracy": accuracies,
            "mean": statistics.mean(accuracies),
            "standard_deviation": statistics.stdev(accuracies) if several else None,
            "lowest": min(accuracies),
            "share_reaching_goal": reached / len(accuracies),
            "seconds": seconds,
            "seconds_quantiles": quantiles,
        },
    )
