"""Which images a step sees: each once an epoch, in an order new each time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.training.batches import Batches, Stream, generator, split

INDICES = np.arange(100, 137)  # 37 images, not counted from 0


def epoch(batches: Batches, number: int) -> list[np.ndarray]:
    """Return the batches of an epoch, counted from 0."""
    first = number * batches.steps_an_epoch
    return [batches[first + place] for place in range(batches.steps_an_epoch)]


@pytest.mark.parametrize("batch", [1, 5, 36, 37, 38, 1000])
def test_an_epoch_has_every_image_once(batch):
    batches = Batches(INDICES, batch, seed=0, replacement="per_epoch")
    for number in (0, 1):
        assert_array_equal(np.sort(np.concatenate(epoch(batches, number))), INDICES)


@pytest.mark.parametrize(
    ("batch", "sizes"),
    [(10, [10, 10, 10, 7]), (37, [37]), (36, [36, 1]), (100, [37])],
)
def test_only_the_last_batch_of_an_epoch_is_smaller(batch, sizes):
    batches = Batches(INDICES, batch, seed=0, replacement="per_epoch")
    assert batches.steps_an_epoch == len(sizes)
    assert [len(b) for b in epoch(batches, 3)] == sizes


def test_images_are_shuffled_anew_each_epoch():
    batches = Batches(INDICES, 10, seed=0, replacement="per_epoch")
    orders = [tuple(np.concatenate(epoch(batches, n))) for n in range(5)]
    assert len({*orders, tuple(INDICES)}) == 6


def test_the_order_of_an_epoch_is_drawn_once():
    batches = Batches(INDICES, 10, seed=0, replacement="per_epoch")
    assert batches[4].base is batches[5].base is not None
    assert batches[5].base is not batches[8].base


def test_images_are_shuffled_not_batches():
    batches = Batches(INDICES, 10, seed=0, replacement="per_epoch")
    together = [{frozenset(b.tolist()) for b in epoch(batches, n)} for n in range(2)]
    assert together[0].isdisjoint(together[1])
    assert not any((np.diff(b) == 1).all() for b in epoch(batches, 0))


@pytest.mark.parametrize("replacement", ["per_epoch", "per_batch"])
def test_another_seed_gives_another_order_and_the_same_seed_the_same(replacement):
    orders = [Batches(INDICES, 10, seed, replacement)[2].tolist() for seed in (4, 4, 5)]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


@pytest.mark.parametrize("replacement", ["per_epoch", "per_batch"])
def test_a_step_does_not_depend_on_the_steps_asked_for_before(replacement):
    forwards = Batches(INDICES, 10, 1, replacement)
    backwards = Batches(INDICES, 10, 1, replacement)
    there = [forwards[step].tolist() for step in range(9)]
    back = [backwards[step].tolist() for step in reversed(range(9))]
    assert there == back[::-1]


def test_a_batch_drawn_from_all_has_no_image_twice():
    batches = Batches(INDICES, 30, seed=0, replacement="per_batch")
    for step in range(20):
        assert len(set(batches[step].tolist())) == 30
        assert set(batches[step].tolist()) <= set(INDICES.tolist())


def test_batches_drawn_from_all_do_not_divide_the_images_between_them():
    batches = Batches(INDICES, 10, seed=0, replacement="per_batch")
    assert batches.steps_an_epoch == 4
    drawn = np.concatenate([batches[step] for step in range(3)])
    assert len(set(drawn.tolist())) < 30  # 30 of 37 without a repeat: one in 10 000


def test_every_image_is_as_likely_to_be_drawn_per_batch():
    batches = Batches(np.arange(20), 5, seed=0, replacement="per_batch")
    drawn = np.concatenate([batches[step] for step in range(4000)])
    counts = np.bincount(drawn, minlength=20)
    four_sigma = 4 * np.sqrt(4000 * 0.25 * 0.75)
    assert abs(counts - 1000).max() < four_sigma


def test_more_images_than_there_are_is_all_of_them():
    batches = Batches(INDICES, 1000, seed=0, replacement="per_batch")
    assert_array_equal(np.sort(batches[0]), INDICES)


# --- streams --------------------------------------------------------------------------


def test_each_seed_stream_step_and_shard_has_chance_of_its_own():
    keys = [(0, Stream.INIT), (1, Stream.INIT), (0, Stream.ORDER), (0, Stream.LAYERS)]
    keys += [(0, Stream.ORDER, 1), (0, Stream.LAYERS, 0, 1), (0, Stream.LAYERS, 1, 0)]
    assert len({generator(*key).random() for key in keys}) == len(keys)
    assert generator(3, Stream.ORDER, 2).random() == (
        generator(3, Stream.ORDER, 2).random()
    )


# --- split ----------------------------------------------------------------------------


@pytest.mark.parametrize("validation", [0, 1, 12, 50])
def test_a_split_has_every_image_on_one_side(validation):
    training, held_out = split(50, validation)
    assert len(held_out) == validation
    assert_array_equal(np.sort(np.concatenate([training, held_out])), np.arange(50))
    assert_array_equal(training, np.sort(training))
    assert_array_equal(held_out, np.sort(held_out))


def test_the_split_is_drawn_by_chance_and_always_the_same():
    first, second = split(1000, 100)[1], split(1000, 100)[1]
    assert_array_equal(first, second)
    assert first[50] == pytest.approx(500, abs=150)
    assert (np.diff(first) > 1).any()
