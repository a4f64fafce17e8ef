"""The settings of a run: a recipe's, with what the caller sets instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from byhand.training.changes import changed
from byhand.training.recipe import Recipe
from byhand.training.recipe_file import recipe_of
from byhand.training.recipes import DEFAULT


def settled(recipe: str | Path | Recipe | None, changes: Mapping[str, Any]) -> Recipe:
    """Return a recipe, by its name or the path of its file, with other settings.

    Raises:
        RecipeError: no such recipe, no such setting, or a value it cannot have.
    """
    return changed(recipe_of(DEFAULT if recipe is None else recipe), changes)
