"""Softmax, cross-entropy and the L2 penalty: by hand, by loops, for any logits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import distillation, l2_penalty, softmax, softmax_cross_entropy
from byhand.nn.gradcheck import TOLERANCE, check_loss, worst_error
from byhand.nn.losses import is_weight

some_logits = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6),
    elements=st.floats(-(2.0**60), 2.0**60, width=32),
)


def loops(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Return loss and gradient as the definition says, one number at a time."""
    loss, gradient = 0.0, np.zeros_like(logits)
    for n, label in enumerate(labels):
        total = math.fsum(math.exp(z) for z in logits[n])
        loss -= math.log(math.exp(logits[n, label]) / total) / len(labels)
        for k, z in enumerate(logits[n]):
            gradient[n, k] = (math.exp(z) / total - (k == label)) / len(labels)
    return loss, gradient


# --- softmax --------------------------------------------------------------------------


def test_softmax_gives_what_is_worked_out_by_hand():
    logits = np.log([[1.0, 3.0], [2.0, 8.0]])
    assert_allclose(softmax(logits), [[0.25, 0.75], [0.2, 0.8]], rtol=1e-15)


@given(some_logits)
def test_rows_of_softmax_are_probabilities(logits):
    p = softmax(logits)
    assert p.dtype == np.float32
    assert ((p >= 0) & (p <= 1)).all()
    assert_allclose(p.sum(axis=1), 1, rtol=1e-6)


@given(
    arrays(np.int64, (3, 5), elements=st.integers(-40, 40)),
    st.integers(-1000, 1000),
)
def test_softmax_does_not_change_when_all_logits_are_shifted(eighths, shift):
    logits = eighths / 8  # exact in binary, and so is the shifted sum
    assert_array_equal(softmax(logits + shift), softmax(logits))


def test_softmax_is_safe_for_huge_logits_of_either_sign_in_one_batch():
    logits = np.array([[1e4, 0, -1e4], [-1e4, -1e4, -1e4 - 1]], np.float32)
    e = math.exp(-1)
    expected = [[1, 0, 0], [1 / (2 + e), 1 / (2 + e), e / (2 + e)]]
    assert_allclose(softmax(logits), expected, rtol=1e-6)


def test_softmax_of_no_rows_is_no_rows():
    assert softmax(np.zeros((0, 4), np.float32)).shape == (0, 4)


# --- cross-entropy --------------------------------------------------------------------


def test_the_loss_and_its_gradient_are_those_worked_out_by_hand():
    logits = np.log([[1.0, 3.0], [2.0, 8.0]])  # probabilities 1/4 3/4 and 1/5 4/5
    loss, gradient = softmax_cross_entropy(logits, np.array([0, 1]))
    assert loss == pytest.approx((math.log(4) + math.log(5 / 4)) / 2, rel=1e-15)
    assert_allclose(gradient, [[-3 / 8, 3 / 8], [1 / 10, -1 / 10]], rtol=1e-14)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_loss_of_a_network_that_knows_nothing_is_log_k(classes):
    loss, _ = softmax_cross_entropy(np.zeros((4, classes)), np.array([0, 1, 1, 0]))
    assert loss == pytest.approx(math.log(classes), rel=1e-15)


def test_the_loss_and_its_gradient_are_what_plain_loops_give(rng):
    logits, labels = 3 * rng.standard_normal((5, 4)), np.array([3, 0, 2, 2, 1])
    loss, gradient = softmax_cross_entropy(logits, labels)
    loss_by_loops, gradient_by_loops = loops(logits, labels)
    assert loss == pytest.approx(loss_by_loops, rel=1e-13)
    assert_allclose(gradient, gradient_by_loops, rtol=1e-11)


def test_the_gradient_of_the_loss_is_the_central_difference(rng):
    assert check_loss(rng) <= TOLERANCE


def test_the_loss_and_its_gradient_are_those_of_pytorch(rng):
    torch = pytest.importorskip("torch")
    logits, labels = 3 * rng.standard_normal((5, 4)), np.array([3, 0, 2, 2, 1])
    z = torch.tensor(logits, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(z, torch.tensor(labels))
    expected.backward()
    loss, gradient = softmax_cross_entropy(logits, labels)
    assert loss == pytest.approx(expected.item(), rel=1e-13)
    assert_allclose(gradient, z.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_is_safe_for_huge_logits_of_either_sign_in_one_batch(dtype):
    logits = np.array([[1e4, 0, -1e4], [-1e4, -1e4, -3e4]], dtype)
    loss, gradient = softmax_cross_entropy(logits, np.array([2, 0]))
    assert loss == pytest.approx((2e4 + math.log(2)) / 2, rel=1e-6)
    assert_allclose(gradient, [[0.5, 0, -0.5], [-0.25, 0.25, 0]], atol=1e-7)


@given(some_logits)
def test_the_loss_is_finite_and_each_row_of_its_gradient_sums_to_0(logits):
    loss, gradient = softmax_cross_entropy(logits, np.zeros(len(logits), np.int64))
    assert math.isfinite(loss)
    assert loss >= 0
    assert_allclose(gradient.sum(axis=1), 0, atol=1e-6)


def test_the_losses_and_gradients_of_shards_add_up_to_those_of_the_batch(rng):
    logits, labels = rng.standard_normal((7, 3)), np.array([0, 1, 2, 2, 1, 0, 2])
    loss, gradient = softmax_cross_entropy(logits, labels)
    one = softmax_cross_entropy(logits[:4], labels[:4], count=7)
    two = softmax_cross_entropy(logits[4:], labels[4:], count=7)
    assert one[0] + two[0] == pytest.approx(loss, rel=1e-14)
    assert_allclose(np.concatenate([one[1], two[1]]), gradient, rtol=1e-14)


def test_the_gradient_of_float32_logits_is_float32_and_the_logits_stay(rng):
    logits = rng.standard_normal((4, 3)).astype(np.float32)
    before = logits.copy()
    loss, gradient = softmax_cross_entropy(logits, np.array([0, 1, 2, 0]))
    assert type(loss) is float
    assert gradient.dtype == np.float32
    assert_array_equal(logits, before)


@pytest.mark.parametrize(
    ("logits", "labels"),
    [((4, 3), (3,)), ((4, 3), (4, 1)), ((4, 3), (4, 3)), ((4,), (4,)), ((4, 3), ())],
)
def test_logits_and_labels_that_do_not_belong_together_are_refused(logits, labels):
    with pytest.raises(ShapeError, match=r"expected logits \(N, K\) and labels \(N,\)"):
        softmax_cross_entropy(np.zeros(logits), np.zeros(labels, np.int64))


# --- l2 -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, -1, 2], "expected labels from 0 to 2, got -1 to 2"),
        ([0, 3, 2], "expected labels from 0 to 2, got 0 to 3"),
        ([0.0, 1.0, 2.0], "expected integer labels, got float64; try"),
        ([True, False, True], "expected integer labels, got bool; try"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, message):
    with pytest.raises(ShapeError, match=message):
        softmax_cross_entropy(np.zeros((3, 3)), np.array(labels))


def test_labels_of_any_integer_type_are_taken(rng):
    logits = rng.standard_normal((3, 3))
    expected = softmax_cross_entropy(logits, np.array([0, 1, 2]))[0]
    for dtype in (np.uint8, np.int16, np.uint64):
        assert softmax_cross_entropy(logits, np.arange(3, dtype=dtype))[0] == expected


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_smoothed_labels_are_a_mean_over_the_classes(smoothing, rng):
    logits, labels = rng.standard_normal((6, 4)) * 3, rng.integers(0, 4, 6)
    losses = [
        (1 - smoothing) * softmax_cross_entropy(logits, labels)[0]
        + smoothing
        * np.mean([softmax_cross_entropy(logits, np.full(6, k))[0] for k in range(4)])
    ]
    found, gradient = softmax_cross_entropy(logits, labels, smoothing=smoothing)
    assert found == pytest.approx(losses[0], rel=1e-12)
    assert_allclose(gradient.sum(axis=1), 0, atol=1e-12)
    error = worst_error(
        {"z": gradient},
        lambda: softmax_cross_entropy(logits, labels, smoothing=smoothing)[0],
        {"z": logits},
    )
    assert error < TOLERANCE


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_learning_from_a_teacher_has_the_gradient_of_its_loss(temperature, rng):
    logits, teacher = rng.standard_normal((2, 6, 4)) * 3

    def loss() -> float:
        return distillation(logits, teacher, 6, temperature)[0]

    targets = softmax(teacher / temperature)
    expected = -(targets * np.log(softmax(logits / temperature))).sum() / 6
    assert loss() == pytest.approx(temperature**2 * expected, rel=1e-12)
    gradient = distillation(logits, teacher, 6, temperature)[1]
    assert worst_error({"z": gradient}, loss, {"z": logits}) < TOLERANCE


def test_who_says_what_the_teacher_says_has_nothing_to_learn(rng):
    logits = rng.standard_normal((5, 3))
    assert_allclose(distillation(logits, logits + 2, 5, 2.0)[1], 0, atol=1e-15)


def test_a_sure_teacher_is_a_label(rng):
    logits, labels = rng.standard_normal((5, 3)), np.array([0, 2, 1, 1, 0])
    sure = 1000.0 * np.eye(3)[labels]
    loss, gradient = distillation(logits, sure, 5, 1.0)
    expected = softmax_cross_entropy(logits, labels)
    assert loss == pytest.approx(expected[0], rel=1e-12)
    assert_allclose(gradient, expected[1], atol=1e-12)


def test_the_penalty_is_half_the_strength_times_the_squares_of_the_weights():
    params = {"0.w": np.array([[1.0, -2.0]]), "0.b": np.array([100.0])}
    params["11.w"] = np.array([[3.0]])
    value, gradient = l2_penalty(params, 0.5)
    assert value == 0.5 * 0.5 * (1 + 4 + 9)
    assert gradient.keys() == {"0.w", "11.w"}
    assert_array_equal(gradient["0.w"], [[0.5, -1]])
    assert_array_equal(gradient["11.w"], [[1.5]])


def test_the_gradient_of_the_penalty_is_the_central_difference(rng):
    params = {"0.w": rng.standard_normal((3, 2)), "1.w": rng.standard_normal((2, 4))}
    gradient = l2_penalty(params, 0.3)[1]
    assert worst_error(gradient, lambda: l2_penalty(params, 0.3)[0], params) < TOLERANCE


def test_the_gradient_of_the_penalty_on_float32_is_float32_and_a_new_array():
    params = {"0.w": np.ones((2, 3), np.float32)}
    gradient = l2_penalty(params, 0.1)[1]["0.w"]
    assert gradient.dtype == np.float32
    assert not np.shares_memory(gradient, params["0.w"])


@pytest.mark.parametrize(
    ("name", "weight"),
    [("2.w", True), ("12.w", True), ("w", True), ("2.b", False), ("2.raw", False)],
)
def test_a_weight_is_a_parameter_named_w(name, weight):
    assert is_weight(name) is weight
