"""The file of a run between two steps, from which it can go on."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from byhand import tensors
from byhand.data.datasets import Dataset
from byhand.data.prepared import recorded_loading
from byhand.errors import ByhandError, ModelError, PluginError
from byhand.model import Model
from byhand.nn.init import PLACEHOLDERS
from byhand.nn.network import build
from byhand.nn.stored import LARGEST_SIDE
from byhand.plugins import TABLES
from byhand.registry import check_available, origins
from byhand.training.recipe import read_recipe
from byhand.training.state import Epoch, Job, State
from byhand.types import Arrays
from byhand.words import shortened

SECONDS_BETWEEN = 10.0  # an epoch, and at most this much more, can be lost
OURS = ("sgd", "adamw")  # the optimisers of which it is known what they remember
OLD_EMA = "average/"  # what the arrays of the average were called before
MISFITS = KeyError, TypeError, ValueError, ByhandError  # of what a file says
COUNTERS = ("step", "seconds", "seen", "loss", "right", "images", "best_accuracy")


def fingerprint(dataset: Dataset) -> dict[str, Any]:
    """Return what distinguishes data sets, without reading their images."""
    return {
        "name": dataset.name,
        "count": len(dataset.train),
        "image_shape": list(dataset.image_shape),
        "classes": len(dataset.class_names),
        "labels_crc32": zlib.crc32(dataset.train.labels.tobytes()),
    }


def described(dataset: Dataset) -> dict[str, Any]:
    """Return what a model's file says of its training data."""
    return {
        **fingerprint(dataset),
        "loading": dataset.loading._asdict(),
    }


class Saver:
    """Saves a run's checkpoints, all in one file."""

    def __init__(self, path: Path, job: Job, state: State) -> None:
        self.path, self.job, self.state = path, job, state
        self.saved = state.seconds

    def save_sometimes(self) -> None:
        """Save if the last time was a while ago."""
        if self.state.seconds > self.saved + SECONDS_BETWEEN:
            self.save()

    def save(self) -> Path:
        """Write all that a resumed run needs to go on bit for bit the same."""
        job, state = self.job, self.state
        arrays = {
            **{f"network/{name}": p for name, p in state.network.arrays.items()},
            **{f"optimizer/{name}": a for name, a in state.optimizer.state.items()},
            **{f"best/{name}": p for name, p in state.best.items()},
            **{f"ema/{name}": p for name, p in state.ema.items()},
        }
        header: dict[str, Any] = {
            "recipe": asdict(job.recipe),
            "seed": job.seed,
            "steps": job.steps,
            "dataset": fingerprint(job.dataset),
            "loading": job.dataset.loading._asdict(),
            "history": [asdict(epoch) for epoch in state.history],
            **{name: getattr(state, name) for name in COUNTERS},
        }
        if job.start:
            model = job.start.model
            header["start"] = _described_start(model)
            arrays |= {f"start/{name}": a for name, a in model.network.arrays.items()}
        if plugins := origins(_parts(job, state)):
            header["plugins"] = plugins
        tensors.write(self.path, arrays, "checkpoint", header)
        self.saved = state.seconds
        return self.path


def _described_start(model: Model) -> dict[str, Any]:
    """Return what a checkpoint says of the model that is trained further."""
    return {
        "architecture": str(model.network),
        "class_names": list(model.class_names),
        "image_shape": list(model.image_shape),
        "info": model.info,
    }


def _parts(job: Job, state: State) -> Iterator[tuple[str, type]]:
    """Give the group and the class of all that a plug-in may have given."""
    for layer in state.network.layers:
        yield "layers", type(layer)
    if job.own.optimizer is None:
        yield "optimizers", type(state.optimizer)
    if job.own_augmentation and job.own.augmentation is None:
        yield "augmentations", type(job.own_augmentation.function)


def read_checkpoint_header(path: Path) -> dict[str, Any]:
    """Return what the checkpoint says of its run: recipe, seed, dataset, step, steps.

    "loading" says how the data set is to be read; older files do not have it.

    Raises:
        ModelError: the file is not a checkpoint that can be resumed.
        PluginError: it needs a plug-in, which must be loaded before.
    """
    header = tensors.read_header(path, "checkpoint")
    try:
        check_available(header, TABLES)
    except PluginError as error:
        raise PluginError(f"{path}: {error}") from error
    try:
        for name in ("seed", "step", "steps"):
            if type(header[name]) is not int:
                raise TypeError(f"{name} is {header[name]!r}")
        if not 0 <= header["step"] <= header["steps"]:
            raise ValueError(f"step is {header['step']} of {header['steps']}")
        if type(header["dataset"]["name"]) is not str:
            raise TypeError(f"dataset is {header['dataset']!r}")
        sides = header["dataset"]["image_shape"]
        if not all(type(side) is int and 0 < side <= LARGEST_SIDE for side in sides):
            raise ValueError(f"image_shape is {sides!r}")
        loading = recorded_loading(header.get("loading"))
        recipe = read_recipe(header["recipe"])
        return {**header, "recipe": recipe, "loading": loading}
    except MISFITS as error:
        raise _misfit(path, error) from error


def _misfit(path: Path, error: Exception) -> ModelError:
    reason = shortened(str(error), 250)
    return ModelError(f"{path}: a checkpoint that does not fit: {reason}")


def restore(path: Path, state: State, dataset: Dataset) -> None:
    """Set a fresh state to what the checkpoint holds.

    Raises:
        ModelError: it does not fit the network, or was trained on other data.
    """
    header, arrays = tensors.read(path, "checkpoint")
    found = fingerprint(dataset)
    try:
        if {**header["dataset"], "name": ""} != {**found, "name": ""}:  # may be moved
            raise ModelError(
                f"{path}: expected the data it was started on, "
                f"{shortened(header['dataset'], 150)}, found {shortened(found, 150)}; "
                "try --data with the same files"
            )
        state.best = part(arrays, "best/")
        if state.best:
            state.network.load(state.best)  # only to see that it fits
        if state.ema:
            state.ema = part(arrays, "ema/") or part(arrays, OLD_EMA)
            state.network.load(state.ema)
        state.network.load(part(arrays, "network/"))
        moments = part(arrays, "optimizer/")
        ours = header["recipe"]["optimizer"] in OURS  # whose names are known
        state.optimizer.state = _moments(moments, state) if ours else moments
        for name in COUNTERS:
            kind = type(getattr(state, name))
            setattr(state, name, kind(header[name]))
        state.history = [Epoch(**epoch) for epoch in header["history"]]
    except (*MISFITS, OverflowError) as error:
        if isinstance(error, ModelError):
            raise
        raise _misfit(path, error) from error


def _moments(found: Arrays, state: State) -> Arrays:
    """Return the optimiser's arrays; KeyError or ValueError where they do not fit."""
    params = state.network.params
    for name in state.optimizer.state.keys() | found.keys():
        # what every parameter has is named v.NAME; the rest is there from the start
        like = state.optimizer.state.get(name)
        shape = (params[name.partition(".")[2]] if like is None else like).shape
        if found[name].shape != shape:
            raise ValueError(f"optimizer: expected {name} of {shape}")
    return found


def read_start(path: Path) -> Model | None:
    """Return the model that the checkpoint's run trains further; None if it is new.

    Raises:
        ModelError: it cannot be read.
    """
    if "start" not in tensors.read_header(path, "checkpoint"):
        return None
    header, arrays = tensors.read(path, "checkpoint")
    try:
        start = header["start"]
        shape = tuple(map(int, start["image_shape"]))
        network = build(start["architecture"], shape, init=PLACEHOLDERS)
        network.load(part(arrays, "start/"))
        return Model(network, start["class_names"], shape, dict(start["info"]))
    except MISFITS as error:
        raise _misfit(path, error) from error


def part(arrays: Arrays, prefix: str) -> Arrays:
    """Return the arrays whose names start with the prefix, without it."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
