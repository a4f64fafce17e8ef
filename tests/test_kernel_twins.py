"""Compiled kernels of single operations against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.kernels.chance import normals, words
from byhand.nn import softmax_cross_entropy
from byhand.nn.run import call
from byhand.training import sampling as plain

pytest.importorskip("numba")
from byhand.kernels import counted, dropout, gather, layout, reference, sampling, warp
from byhand.kernels import softmax as softmax_kernels
from byhand.kernels.matmul import LANES, ROWS, matmul

# Of what a kernel is compiled for, few values: narrower than its block, as wide, and
# with a rest; the types and orders of memory of `a`.
EIGHTS = (1, LANES // 8, 2 * LANES // 8 + 3)
KINDS = ((np.float32, False), (np.float32, True), (np.float64, True))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 3 * ROWS), st.integers(1, 40), st.sampled_from(EIGHTS),
    st.sampled_from(KINDS), st.booleans(), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_matmul(height, terms, eights, kind, bias, seed):
    (dtype, transposed), relu = kind, bias  # neither knows of the other
    rng = np.random.default_rng(seed)
    shape = (terms, height) if transposed else (height, terms)
    a = rng.standard_normal(shape).astype(dtype)
    a = a.T if transposed else a
    b = rng.standard_normal((terms, 8 * eights)).astype(dtype)
    start = rng.standard_normal(8 * eights).astype(dtype) if bias else None
    out = np.full((height, 8 * eights), np.nan, dtype)
    matmul(call, a, b, out, start, relu)
    expected = a @ b + (start if bias else 0)
    expected = np.maximum(expected, 0) if relu else expected
    within = 1e-5 if dtype is np.float32 else 1e-13
    assert_allclose(out, expected, rtol=within, atol=within * (1 + terms))


def test_matmul_takes_columns_of_a_wider_array(rng):
    a = rng.standard_normal((5, 9))[:, :6]
    out = np.zeros((5, 8))
    b = rng.standard_normal((6, 8))
    matmul(call, a, b, out)
    assert_allclose(out, a @ b)


@pytest.mark.parametrize(
    ("a", "b", "out"),
    [
        ((3, 4), (5, 8), (3, 8)),
        ((3, 4), (4, 9), (3, 9)),
        ((3, 4), (4, 8), (2, 8)),
        ((3, 4), (4, 8), (3, 16)),
        ((3, 0), (0, 8), (3, 8)),
    ],
)
def test_matmul_refuses_what_does_not_fit(a, b, out):
    with pytest.raises(ShapeError, match="matmul: expected"):
        matmul(call, np.zeros(a), np.zeros(b), np.zeros(out))
    with pytest.raises(ShapeError, match="of one type"):
        matmul(call, np.zeros((3, 4)), np.zeros((4, 8), np.float32), np.zeros((3, 8)))
    with pytest.raises(ShapeError, match="matmul: expected"):
        matmul(call, np.zeros((3, 4)), np.zeros((8, 4)).T, np.zeros((3, 8)))
    with pytest.raises(ShapeError, match="matmul: expected"):
        matmul(call, np.zeros((3, 4)), np.zeros((4, 8)), np.zeros((3, 8)), np.zeros(7))


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_softmax_cross_entropy(smoothing, rng):
    wide = 5 * rng.standard_normal((20, 16))
    logits, labels = wide[:, :7], rng.integers(0, 7, 20)
    dlogits, loss = np.zeros((20, 7)), np.zeros(1)
    softmax_kernels.cross_entropy(
        logits, labels, dlogits, loss, np.array([float(smoothing)]), 30
    )
    expected, dexpected = softmax_cross_entropy(logits, labels, 30, smoothing)
    assert_allclose(loss[0], expected, rtol=1e-12)
    assert_allclose(dlogits, dexpected, rtol=1e-10, atol=1e-14)
    right = np.zeros(1, np.int64)
    softmax_kernels.count_right(logits, labels, right)
    assert right[0] == (logits.argmax(axis=1) == labels).sum()


@pytest.mark.parametrize("label", [-1, 3, 2**40])
def test_a_label_that_is_no_class_makes_the_loss_no_number(label):
    loss, labels = np.zeros(1), np.array([0, label, 1])
    softmax_kernels.cross_entropy(
        np.zeros((3, 3)), labels, np.zeros((3, 3)), loss, np.zeros(1), 3
    )
    assert np.isnan(loss[0])


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 60), st.data(), st.integers(0, 2**32 - 1))
def test_sampling_chooses_as_the_plain_one(count, data, seed):
    kept = data.draw(st.integers(1, count))
    rng = np.random.default_rng(seed)
    dlogits = rng.standard_normal((count, 4)) * rng.exponential(size=(count, 1)) ** 3
    u, pi, chosen = np.array([rng.random()]), np.zeros(count), np.full(kept, -1)
    out = np.zeros((kept, 4))
    sampling.sample(dlogits, u, np.array([plain.FLOOR]), pi, chosen, out, 9)
    expected = plain.probabilities(plain.scores(dlogits, 9), kept)
    assert_allclose(pi, expected, rtol=1e-9)
    points = plain.systematic(expected, kept, u[0])
    assert_array_equal(chosen, points)
    full = plain.sampled(dlogits, 9, kept, u[0])
    assert_allclose(out, full[points], rtol=1e-9)


def test_counted_numbers_are_those_of_numpy():
    key = np.array([12345, 4294967295], np.uint32)
    drawn, normal = words(key, 1000), normals(key, 1000)
    for i in range(1000):
        assert counted.word(key[0], key[1], i) == drawn[i]
        assert counted.normal(key[0], key[1], i) == normal[i]


def test_counted_numbers_look_random():
    drawn = words(np.array([7, 8], np.uint32), 200_000)
    for bit in range(32):
        ones = ((drawn >> np.uint32(bit)) & np.uint32(1)).mean()
        assert abs(ones - 0.5) < 0.006  # five standard deviations
    neighbours = np.corrcoef(drawn[:-1].astype(float), drawn[1:].astype(float))
    assert abs(neighbours[0, 1]) < 0.012
    normal = normals(np.array([7, 8], np.uint32), 100_000)
    assert abs(normal.mean()) < 0.02
    assert abs(normal.std() - 1) < 0.02


def test_dropout(rng):
    x, key = rng.standard_normal(1001), np.array([3, 4], np.uint32)
    mask, y, threshold = np.zeros(1001), np.zeros(1001), 2**30
    dropout.drop(x, key, threshold, np.array([1.5]), mask, y)
    assert_array_equal(mask, 1.5 * (words(key, 1001) >= threshold))
    assert_array_equal(y, x * mask)


def test_elastic_fields():
    key = np.array([1, 2], np.uint32)
    rng = np.random.default_rng(0)
    down = rng.random((9, 5), np.float32)
    across = rng.random((4, 7), np.float32)
    ours, expected = np.empty((6, 9, 7), np.float32), np.empty((6, 9, 7), np.float32)
    warp.elastic(key, down, across, ours)
    reference.elastic(key, down, across, expected)
    assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


def test_layouts(rng):
    x = rng.standard_normal((5, 3))
    wide, across, back = np.ones((5, 8)), np.ones((3, 8)), np.ones((5, 3))
    layout.widen(x, wide)
    layout.widen(x.T, across)
    layout.untranspose(across, back)
    assert_array_equal(wide, np.pad(x, ((0, 0), (0, 5))))
    assert_array_equal(across, np.pad(x.T, ((0, 0), (0, 3))))
    assert_array_equal(back, x)
    images, out = rng.standard_normal((2, 3, 4, 5)), np.ones((2, 7, 8, 5))
    layout.padded(images, out, 2)
    assert_array_equal(out, np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0))))
    some = np.zeros((3, 3))
    layout.take(x, np.array([0, 4, 4]), some)
    assert_array_equal(some, x[[0, 4, 4]])


@pytest.mark.parametrize("far", [-1, 9, 2**60, -(2**60)])
def test_an_index_outside_is_taken_for_the_nearest(far, rng):
    images = rng.integers(0, 256, (4, 3, 3)).astype(np.uint8)
    nearest, chosen = (0 if far < 0 else 3), np.array([1, far])
    out, still = np.zeros((2, 3, 3), np.uint8), np.zeros(2, np.int64)
    gather.gather(
        images.reshape(-1), chosen, still, still, out.reshape(-1), images.shape
    )
    assert_array_equal(out, images[[1, nearest]])
    unchanged = np.tile(np.array([1, 0, 0, 0, 1, 0], np.float32), 2)
    none = np.empty(0, np.float32)
    warp.warp(
        images.reshape(-1), chosen, unchanged, none, out.reshape(-1), images.shape
    )
    assert_array_equal(out, images[[1, nearest]])
    rows = np.zeros((2, 9))
    layout.take(images.reshape(4, 9).astype(float), chosen, rows)
    assert_array_equal(rows, images.reshape(4, 9)[[1, nearest]])
