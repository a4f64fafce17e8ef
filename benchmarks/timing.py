"""Times several sides of one job in one run, taking turns."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

PAUSE = 0.1  # seconds; the threads of the side before stop spinning in it
TRIALS, TRIAL_STEPS = 3, 20  # to find the fastest variant of another library


@dataclass(frozen=True)
class Side:
    """One way to do a job.

    Attributes:
        name: as the table shows it.
        run: does one round and returns what was measured, as its seconds a step; None
            where it cannot be done.
        variant: which of several variants does the job.
        missing: why it cannot be done, where run is None.
    """

    name: str
    run: Callable[[], float] | None
    variant: str = ""
    missing: str = "not installed"


def alternate(
    sides: Sequence[Side], rounds: int, say: Callable[[str], None]
) -> dict[str, list[float]]:
    """Run every side once a round and return what each measured, a list a side.

    One round before the first is not counted: it fills caches and starts threads. Every
    second round goes backwards, so that no side always follows the same one.
    """
    present = [side for side in sides if side.run is not None]
    found: dict[str, list[float]] = {side.name: [] for side in present}
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}" if number else "warming up")
        for side in present[:: -1 if number % 2 else 1]:
            assert side.run is not None
            time.sleep(PAUSE)
            measured = side.run()
            if number:
                found[side.name].append(measured)
    return found


def fastest(
    name: str, variants: Mapping[str, Callable[[int], float]], steps: int
) -> Side:
    """Return a side in the variant with the shortest time in a few short trials.

    Args:
        name: the side's.
        variants: each trains this many steps and returns the seconds of one.
        steps: of a round.
    """
    shortest = dict.fromkeys(variants, math.inf)
    for _ in range(TRIALS):
        for variant, train in variants.items():
            shortest[variant] = min(shortest[variant], train(TRIAL_STEPS))
    best = min(shortest, key=shortest.__getitem__)
    return Side(name, partial(variants[best], steps), best)


def medians(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median round of each side."""
    return {name: statistics.median(rounds) for name, rounds in seconds.items()}


def ratios(seconds: Mapping[str, Sequence[float]], reference: str) -> dict[str, float]:
    """How many times the reference's time each side takes: the median over rounds.

    The two times of a ratio come from the same round, so a machine that slows down
    for a while slows both.
    """
    return {
        name: statistics.median(
            a / b for a, b in zip(rounds, seconds[reference], strict=True)
        )
        for name, rounds in seconds.items()
    }
