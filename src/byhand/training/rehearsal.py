"""The images that a model was trained on before, so that it does not forget them.

Source: Robins 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal",
Connection Science 7, 123-146.
"""

from __future__ import annotations

from typing import Any

from byhand.data.datasets import Dataset, load_dataset
from byhand.data.download import is_cached
from byhand.data.prepared import recorded_loading
from byhand.data.relabel import with_classes
from byhand.data.sources import SOURCES
from byhand.errors import ByhandError, DataError
from byhand.model import Model
from byhand.training.checkpoint import fingerprint
from byhand.words import shortened

FINE_TUNED = (
    "fine_tuned"  # in a model's info: what it was before it was trained further
)
TRAINED_ON = "trained_on"  # in that: the data of all trainings before


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
    found = load_dataset(name, **loading, size=model.image_shape[:2])
    if fingerprint(found)["labels_crc32"] != recorded.get("labels_crc32"):
        raise DataError("the images there are not those that it was trained on")
    return found
