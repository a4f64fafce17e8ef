"""byhand.nn.ctc, held against every alignment written out one by one."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import ctc as module
from byhand.nn import ctc_batch_loss, ctc_loss, frames_needed, softmax
from byhand.nn.gradcheck import worst_error

TEXTS = [[], [0], [1, 0], [0, 0], [1, 1, 0], [0, 1, 0], [2, 2, 2], [2, 0, 1, 1]]


@pytest.fixture(params=["plain", "compiled"])
def kind(request, monkeypatch):
    """Both computations of the loss."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setattr(module, "compiled_wanted", lambda: request.param == "compiled")
    return request.param


def written(alignment: tuple[int, ...], blank: int) -> tuple[int, ...]:
    """The text of an alignment: equal neighbours merged, blanks dropped."""
    return tuple(label for label, _ in itertools.groupby(alignment) if label != blank)


def probabilities(y: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of every text that some alignment writes."""
    found: dict[tuple[int, ...], float] = {}
    for alignment in itertools.product(range(y.shape[1]), repeat=len(y)):
        weight = math.prod(y[t, label] for t, label in enumerate(alignment))
        text = written(alignment, y.shape[1] - 1)
        found[text] = found.get(text, 0.0) + weight
    return found


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 6])
def test_the_loss_is_that_of_all_alignments_written_out(kind, frames, rng):
    logits = rng.standard_normal((frames, 4)) * 2
    for text, p in probabilities(softmax(logits)).items():
        assert_allclose(ctc_loss(logits, text)[0], -math.log(p), rtol=1e-10)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(0, 4), st.integers(1, 3))
def test_the_probabilities_of_all_texts_add_up_to_1(seed, frames, symbols):
    logits = np.random.default_rng(seed).standard_normal((frames, symbols + 1)) * 3
    texts = [
        text
        for length in range(frames + 1)
        for text in itertools.product(range(symbols), repeat=length)
        if frames_needed(text) <= frames
    ]
    total = sum(math.exp(-ctc_loss(logits, text)[0]) for text in texts)
    assert_allclose(total, 1, rtol=1e-12)


@pytest.mark.parametrize("text", TEXTS)
def test_every_element_of_the_gradient_is_that_of_differences(kind, text, rng):
    logits = rng.standard_normal((7, 4))

    def loss():
        return ctc_loss(logits, text)[0]

    gradient = ctc_loss(logits, text)[1]
    assert worst_error({"logits": gradient}, loss, {"logits": logits}) < 1e-6


def test_the_gradient_is_what_all_alignments_have_less_those_of_the_text(rng):
    logits, text = rng.standard_normal((4, 3)), (1, 0)
    y = softmax(logits)
    gamma = np.zeros_like(y)
    for alignment in itertools.product(range(3), repeat=4):
        if written(alignment, 2) == text:
            weight = math.prod(y[t, label] for t, label in enumerate(alignment))
            gamma[range(4), alignment] += weight
    gamma /= probabilities(y)[text]
    assert_allclose(ctc_loss(logits, text)[1], y - gamma, rtol=1e-12, atol=1e-15)


def test_two_frames_by_hand(kind):
    y = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])
    loss, dlogits = ctc_loss(np.log(y), [0])
    # 00, 0 blank, blank 0: 1/8 + 1/8 + 1/16 = 5/16
    assert_allclose(loss, math.log(16 / 5))
    assert_allclose(dlogits, [[-0.3, 0.25, 0.05], [-0.35, 0.5, -0.15]], atol=1e-12)
    assert_allclose(ctc_loss(np.log(y), [])[0], math.log(16))  # blank, blank
    assert_allclose(ctc_loss(np.log(y), [1, 0])[0], math.log(16))
    assert ctc_loss(np.log(y), [0, 0])[0] == 0  # needs a blank between


@pytest.mark.parametrize(
    ("text", "frames"), [([], 0), ([3], 1), ([3, 3], 3), ([3, 4, 4, 4, 3], 7)]
)
def test_a_text_with_too_few_frames_counts_for_0(kind, text, frames, rng):
    assert frames_needed(text) == frames
    if frames:
        loss, dlogits = ctc_loss(rng.standard_normal((frames - 1, 6)), text)
        assert loss == 0
        assert_array_equal(dlogits, np.zeros((frames - 1, 6)))
    assert (ctc_loss(rng.standard_normal((frames, 6)), text)[0] > 0) == bool(frames)


def test_a_text_of_probability_0_counts_for_0(kind):
    logits = np.array([[0.0, -np.inf, 0], [0, -np.inf, 0]])
    loss, dlogits = ctc_loss(logits, [1])
    assert loss == 0
    assert_array_equal(dlogits, np.zeros((2, 3)))
    assert_allclose(ctc_loss(logits, [0])[0], math.log(4 / 3))


def drawn(rng, dtype=np.float64):
    """Logits of strips, their texts and lengths."""
    logits = rng.standard_normal((len(TEXTS), 9, 4)).astype(dtype) * 3
    return logits, TEXTS, np.array([9, 4, 9, 3, 8, 0, 2, 5])


def test_a_batch_is_the_mean_of_its_strips(kind, rng):
    logits, texts, frames = drawn(rng)
    loss, dlogits = ctc_batch_loss(logits, texts, frames)
    each = [ctc_loss(logits[n, :f], texts[n]) for n, f in enumerate(frames)]
    assert_allclose(loss, sum(value for value, _ in each) / 8)
    for n, (_, gradient) in enumerate(each):
        assert_allclose(dlogits[n, : frames[n]], gradient / 8, rtol=1e-12)
        assert_array_equal(dlogits[n, frames[n] :], 0)


def test_shards_add_up_to_the_batch(kind, rng):
    logits, texts, frames = drawn(rng)
    loss, dlogits = ctc_batch_loss(logits, texts, frames)
    parts = [
        ctc_batch_loss(logits[some], texts[some], frames[some], 8)
        for some in (slice(3), slice(3, 8))
    ]
    assert_allclose(sum(value for value, _ in parts), loss)
    assert_allclose(np.concatenate([d for _, d in parts]), dlogits)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(1, 5), st.integers(0, 9),
    st.floats(0.1, 30), st.sampled_from([np.float32, np.float64]),
)  # fmt: skip
def test_compiled_it_is_the_same(seed, frames, symbols, length, spread, dtype):
    pytest.importorskip("numba")
    rng = np.random.default_rng(seed)
    logits = (rng.standard_normal((3, frames, symbols + 1)) * spread).astype(dtype)
    texts = [rng.integers(0, symbols, rng.integers(0, length + 1)) for _ in range(3)]
    counts = rng.integers(0, frames + 1, 3)
    found = []
    for compiled in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "compiled_wanted", lambda on=compiled: on)
            found.append(ctc_batch_loss(logits, texts, counts))
    (ours, gradient), (loss, expected) = found
    assert_allclose(ours, loss, rtol=1e-9, atol=1e-12)
    within = 1e-6 if dtype is np.float32 else 1e-9
    assert_allclose(gradient, expected, rtol=0, atol=within)


def test_pytorch_has_the_same_loss_and_gradient(kind, rng):
    torch = pytest.importorskip("torch")
    logits, texts, frames = drawn(rng)
    texts = [text for text, most in zip(texts, frames, strict=True)
             if frames_needed(text) <= most]  # fmt: skip
    logits, frames = logits[: len(texts)], np.full(len(texts), 9)
    theirs = torch.from_numpy(logits).requires_grad_()
    loss = torch.nn.functional.ctc_loss(
        theirs.log_softmax(-1).transpose(0, 1),
        torch.tensor([symbol for text in texts for symbol in text]),
        torch.from_numpy(frames), torch.tensor([len(text) for text in texts]),
        blank=3, reduction="sum",
    )  # fmt: skip
    loss.backward()
    ours, dlogits = ctc_batch_loss(logits, texts, frames, 1)
    assert_allclose(ours, loss.item(), rtol=1e-10)
    assert_allclose(dlogits, theirs.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_large_logits_are_no_problem(kind):
    logits = np.zeros((3, 3), np.float32)
    logits[1] = [1e4, -1e4, 0]
    loss, dlogits = ctc_loss(logits, [1, 1])
    assert_allclose(loss, 1e4 + 2 * math.log(3))
    assert_allclose(dlogits[1], [1, 0, -1], atol=1e-6)
    assert_allclose(dlogits[0], [1 / 3, -2 / 3, 1 / 3], rtol=1e-6)


def test_a_long_strip_does_not_underflow(kind, rng):
    logits = rng.standard_normal((3000, 26)) * 5
    loss, dlogits = ctc_loss(logits, rng.integers(0, 25, 400))
    assert 5000 < loss < 50_000
    assert_allclose(dlogits.sum(axis=1), 0, atol=1e-9)


def test_what_is_no_number_shows_in_the_loss(kind, rng):
    logits = rng.standard_normal((4, 3))
    logits[2, 0] = np.nan
    assert math.isnan(ctc_loss(logits, [0, 1])[0])


def test_float32_stays_float32_and_nothing_is_changed(kind, rng):
    logits, texts, frames = drawn(rng, np.float32)
    before = logits.copy(), frames.copy()
    loss, dlogits = ctc_batch_loss(logits, texts, frames)
    assert dlogits.dtype == np.float32
    assert_array_equal(logits, before[0])
    assert_array_equal(frames, before[1])
    exact, expected = ctc_batch_loss(logits.astype(np.float64), texts, frames)
    assert_allclose(loss, exact, rtol=1e-6)
    assert_allclose(dlogits, expected, atol=1e-7)
    turned = np.asfortranarray(logits)
    assert_array_equal(ctc_batch_loss(turned, texts, frames)[1], dlogits)


def test_a_batch_of_none_is_worth_0(kind):
    loss, dlogits = ctc_batch_loss(np.zeros((0, 5, 3)), [], count=4)
    assert loss == 0
    assert dlogits.shape == (0, 5, 3)


@pytest.mark.parametrize(
    ("logits", "texts", "frames", "message"),
    [
        (np.zeros((2, 5)), [[], []], None, "expected logits"),
        (np.zeros((2, 5, 0)), [[], []], None, "expected logits"),
        (np.zeros((2, 5, 3), int), [[], []], None, "float32 or float64, got int"),
        (np.zeros((2, 5, 3), np.float16), [[], []], None, "got float16"),
        (np.zeros((2, 5, 3)), [[]], None, "expected 2 texts and lengths"),
        (np.zeros((2, 5, 3)), [[], []], np.array([5]), "expected 2 texts and lengths"),
        (np.zeros((2, 5, 3)), [[], []], np.array([5, 5.0]), "got 2 and float64"),
        (np.zeros((2, 5, 3)), [[], []], np.array([5, 6]), "expected 0 to 5 frames"),
        (np.zeros((2, 5, 3)), [[], []], np.array([-1, 5]), "got -1 to 5"),
        (np.zeros((2, 5, 3)), [[], [2]], None, "symbols from 0 to 1, got 2 to 2"),
        (np.zeros((2, 5, 3)), [[], [0, -1]], None, "got -1 to 0"),
        (np.zeros((2, 5, 3)), [[], [0.5]], None, r"integers \(L,\), got float64"),
        (np.zeros((2, 5, 3)), [[], [[0]]], None, r"got int64 \(1, 1\)"),
        (np.zeros((2, 5, 3)), ["01", "1"], None, r"got <U2 \(\)"),
        (np.zeros((1, 5, 1)), [[0]], None, "symbols from 0 to -1"),
    ],
)
def test_what_does_not_fit_is_refused(kind, logits, texts, frames, message):
    with pytest.raises(ShapeError, match=message):
        ctc_batch_loss(logits, texts, frames)


def test_logits_of_several_strips_are_not_those_of_one(rng):
    with pytest.raises(
        ShapeError, match=r"expected logits \(T, K \+ 1\), got \(2, 3, "
    ):
        ctc_loss(np.zeros((2, 3, 4)), [])
