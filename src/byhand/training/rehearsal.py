"""The images that a model was trained on before, so that it does not forget them.

A model that rejects is shown what is no digit as well, drawn anew: what it was shown
when it learnt to reject is in no data set.

Source: Robins 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal",
Connection Science 7, 123-146.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset, Split, load_dataset
from byhand.data.download import is_cached
from byhand.data.prepared import recorded_loading
from byhand.data.relabel import DIGITS, with_classes
from byhand.data.sources import SOURCES
from byhand.errors import ByhandError, DataError
from byhand.model import Model
from byhand.synthesis.nondigits import SIZE, draw_nondigits
from byhand.training.batches import split
from byhand.training.checkpoint import fingerprint
from byhand.training.parts import Part
from byhand.training.recipe import Recipe
from byhand.training.state import Start
from byhand.words import shortened

FINE_TUNED = (
    "fine_tuned"  # in a model's info: what it was before it was trained further
)
TRAINED_ON = "trained_on"  # in that: the data of all trainings before
OLD_HELD_OUT = 5000  # images, as many as all recipes hold out: the same ones
NO_DIGITS = 1 / 3  # of what is rehearsed: drawn things that are no digit
DRAWN = 4000  # things that are no digit
DRAWN_SEED = 16


def trained_on(model: Model) -> list[dict[str, Any]]:
    """Return what a model's file says of the data of each of its trainings."""
    before = model.info.get(FINE_TUNED)
    earlier = before.get(TRAINED_ON) if isinstance(before, dict) else None
    recorded = [*(earlier if isinstance(earlier, list) else ()), _last(model)]
    named = [r for r in recorded if isinstance(r, dict)]
    return [r for r in named if isinstance(r.get("name"), str)]


def _last(model: Model) -> Any:
    return model.info.get("dataset")


def old_data(
    model: Model, class_names: tuple[str, ...]
) -> tuple[tuple[Dataset, ...], tuple[str, ...]]:
    """Return the data that a model was trained on, as far as it is here.

    Args:
        model: its file says what that was.
        class_names: its classes and others behind them; labels are numbers of these.

    Returns:
        The data sets, and a warning for each that is not here or has changed.
    """
    found, warnings = [], []
    for recorded in trained_on(model):
        try:
            old = with_classes(
                _loaded(recorded, model), class_names, len(model.image_shape) == 3
            )
            if old.image_shape != model.image_shape:
                raise DataError(f"expected {model.image_shape}, got {old.image_shape}")
            found.append(old)
        except (ByhandError, OSError) as error:
            warnings.append(
                "the model may forget what it was trained on, "
                f"{shortened(recorded['name'], 60)}: {shortened(str(error), 150)}"
            )
    return tuple(found), tuple(warnings)


def _loaded(recorded: dict[str, Any], model: Model) -> Dataset:
    """Return the data that a model's file describes, from this machine alone."""
    name = recorded["name"]
    if name in SOURCES and not is_cached(name):
        raise DataError(f"it is not here; try byhand data fetch {name}")
    loading = recorded_loading(recorded.get("loading"))
    size = model.image_shape[:2]
    found = load_dataset(name, **loading, size=size, one_class=True)
    if fingerprint(found)["labels_crc32"] != recorded.get("labels_crc32"):
        raise DataError("the images there are not those that it was trained on")
    return found


def no_digits(model: Model, reject: int) -> Split | None:
    """Return drawn things that are no digit; None for a model that they do not fit.

    Args:
        model: its classes begin with the ten digits, or it gets none.
        reject: the number of the reject class.
    """
    digits = model.class_names[: len(DIGITS)] == DIGITS
    if not (model.has_reject_class and digits and model.image_shape == SIZE):
        return None
    images = draw_nondigits(DRAWN, DRAWN_SEED)
    return Split(images, np.full(DRAWN, reject, np.int64))


def rehearsed(
    start: Start, recipe: Recipe, change: Augmentation
) -> tuple[list[Part], list[Split]]:
    """Return what is rehearsed: parts of a batch, and old images held out.

    Args:
        start: with the old images.
        recipe: how they are changed, and their share.
        change: the same for what is no digit.
    """
    parts, apart, share = [], [], recipe.rehearsal
    if drawn := no_digits(start.model, len(start.mine.class_names)):
        parts.append(Part(drawn, NO_DIGITS * share, change))
        share *= 1 - NO_DIGITS
    for old in start.olds:
        count = len(old.train)
        again, rest = split(count, min(OLD_HELD_OUT, count // 10))
        part = Part(old.train[again], share / len(start.olds), recipe.augmentation)
        parts.append(part)
        apart.append(old.train[rest])
    return parts, apart
