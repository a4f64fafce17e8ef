"""Recorded passes: replayed, they give what the stages give, bit for bit."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset
from byhand.errors import ByhandError, ShapeError
from byhand.nn import Arena, Network, Run, build
from byhand.nn.fusion import FUSIBLE
from byhand.nn.inference import WORTH_RECORDING, Predictor
from byhand.nn.layers import Dense, ReLU
from byhand.training.recipe import Recipe
from byhand.training.shards import Workers
from byhand.training.start import first_state, make_job

pytest.importorskip("numba")
from numba import njit

from byhand.kernels import dense, layout
from byhand.kernels.tape import Tape
from byhand.kernels.team import ASLEEP, FIRST, LINE, Team

RECIPE = Recipe(
    name="small", summary="", architecture="", steps=6, batch=50, shard=8, momentum=0.9,
    lr=0.2, validation=0,
)  # fmt: skip
CONV = "pixels 1/255 | conv 8 3x3 | relu | maxpool 2 | flatten | dense 12 | relu"
RECIPES = {
    "dense on pixels": {"architecture": "pixels | flatten | dense 9 | relu | dense 3"},
    "convolution": {"architecture": f"{CONV} | dense 3"},
    "cropped, Winograd": {
        "architecture": "pixels 1/255 0.1 | crop 1 | conv 8 2x2 | relu "
        "| maxpool 2 | conv 16 3x3 pad 2 | relu | maxpool 2 | flatten | dense 3"},
    "dropout": {"architecture": f"{CONV} | dropout 0.4 | dense 3"},
    "moved": {"augmentation": Augmentation(shift=1)},
    "bent": {"augmentation": Augmentation(shift=1, rotate=20, elastic=0.5)},
    "a third backward": {"backward": 1 / 3, "label_smoothing": 0.1},
    "dropout, a third backward": {
        "backward": 1 / 3, "architecture": f"{CONV} | dropout 0.4 | dense 3"},
    "dense on pixels, a third backward": {
        "backward": 1 / 3,
        "architecture": "pixels | flatten | dense 9 | relu | dense 3"},
    "Winograd, a half backward": {
        "backward": 0.5,
        "architecture": "pixels 1/255 | conv 8 2x2 | relu | maxpool 2 "
        "| conv 16 3x3 pad 1 | relu | maxpool 2 | flatten | dense 3"},
    "clipped, L2, an average": {"clip": 0.5, "l2": 0.01, "ema_decay": 0.9},
}  # fmt: skip


class Unrecorded(Network):
    recordable = False  # type: ignore[assignment]


def trained(
    dataset: Dataset, changes: dict[str, Any], threads: int, recorded: bool
) -> tuple[dict[str, np.ndarray], list[float]]:
    """Return the parameters and losses after some steps."""
    recipe = dataclasses.replace(
        RECIPE, **({"architecture": f"{CONV} | dense 3"} | changes)
    )
    job = make_job(recipe, dataset, 3)
    state, losses = first_state(job, drawn=True), []
    if not recorded:
        state.network.__class__ = Unrecorded
    with Workers(threads) as workers:
        for step in range(recipe.steps or 0):
            found = workers.gradients(state.network, job, step, job.batches[step])
            passes = [p for s in workers.scratch for p in s.passes.values()]
            assert all(p.ready(state.network, job) == recorded for p in passes)
            state.optimizer.step(state.network.params, found.grads, 0.1)
            losses.append(found.loss)
    return state.network.params, losses


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("changes", RECIPES.values(), ids=RECIPES)
def test_a_replayed_training_is_the_same_bit_for_bit(changes, threads, dataset):
    ours, losses = trained(dataset, changes, threads, recorded=True)
    expected, expected_losses = trained(dataset, changes, 1, recorded=False)
    assert losses == expected_losses
    assert len(set(losses)) == len(losses)
    for name, p in expected.items():
        assert_array_equal(ours[name], p)


@pytest.mark.parametrize("fusible", FUSIBLE, ids=lambda f: f.example)
def test_every_fused_stage_does_all_its_work_in_kernels(fusible, rng):
    network = build(fusible.example, fusible.shape, rng=rng)
    assert type(network.stages[-1][1]).__name__ == fusible.stage
    assert network.recordable
    images = rng.integers(0, 256, (2, 5, *fusible.shape)).astype(np.uint8)
    x, dy = (
        images[0].copy(),
        rng.standard_normal((5, *network.output_shape(fusible.shape))),
    )
    dy = dy.astype(np.float32)
    tape, draws = Tape(), []
    run = Run(True, np.random.default_rng(1), Arena(), launch=tape, draws=draws)
    first, caches = network.forward(x, run)
    grads = network.backward(dy, caches)
    for array in network.params.values():  # the next step's
        array += rng.standard_normal(array.shape).astype(np.float32)
    x[...], chance = images[1], np.random.default_rng(2)
    for draw in draws:
        draw(chance)
    tape.replay()
    expected, caches = network.forward(
        images[1], Run(True, np.random.default_rng(2), Arena())
    )
    assert_array_equal(first, expected)
    for name, g in network.backward(dy, caches).items():
        assert_array_equal(grads[name], g)


class Doubled(ReLU):
    """Derived: it computes more than its kernels do."""

    def forward(self, x, run):
        y, cache = super().forward(x, run)
        return 2 * y, cache


def test_what_is_derived_from_a_recordable_stage_is_not_recorded(rng):
    network = build("pixels | flatten | dense 8 | relu", (4, 4), rng=rng)
    assert network.recordable
    assert not Network([*network.layers, Doubled()]).recordable
    assert not Network([type("Own", (Dense,), {})(4, 4, rng=rng)]).recordable


def test_replaced_parameters_are_not_replayed(dataset):
    job = make_job(
        dataclasses.replace(RECIPE, architecture=f"{CONV} | dense 3"), dataset, 3
    )
    network = first_state(job, drawn=True).network
    with Workers(2) as workers:
        workers.gradients(network, job, 0, job.batches[0])
        before = workers.gradients(network, job, 0, job.batches[0]).loss
        network.load({name: 2 * p for name, p in network.params.items()})
        after = workers.gradients(network, job, 0, job.batches[0]).loss
    with Workers(1) as workers:
        assert (
            after == workers.gradients(network, job, 0, job.batches[0]).loss != before
        )


@pytest.mark.parametrize("wrong", [0.5, True, "x", None])
def test_a_tape_takes_arrays_and_integers_only(wrong):
    @njit
    def kernel(x, argument):
        x[0] = 1

    with pytest.raises((ShapeError, TypeError)):
        Tape()(kernel, np.zeros(3), wrong)


def test_a_kernel_that_fails_is_said():
    @njit
    def kernel(x):
        if x[0] > 0:
            raise ValueError

    x, tape = np.zeros(1), Tape()
    tape(kernel, x)
    tape.replay()
    x[0] = 1
    with pytest.raises(ByhandError, match="a recorded call failed"):
        tape.replay()
    team = Team(2)
    with pytest.raises(ByhandError, match="a recorded call failed"):
        team.run([tape])
    team.close()


def adding(count: int) -> tuple[list[Tape], list[np.ndarray]]:
    """Tapes that each set y to their x + 1 in place, by a bias of 1."""
    arrays = [np.zeros((3, 4), np.float32) for _ in range(count)]
    tapes = []
    for array in arrays:
        tapes.append(Tape())
        tapes[-1](layout.copy, array, np.empty_like(array))
    return tapes, arrays


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_team_replays_each_tape_once_a_round(threads):
    @njit
    def kernel(x):
        x[0] += 1

    counts, tapes = [np.zeros(1, np.int64) for _ in range(7)], []
    for count in counts:
        tapes.append(Tape())
        tapes[-1](kernel, count)
    team = Team(threads)
    for pause in (0, 0, 0.05, 0, 0.2, 0):  # the others fall asleep in between
        team.run(tapes)
        time.sleep(pause)
    team.run(tapes[:2])
    team.close()
    assert [int(count[0]) for count in counts] == [8, 8, 7, 7, 7, 7, 7]
    assert threading.active_count() < 50


def test_a_team_sleeps_when_there_is_nothing_to_do():
    tapes, _ = adding(4)
    team = Team(2)
    team.run(tapes)
    for _ in range(500):
        if team.cells[FIRST + LINE] == ASLEEP:
            break
        time.sleep(0.01)
    assert team.cells[FIRST + LINE] == ASLEEP
    team.run(tapes)
    team.close()
    assert not any(other.is_alive() for other in team.others)


def test_a_predictor_gives_the_same_recorded_and_not(rng):
    text = f"{CONV} | dropout 0.3 | dense 3"
    predictor = Predictor(build(text, (9, 8), rng=rng), threads=2)
    for count in (1, 2, 137):
        images = rng.integers(0, 256, (count, 9, 8)).astype(np.uint8)
        found = [predictor(images) for _ in range(3 * WORTH_RECORDING)]
        for logits in found:
            assert_array_equal(logits, found[0])
        others = rng.integers(0, 256, (count, 9, 8)).astype(np.uint8)
        plain = Predictor(predictor.network, threads=1)
        assert_array_equal(predictor(others), plain(others))
    assert predictor.passes.recorded


def test_dense_backward_fills_up_with_zeros(rng):
    dy, y = rng.standard_normal((2, 5, 3))
    dz, db = np.full((5, 8), np.nan), np.zeros(3)
    dense.bias_backward(True)(dy, y, dz, db)
    assert_array_equal(dz[:, :3], np.where(y > 0, dy, 0))
    assert not dz[:, 3:].any()


def test_functions_of_two_processes_have_names_apart():
    program = (
        "from byhand.kernels.cache import compiled_wanted; compiled_wanted();"
        "from numba.core.bytecode import FunctionIdentity as one;"
        "print(next(one._unique_ids))"
    )
    numbers = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(numbers) == 2
