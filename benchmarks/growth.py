"""`growth`: what an image costs in training on ten thousand images, or on a million."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import byhand
from benchmarks import folders, machine
from benchmarks.cnn import RECIPE
from benchmarks.report import Report, time_rows
from benchmarks.timing import Side, alternate, medians, ratios

COUNTS = (10_000, 60_000, 1_000_000)
STEPS = 150  # a round
MEMORY = "60,000 in memory"

TIMER = (
    f"{STEPS} steps of 100 images of the network of cnn, as Result.seconds has them:\n"
    "drawing, gathering, forward, loss, gradients, update. The order of all images is\n"
    "drawn when an epoch begins, so the million pay for all of theirs in these\n"
    f"{STEPS} steps. Mapped files are opened again each round, before the timer; they\n"
    "lie in the system's cache if it is large enough. Ratio: to 60,000 in memory in\n"
    "the same round, the median."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds on data sets of every size."""
    dataset = byhand.load_dataset("mnist")
    seeds = itertools.count()  # other images each round
    sides = [_side(MEMORY, dataset, seeds)]
    with tempfile.TemporaryDirectory() as parent:
        for count in COUNTS:
            say(f"writing {count:,} images")
            name, folder = (
                f"{count:,} mapped",
                folders.write(Path(parent), count, dataset),
            )
            if folder is None:
                sides.append(Side(name, None, missing=folders.NO_ROOM))
            else:
                sides.append(_side(name, folder, seeds))
        found = alternate(sides, runs, say)
    relative = ratios(found, MEMORY)
    return Report(
        title="growth: training the network of cnn on more and more images",
        columns=("", "µs an image", "range", "ratio"),
        rows=time_rows(sides, found, relative),
        timer=TIMER,
        figures={
            "unit": "microseconds an image",
            "rounds": found,
            "median": medians(found),
            "ratio_to_memory": relative,
            "missing": {side.name: side.missing for side in sides if side.run is None},
            "steps_a_round": STEPS,
        },
    )


def _side(name: str, data: Path | byhand.Dataset, seeds: Iterator[int]) -> Side:
    def one_round() -> float:
        result = byhand.train(
            RECIPE, data, seed=next(seeds), steps=STEPS, threads=machine.threads()
        )
        return 1e6 * result.seconds / result.images

    return Side(name, one_round)
