"""`threads`: how much faster two threads train than one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import byhand
from benchmarks import cnn, machine
from benchmarks.report import Report
from benchmarks.timing import Side, alternate, medians, ratios
from byhand.training.recipe import Recipe
from byhand.training.recipes import CLASSIC, FAST

RECIPES: tuple[tuple[Recipe, int], ...] = (
    (cnn.RECIPE, 150),
    (FAST, 150),
    (CLASSIC, 100),
)
COUNTS = (1, 2)
ONE_CORE = "only one core here"

TIMER = (
    "Steps as Result.seconds has them: drawing, gathering, forward, loss, gradients,\n"
    "update. The model is the same to the last bit. Faster: the time with one thread\n"
    "over the time with two in the same round, the median."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds of every recipe with one thread and with two."""
    sides = [] if machine.cores() < max(COUNTS) else _sides()
    return _report(alternate(sides, runs, say))


def _sides() -> list[Side]:
    dataset = byhand.load_dataset("mnist")

    def step(recipe: Recipe, steps: int, threads: int) -> float:
        result = byhand.train(recipe, dataset, steps=steps, threads=threads)
        return result.seconds / result.steps

    return [
        Side(_name(recipe, threads), partial(step, recipe, steps, threads))
        for recipe, steps in RECIPES
        for threads in COUNTS
    ]


def _name(recipe: Recipe, threads: int) -> str:
    return f"{recipe.name}, {threads}"


def _report(seconds: Mapping[str, Sequence[float]]) -> Report:
    middle = medians(seconds)
    faster: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    for recipe, _ in RECIPES:
        one, two = (_name(recipe, threads) for threads in COUNTS)
        if one not in seconds:
            rows.append((recipe.name, ONE_CORE))
            continue
        pair = {name: seconds[name] for name in (one, two)}
        faster[recipe.name] = ratios(pair, two)[one]
        times = [f"{1000 * middle[name]:.3g}" for name in pair]
        rows.append((recipe.name, *times, f"{faster[recipe.name]:.2f}"))
    return Report(
        title="threads: byhand with one and with two",
        columns=("recipe", "1 thread, ms a step", "2 threads", "times as fast"),
        rows=rows,
        timer=TIMER,
        figures={
            "unit": "seconds a step",
            "rounds": seconds,
            "median": middle,
            "times_as_fast": faster,
            "steps_a_round": {recipe.name: steps for recipe, steps in RECIPES},
        },
    )
