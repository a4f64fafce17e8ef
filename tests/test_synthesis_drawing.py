"""byhand.synthesis.drawing: strokes and patches on a layer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.synthesis.drawing import (
    blank,
    cropped,
    eroded,
    lay,
    lines,
    rotated,
    sheared,
    smooth,
)


@pytest.mark.parametrize(
    ("top", "left", "sum_"), [(1, 1, 4), (-1, 0, 2), (3, 4, 1), (9, 0, 0), (-2, -2, 0)]
)
def test_a_patch_is_cut_at_the_edges_of_a_layer(top: int, left: int, sum_: int):
    layer = blank(4, 5)
    lay(layer, np.ones((2, 2), np.uint8), top, left)
    assert layer.sum() == sum_


def test_ink_only_grows():
    layer = np.full((3, 3), 9, np.uint8)
    lay(layer, np.array([[5, 20]], np.uint8), 0, 0)
    assert layer[0].tolist() == [9, 20, 9]


def test_cropped_keeps_the_ink():
    layer = blank(9, 9)
    layer[2:4, 5] = 200
    assert cropped(layer).tolist() == [[200], [200]]
    assert cropped(blank(3, 3)).shape == (1, 1)


def test_a_line_is_as_wide_as_asked_and_where_asked():
    layer = blank(20, 40)
    lines(layer, [(0, 10, 39, 10)], 5)
    assert (layer[:, 20] > 127).sum() == 5
    assert layer[10].min() == 255


def test_a_long_oblique_line_is_as_its_short_parts(monkeypatch):
    short, long = blank(90, 70), blank(90, 70)
    lines(short, [(3, 4, 66, 80)], 3)
    monkeypatch.setattr("byhand.synthesis.drawing.OBLIQUE", 1e9)
    lines(long, [(3, 4, 66, 80)], 3)
    assert_allclose(short.astype(int), long, atol=1)


def test_a_smooth_curve_goes_through_its_points():
    points = np.array([(0, 0), (4, 7), (9, 3), (9, 3), (2, 1)], float)
    curve = smooth(points, steps=4)
    assert_allclose(curve[::4], points)


def test_a_leaning_patch_moves_its_upper_rows_to_the_right():
    patch = np.zeros((20, 9), np.uint8)
    patch[:, 4] = 255
    right, left = sheared(patch, 0.5), sheared(patch, -0.5)
    assert right[1].argmax() - right[18].argmax() == pytest.approx(8.5, abs=1)
    assert left[18].argmax() - left[1].argmax() == pytest.approx(8.5, abs=1)


def test_a_rotated_patch_keeps_its_ink():
    patch = np.full((10, 30), 255, np.uint8)
    assert rotated(patch, 90).shape == (30, 10)
    assert rotated(patch, 30).sum() == pytest.approx(patch.sum(), rel=0.1)


def test_erosion_takes_away_about_the_share_asked_for(rng):
    full = np.full((100, 100), 255, np.uint8)
    assert_array_equal(np.unique(eroded(full, 0.3, rng)), [0, 255])
    little, much = ((eroded(full, s, rng) == 0).mean() for s in (0.1, 0.5))
    assert little < 0.3 < much < 0.7
