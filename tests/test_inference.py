"""Inference: the network's own numbers, whatever the count, threads or folding."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.nn import BatchNorm, Dropout, Network, build
from byhand.nn.inference import CHUNK, SMALL_BATCH, Predictor, folded

TEXT = (
    "pixels | conv 8 3x3 pad 1 | batchnorm | relu | maxpool 2 | conv 6 2x3 stride 2 "
    "| batchnorm | relu | dropout 0.5 | flatten | dense 7 | batchnorm | relu | dense 4"
)


@pytest.fixture
def network(rng) -> Network:
    network = build(TEXT, (10, 12), rng=rng)
    for array in network.arrays.values():
        array[...] = rng.random(array.shape) + 0.5
    return network


@pytest.fixture
def images(rng) -> np.ndarray:
    return rng.integers(0, 256, (2 * CHUNK + 3, 10, 12)).astype(np.uint8)


def test_folding_changes_no_output_and_leaves_no_batch_norm(network, images):
    fewer = folded(network)
    assert not any(isinstance(layer, BatchNorm | Dropout) for layer in fewer.layers)
    expected = network.forward(images)[0]
    assert_allclose(fewer.forward(images)[0], expected, rtol=1e-4)


def test_folding_leaves_the_network_itself_alone(network, images):
    before = network.forward(images)[0]
    folded(network)
    assert_array_equal(network.forward(images)[0], before)


def test_a_batch_norm_with_nothing_to_go_into_stays(rng, images):
    network = build("pixels | flatten | relu | batchnorm | dense 4", (10, 12), rng=rng)
    for state in network.state.values():
        state[...] = rng.random(state.shape) + 0.5
    assert sum(isinstance(x, BatchNorm) for x in folded(network).layers) == 1
    expected = network.forward(images)[0]
    assert_allclose(Predictor(network)(images), expected, rtol=1e-4)


@pytest.mark.parametrize(
    "count", [0, 1, SMALL_BATCH, SMALL_BATCH + 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]
)
def test_any_number_of_images_gives_the_networks_logits(network, images, count):
    expected = network.forward(images[:count])[0]
    logits = Predictor(network)(images[:count])
    assert logits.shape == (count, 4)
    assert_allclose(logits, expected, rtol=1e-4)


def test_answers_stay_when_the_next_are_asked_for(network, images):
    predictor = Predictor(network)
    first = predictor(images[:3])
    kept = first.copy()
    predictor(images[3:6])
    assert_array_equal(first, kept)


def test_many_threads_may_ask_at_once(network, images):
    predictor = Predictor(network)
    expected = [predictor(images[n : n + 5]) for n in range(60)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: predictor(images[n : n + 5]), range(60)))
    for ours, theirs in zip(found, expected, strict=True):
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("count", [1, CHUNK + 2])
def test_without_kernels_the_layers_themselves_give_the_same(network, images, count):
    plain = Predictor(network, compiled=False)
    assert [stage for _, stage in plain.network.stages] == list(plain.network.layers)
    expected = Predictor(network)(images[:count])
    assert_allclose(plain(images[:count]), expected, rtol=1e-4)


def test_a_network_searches_for_kernels_at_its_first_pass(network, images):
    assert "stages" not in vars(network)
    network.forward(images[:1])
    assert "stages" in vars(network)
