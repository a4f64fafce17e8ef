"""Which images go backward: as many as asked, each as often as its π, none in vain."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset, Split
from byhand.nn import build, softmax, softmax_cross_entropy
from byhand.training.recipe import Recipe
from byhand.training.sampling import (
    FLOOR,
    kept_of,
    probabilities,
    sampled,
    scores,
    systematic,
)
from byhand.training.shards import Gradients, Workers
from byhand.training.start import make_job

RECIPE = Recipe(name="small", summary="", architecture="", steps=1, batch=50, shard=20)
CHANCES = st.floats(0, 1, exclude_max=True)


@st.composite
def draws(draw: Any) -> tuple[np.ndarray, int]:
    """Scores of a shard, and how many are to be kept."""
    few = st.sampled_from([FLOOR, 0.5, 1.0])  # many of them equal
    some = hnp.arrays(float, st.integers(1, 60), elements=st.floats(FLOOR, 1) | few)
    found = draw(some)
    return found, draw(st.integers(1, len(found)))


# --- probabilities --------------------------------------------------------------------


@given(draws())
def test_probabilities_are_at_most_1_and_add_up_to_the_number_kept(drawn):
    found, kept = drawn
    pi = probabilities(found, kept)
    assert (pi > 0).all()
    assert (pi <= 1).all()
    assert pi.sum() == pytest.approx(kept, rel=1e-12)


@given(draws())
def test_probabilities_below_1_are_in_proportion_to_the_scores(drawn):
    found, kept = drawn
    pi = probabilities(found, kept)
    rates = pi[pi < 1] / found[pi < 1]
    assert np.ptp(rates) <= 1e-12 * rates.max() if len(rates) else True
    # the certain ones would have been above 1 at that rate
    if len(rates):
        assert (found[pi == 1] * rates.max() >= 1 - 1e-12).all()


def test_what_is_above_1_is_left_to_the_others():
    pi = probabilities(np.array([8.0, 1.0, 2.0, 1.0]), 2)
    assert_allclose(pi, [1, 0.25, 0.5, 0.25], rtol=1e-15)
    # cut off once, the second is above 1 too
    pi = probabilities(np.array([8.0, 4.0, 1.0, 1.0]), 3)
    assert_allclose(pi, [1, 1, 0.5, 0.5], rtol=1e-15)


# --- the draw -------------------------------------------------------------------------


@given(draws(), CHANCES)
def test_as_many_as_asked_are_drawn_all_different(drawn, u):
    found, kept = drawn
    chosen = systematic(probabilities(found, kept), kept, u)
    assert len(chosen) == kept
    assert (np.diff(chosen) > 0).all()
    assert 0 <= chosen[0] <= chosen[-1] < len(found)


@given(draws(), CHANCES)
def test_the_certain_ones_are_drawn_whatever_the_chance(drawn, u):
    found, kept = drawn
    pi = probabilities(found, kept)
    certain = np.flatnonzero(pi == 1)
    assert np.isin(certain, systematic(pi, kept, u)).all()


def test_points_fall_where_the_sum_passes_them():
    pi = np.array([0.5, 0.75, 0.25, 0.5])  # ends at 0.5, 1.25, 1.5, 2
    assert_array_equal(systematic(pi, 2, 0.25), [0, 2])
    assert_array_equal(systematic(pi, 2, 0.0), [0, 1])
    assert_array_equal(systematic(pi, 2, 0.5), [1, 3])  # an end belongs to the next
    assert_array_equal(systematic(pi, 2, 0.49), [0, 2])


def test_rounded_sums_still_give_different_images():
    # a line that is too short by its rounding has no place for the last point
    short = np.array([1.0, 1.0, 1.0 - 1e-12])
    assert_array_equal(systematic(short, 3, 1 - 1e-16), [0, 1, 2])
    # and one that is too long has two points on one image
    assert_array_equal(systematic(np.array([1e-13, 1.0, 1.0]), 2, 0.0), [0, 1])
    assert_array_equal(systematic(np.array([1.5, 0.25, 0.25]), 2, 0.25), [0, 1])


@given(draws())
def test_each_is_drawn_as_often_as_its_probability(drawn):
    found, kept = drawn
    pi = probabilities(found, kept)
    # the middles of 2000 equal parts of 0..1 stand for all chances
    counts = np.zeros(len(pi))
    for u in (np.arange(2000) + 0.5) / 2000:
        counts[systematic(pi, kept, u)] += 1
    assert_allclose(counts / 2000, pi, atol=1.01 / 2000)


@pytest.mark.parametrize(
    ("count", "share", "kept"),
    [(100, 0.5, 50), (100, 1 / 3, 33), (100, 0.01, 1), (1, 0.5, 1), (7, 1e-9, 1),
     (100, 1.0, 100), (3, 0.5, 2), (0, 0.5, 0)],
)  # fmt: skip
def test_at_least_one_image_of_a_shard_is_kept(count, share, kept):
    assert kept_of(count, share) == kept


# --- gradients ------------------------------------------------------------------------


def logits_and_labels(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    logits = 4 * rng.standard_normal((count, 10)).astype(np.float32)
    return logits, rng.integers(0, 10, count)


def test_scores_are_1_minus_the_probability_of_the_label():
    logits, labels = logits_and_labels()
    logits[0, labels[0]] += 50  # known well
    _, dlogits = softmax_cross_entropy(logits, labels, 300)
    right = softmax(logits)[np.arange(len(labels)), labels]
    expected = np.maximum(1 - right, FLOOR)
    assert expected[0] == FLOOR
    assert_allclose(scores(dlogits, 300), expected, rtol=1e-5)


def test_the_mean_over_all_chances_is_the_full_gradient():
    logits, labels = logits_and_labels()
    _, dlogits = softmax_cross_entropy(logits.astype(float), labels)
    draws = 4000
    total = sum(
        sampled(dlogits, len(labels), 10, (number + 0.5) / draws)
        for number in range(draws)
    )
    assert_allclose(total / draws, dlogits, rtol=0.02, atol=1e-9)


def test_all_kept_leaves_the_gradient_as_it_is_bit_for_bit():
    logits, labels = logits_and_labels()
    _, dlogits = softmax_cross_entropy(logits, labels)
    kept = sampled(dlogits, len(labels), len(labels), 0.7)
    assert kept.dtype == dlogits.dtype
    assert kept.tobytes() == dlogits.tobytes()


def test_what_is_not_kept_is_0_and_the_rest_weighted():
    logits, labels = logits_and_labels()
    _, dlogits = softmax_cross_entropy(logits, labels)
    pi = probabilities(scores(dlogits, len(labels)), 10)
    kept = sampled(dlogits, len(labels), 10, 0.7)
    chosen = np.flatnonzero(kept.any(axis=1))
    assert_array_equal(chosen, systematic(pi, 10, 0.7))
    assert_allclose(kept[chosen] * pi[chosen, None], dlogits[chosen], rtol=1e-6)


# --- in training ----------------------------------------------------------------------


def gradients(data: Split, step: int = 0, **settings: Any) -> Gradients:
    """Return the gradients of one step, all else made anew."""
    return next(all_gradients(data, [step], **settings))


def all_gradients(
    data: Split, steps: Iterable[int], **settings: Any
) -> Iterator[Gradients]:
    """Give the gradients of each step, all of the same weights."""
    text = "pixels 1/255 | conv 8 3x3 | relu | maxpool 2 | flatten | dense 3"
    net = build(text, (7, 6), rng=np.random.default_rng(2))
    recipe = dataclasses.replace(RECIPE, **settings)
    job = make_job(recipe, Dataset("toy", data, data, ("a", "b", "c")), seed=0)
    with Workers(2) as workers:
        for step in steps:
            found = workers.gradients(net, job, step, np.arange(50))
            copies = {name: g.copy() for name, g in found.grads.items()}
            yield found._replace(grads=copies)


def test_the_mean_over_many_steps_is_the_gradient_of_the_batch(dataset):
    full = gradients(dataset.train)
    draws = [*all_gradients(dataset.train, range(400), backward=0.3)]
    assert {draw.loss for draw in draws} == {full.loss}
    assert {draw.right for draw in draws} == {full.right}
    for name, g in full.grads.items():
        several = np.array([draw.grads[name] for draw in draws], float)
        error = several.std(axis=0) / np.sqrt(len(draws))
        assert error.max() > 0
        assert (np.abs(several.mean(axis=0) - g) < 5 * error + 1e-7).all(), name


def test_a_share_of_1_is_as_without_and_less_is_not(dataset):
    full = gradients(dataset.train)
    same = gradients(dataset.train, backward=1.0)
    less = gradients(dataset.train, backward=0.5)
    for name, g in full.grads.items():
        assert g.tobytes() == same.grads[name].tobytes()
        assert g.tobytes() != less.grads[name].tobytes()


def test_another_step_or_shard_draws_others(dataset):
    some = gradients(dataset.train, 0, backward=0.5).grads["1.w"]
    again = gradients(dataset.train, 0, backward=0.5).grads["1.w"]
    other = gradients(dataset.train, 1, backward=0.5).grads["1.w"]
    assert some.tobytes() == again.tobytes()
    assert some.tobytes() != other.tobytes()


def test_augmented_images_are_the_same_as_without(dataset):
    settings = {"augmentation": Augmentation(shift=1)}
    full = gradients(dataset.train, **settings)
    less = gradients(dataset.train, backward=0.5, **settings)
    assert full.loss == less.loss
