"""Homographies by the direct linear transform, of points and lines."""

from __future__ import annotations

import numpy as np

from byhand.forms.homography import fitted, mapped, normaliser, through

TRUE = np.array([[1.1, 0.05, 30], [-0.04, 1.08, -20], [3e-5, -2e-5, 1]])
EXACT = 1e-6  # hardly any expectation of what a scan does


def pairs(rng, count: int):
    """Return points, and lines in all directions through where they belong."""
    points = rng.uniform(0, 1000, (count, 2))
    return points, through(mapped(TRUE, points), rng.normal(0, 1, (count, 2)))


def test_points_on_lines_give_the_homography():
    points, lines = pairs(np.random.default_rng(0), 40)
    found = fitted(points, lines, np.ones(40), np.eye(3), EXACT)
    np.testing.assert_allclose(found, TRUE, rtol=1e-5, atol=1e-7)


def test_a_pair_without_weight_counts_for_nothing():
    points, lines = pairs(np.random.default_rng(1), 40)
    lines[:5, 2] += 100
    weights = np.where(np.arange(40) < 5, 0.0, 1.0)
    found = fitted(points, lines, weights, np.eye(3), EXACT)
    np.testing.assert_allclose(found, TRUE, rtol=1e-5, atol=1e-7)


def test_few_pairs_give_a_scan_that_only_shifts_rotates_and_scales():
    angle = np.radians(3)
    cos, sin = 1.2 * np.cos(angle), 1.2 * np.sin(angle)
    turned = np.array([[cos, -sin, 40], [sin, cos, 10], [0, 0, 1]])
    points = np.array([[0, 0], [900, 0.0]])
    points = np.repeat(points, 2, axis=0)  # two lines each: where they are
    along = np.tile(np.eye(2), (2, 1))
    lines = through(mapped(turned, points), along)
    found = fitted(points, lines, np.ones(4), np.eye(3))
    np.testing.assert_allclose(found, turned, atol=1e-6)


def test_a_normaliser_brings_points_to_the_middle_at_the_root_of_two():
    points = np.random.default_rng(2).uniform(100, 900, (30, 2))
    there = mapped(normaliser(points), points)
    np.testing.assert_allclose(there.mean(axis=0), 0, atol=1e-12)
    assert np.isclose(np.linalg.norm(there, axis=1).mean(), np.sqrt(2))


def test_a_line_through_a_point_has_a_normal_of_length_one():
    (line,) = through(np.array([[3.0, 4.0]]), np.array([[10.0, 0.0]]))
    np.testing.assert_allclose(line, [0, 1, -4])
