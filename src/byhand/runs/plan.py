"""The plan of a training run: what is trained, on what, and where the results go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from byhand.errors import RecipeError
from byhand.runs.files import RunFiles, of_checkpoint, run_files
from byhand.training.checkpoint import read_checkpoint_header
from byhand.training.recipe import Recipe
from byhand.training.recipes import DEFAULT, find_recipe

DATA = "mnist"


@dataclass(frozen=True)
class Plan:
    """What is trained, on what, and where the results go.

    Attributes:
        recipe: with the settings that are to be used.
        seed: of the run.
        data: the data set's name, or its folder.
        files: where the results go.
        cost: what is known beforehand of time and memory; "" where nothing is.
        resume: the checkpoint to go on from.
    """

    recipe: Recipe
    seed: int
    data: str
    files: RunFiles
    cost: str = ""
    resume: Path | None = None


def new_plan(
    recipe: str | None = None,
    seed: int | None = None,
    data: str | None = None,
    out: Path | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Plan:
    """Return the plan of a new run.

    Args:
        recipe: its name; the default recipe unless given.
        seed: 0 unless given.
        data: a data set's name or its folder; "mnist" unless given.
        out: the model's file; in a folder of the run's own unless given.
        changes: settings instead of the recipe's; a length replaces its length.

    Raises:
        RecipeError: no such recipe, or settings that it cannot have.
    """
    found, changes, seed = (
        find_recipe(recipe or DEFAULT),
        dict(changes or {}),
        seed or 0,
    )
    length = {"epochs", "steps"} & changes.keys()
    if length:
        changes = {"epochs": None, "steps": None, **changes}
    changed = replace(found, **changes)
    files = run_files(out, changed.name, seed)
    return Plan(changed, seed, data or DATA, files, "" if length else changed.cost)


def resumed_plan(
    checkpoint: Path,
    recipe: str | None = None,
    seed: int | None = None,
    data: str | None = None,
    out: Path | None = None,
) -> Plan:
    """Return the plan of the rest of a run; the checkpoint says what is not given.

    A recipe and a seed, if given, must be the checkpoint's. `data` says where the same
    data is now, `out` names another file for the model.

    Raises:
        ModelError: the file is not a checkpoint.
        RecipeError: the recipe or the seed is another than the checkpoint's.
    """
    header = read_checkpoint_header(checkpoint)
    own: Recipe = header["recipe"]
    _check_same(checkpoint, "recipe", own.name, recipe)
    _check_same(checkpoint, "seed", header["seed"], seed)
    files = None if out else of_checkpoint(checkpoint)
    return Plan(
        own,
        header["seed"],
        data or header["dataset"]["name"],
        files or run_files(out, own.name, header["seed"]),
        resume=checkpoint,
    )


def _check_same(checkpoint: Path, option: str, own: object, given: object) -> None:
    """Refuse what contradicts the checkpoint."""
    if given is not None and given != own:
        raise RecipeError(
            f"{checkpoint}: expected --{option} {own}, as it began, got {given}; "
            f"leave --{option} out"
        )
