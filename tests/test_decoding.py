"""byhand.reading.decoding: what stands where in a row, however the row is cut."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.nn.crf import posteriors
from byhand.reading.candidates import Candidate
from byhand.reading.decoding import position_marginal
from byhand.reading.fragments import Fragment
from byhand.reading.lattice import Lattice

SPANS = [(0, 1), (1, 2), (0, 2), (2, 3), (1, 3)]  # of docs/reading.md's example
WIDTHS = 9, 2, 5  # of the fragments, equally high


@pytest.fixture
def candidates() -> list[Candidate]:
    fragments = [Fragment(0, 20 * n, np.ones((9, w), np.bool_), n)
              for n, w in enumerate(WIDTHS)]  # fmt: skip
    return [Candidate(i, j, tuple(fragments[i:j])) for i, j in SPANS]


def test_all_candidates_that_hold_the_largest_fragment_are_added_up(candidates):
    p = np.zeros((5, 11))
    p[0, [1, 10]], p[1, [7, 10]], p[2, 0] = (0.21, 0.07), (0.16, 0.08), 0.72
    p[3, [1, 10]], p[4, 4] = (0.72, 0.24), 0.04
    expected_each = [{0: 0.72, 1: 0.21, 10: 0.07}, {1: 0.72, 4: 0.04, 10: 0.24}]
    for number, expected in zip((2, 3), expected_each, strict=True):
        found = position_marginal(candidates, p, number)
        assert {int(k): found[k] for k in np.flatnonzero(found)} == (
            pytest.approx(expected)
        )


def test_what_stands_at_a_place_has_probabilities_that_come_to_1(candidates, rng):
    lattice = Lattice(candidates, *[np.empty(0)] * 5)
    p, _ = posteriors(lattice.edges, rng.standard_normal((5, 11)))
    for number in range(5):
        assert position_marginal(candidates, p, number).sum() == pytest.approx(1)


def test_ink_that_is_shared_is_not_the_largest_fragment(candidates):
    shared = Fragment(0, 40, np.ones((30, 30), np.bool_), 2)
    more = [*candidates[:3], Candidate(1, 2, (*candidates[1].fragments, shared), 1)]
    p = np.eye(4, 11)
    assert np.flatnonzero(position_marginal(more, p, 3)).tolist() == [1, 2, 3]
