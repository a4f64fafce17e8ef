"""Other settings for a recipe, by their names; "augmentation.shift" is one of them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from byhand.augment import augmentation
from byhand.augment.augmentation import Augmentation
from byhand.constraints import Constraint, check_setting
from byhand.errors import RecipeError
from byhand.training import recipe as recipes
from byhand.training.recipe import Recipe

INSIDE = "augmentation."  # before the name of a setting of the augmentation
LENGTHS = frozenset({"epochs", "steps"})
# what a setting is called elsewhere
SYNONYMS = {
    "learning_rate": "lr",
    "learning_rate_init": "lr",
    "eta": "lr",
    "batch_size": "batch",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "max_epochs": "epochs",
    "max_iter": "epochs",
    "max_steps": "steps",
    "optimiser": "optimizer",
    "solver": "optimizer",
    "criterion": "loss",
    "scheduler": "schedule",
    "alpha": "l2",
    "random_state": "seed",
    "n_jobs": "threads",
    "callback": "on_progress",
    "verbose": "progress",
    "data": "dataset",
}
OTHERS = ("seed", "threads", "checkpoint", "resume", "progress", "on_progress")
# every setting, in the order of a recipe, and what it may be
SETTINGS: dict[str, Constraint] = {
    **{field.name: recipes.CONSTRAINTS[field.name] for field in fields(Recipe)},
    **{INSIDE + name: c for name, c in augmentation.CONSTRAINTS.items()},
}


def changed(
    recipe: Recipe, changes: Mapping[str, Any], where: str | None = None
) -> Recipe:
    """Return a recipe with other settings.

    A length replaces its length. Of an optimiser that is replaced, the momentum or
    weight decay goes with it.

    Args:
        recipe: stays as it is.
        changes: by name: {"batch": 50, "augmentation.shift": 2}.
        where: the beginning of a message; "recipe NAME" unless given.

    Raises:
        RecipeError: no such setting, or a value it cannot have.
    """
    where = where or f"recipe {recipe.name}"
    new = {name: plain(value) for name, value in changes.items()}
    for name, value in new.items():
        if name not in SETTINGS:
            raise RecipeError(_unknown(where, name))
        check_setting(where, name, value, SETTINGS[name])
    if len([name for name in LENGTHS if new.get(name) is not None]) > 1:
        raise RecipeError(f"{where}: expected epochs or steps, got both")
    if LENGTHS & new.keys():
        new = {"epochs": None, "steps": None, **new}
    if new.get("optimizer", recipe.optimizer) != recipe.optimizer:
        new = {"momentum": 0.0, "weight_decay": 0.0, **new}
    return replace(recipe, **_joined(recipe.augmentation, new))


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """Return all settings but name and summary, by the names of SETTINGS."""
    found = {**vars(recipe)}
    inside = vars(found.pop("augmentation"))
    del found["name"], found["summary"]
    return found | {INSIDE + name: value for name, value in inside.items()}


def _joined(base: Augmentation, new: dict[str, Any]) -> dict[str, Any]:
    """Return the changes with those of the augmentation as one Augmentation."""
    inside = {n.removeprefix(INSIDE): v for n, v in new.items() if n.startswith(INSIDE)}
    rest = {name: v for name, v in new.items() if not name.startswith(INSIDE)}
    if inside:
        rest["augmentation"] = replace(rest.get("augmentation", base), **inside)
    return rest


def _unknown(where: str, name: str) -> str:
    """Return the message for a setting that does not exist, with the one meant."""
    near = difflib.get_close_matches(name, [*SETTINGS, *OTHERS], 1)
    inner = difflib.get_close_matches(INSIDE + name, SETTINGS, 1, cutoff=0.9)
    meant = [*filter(None, [SYNONYMS.get(name)]), *near, *inner]
    known = [n for n in SETTINGS if not n.startswith(INSIDE)]
    advice = f"did you mean {meant[0]}?" if meant else f"there are {', '.join(known)}"
    return f"{where}: expected one of its settings, got {name!r:.60}; {advice}"


def plain(value: Any) -> Any:
    """Return a NumPy number as the number of Python that a file can hold."""
    return value.item() if isinstance(value, np.generic) else value
