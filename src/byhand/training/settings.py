"""The settings of a run: a recipe's, with what the caller sets instead."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from byhand.errors import RecipeError
from byhand.training.recipe import Recipe
from byhand.training.recipes import DEFAULT, find_recipe

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


def settled(recipe: str | Recipe | None, changes: Mapping[str, Any]) -> Recipe:
    """Return a recipe with other settings; a length replaces its length.

    Of an optimiser that is replaced, the momentum or weight decay goes with it.

    Raises:
        RecipeError: no such recipe, no such setting, or a value it cannot have.
    """
    found = recipe if isinstance(recipe, Recipe) else find_recipe(recipe or DEFAULT)
    known = [field.name for field in fields(Recipe)]
    for name in changes:
        if name not in known:
            raise RecipeError(_unknown(found, name, known))
    if changes.keys() >= LENGTHS:
        raise RecipeError(f"recipe {found.name}: expected epochs or steps, got both")
    new = {name: plain(value) for name, value in changes.items()}
    if LENGTHS & changes.keys():
        new = {"epochs": None, "steps": None, **new}
    if new.get("optimizer", found.optimizer) != found.optimizer:
        new = {"momentum": 0.0, "weight_decay": 0.0, **new}
    return replace(found, **new)


def _unknown(recipe: Recipe, name: str, known: list[str]) -> str:
    """Return the message for a setting that does not exist, with the one meant."""
    near = difflib.get_close_matches(name, [*known, *OTHERS], 1)
    meant = SYNONYMS.get(name) or (near[0] if near else None)
    advice = f"did you mean {meant}?" if meant else f"there are {', '.join(known)}"
    return f"recipe {recipe.name}: expected one of its settings, got {name!r}; {advice}"


def plain(value: Any) -> Any:
    """Return a NumPy number as the number of Python that a file can hold."""
    return value.item() if isinstance(value, np.generic) else value
