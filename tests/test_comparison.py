"""McNemar's test against numbers worked out by hand and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.stats import binomtest

from byhand.comparison import compare, mcnemar
from byhand.errors import DataError, ShapeError


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_a_comparison_counts_who_was_right():
    labels = numbers(0, 1, 2, 0, 1, 2, 0)
    found = compare(labels, numbers(0, 1, 2, 0, 0, 0, 1), numbers(0, 1, 0, 1, 1, 1, 1))
    #                  both right: 0, 1; only a: 2, 3; only b: 4; neither: 5, 6
    assert (found.both, found.only_a, found.only_b, found.neither) == (2, 2, 1, 2)
    assert_array_equal(found.differing, [2, 3, 4, 5])  # 6: both say 1
    assert found.p == mcnemar(2, 1)


def test_five_of_five_is_the_probability_of_five_heads_or_five_tails():
    assert mcnemar(5, 0) == mcnemar(0, 5) == 2 / 32


def test_a_worked_example():
    # 1 or fewer of 6 heads: (1 + 6) / 64, and as much on the other side
    assert mcnemar(1, 5) == pytest.approx(14 / 64, rel=1e-15)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_p_value_is_scipys(only_a: int, only_b: int):
    n = only_a + only_b
    expected = binomtest(only_a, n).pvalue if n else 1.0
    assert mcnemar(only_a, only_b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("count", [0, 1, 40])
def test_as_many_on_either_side_say_nothing(count: int):
    assert mcnemar(count, count) == 1


def test_a_very_small_p_is_0_and_no_error():
    assert mcnemar(0, 5000) == 0
    assert mcnemar(2000, 2200) == pytest.approx(binomtest(2000, 4200).pvalue, rel=1e-9)


def test_counts_below_0_are_refused():
    with pytest.raises(ValueError, match="expected counts from 0"):
        mcnemar(-1, 3)


@pytest.mark.parametrize(
    ("only_a", "only_b", "better"),
    [(6, 0, "a"), (0, 6, "b"), (5, 0, None), (0, 5, None), (3, 3, None), (0, 0, None)],
)
def test_one_is_better_only_where_chance_is_below_a_twentieth(only_a, only_b, better):
    labels = np.zeros(20, np.int64)
    a, b = np.ones(20, np.int64), np.ones(20, np.int64)
    a[:only_a] = 0
    b[only_a : only_a + only_b] = 0
    assert compare(labels, a, b).better == better  # 2 / 64 = 0.03, 2 / 32 = 0.06


@pytest.mark.parametrize("part", range(3))
def test_other_lengths_are_refused(part: int):
    three = [numbers(0, 1), numbers(0, 1), numbers(0, 1)]
    three[part] = numbers(0, 1, 2)
    with pytest.raises(ShapeError, match=r"expected .* one shape \(N,\), got .*\(3,\)"):
        compare(*three)


def test_no_images_cannot_be_compared():
    with pytest.raises(DataError, match="expected at least 1 image"):
        compare(numbers(), numbers(), numbers())
