"""byhand.reading.lines: what stands where in a row, however the row is cut."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.reading.lattice import Lattice, posteriors
from byhand.reading.lines import standing
from byhand.reading.pieces import Piece
from byhand.reading.segments import Segment

SPANS = [(0, 1), (1, 2), (0, 2), (2, 3), (1, 3)]  # of docs/reading.md's example
WIDTHS = 9, 2, 5  # of the pieces, equally high


@pytest.fixture
def segments() -> list[Segment]:
    pieces = [Piece(0, 20 * n, np.ones((9, w), np.bool_), n)
              for n, w in enumerate(WIDTHS)]  # fmt: skip
    return [Segment(i, j, tuple(pieces[i:j])) for i, j in SPANS]


def test_all_segments_that_hold_the_largest_piece_are_added_up(segments):
    p = np.zeros((5, 11))
    p[0, [1, 10]], p[1, [7, 10]], p[2, 0] = (0.21, 0.07), (0.16, 0.08), 0.72
    p[3, [1, 10]], p[4, 4] = (0.72, 0.24), 0.04
    told = [{0: 0.72, 1: 0.21, 10: 0.07}, {1: 0.72, 4: 0.04, 10: 0.24}]
    for number, expected in zip((2, 3), told, strict=True):
        found = standing(segments, p, number)
        assert {int(k): found[k] for k in np.flatnonzero(found)} == (
            pytest.approx(expected)
        )


def test_what_stands_at_a_place_has_probabilities_that_come_to_1(segments, rng):
    lattice = Lattice(3, segments, *[np.empty(0)] * 3)
    p, _ = posteriors(lattice, rng.standard_normal((5, 11)))
    for number in range(5):
        assert standing(segments, p, number).sum() == pytest.approx(1)


def test_ink_that_is_shared_is_not_the_largest_piece(segments):
    shared = Piece(0, 40, np.ones((30, 30), np.bool_), 2)
    more = [*segments[:3], Segment(1, 2, (*segments[1].pieces, shared), 1)]
    p = np.eye(4, 11)
    assert np.flatnonzero(standing(more, p, 3)).tolist() == [1, 2, 3]
