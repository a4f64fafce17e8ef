"""What a run gives: the trained model with its story, or that it has diverged."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from byhand import __version__, notebook
from byhand.augment.augmentation import OWN
from byhand.errors import DivergedError
from byhand.model import Model
from byhand.nn import Network
from byhand.nn.calibration import calibrate
from byhand.nn.inference import Predictor
from byhand.training.checkpoint import described
from byhand.training.fine_tuning import interpolated, tuned_info
from byhand.training.gains import Gain, gains
from byhand.training.recipe import Recipe
from byhand.training.recipes import RECIPES
from byhand.training.rehearsal import FINE_TUNED
from byhand.training.state import Epoch, Job, State
from byhand.types import Integers
from byhand.words import counted, percent

# times the loss of a guess: no run that learns ends with that
ABSURD = 100
LOST = 20  # the same of a run that is no more often right than a guess


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
        gains: of a model that was trained further: accuracies before and after, on the
            new test images and on those of the data that it knew.
    """

    model: Model
    history: tuple[Epoch, ...]
    seconds: float
    images: int
    steps: int
    gains: tuple[Gain, ...] = ()

    def __repr__(self) -> str:
        epochs = f"{counted(len(self.history), 'epoch')} in {self.seconds:.1f} s"
        last = self.history[-1] if self.history else None
        if last is None:
            return f"Result({epochs}, {self.model})"
        accuracy, images = last.validation_accuracy, "validation"
        if accuracy is None:
            accuracy, images = last.training_accuracy, "training"
        return f"Result({epochs}, {images} {percent(accuracy)}, {self.model})"

    def _repr_html_(self) -> str:
        """Return the curves of loss and accuracy, for notebooks."""
        epochs = self.history
        losses: dict[str, list[float | None]] = {
            "training": [epoch.loss for epoch in epochs],
            "validation": [epoch.validation_loss for epoch in epochs],
        }
        accuracies: dict[str, list[float | None]] = {
            "training": [epoch.training_accuracy for epoch in epochs],
            "validation": [epoch.validation_accuracy for epoch in epochs],
        }
        return notebook.block(
            notebook.title(repr(self)),
            notebook.beside(
                notebook.curves("loss, nats an image", losses, "epoch"),
                notebook.curves("accuracy, 0 to 1", accuracies, "epoch"),
            ),
        )

    def to_frame(self) -> Any:
        """Return the history as a pandas DataFrame with a row an epoch.

        Its columns are the attributes of an `Epoch`.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        names = [field.name for field in fields(Epoch)]
        return notebook.frame({n: [getattr(e, n) for e in self.history] for n in names})

    @property
    def images_per_second(self) -> float:
        """Images trained on a second."""
        return self.images / self.seconds


def result_of(job: Job, state: State) -> Result:
    """Return the model, the best on validation if there was one, and its story.

    Raises:
        DivergedError: its weights or scores are not finite, or its loss is absurd.
    """
    _check_loss(job, state)
    network = state.network.with_arrays(state.best) if state.best else state.outcome
    if job.start:
        network = interpolated(job, network)
    if not all(np.isfinite(a).all() for a in network.arrays.values()):
        raise diverged(job.recipe, state.step, "finite weights at the end")
    if job.recipe.half:
        rounded = {name: a.astype(np.float16) for name, a in network.arrays.items()}
        network.load({name: a.astype(np.float32) for name, a in rounded.items()})
    info: dict[str, Any] = {
        "recipe": asdict(job.recipe),
        "seed": job.seed,
        "dataset": described(job.dataset),
        "trained_on": len(job.batches.indices),
        "seconds": state.seconds,
        "versions": {"byhand": __version__, "numpy": np.__version__},
        "history": [asdict(epoch) for epoch in state.history],
    }
    if job.start:
        info |= tuned_info(job.start)
    if job.dataset.warnings:
        info["warnings"] = list(job.dataset.warnings)
    if len(_calibrated_on(job)):
        info["calibration"] = _calibration(job, state, network)
    model = Model(network, job.dataset.class_names, job.dataset.image_shape, info)
    found = gains(job.start, model) if job.start else ()
    if found:
        info[FINE_TUNED]["gains"] = [asdict(gain) for gain in found]
    history, seen = tuple(state.history), state.seen
    return Result(model, history, state.seconds, seen, state.step, found)


def _calibration(job: Job, state: State, network: Network) -> dict[str, float]:
    """Return temperature and threshold, fitted to the images held out."""
    data, chosen = job.dataset.train, _calibrated_on(job)
    scores = Predictor(network)(data.images[chosen])
    if not np.isfinite(scores).all():
        raise diverged(job.recipe, state.step, "finite scores at the end")
    labels = data.labels[chosen]
    return asdict(calibrate(scores, labels, len(job.dataset.class_names)))


def _calibrated_on(job: Job) -> Integers:
    """Return the indices of the images that say how the scores are read."""
    return job.held_out if job.calibrated_on is None else job.calibrated_on


def _check_loss(job: Job, state: State) -> None:
    """Raise DivergedError where the last epoch's loss is far above that of a guess.

    A guess, the same probability for each of K classes, has a loss of ln K. A run has
    diverged if its training loss, penalties included, or its validation loss is more
    than 100 times that; or more than 20 times, if the images are not clearly more often
    right than with the most frequent class as every answer. The scale of a loss of the
    caller's own is not known: of such a run only the validation loss counts.
    """
    last, classes = state.history[-1], len(job.dataset.class_names)
    guess = math.log(max(classes, 2))
    labels = job.dataset.train.labels[job.batches.indices]
    most_frequent = float(np.bincount(labels, minlength=classes).max() / len(labels))
    measured = {
        "training": (last.loss, last.training_accuracy),
        "validation": (last.validation_loss, last.validation_accuracy),
    }
    if job.recipe.loss == OWN:
        del measured["training"]
    for images, (loss, accuracy) in measured.items():
        if loss is None or accuracy is None:
            continue
        limit = guess * (LOST if accuracy < 1.5 * most_frequent else ABSURD)
        if math.isfinite(loss) and loss > limit:
            raise diverged(
                job.recipe,
                state.step,
                f"a {images} loss below {limit:.0f}, got {loss:.3g}, where a guess has"
                f" {guess:.2f}: the run has diverged",
            )


def diverged(recipe: Recipe, step: int, expected: str) -> DivergedError:
    """Return the error of a run that has diverged, with what to try."""
    return DivergedError(
        f"step {step}: expected {expected}; "
        f"try a smaller learning rate, as --lr {smaller_lr(recipe):g}"
    )


def smaller_lr(recipe: Recipe) -> float:
    """Return a learning rate to try next: the named recipe's own, or a tenth.

    Whoever follows the advice as often as it is given comes to one that works.
    """
    named = RECIPES.get(recipe.name)
    alike = ("optimizer", "momentum", "batch", "clip", "init", "loss")
    if (
        named
        and named.lr < recipe.lr
        and all(getattr(named, name) == getattr(recipe, name) for name in alike)
    ):
        return named.lr
    return recipe.lr / 10
