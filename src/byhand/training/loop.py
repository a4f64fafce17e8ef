"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from byhand.data.datasets import Dataset, load_dataset
from byhand.errors import TrainingStopped
from byhand.nn import clip_gradients
from byhand.training.checkpoint import Saver, read_checkpoint_header, restore
from byhand.training.outcome import Result, diverged, result_of
from byhand.training.recipe import Recipe
from byhand.training.shards import Workers, count_right
from byhand.training.start import first_state, make_job, settled
from byhand.training.state import Epoch, Job, State


@dataclass(frozen=True)
class Progress:
    """Where a run is, after each step.

    Attributes:
        step: steps done.
        steps: steps in all.
        loss: of this step's batch, nats an image, penalties included.
        seconds: since the start of the run.
        images_per_second: trained on, on average since the start.
        epoch: what was measured, where this step ended an epoch or the run.
    """

    step: int
    steps: int
    loss: float
    seconds: float
    images_per_second: float
    epoch: Epoch | None


def train(
    recipe: str | Recipe | None = None,
    dataset: str | Path | Dataset | None = None,
    *,
    seed: int = 0,
    threads: int | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    validation: int | None = None,
    checkpoint: str | Path | None = None,
    resume: str | Path | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Train a network; the same arguments give the same network, bit for bit.

    Args:
        recipe: its name, "standard" unless given, or a Recipe of your own.
        dataset: its name, "mnist" unless given, a folder, or a Dataset.
        seed: 0 or more; decides the start, the order and every other chance.
        threads: how many; all processors unless given. They do not change the result.
        epochs: instead of the recipe's length.
        steps: instead of the recipe's length.
        validation: images held out, instead of the recipe's number.
        checkpoint: where to save the state now and then, and when stopped.
        resume: a checkpoint to go on from; it holds recipe, seed and data set's name.
        on_progress: called after each step.
        should_stop: asked after each step; true saves the checkpoint and stops.

    Raises:
        DivergedError: the loss became infinite or not a number.
        TrainingStopped: `should_stop` said so.
        RecipeError: no such recipe, or settings it cannot have.
        DataError: no such data, or too little of it.
        ModelError: the checkpoint to resume cannot be used.
    """
    if resume is not None:
        header = read_checkpoint_header(Path(resume))
        recipe, seed = header["recipe"], header["seed"]
        dataset = header["dataset"]["name"] if dataset is None else dataset
    recipe = settled(recipe, epochs, steps, validation)
    if not isinstance(dataset, Dataset):
        dataset = load_dataset("mnist" if dataset is None else dataset)
    job = make_job(recipe, dataset, seed)
    state = first_state(job, drawn=resume is None)
    if resume is not None:
        restore(Path(resume), state, dataset)
    saver = None if checkpoint is None else Saver(Path(checkpoint), job, state)
    # a run that diverges says so by its loss; it need not warn as well
    with Workers(threads) as workers, np.errstate(over="ignore", invalid="ignore"):
        _warm_up(job, state, workers)
        _fit(job, state, workers, saver, on_progress, should_stop)
    return result_of(job, state)


def _warm_up(job: Job, state: State, workers: Workers) -> None:
    """Have every kernel compiled or read from its cache; nothing of the run changes."""
    one, network = job.batches.indices[:1], state.network
    grads = workers.gradients(network, job, state.step, one).grads
    copies = {name: p.copy() for name, p in network.params.items()}
    job.recipe.make_optimizer().step(copies, grads, 0.0)


def _fit(
    job: Job,
    state: State,
    workers: Workers,
    saver: Saver | None,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> None:
    """Train from where the state is to the last step."""
    began = time.perf_counter() - state.seconds
    while state.step < job.steps:
        lr = job.recipe.lr_at(state.step, job.steps)
        loss = _step(job, state, workers, lr)
        ended = state.step % job.batches.steps_an_epoch == 0 or state.step == job.steps
        state.seconds = time.perf_counter() - began
        epoch = _measure(job, state, workers, lr) if ended else None
        state.seconds = time.perf_counter() - began  # measuring included
        on_progress(_progress(job, state, loss, epoch))
        if saver and ended:
            saver.save_sometimes()
        if state.step < job.steps and should_stop():
            path = saver.save() if saver else None
            message = f"stopped after step {state.step} of {job.steps}"
            raise TrainingStopped(message, path)


def _step(job: Job, state: State, workers: Workers, lr: float) -> float:
    """Learn from one batch; return its loss."""
    recipe, network, chosen = job.recipe, state.network, job.batches[state.step]
    found = workers.gradients(network, job, state.step, chosen)
    if not math.isfinite(found.loss):
        raise diverged(recipe, state.step + 1, f"a finite loss, got {found.loss}")
    if recipe.clip is not None:
        clip_gradients(found.grads, recipe.clip)
    state.optimizer.step(network.params, found.grads, lr)
    network.merge(found.measured)
    if state.ema:
        state.update_ema(recipe.ema_decay)
    state.count(found.loss, found.right, len(chosen))
    return found.loss


def _measure(job: Job, state: State, workers: Workers, lr: float) -> Epoch:
    """Close the epoch: measure on the images held out, keep the best so far."""
    if not len(job.held_out):
        return state.close_epoch(None, lr)
    network, classes = state.outcome, len(job.dataset.class_names)
    right = count_right(workers, network, job.dataset.train, job.held_out, classes)
    accuracy = right / len(job.held_out)
    # an average is better than the epoch that was luckiest: then the last is kept
    if accuracy >= state.best_accuracy and not state.ema:
        state.best_accuracy = accuracy
        state.best = {name: a.copy() for name, a in network.arrays.items()}
    return state.close_epoch(accuracy, lr)


def _progress(job: Job, state: State, loss: float, epoch: Epoch | None) -> Progress:
    rate = state.seen / state.seconds
    return Progress(state.step, job.steps, loss, state.seconds, rate, epoch)
