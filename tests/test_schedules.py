"""Schedules: their values at known places, and where they rise and fall."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from byhand.nn import SCHEDULES
from byhand.nn.schedules import one_cycle

every_schedule = pytest.mark.parametrize("name", SCHEDULES)


@pytest.mark.parametrize(
    ("name", "progress", "expected"),
    [
        ("constant", 0.0, 1.0),
        ("constant", 0.99, 1.0),
        ("step", 0.0, 1.0),
        ("step", 0.499, 1.0),
        ("step", 0.5, 0.1),
        ("step", 0.749, 0.1),
        ("step", 0.75, 0.01),
        ("step", 0.999, 0.01),
        ("cosine", 0.0, 1.0),
        ("cosine", 1 / 3, 0.75),
        ("cosine", 0.5, 0.5),
        ("cosine", 2 / 3, 0.25),
        ("cosine", 1.0, 0.0),
        ("one-cycle", 0.0, 0.1),
        ("one-cycle", 0.125, 0.55),
        ("one-cycle", 0.25, 1.0),
        ("one-cycle", 0.5, 0.75),
        ("one-cycle", 0.625, 0.5),
        ("one-cycle", 1.0, 0.0),
    ],
)
def test_a_schedule_has_the_value_worked_out_by_hand(name, progress, expected):
    assert SCHEDULES[name](progress) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@every_schedule
def test_the_last_step_of_a_run_still_learns(name):
    assert SCHEDULES[name](999 / 1000) > 0


@every_schedule
def test_a_schedule_stays_within_0_and_1_and_reaches_1(name):
    values = [SCHEDULES[name](p) for p in np.linspace(0, 1, 1001)]
    assert min(values) >= 0
    assert max(values) == 1


@pytest.mark.parametrize(
    ("name", "start"),
    [("constant", 0), ("step", 0), ("cosine", 0), ("one-cycle", 0.25)],
)
def test_a_schedule_never_rises_once_it_has_warmed_up(name, start):
    values = [SCHEDULES[name](p) for p in np.linspace(start, 1, 1001)]
    assert all(b <= a for a, b in itertools.pairwise(values))


def test_one_cycle_rises_in_a_line_and_has_no_jump_at_the_top():
    values = np.array([SCHEDULES["one-cycle"](p) for p in np.linspace(0, 0.25, 101)])
    assert np.diff(values) == pytest.approx(0.9 / 100, rel=1e-9)
    assert one_cycle(0.25 - 1e-9) == pytest.approx(one_cycle(0.25), abs=1e-8)


@pytest.mark.parametrize(("warm", "first"), [(0.0, 0.1), (0.5, 0.2)])
def test_one_cycle_warms_up_for_as_long_and_from_as_low_as_it_is_told(warm, first):
    assert one_cycle(warm, warm, first) == 1
    assert one_cycle(0.0, warm, first) == (first if warm else 1)
    half_down = warm + (1 - warm) / 2
    assert one_cycle(half_down, warm, first) == pytest.approx(0.5, rel=1e-12)
    assert math.isclose(one_cycle(1.0, warm, first), 0.0, abs_tol=1e-15)
