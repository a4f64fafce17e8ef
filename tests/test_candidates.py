"""byhand.reading.candidates: every group of fragments that may be a digit, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from byhand.reading.candidates import CANDIDATES, Candidate, find_candidates
from byhand.reading.fragments import Fragment


def bar(
    left: int, width: int = 4, component: int = 0, *, top: int = 0, height: int = 20,
    cut: float = 0.0,
) -> Fragment:  # fmt: skip
    return Fragment(top, left, np.ones((height, width), np.bool_), component, cut)


def spans(candidates: Sequence[Candidate]) -> Counter[tuple[int, int]]:
    return Counter((s.start, s.end) for s in candidates)


@pytest.mark.parametrize(("step", "height"), [(5, 99), (5, 20), (12, 20), (5, 2)])
def test_every_group_side_by_side_is_a_candidate_once_if_it_is_small(step, height):
    fragments = [bar(step * n, component=n) for n in range(9)]
    candidates = find_candidates(fragments, height)
    expected = [
        (i, j) for j in range(10) for i in range(j)
        if j - i <= CANDIDATES.most_fragments
        and (j - i == 1 or step * (j - i - 1) + 4 <= CANDIDATES.widest * height)
    ]  # fmt: skip
    assert spans(candidates) == Counter(expected)
    assert all(s.fragments == tuple(fragments[s.start : s.end]) for s in candidates)
    assert [s.end for s in candidates] == sorted(s.end for s in candidates)


def test_ink_is_shared_only_where_a_cut_is():
    fragments = [bar(0, component=1), bar(4, component=1), bar(10, component=2)]
    candidates = find_candidates(fragments, 99)
    # node 1 is a cut: what ends or begins there comes without and with ink beyond it
    at_the_cut = {(0, 1): 2, (1, 2): 2, (1, 3): 2}
    assert spans(candidates) == {**at_the_cut, (0, 2): 1, (2, 3): 1, (0, 3): 1}
    assert {(s.start, s.end) for s in candidates if s.shared} == set(at_the_cut)


def test_between_two_cuts_ink_is_shared_on_either_side_and_on_both():
    fragments = [bar(0, component=1), bar(4, component=1), bar(8, component=1)]
    middle = [s for s in find_candidates(fragments, 99) if (s.start, s.end) == (1, 2)]
    assert [s.shared for s in middle] == [0, 1, 1, 2]


def test_what_is_shared_is_near_the_cut_in_rows_that_both_have():
    fragments = [bar(0, 12, component=1), bar(12, 12, component=1, top=5)]
    candidates = find_candidates(fragments, 20)  # near is 5 pixels
    first, second = (next(s for s in candidates if s.shared and s.start == n)
                     for n in (0, 1))  # fmt: skip
    beyond, before = first.fragments[-1], second.fragments[-1]
    assert (beyond.left, beyond.right, beyond.top, beyond.bottom) == (12, 17, 5, 20)
    assert (before.left, before.right, before.top, before.bottom) == (7, 12, 5, 20)


def test_all_that_is_connected_can_be_rejected_at_once():
    components = [0, *[1] * 8, 2]
    fragments = [bar(4 * n, component=number) for n, number in enumerate(components)]
    long = [
        s
        for s in find_candidates(fragments, 9)
        if s.end - s.start > CANDIDATES.most_fragments
    ]
    assert spans(long) == {(1, 9): 1}
