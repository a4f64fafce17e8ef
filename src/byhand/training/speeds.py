"""How fast this machine trains, by its own record of earlier runs.

The record is a small file in the user's cache folder. A missing, damaged or unwritable
one is an empty one: it only saves a measurement.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
from contextlib import suppress
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from byhand import __version__
from byhand.augment.augmentation import OWN
from byhand.data.datasets import Dataset
from byhand.files import open_regular, replacing
from byhand.json_values import read_json
from byhand.kernels.cache import cache_folder, compiled_wanted, user_cache
from byhand.kernels.trust import make_private
from byhand.training.recipe import Recipe
from byhand.training.state import Job, State
from byhand.types import Shape

SAMPLES = 5  # runs that are remembered of a kind; their median counts
KINDS = 200  # of runs; those recorded longest ago are forgotten
LONGEST = 100_000  # bytes of a record that is read; a full one has about 50,000
SHORTEST = 0.5  # seconds of training that say how fast it is
# settings that do not change the time of a step
UNTIMED = {
    *("name", "summary", "epochs", "steps", "validation"),
    *("init", "lr", "schedule", "half", "adjustments"),
}


class Speed(NamedTuple):
    """How fast a recipe trains on a machine.

    Attributes:
        step: seconds a step of the optimiser.
        held_out: seconds for each image held out, each time they are measured.
    """

    step: float
    held_out: float


class DataSize(NamedTuple):
    """What there is to know of training data before it is read."""

    name: str
    images: int
    image_shape: Shape
    classes: int


def size_of(dataset: Dataset) -> DataSize:
    """Return the size of a data set's training part."""
    classes = len(dataset.class_names)
    return DataSize(dataset.name, len(dataset.train), dataset.image_shape, classes)


def recorded(recipe: Recipe, data: DataSize, threads: int) -> Speed | None:
    """Return how fast this recipe was in earlier runs on such data; None if not known.

    The recipe is one that was fitted to the images.
    """
    samples = _read().get(_kind_of(recipe, data, threads))
    if not samples:
        return None
    steps, held_out = zip(*samples, strict=True)
    return Speed(median(steps), median(held_out))


def record(recipe: Recipe, data: DataSize, threads: int, speed: Speed) -> None:
    """Add what was measured to the record, if that can be written."""
    plain = recipe.optimizer in ("sgd", "adamw") and not recipe.augmentation.own
    if not plain or recipe.loss == OWN:  # what is one's own may be anything
        return
    found, kind = _read(), _kind_of(recipe, data, threads)
    samples = [*found.pop(kind, []), speed][-SAMPLES:]
    kept = list(found.items())[1 - KINDS :]
    text = json.dumps({"speeds": dict([*kept, (kind, samples)])})
    with suppress(OSError):
        make_private(record_file().parent)
        with replacing(record_file()) as path:
            path.write_text(text, "utf-8")


def record_run(job: Job, state: State, threads: int) -> None:
    """Add a finished run to the record, unless it was too short to tell.

    A step's time is the median over the epochs of their means: the process may have
    been suspended in one of them.
    """
    if state.seconds < SHORTEST:
        return
    measuring = state.seconds - state.history[-1].seconds  # of the last epoch
    ends = [(0, -measuring), *((e.step, e.seconds) for e in state.history)]
    step = median(
        (end - start - measuring) / (after - before)
        for (before, start), (after, end) in pairwise(ends)
    )
    speed = Speed(step, measuring / max(len(job.held_out), 1))
    if _is_speed(speed):
        record(job.recipe, size_of(job.dataset), threads, speed)


def record_file() -> Path:
    """Return where the record is kept."""
    return user_cache() / "speeds.json"


def _kind_of(recipe: Recipe, data: DataSize, threads: int) -> str:
    """Return the name of a kind of runs: those that take the same time a step.

    It says nothing of its owner: a hash of the settings, the data and the machine.
    """
    settings = {k: v for k, v in asdict(recipe).items() if k not in UNTIMED}
    kind = [settings, data.name, data.image_shape, data.classes, threads, _machine()]
    return hashlib.sha256(json.dumps(kind, sort_keys=True).encode()).hexdigest()[:16]


def _machine() -> list[str]:
    """Return what else the speed depends on: machine, version and kernels.

    Several machines may share a user's folder.
    """
    found = [platform.node(), platform.machine(), __version__]
    if not compiled_wanted():
        return [*found, "reference"]
    from byhand.kernels.target import TARGET

    return [*found, cache_folder().name, TARGET.name]


def _read() -> dict[str, list[Speed]]:
    """Return what is recorded of each kind of runs; {} where nothing can be read."""
    try:
        with open_regular(record_file()) as file:
            text = file.read(LONGEST).decode()  # a longer one is cut: no JSON
        found = read_json(text)["speeds"]
        samples = {kind: [Speed(*s) for s in found[kind]] for kind in found}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    sound = all(_is_speed(speed) for some in samples.values() for speed in some)
    return samples if sound else {}


def _is_speed(speed: Speed) -> bool:
    """Return whether these are times that a measurement could have given."""
    return _is_time(speed.step) and speed.step > 0 and _is_time(speed.held_out)


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf
