"""Training on parts: each has its share of a batch and its own augmentation."""

from dataclasses import replace

import numpy as np
import pytest

from byhand.augment.augmentation import NO_AUGMENTATION, Augmentation
from byhand.data.datasets import Split
from byhand.training.loop import step
from byhand.training.outcome import result_of
from byhand.training.parts import BatchesOfParts, Part, job_of_parts
from byhand.training.recipes import FAST
from byhand.training.shards import Workers, measure
from byhand.training.start import first_state

STILL = NO_AUGMENTATION


def part(dataset, first, last, share, change=STILL):
    images, labels = dataset.train.images, dataset.train.labels
    return Part(Split(images[first:last], labels[first:last]), share, change)


@pytest.fixture
def parts(dataset):
    return [part(dataset, 0, 40, 0.5), part(dataset, 40, 70, 0.3),
            part(dataset, 70, 80, 0.2, Augmentation(nondigits=1.0))]  # fmt: skip


def test_each_part_has_its_share_of_every_batch(parts):
    batches = BatchesOfParts(parts, 20, seed=3, steps_an_epoch=5)
    for number in range(4):
        chosen = batches[number]
        assert np.histogram(chosen, [0, 40, 70, 80])[0].tolist() == [10, 6, 4]
    assert (batches[1] == batches[1]).all()
    assert (batches[1] != batches[2]).any()


def test_each_part_is_changed_in_its_own_fashion(dataset, parts):
    held_out = Split(dataset.train.images[80:], dataset.train.labels[80:])
    recipe = replace(FAST, epochs=None, steps=4)
    job = job_of_parts(recipe, dataset, parts, held_out, seed=0)
    data, change = job.dataset.train, job.augmentation
    indices = np.array([75, 3, 50, 79])
    out = np.zeros((4, *data.images.shape[1:]), np.uint8)
    rng = np.random.default_rng(0)
    labels = change(data.images, data.labels, indices, rng, out, reject=3)
    assert (out[1:3] == data.images[[3, 50]]).all()
    assert labels.tolist() == [3, data.labels[3], data.labels[50], 3]
    assert change.random and not change.moves_only
    assert job.recipe.augmentation == FAST.augmentation
    assert (data.images[job.held_out] == held_out.images).all()


def test_a_network_learns_from_parts(dataset, parts):
    held_out = Split(dataset.train.images[80:], dataset.train.labels[80:])
    recipe = replace(
        FAST, epochs=None, steps=60, batch=20, shard=10, lr=0.05, backward=1.0,
        architecture="pixels 1/255 | flatten | dense 24 | relu | dense {classes}",
        augmentation=Augmentation(nondigits=0.1),
    )  # fmt: skip
    job = job_of_parts(recipe, dataset, parts, held_out, seed=0)
    state = first_state(job, drawn=True)
    with Workers(1) as workers:
        for _ in range(job.steps):
            step(job, state, workers, job.lr_at(state.step))
        every = np.arange(70)
        found = measure(workers, state.network, job.dataset.train, every, 3)
        state.close_epoch(0.0)
    assert found.right >= 60
    model = result_of(job, state).model
    assert model.has_reject_class and "calibration" in model.info
