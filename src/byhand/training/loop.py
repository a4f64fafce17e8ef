"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset, Split
from byhand.errors import RecipeError, TrainingStopped
from byhand.model import Model
from byhand.nn import Optimizer, clip_gradients
from byhand.nn.schedules import Schedule
from byhand.training.adjustments import Adjust, Adjusted, no_adjustments
from byhand.training.changes import plain
from byhand.training.checkpoint import (
    Saver,
    read_checkpoint_header,
    read_start,
    restore,
)
from byhand.training.display import Display, display_for
from byhand.training.duration import Timing, check_minutes
from byhand.training.fine_tuning import started_line, tuning_recipe
from byhand.training.fitting import fitted, fitting_line
from byhand.training.outcome import Result, diverged, result_of
from byhand.training.own import Change, Own, OwnLoss
from byhand.training.recipe import Recipe
from byhand.training.settings import settled
from byhand.training.shards import Workers, measure
from byhand.training.speeds import record_run
from byhand.training.start import as_dataset, dataset_of, first_state, make_job
from byhand.training.state import Epoch, Job, Progress, State

OnProgress = Callable[[Progress], None]


def train(
    recipe: str | Path | Recipe | Model | None = None,
    dataset: str | Path | Dataset | Split | tuple[Any, Any] | None = None,
    *,
    seed: int = 0,
    threads: int | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    minutes: float | None = None,
    validation: int | None = None,
    optimizer: str | Optimizer | None = None,
    schedule: str | Schedule | None = None,
    loss: OwnLoss | None = None,
    augmentation: Augmentation | Change | None = None,
    checkpoint: str | Path | None = None,
    resume: str | Path | None = None,
    from_model: Model | None = None,
    progress: bool | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    adjust: Adjust = no_adjustments,
    **settings: Any,
) -> Result:
    """Train a network; the same arguments give the same network, bit for bit.

        byhand.train("mlp", (X, y), lr=0.1, batch=50)
        byhand.train(byhand.load(), "my_digits").gains

    Args:
        recipe: its name, "standard" unless given, the path of its file, as
            "my.toml" (`load_recipe`), or a Recipe of your own. Or a Model: it is
            trained further, on new images and on some that it knew, by settings of its
            own (`training.fine_tuning`); new classes come behind its own.
        dataset: its name, "mnist" unless given, a folder, a Dataset, or images and
            labels (X, y), of which some are kept for testing.
        seed: 0 or more; decides the start, the order and every other chance.
        threads: how many; all processors unless given. They do not change the result.
        epochs: instead of the recipe's length.
        steps: instead of the recipe's length.
        minutes: of training, at most: as many of the recipe's epochs (or steps, of a
            recipe in steps) as this machine needs about that time for. The model's
            recipe has the number: with it, the run can be repeated bit for bit.
        validation: images held out, instead of the recipe's number.
        optimizer: a name, or an object of your own with `step(params, grads, lr)` and
            a dict `state`, as those of `byhand.nn` (`training.own.Own` says more).
        schedule: a name, or a function of progress, 0 to 1, that returns what the
            learning rate is multiplied by.
        loss: a function of logits and labels that returns the mean loss and its
            gradient, as `byhand.nn.softmax_cross_entropy` does, instead of that.
        augmentation: instead of the recipe's; or a function of images uint8 (N, H, W)
            and a generator that returns such images, called after the recipe's.
        checkpoint: where to save the state now and then, and when stopped.
        resume: a checkpoint to go on from; it holds recipe, seed and data set's name.
            What was your own then must be given again.
        from_model: the Model that is trained further, where its recipe is given too.
        progress: shown on stderr, if that is a terminal, or in a notebook, unless
            `on_progress` is given; False shows nothing, True both.
        on_progress: called after each step.
        should_stop: asked after each step; true saves the checkpoint and stops. It may
            wait: that time does not count.
        adjust: called before each step with the job and the state of the run, which it
            leaves as they are; returns settings that change from this step on, as
            {"lr": 0.01} (`training.adjustments.ADJUSTABLE`). The recipe of the model
            has them, with their steps, in `adjustments`.
        settings: any other setting of a Recipe, as `lr=0.1`, instead of the recipe's;
            `**{"augmentation.shift": 2}` changes one of its augmentation.

    Raises:
        DivergedError: the loss became infinite, not a number, or absurdly large.
        TrainingStopped: `should_stop` said so.
        RecipeError: no such recipe, or settings it cannot have.
        DataError: no such data, or too little of it.
        ModelError: the checkpoint to resume cannot be used.
    """
    if isinstance(recipe, Model):
        from_model = recipe
        recipe = tuning_recipe(from_model)
    if minutes is not None:
        check_minutes(plain(minutes), epochs=epochs, steps=steps, resume=resume)
    own, names = _own_or_named(
        optimizer=optimizer, schedule=schedule, loss=loss, augmentation=augmentation
    )
    lengths = {"epochs": epochs, "steps": steps, "validation": validation}
    changes = {name: value for name, value in lengths.items() if value is not None}
    if resume is not None:
        header = read_checkpoint_header(Path(resume))
        _check_resumed(resume, header["recipe"], own, names | settings)
        begun: Recipe = header["recipe"]
        recipe, seed = begun, header["seed"]
        from_model = read_start(Path(resume))
        if dataset is None:
            dataset = dataset_of(header, from_model)
    asked = own.applied(settled(recipe, changes | names | settings))
    own.check(asked, f"recipe {asked.name}")
    data = as_dataset(dataset, one_class=from_model is not None)
    fits = resume is None and from_model is None
    built, length = fitted(asked, data.image_shape) if fits else asked, ""
    if minutes is not None:
        how = "{}={!r}"
        timing = Timing(data, step, threads, plain(seed), own, how, from_model)
        built, length = timing.within(plain(minutes), built)
    job = make_job(built, data, plain(seed), own, from_model)
    state = first_state(job, drawn=resume is None)
    if resume is not None:
        restore(Path(resume), state, job.dataset)
    saver = None if checkpoint is None else Saver(Path(checkpoint), job, state)
    display = display_for(on_progress is None if progress is None else progress)
    # a run that diverges says so by its loss; it need not warn as well
    quiet = np.errstate(over="ignore", invalid="ignore")
    with display, Workers(threads) as workers, quiet:
        fit = fitting_line(built, asked, data.image_shape)
        start = started_line(job.start) if job.start else ""
        for line in (*job.dataset.warnings, fit, start, length):
            display.say(line)
        _warm_up(job, state, workers)
        run = Adjusted(job, adjust)
        _fit(run, state, workers, saver, _both(display, on_progress), should_stop)
    result = result_of(run.job, state)
    if resume is None:
        record_run(job, state, workers.threads)
    return result


def _own_or_named(**given: Any) -> tuple[Own, dict[str, Any]]:
    """Return what is the caller's own, and the settings that are names."""
    named = str | Augmentation
    names = {name: value for name, value in given.items() if isinstance(value, named)}
    own = {name: value for name, value in given.items() if name not in names}
    return Own(**own), names


def _check_resumed(
    checkpoint: str | Path, recipe: Recipe, own: Own, settings: dict[str, Any]
) -> None:
    """Refuse settings of a run that is under way, and what it lacks to go on."""
    if settings:
        raise RecipeError(
            f"{checkpoint}: goes on with the settings of its run; "
            f"leave out {', '.join(settings)}"
        )
    own.check(recipe, str(checkpoint))


def _both(display: Display, on_progress: OnProgress | None) -> OnProgress:
    """Return what shows a step and reports it to the caller."""
    if on_progress is None:
        return display

    def both(now: Progress) -> None:
        display(now)
        on_progress(now)

    return both


def _warm_up(job: Job, state: State, workers: Workers) -> None:
    """Have kernels compiled or read and passes recorded; nothing of the run changes."""
    network, chosen = state.network, job.batches[state.step]
    for _ in range(2):  # the first pass is recorded, the second compiles the record
        grads = workers.gradients(network, job, state.step, chosen).grads
    copies = {name: p.copy() for name, p in network.params.items()}
    job.own.new_optimizer(job.recipe).step(copies, grads, 0.0)


def _fit(
    run: Adjusted,
    state: State,
    workers: Workers,
    saver: Saver | None,
    on_progress: OnProgress,
    should_stop: Callable[[], bool],
) -> None:
    """Train from where the state is to the last step."""
    began = time.perf_counter() - state.seconds
    while state.step < run.job.steps:
        job = run.at(state)
        lr = job.lr_at(state.step)
        loss = step(job, state, workers, lr)
        ended = state.step % job.batches.steps_an_epoch == 0 or state.step == job.steps
        state.seconds = time.perf_counter() - began
        epoch = _measure(job, state, workers, lr) if ended else None
        state.seconds = time.perf_counter() - began  # measuring included
        on_progress(_progress(job, state, loss, epoch, lr))
        if saver:
            saver.job = run.job
        if saver and ended:
            saver.save_sometimes()
        waited = time.perf_counter()
        stop = state.step < job.steps and should_stop()
        began += time.perf_counter() - waited
        if stop:
            path = saver.save() if saver else None
            message = f"stopped after step {state.step} of {job.steps}"
            raise TrainingStopped(message, path)


def step(job: Job, state: State, workers: Workers, lr: float) -> float:
    """Learn from one batch; return its loss."""
    recipe, network, chosen = job.recipe, state.network, job.batches[state.step]
    found = workers.gradients(network, job, state.step, chosen)
    if not math.isfinite(found.loss):
        raise diverged(recipe, state.step + 1, f"a finite loss, got {found.loss}")
    if recipe.clip is not None:
        clip_gradients(found.grads, recipe.clip)
    state.optimizer.step(network.params, found.grads, lr)
    state.grads = found.grads
    network.merge(found.measured)
    if state.ema:
        state.update_ema(recipe.ema_decay)
    state.count(found.loss, found.right, len(chosen))
    return found.loss


def _measure(job: Job, state: State, workers: Workers, lr: float) -> Epoch:
    """Close the epoch: measure on the images held out, keep the best so far."""
    count = len(job.held_out)
    if not count:
        return state.close_epoch(lr)
    network, classes = state.outcome, len(job.dataset.class_names)
    found = measure(workers, network, job.dataset.train, job.held_out, classes)
    accuracy = found.right / count
    # an average is better than the epoch that was luckiest: then the last is kept
    if accuracy >= state.best_accuracy - _slack(job, state) and not state.ema:
        state.best_accuracy = max(accuracy, state.best_accuracy)
        state.best = {name: a.copy() for name, a in network.arrays.items()}
    return state.close_epoch(lr, accuracy, found.loss / count)


def _slack(job: Job, state: State) -> float:
    """Return by how much an epoch may be worse than the best and be kept: it is later.

    Of the few images that a training further holds out, one standard error.

    Source: Breiman et al. 1984, "Classification and Regression Trees", section 3.4.3.
    """
    p = min(max(state.best_accuracy, 0.0), 1.0)
    return math.sqrt(p * (1 - p) / len(job.held_out)) if job.start else 0.0


def _progress(
    job: Job, state: State, loss: float, epoch: Epoch | None, lr: float
) -> Progress:
    rate = state.seen / state.seconds
    return Progress(state.step, job.steps, loss, state.seconds, rate, epoch, lr)
