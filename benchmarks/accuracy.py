"""`accuracy`: what each recipe reaches on the test set, and in what time."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import byhand
from benchmarks import machine
from benchmarks.report import Report

RECIPES = ("classic", "mlp", "fast")

TIMER = (
    "One whole training a seed; ± is the standard deviation over the seeds. Seconds:\n"
    "from the first step to the last, with measuring on validation images where the\n"
    "recipe holds some out, without loading the data and without the test."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Train each recipe with `runs` seeds and measure on the test images."""
    dataset = byhand.load_dataset("mnist")
    figures: dict[str, dict[str, list[float]]] = {}
    for recipe in RECIPES:
        accuracies, seconds = measured(recipe, dataset, runs, say)
        figures[recipe] = {"test_accuracy": accuracies, "seconds": seconds}
    return _report(figures, runs)


def measured(
    recipe: str, dataset: byhand.Dataset, runs: int, say: Callable[[str], None]
) -> tuple[list[float], list[float]]:
    """Train with `runs` seeds; return each one's test accuracy and its seconds."""
    accuracies, seconds = [], []
    for seed in range(runs):
        say(f"{recipe}, seed {seed + 1} of {runs}")
        result = byhand.train(recipe, dataset, seed=seed, threads=machine.threads())
        right = result.model.predict(dataset.test.images) == dataset.test.labels
        accuracies.append(float(right.mean()))
        seconds.append(result.seconds)
    return accuracies, seconds


def _report(figures: dict[str, dict[str, list[float]]], runs: int) -> Report:
    rows = [
        (
            recipe,
            spread([100 * a for a in found["test_accuracy"]]),
            spread(found["seconds"]),
        )
        for recipe, found in figures.items()
    ]
    return Report(
        title=f"accuracy: on MNIST's 10,000 test images, {runs} seeds",
        columns=("recipe", "test accuracy, %", "seconds"),
        rows=rows,
        timer=TIMER,
        figures={"recipes": figures},
    )


def spread(values: Sequence[float]) -> str:
    """Return "mean ± standard deviation"; the mean alone of a single value."""
    mean = f"{statistics.mean(values):.2f}"
    return f"{mean} ± {statistics.stdev(values):.2f}" if len(values) > 1 else mean
