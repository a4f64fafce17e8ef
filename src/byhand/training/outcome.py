"""What a run gives: the trained model with its story, or that it has diverged."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from byhand import __version__
from byhand.errors import DivergedError
from byhand.model import Model
from byhand.nn import Network
from byhand.nn.calibration import calibrate
from byhand.nn.inference import Predictor
from byhand.training.checkpoint import fingerprint
from byhand.training.recipe import Recipe
from byhand.training.state import Epoch, Job, State


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


def result_of(job: Job, state: State) -> Result:
    """Return the model, the best on validation if there was one, and its story.

    Raises:
        DivergedError: its weights or scores are not finite.
    """
    network = state.network.with_arrays(state.best) if state.best else state.outcome
    if not all(np.isfinite(a).all() for a in network.arrays.values()):
        raise diverged(job.recipe, state.step, "finite weights at the end")
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
    if len(job.held_out):
        info["calibration"] = _calibration(job, state, network)
    model = Model(network, job.dataset.class_names, job.dataset.image_shape, info)
    return Result(model, tuple(state.history), state.seconds, state.seen, state.step)


def _calibration(job: Job, state: State, network: Network) -> dict[str, float]:
    """Return temperature and threshold, fitted to the images held out."""
    data = job.dataset.train
    scores = Predictor(network)(data.images[job.held_out])
    if not np.isfinite(scores).all():
        raise diverged(job.recipe, state.step, "finite scores at the end")
    labels = data.labels[job.held_out]
    return asdict(calibrate(scores, labels, len(job.dataset.class_names)))


def diverged(recipe: Recipe, step: int, expected: str) -> DivergedError:
    """Return the error of a run that has diverged, with what to try."""
    return DivergedError(
        f"step {step}: expected {expected}; "
        f"try a smaller learning rate, as --lr {recipe.lr / 10:g}"
    )
