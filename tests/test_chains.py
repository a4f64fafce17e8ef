"""byhand.reading.chains: points are one row if one line explains them better."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from byhand.reading.chains import CHAINS, _evidence, chained

USUAL = 40.0


def rows_of(*rows: list[tuple[float, float]], count: int | None = None) -> list[set]:
    """Return the rows found in points (x, y) of these, as sets of their numbers."""
    points = np.array([point for row in rows for point in row])
    x, y = points.T
    found = chained(x, y, np.full(len(x), USUAL), USUAL, count)
    assert all((np.diff(x[row.members]) >= 0).all() for row in found)
    return sorted((set(row.members.tolist()) for row in found), key=min)


def line(y: float, *, start=0.0, slope=0.0, count=6, step=34.0):
    return [(start + n * step, y + slope * (start + n * step)) for n in range(count)]


def test_no_points_are_no_rows():
    none = np.empty(0)
    assert chained(none, none, none, USUAL) == []


@pytest.mark.parametrize("slope", [-0.25, 0.0, 0.25])
def test_rows_side_by_side_are_told_apart_and_their_slope_is_measured(slope):
    points = np.array([*line(0, slope=slope), *line(50, slope=slope)])
    found = chained(*points.T, np.full(12, USUAL), USUAL)
    assert [row.members.tolist() for row in found] == [[*range(6)], [*range(6, 12)]]
    assert [row.slope for row in found] == pytest.approx([slope] * 2, abs=0.03)


def test_where_two_rows_are_as_likely_as_one_depends_on_their_distance():
    apart = [len(rows_of(line(0), line(y))) for y in (6, 24, 60)]
    assert apart == [1, 2, 2]


def test_words_far_apart_are_one_row_if_they_are_on_the_line_of_others_around():
    slope = 0.1
    words = [line(y, start=x, slope=slope, count=3)
             for y in (0, 70, 140) for x in (0, 250, 500)]  # fmt: skip
    found = rows_of(*words)
    assert [len(row) for row in found] == [9, 9, 9]


def test_as_many_rows_as_are_wanted():
    rows = line(0), line(60), line(200)
    assert [len(rows_of(*rows, count=n)) for n in (1, 2, 3, 9)] == [1, 2, 3, 3]
    assert rows_of(*rows, count=2)[0] == set(range(12))  # the nearest two


def test_the_evidence_is_the_integral_over_all_lines(rng):
    x, y = rng.normal(0, 40, 4), rng.normal(0, 10, 4)
    w = np.full(4, 1 / 64)  # 1 / 8²
    mean, variance = 0.1, CHAINS.slope**2

    def density(a: float, b: float) -> float:
        prior = np.exp(-((b - mean) ** 2) / variance / 2) / np.sqrt(variance)
        return float(np.exp(-(w * (y - a - b * x) ** 2).sum() / 2) * prior)

    total, _ = integrate.dblquad(density, -1.5, 1.5, -90, 90)
    sums = np.array([w, w * x, w * x * x, w * y, w * x * y, w * y * y]).sum(axis=1)
    expected = np.log(total / (2 * np.pi))
    found = _evidence(sums, np.array([mean, variance]))
    assert found == pytest.approx(expected, abs=1e-3)
