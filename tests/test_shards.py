"""Shards: any number of threads, bit for bit the same; sums over the batch."""

from __future__ import annotations

import copy
import dataclasses
import math
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_info, threadpool_limits

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset, Split
from byhand.nn import Network, build, l2_penalty, softmax_cross_entropy
from byhand.training import shards
from byhand.training.batches import Stream, generator
from byhand.training.recipe import Recipe
from byhand.training.shards import Workers, added, measure
from byhand.training.start import make_job

RECIPE = Recipe(name="small", summary="", architecture="", steps=1, batch=50, shard=8)
ARCHITECTURE = "pixels 1/255 | flatten | dense 20 | relu | dense 3"
WITH_DROPOUT = "pixels 1/255 | flatten | dense 20 | relu | dropout 0.5 | dense 3"


def network(architecture: str = ARCHITECTURE) -> Network:
    return build(architecture, (7, 6), rng=np.random.default_rng(2))


def gradients(
    net: Network,
    data: Split,
    threads: int = 1,
    chosen: Any = None,
    recipe: Recipe = RECIPE,
    seed: int = 0,
    step: int = 0,
) -> tuple[float, int, dict[str, np.ndarray]]:
    chosen = np.arange(50) if chosen is None else chosen
    job = make_job(recipe, Dataset("toy", data, data, ("a", "b", "c")), seed)
    with Workers(threads) as workers:
        found = workers.gradients(net, job, step, chosen)
    return found[:3]


@pytest.mark.parametrize("threads", [2, 3, 16])
def test_any_number_of_threads_gives_the_same_bits(threads, dataset):
    recipe = dataclasses.replace(
        RECIPE, augmentation=Augmentation(shift=1)
    )  # chance in the images as well
    one = gradients(network(WITH_DROPOUT), dataset.train, 1, recipe=recipe)
    many = gradients(network(WITH_DROPOUT), dataset.train, threads, recipe=recipe)
    assert one[:2] == many[:2]
    for name, g in one[2].items():
        assert g.tobytes() == many[2][name].tobytes()


@pytest.mark.parametrize("shard", [1, 8, 49, 50, 1000])
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_loss_and_gradients_are_those_of_the_batch_as_a_whole(shard, l2, dataset):
    net = network().astype(np.float64)
    logits, caches = net.forward(dataset.train.images[20:70])
    labels = dataset.train.labels[20:70]
    expected, dlogits = softmax_cross_entropy(logits, labels)
    expected_grads = net.backward(dlogits, caches)
    penalty, decay = l2_penalty(net.params, l2)

    recipe = dataclasses.replace(RECIPE, shard=shard, l2=l2)
    chosen = np.arange(20, 70)
    loss, right, grads = gradients(net, dataset.train, 2, chosen, recipe)

    assert loss == pytest.approx(expected + penalty, rel=1e-12)
    assert right == (logits.argmax(axis=1) == labels).sum()
    assert grads.keys() == expected_grads.keys()
    for name, g in expected_grads.items():
        total = g + decay.get(name, 0)
        assert_allclose(grads[name], total, rtol=1e-9, atol=1e-15, err_msg=name)


@pytest.mark.parametrize(
    ("architecture", "shift"), [(WITH_DROPOUT, 0), (ARCHITECTURE, 2)]
)
def test_each_seed_step_and_shard_has_chance_of_its_own(architecture, shift, dataset):
    net, data = network(architecture), dataset.train
    recipe = dataclasses.replace(RECIPE, augmentation=Augmentation(shift=shift))
    # the same eight images twice: were the shards' chances equal, once were as good
    chosen = np.tile(np.arange(8), 2)
    losses = {
        gradients(net, data, 1, chosen, recipe, seed=0, step=0)[0],
        gradients(net, data, 1, chosen[:8], recipe, seed=0, step=0)[0],
        gradients(net, data, 1, chosen, recipe, seed=0, step=1)[0],
        gradients(net, data, 1, chosen, recipe, seed=1, step=0)[0],
    }
    assert len(losses) == 4


def test_images_are_moved_while_training_if_the_recipe_says_so(dataset):
    recipe = dataclasses.replace(RECIPE, augmentation=Augmentation(shift=1))
    still, moved = (
        gradients(network(), dataset.train, recipe=r) for r in (RECIPE, recipe)
    )
    assert still[0] != moved[0]
    blank = Split(np.zeros_like(dataset.train.images), dataset.train.labels)
    still, moved = (gradients(network(), blank, recipe=r) for r in (RECIPE, recipe))
    assert still[0] == moved[0]


def test_the_network_and_the_data_stay_as_they_were(dataset):
    net = network()
    before = copy.deepcopy(net.params)
    gradients(net, dataset.train, 2, recipe=dataclasses.replace(RECIPE, l2=0.1))
    for name, p in net.params.items():
        assert_array_equal(p, before[name])


def test_a_second_batch_uses_the_memory_of_the_first(dataset):
    job = make_job(RECIPE, dataset, seed=0)
    with Workers(2) as workers:

        def once(step: int) -> list[int]:
            workers.gradients(network(), job, step, np.arange(50))
            arenas = (arena for s in workers.scratch for arena in (s.network, s.loss))
            return [id(buffer) for arena in arenas for buffer in arena.buffers]

        assert once(0) == once(1) != []
        assert len(workers.scratch) == 7  # 50 images, 8 a shard


def test_a_network_that_has_diverged_gives_no_warning(dataset):
    net = network()
    for p in net.params.values():
        p[...] = 1e30 * np.sign(p)
    loss, _, _ = gradients(net, dataset.train, 2)
    assert not math.isfinite(loss)


def test_gradients_are_added_into_the_first_and_in_order():
    parts = [{"w": np.array([x], np.float32)} for x in (1e8, 1, -1e8)]
    first = parts[0]["w"]
    total = added(parts)
    assert total["w"] is first
    assert total["w"][0] == 0  # 1e8 + 1 is 1e8 in float32; in another order it is 1


def test_gradients_that_are_not_in_the_first_are_no_error_of_the_rest():
    total = added([{"w": np.ones(2), "b": np.ones(3)}, {"w": np.ones(2)}])
    assert_array_equal(total["w"], [2, 2])
    assert_array_equal(total["b"], [1, 1, 1])


# --- a shard --------------------------------------------------------------------------


def test_each_shard_has_its_images_changed_by_the_generator_of_its_own(dataset):
    change, data, net = Augmentation(shift=2), dataset.train, network()
    total = 0.0
    for shard in (0, 1):
        indices = np.arange(8 * shard, 8 * shard + 8)
        images, rng = (
            np.empty((8, 7, 6), np.uint8),
            generator(4, Stream.AUGMENT, 9, shard),
        )
        labels = change(data.images, data.labels, indices, rng, images, 3)
        total += softmax_cross_entropy(net.forward(images)[0], labels, 16)[0]
    recipe = dataclasses.replace(RECIPE, augmentation=change)
    loss = gradients(net, data, 1, np.arange(16), recipe, seed=4, step=9)[0]
    assert loss == pytest.approx(total, rel=1e-6)


def test_what_becomes_no_digit_is_of_the_reject_class(dataset):
    net = network("pixels 1/255 | flatten | dense 4")
    net.params["2.b"][...] = [0, 0, 0, 1e4]  # sure that everything is to be rejected
    recipe = dataclasses.replace(RECIPE, augmentation=Augmentation(nondigits=1))
    loss, right, _ = gradients(net, dataset.train, recipe=recipe)
    assert (loss, right) == (0.0, 50)


def test_what_batch_norm_measures_is_the_mean_over_the_shards(dataset):
    net = network("pixels 1/255 | flatten | dense 5 | batchnorm | relu | dense 3")
    job, twice = make_job(RECIPE, dataset, seed=0), np.tile(np.arange(8), 2)
    with Workers(1) as workers:
        one = workers.gradients(net, job, 0, twice[:8]).measured
        one = {name: array.copy() for name, array in one.items()}
        two = workers.gradients(net, job, 0, twice).measured
    assert one.keys() == two.keys() != set()
    for name, array in one.items():
        assert_allclose(two[name], array, rtol=1e-6, err_msg=name)


# --- counting -------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 7, 30, 1000])
@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_right_is_counted_over_all_chunks(chunk, threads, dataset):
    net, indices = network(), np.arange(3, 33)
    guesses = net.forward(dataset.train.images[indices])[0].argmax(axis=1)
    expected = int((guesses == dataset.train.labels[indices]).sum())
    assert 0 < expected < 30
    with Workers(threads) as workers:
        found = measure(workers, net, dataset.train, indices, 3, chunk)
    assert found.right == expected
    logits = net.forward(dataset.train.images[indices])[0]
    loss = softmax_cross_entropy(logits, dataset.train.labels[indices])[0]
    assert found.loss == pytest.approx(30 * loss, rel=1e-5)


def test_of_no_images_none_is_right(dataset):
    with Workers(1) as workers:
        none = np.array([], np.int64)
        assert measure(workers, network(), dataset.train, none, 3) == (0, 0.0)


# --- threads --------------------------------------------------------------------------


def blas_threads() -> set[int]:
    return {
        lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"
    }


@pytest.fixture
def two_blas_threads() -> Iterator[None]:
    with threadpool_limits(2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("this BLAS has no threads to limit")
        yield


@pytest.mark.parametrize("fails", [False, True])
def test_blas_is_held_to_one_thread_and_given_back(two_blas_threads, fails):
    with pytest.raises(KeyError) if fails else nullcontext(), Workers(2):
        assert blas_threads() == {1}
        if fails:
            raise KeyError
    assert blas_threads() == {2}


def test_two_threads_work_at_the_same_time():
    both = threading.Barrier(2, timeout=20)
    with Workers(2) as workers:
        places = list(workers.map(lambda _: both.wait(), range(2)))
    assert sorted(places) == [0, 1]


def test_one_thread_is_the_callers_own():
    with Workers(1) as workers:
        threads = list(workers.map(lambda _: threading.get_ident(), range(3)))
    assert set(threads) == {threading.get_ident()}


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_order_and_errors_come_out(threads):
    with Workers(threads) as workers:
        assert list(workers.map(lambda x: x * x, range(9))) == [x * x for x in range(9)]
        with pytest.raises(ZeroDivisionError):
            list(workers.map(lambda x: 1 / x, range(2)))


@pytest.mark.parametrize("threads", [None, 0])
def test_by_default_there_are_as_many_threads_as_processors(threads, monkeypatch):
    monkeypatch.setattr(shards, "available_threads", lambda: 5)
    assert Workers(threads).threads == 5
