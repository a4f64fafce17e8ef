"""byhand.nn.segments, held against every alignment of a segment written out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import ctc_loss
from byhand.nn.crf import NEVER
from byhand.nn.losses import log_softmax
from byhand.nn.segments import segment_scores


def by_hand(y: np.ndarray) -> np.ndarray:
    """The logarithms of the weights of one segment, alignment by alignment."""
    blank = y.shape[1] - 1
    weights = np.zeros(blank + 1)
    for alignment in itertools.product(range(blank + 1), repeat=len(y)):
        text = [k for k, _ in itertools.groupby(alignment) if k != blank]
        if len(text) < 2:
            weight = math.prod(y[t, k] for t, k in enumerate(alignment))
            weights[text[0] if text else blank] += weight
    return np.log(weights)


def test_they_are_those_of_all_alignments_written_out(rng):
    log_y = log_softmax(rng.standard_normal((7, 4)) * 2)
    starts, ends = np.array([(i, j) for j in range(8) for i in range(j)]).T
    mixed = rng.permutation(len(starts))
    starts, ends = starts[mixed], ends[mixed]
    scores = segment_scores(log_y, starts, ends)
    for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
        assert_allclose(scores[n], by_hand(np.exp(log_y[start:end])), rtol=1e-10)


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 5), st.integers(0, 40)
)
def test_they_are_the_losses_of_texts_of_one_symbol(seed, frames, symbols, count):
    rng = np.random.default_rng(seed)
    log_y = log_softmax(rng.standard_normal((frames, symbols + 1)) * 9)
    starts = rng.integers(0, frames, count)
    ends = rng.integers(starts, frames) + 1
    scores = segment_scores(log_y, starts, ends)
    assert scores.shape == (count, symbols + 1)
    for start, end, found in zip(starts, ends, scores, strict=True):
        part = log_y[start:end]
        losses = [ctc_loss(part, [k])[0] for k in range(symbols)]
        assert_allclose(-found, [*losses, ctc_loss(part, [])[0]], rtol=1e-9, atol=1e-9)


def test_two_frames_by_hand():
    y = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])
    scores = segment_scores(np.log(y), np.array([0, 1]), np.array([2, 2]))
    assert_allclose(np.exp(scores), [[5 / 16, 5 / 16, 1 / 16], [1 / 4, 1 / 2, 1 / 4]])


def test_segments_side_by_side_write_what_ctc_writes(rng):
    """With one cut; the alignments of other cuts are missing."""
    log_y = log_softmax(rng.standard_normal((9, 4)))
    for cut in range(1, 9):
        left, right = segment_scores(log_y, np.array([0, cut]), np.array([cut, 9]))
        assert left[2] + right[0] < -ctc_loss(log_y, [2, 0])[0]


def test_a_segment_of_no_frames_writes_nothing(rng):
    log_y = log_softmax(rng.standard_normal((3, 4)))
    ends = np.array([0, 2, 3])
    expected = [[NEVER, NEVER, NEVER, 0]] * 3
    assert_array_equal(segment_scores(log_y, ends, ends), expected)
    none = np.zeros(0, np.int64)
    assert segment_scores(log_y, none, none).shape == (0, 4)
    assert_array_equal(segment_scores(log_y[:0], ends[:1], ends[:1]), expected[:1])


def test_a_symbol_of_probability_0_is_never_written():
    log_y = np.array([[0.0, -np.inf, -np.inf]] * 2)
    scores = segment_scores(log_y, np.array([0]), np.array([2]))
    assert_array_equal(scores, [[0, NEVER, NEVER]])


def test_a_long_segment_does_not_underflow(rng):
    log_y = log_softmax(rng.standard_normal((2000, 3)).astype(np.float32) * 9)
    (scores,) = segment_scores(log_y, np.array([0]), np.array([2000]))
    assert scores.dtype == np.float64
    assert_allclose(scores[-1], log_y[:, -1].sum(dtype=np.float64))
    assert_allclose(scores[0], -ctc_loss(log_y.astype(np.float64), [0])[0])


def test_frames_may_be_counted_in_any_type_of_integer(rng):
    log_y = log_softmax(rng.standard_normal((9, 4)))
    starts, ends = np.array([3, 0, 3]), np.array([9, 2, 4])
    expected = segment_scores(log_y, starts, ends)
    small = segment_scores(log_y, starts.astype(np.uint8), ends.astype(np.int32))
    assert_array_equal(small, expected)


@pytest.mark.parametrize(
    ("shape", "starts", "ends", "message"),
    [
        ((5,), [0], [1], r"expected log_y \(T, K \+ 1\), got \(5,\)"),
        ((5, 0), [0], [1], "expected log_y"),
        ((5, 3), [0, 1], [1], r"got \(2,\) and \(1,\)"),
        ((5, 3), [[0]], [[1]], r"got \(1, 1\) and \(1, 1\)"),
        ((5, 3), [0.0], [1], "as integers, got float64 and int64"),
        ((5, 3), [0], [True], "as integers, got int64 and bool"),
        ((5, 3), [0], [6], "0 <= start <= end <= 5"),
        ((5, 3), [-1], [2], "0 <= start <= end <= 5"),
        ((5, 3), [3], [2], "0 <= start <= end <= 5"),
    ],
)
def test_what_does_not_fit_is_refused(shape, starts, ends, message):
    with pytest.raises(ShapeError, match=message):
        segment_scores(np.zeros(shape), np.array(starts), np.array(ends))
