"""Schedules: how the learning rate moves while training goes on.

Each is a function of progress, 0 at the first step and 1 past the last, that returns
what the recipe's learning rate is multiplied by.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[float], float]


def constant(progress: float) -> float:
    """Return 1: the rate stays."""
    return 1.0


def step(progress: float) -> float:
    """Return 1, then 0.1 from half on, then 0.01 from three quarters on."""
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


def cosine(progress: float) -> float:
    """Return half a cosine wave, from 1 down to 0.

    Source: Loshchilov and Hutter 2017, SGDR, arXiv:1608.03983, eq. 5, without restarts.
    """
    return 0.5 * (1 + math.cos(math.pi * progress))


def one_cycle(progress: float, warm: float = 0.25, first: float = 0.1) -> float:
    """Return a line from `first` up to 1 while progress < `warm`, then a cosine to 0.

    Source: Smith and Topin 2018, "Super-convergence", arXiv:1708.07120.
    """
    if progress < warm:
        return first + (1 - first) * progress / warm
    return cosine((progress - warm) / (1 - warm))


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "step": step,
    "cosine": cosine,
    "one-cycle": one_cycle,
}
