"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from byhand import __version__
from byhand.data.datasets import Dataset, load_dataset
from byhand.errors import DataError, DivergedError, RecipeError, TrainingStopped
from byhand.model import Model, load
from byhand.nn import INITS, Network, build, clip_gradients
from byhand.nn.calibration import calibrate
from byhand.nn.inference import Predictor, folded
from byhand.training.batches import Batches, Stream, generator, split
from byhand.training.checkpoint import (
    Saver,
    fingerprint,
    read_checkpoint_header,
    restore,
)
from byhand.training.recipes import Recipe, find_recipe
from byhand.training.shards import Workers, count_right
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


@dataclass(frozen=True)
class Result:
    """A trained model and how it went.

    Attributes:
        model: ready to predict, or to save.
        history: an entry an epoch, and one for the end of the run.
        seconds: from the first step to the last, measuring on validation included,
            loading of data and compiling of kernels not; a resumed run counts its
            earlier parts.
        images: how many were trained on, each as often as it was seen.
        steps: optimiser steps done.
    """

    model: Model
    history: tuple[Epoch, ...]
    seconds: float
    images: int
    steps: int

    @property
    def images_per_second(self) -> float:
        """Images trained on a second."""
        return self.images / self.seconds


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
    """Train a network; the same arguments give the same bits on one machine.

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
    recipe = _settled(recipe or "standard", epochs, steps, validation)
    if not isinstance(dataset, Dataset):
        dataset = load_dataset("mnist" if dataset is None else dataset)
    job = _job(recipe, dataset, seed, _teacher(recipe, dataset))
    state = _start(job, drawn=resume is None)
    if resume is not None:
        restore(Path(resume), state, dataset)
    # a run that diverges says so by its loss; it need not warn as well
    with Workers(threads) as workers, np.errstate(over="ignore", invalid="ignore"):
        saver = None if checkpoint is None else Saver(Path(checkpoint), job, state)
        _warm_up(job, state, workers)
        _fit(job, state, workers, saver, on_progress, should_stop)
    return _result(job, state)


def _warm_up(job: Job, state: State, workers: Workers) -> None:
    """Have every kernel compiled or read from its cache; nothing of the run changes."""
    one, network = job.batches.indices[:1], state.network
    _, _, grads, _ = workers.gradients(
        network, job.dataset.train, one, job.recipe, job.seed, state.step, job.teacher
    )
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
    recipe, params = job.recipe, state.network.params
    began = time.perf_counter() - state.seconds
    while state.step < job.steps:
        chosen = job.batches[state.step]
        loss, right, grads, measured = workers.gradients(
            state.network,
            job.dataset.train,
            chosen,
            recipe,
            job.seed,
            state.step,
            job.teacher,
        )
        if not math.isfinite(loss):
            raise _diverged(recipe, state.step + 1, f"a finite loss, got {loss}")
        if recipe.clip is not None:
            clip_gradients(grads, recipe.clip)
        lr = recipe.lr_at(state.step, job.steps)
        state.optimizer.step(params, grads, lr)
        state.network.merge(measured)
        if state.average:
            state.average_in(recipe.average)
        state.count(loss, right, len(chosen))
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


def _diverged(recipe: Recipe, step: int, expected: str) -> DivergedError:
    return DivergedError(
        f"step {step}: expected {expected}; "
        f"try a smaller learning rate, as --lr {recipe.lr / 10:g}"
    )


def _measure(job: Job, state: State, workers: Workers, lr: float) -> Epoch:
    """Close the epoch: measure on the images held out, keep the best so far."""
    accuracy = None
    if len(job.held_out):
        network = state.outcome
        classes = len(job.dataset.class_names)
        right = count_right(workers, network, job.dataset.train, job.held_out, classes)
        accuracy = right / len(job.held_out)
        # an average is better than the epoch that was luckiest: then the last is kept
        if accuracy >= state.best_accuracy and not state.average:
            state.best_accuracy = accuracy
            state.best = {name: a.copy() for name, a in network.arrays.items()}
    epoch = Epoch(
        number=len(state.history) + 1,
        step=state.step,
        loss=state.loss / state.images,
        training_accuracy=state.right / state.images,
        validation_accuracy=accuracy,
        lr=lr,
        seconds=state.seconds,
    )
    state.history.append(epoch)
    state.loss, state.right, state.images = 0.0, 0, 0
    return epoch


def _progress(job: Job, state: State, loss: float, epoch: Epoch | None) -> Progress:
    rate = state.seen / state.seconds
    return Progress(state.step, job.steps, loss, state.seconds, rate, epoch)


def _settled(
    recipe: str | Recipe, epochs: int | None, steps: int | None, validation: int | None
) -> Recipe:
    """Return the recipe with what the caller set instead of its own."""
    recipe = find_recipe(recipe) if isinstance(recipe, str) else recipe
    if epochs is not None and steps is not None:
        raise RecipeError("train: expected epochs or steps, got both")
    if epochs is not None or steps is not None:
        recipe = replace(recipe, epochs=epochs, steps=steps)
    return recipe if validation is None else replace(recipe, validation=validation)


def _teacher(recipe: Recipe, dataset: Dataset) -> Network | None:
    """Return the network in the package, ready for inference, if the recipe asks."""
    if not recipe.distill:
        return None
    model = load()
    found = dataset.image_shape, len(dataset.class_names)
    if (model.image_shape, len(model.class_names)) != found:
        raise RecipeError(
            f"recipe {recipe.name}: expected images of {model.image_shape} and "
            f"{len(model.class_names)} classes, as its teacher knows them, got {found}"
        )
    return folded(model.network)


def _job(recipe: Recipe, dataset: Dataset, seed: int, teacher: Network | None) -> Job:
    """Return the job; a small data set holds out a tenth at the most."""
    if seed < 0:
        raise RecipeError(f"train: expected a seed of 0 or more, got {seed}")
    count = len(dataset.train)
    if not count:
        raise DataError(f"{dataset.name}: expected training images, got none")
    indices, held_out = split(count, min(recipe.validation, count // 10))
    batches = Batches(indices, recipe.batch, seed, recipe.afresh)
    steps = recipe.steps or (recipe.epochs or 0) * batches.steps_an_epoch
    return Job(recipe, dataset, seed, batches, held_out, steps, teacher)


def _start(job: Job, drawn: bool) -> State:
    """Return the state before the first step; weights not drawn are to be loaded."""
    recipe, dataset = job.recipe, job.dataset
    network = build(
        recipe.architecture_for(len(dataset.class_names)),
        dataset.image_shape,
        rng=generator(job.seed, Stream.INIT) if drawn else None,
        init=INITS[recipe.init],
    )
    state = State(network, recipe.make_optimizer())
    if recipe.average:
        state.average = {name: a.copy() for name, a in network.arrays.items()}
    return state


def _result(job: Job, state: State) -> Result:
    """Return the model, the best on validation if there was one, and its story."""
    network = state.network.with_arrays(state.best) if state.best else state.outcome
    if not all(np.isfinite(a).all() for a in network.arrays.values()):
        raise _diverged(job.recipe, state.step, "finite weights at the end")
    if job.recipe.half:
        rounded = {name: a.astype(np.float16) for name, a in network.arrays.items()}
        network.load({name: a.astype(np.float32) for name, a in rounded.items()})
    info: dict[str, Any] = {
        "recipe": asdict(job.recipe),
        "seed": job.seed,
        "dataset": fingerprint(job.dataset),
        "trained_on": len(job.batches.indices),
        "seconds": state.seconds,
        "versions": {"byhand": __version__, "numpy": np.__version__},
        "history": [asdict(epoch) for epoch in state.history],
    }
    dataset = job.dataset
    if len(job.held_out):
        scores = Predictor(network)(dataset.train.images[job.held_out])
        if not np.isfinite(scores).all():
            raise _diverged(job.recipe, state.step, "finite scores at the end")
        labels = dataset.train.labels[job.held_out]
        fitted = calibrate(scores, labels, len(dataset.class_names))
        info["calibration"] = asdict(fitted)
    model = Model(network, dataset.class_names, dataset.image_shape, info)
    return Result(model, tuple(state.history), state.seconds, state.seen, state.step)
