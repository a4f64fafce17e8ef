"""Registration: where a form lies on a scan."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.forms.registration import Registration
from byhand.types import Box


def lying(matrix) -> Registration:
    return Registration(np.array(matrix, np.float64), 0.0, 1.0, 1.0, True)


def test_a_box_is_mapped_with_the_edges_of_its_pixels():
    double = lying([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
    assert double.box(Box(10, 20, 5, 6)) == Box(20, 40, 10, 12)
    assert lying(np.eye(3)).box(Box(10, 20, 5, 6)) == Box(10, 20, 5, 6)


def test_points_go_to_the_scan_and_back():
    there = lying([[1.1, 0.1, 30], [-0.1, 0.9, 5], [1e-4, -5e-5, 1]])
    points = np.array([[0, 0], [100, 50], [700, 1000.0]])
    assert there.to_scan(points)[1] == pytest.approx((145 / 1.0075, 40 / 1.0075))
    np.testing.assert_allclose(there.to_blank(there.to_scan(points)), points)


@pytest.mark.parametrize("turns", range(4))
def test_a_turned_scan_is_shown_upright_by_rot90(turns):
    form = np.zeros((30, 20))
    form[5, 3] = 1
    scan = np.rot90(form, -turns)  # clockwise
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
    shift = ((0, 0), (29, 0), (19, 29), (0, 19))[turns]
    found = lying([[cos, -sin, shift[0]], [sin, cos, shift[1]], [0, 0, 1]])
    (x, y) = found.to_scan(np.array([[3.0, 5.0]]))[0]
    assert scan[round(y), round(x)] == 1
    assert found.quarter_turns == turns
    np.testing.assert_array_equal(np.rot90(scan, found.quarter_turns), form)
