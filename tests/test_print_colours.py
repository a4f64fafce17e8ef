"""byhand.ink.print_colours: two inks by their colours, the print by its lines."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.ink.print_colours import (
    apart,
    bridged_runs,
    find_inks,
    straightness,
    two_means,
)


def test_two_means_finds_two_clusters_of_any_size(rng):
    centres = np.array([[0.1, 0.45, 0.45], [1 / 3, 1 / 3, 1 / 3]])
    for few in (0, 1):
        counts = (60, 4000) if few == 0 else (4000, 60)
        points = np.concatenate(
            [
                c + rng.normal(0, 0.02, (n, 3))
                for c, n in zip(centres, counts, strict=True)
            ]
        )
        found = np.stack(two_means(points))
        found = found[np.argsort(found[:, 0])]
        assert np.abs(found - centres).max() < 0.02
        assert apart(points, *found)


def test_one_cluster_is_not_two_inks(rng):
    points = np.array([0.2, 0.4, 0.4]) + rng.normal(0, 0.1, (3000, 3))
    assert not apart(points, *two_means(points))


def test_a_few_pixels_of_another_colour_are_not_another_ink(rng):
    points = np.array([1 / 3, 1 / 3, 1 / 3]) + rng.normal(0, 0.01, (3000, 3))
    points[:20] = (0.1, 0.45, 0.45)
    centres = np.array([[0.1, 0.45, 0.45], [1 / 3, 1 / 3, 1 / 3]])
    assert not apart(points, *centres)
    points[:40] = (0.1, 0.45, 0.45)
    assert apart(points, *centres)


def test_a_run_goes_on_where_the_other_ink_crosses_it():
    ink = np.array([[1, 1, 0, 0, 1, 1, 1, 0, 1], [0, 1, 0, 0, 0, 0, 1, 1, 0]], bool)
    other = np.zeros((2, 9), bool)
    assert bridged_runs(ink, other, axis=1).tolist() == [
        [2, 2, 0, 0, 3, 3, 3, 0, 1],
        [0, 1, 0, 0, 0, 0, 2, 2, 0],
    ]
    other[0, 2:4] = True
    assert bridged_runs(ink, other, axis=1)[0].tolist() == [7, 7, 7, 7, 7, 7, 7, 0, 1]
    assert (bridged_runs(ink.T, other.T, axis=0).T == bridged_runs(ink, other, 1)).all()


def test_straightness_tells_lines_across_from_lines_down():
    ink = np.zeros((30, 50), bool)
    ink[4, 5:45] = True  # 40 across
    ink[10:25, 20] = True  # 15 down
    across, down, either = straightness(ink, np.zeros_like(ink))
    assert across[:2] == pytest.approx([40 / 55, 40 / 55])
    assert down[:3] == pytest.approx([15 / 55, 15 / 55, 0])
    assert either[:3] == pytest.approx([1, 1, 40 / 55])


def test_ink_of_one_direction_is_no_two_inks():
    absorbance = np.zeros((100, 100, 3), np.float32)
    absorbance[40:60, 20:80] = (0.2, 0.5, 0.5)
    assert find_inks(absorbance) is None
