"""The plan of a training run: what is trained, on what, and where the results go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from byhand.errors import RecipeError
from byhand.model import Model, load
from byhand.runs.files import MODEL, RunFiles, of_checkpoint, run_files, run_name
from byhand.training.changes import LENGTHS, changed, settings_of
from byhand.training.checkpoint import read_checkpoint_header, read_start
from byhand.training.fine_tuning import tuning_recipe
from byhand.training.fitting import fitted
from byhand.training.recipe import Recipe
from byhand.training.recipe_file import recipe_of
from byhand.training.recipes import DEFAULT, RECIPES

DATA = "mnist"


@dataclass(frozen=True)
class Plan:
    """What is trained, on what, and where the results go.

    Attributes:
        recipe: with the settings that are to be used.
        seed: of the run.
        data: the data set's name, or its folder.
        files: where the results go.
        resume: the checkpoint to go on from.
        force: overwrite the run that is where the results go.
        loading: how the data set is read, for load_dataset.
        model: what is trained further; None for a new network.
    """

    recipe: Recipe
    seed: int
    data: str
    files: RunFiles
    resume: Path | None = None
    force: bool = False
    loading: Mapping[str, Any] = field(default_factory=dict)
    model: Model | None = None

    def check_free(self) -> None:
        """Refuse a folder in which there is another run, unless it is overwritten.

        Raises:
            ModelError: there is another run.
        """
        if not self.force and self.resume != self.files.checkpoint:
            self.files.check_free()

    def reserve(self) -> None:
        """Make the folder of the results; a checkpoint that is overwritten is removed.

        Raises:
            ModelError: there is another run, or it cannot be written to.
        """
        self.check_free()
        self.files.reserve()
        if self.force and self.resume != self.files.checkpoint:
            self.files.checkpoint.unlink(missing_ok=True)


def new_plan(
    recipe: str | None = None,
    seed: int | None = None,
    data: str | None = None,
    out: Path | None = None,
    changes: Mapping[str, Any] | None = None,
    force: bool = False,
    loading: Mapping[str, Any] | None = None,
    start: str | Path | None = None,
) -> Plan:
    """Return the plan of a new run.

    Args:
        recipe: its name, or the path of its file; the default recipe unless given.
        seed: 0 unless given.
        data: a data set's name or its folder; "mnist" unless given.
        out: the model's file; in a folder of the run's own unless given.
        changes: settings instead of the recipe's; a length replaces its length.
        force: overwrite the run that is there.
        loading: how the data set is read, for load_dataset.
        start: the file of a model to train further, or "shipped"; instead of a recipe.

    Raises:
        RecipeError: no such recipe, or settings that it cannot have.
        ModelError: no such model.
    """
    model = None if start is None else load(start)
    if model is None:
        base = recipe_of(recipe or DEFAULT)
    else:
        base = tuning_recipe(model, f"from-{_name_of(str(start))}")
    new = changed(base, changes or {})
    seed, data = seed or 0, data or DATA
    named = RECIPES.get(new.name, base)
    files = run_files(out, _name(new, seed, data, named))
    return Plan(new, seed, data, files, None, force, _sized(loading, model), model)


def _name_of(start: str) -> str:
    """Return what a model is called: as its file, or as the folder of its run."""
    path = Path(start)
    return path.parent.name if path.stem == MODEL and path.parent.name else path.stem


def _sized(loading: Mapping[str, Any] | None, model: Model | None) -> dict[str, Any]:
    """Return how data is read for a model: of its size, and of one class or more."""
    if model is None:
        return {**(loading or {})}
    return {**(loading or {}), "size": model.image_shape[:2], "one_class": True}


def resumed_plan(
    checkpoint: Path,
    recipe: str | None = None,
    seed: int | None = None,
    data: str | None = None,
    out: Path | None = None,
    force: bool = False,
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
    seed, data = header["seed"], data or header["dataset"]["name"]
    files = None if out else of_checkpoint(checkpoint)
    shape, model = tuple(header["dataset"]["image_shape"]), read_start(checkpoint)
    named = fitted(RECIPES.get(own.name, own), shape)
    if model is not None:
        named = tuning_recipe(model, own.name)
    files = files or run_files(out, _name(own, seed, data, named))
    loading = _sized(header["loading"], model)
    return Plan(own, seed, data, files, checkpoint, force, loading, model)


def _name(recipe: Recipe, seed: int, data: str, base: Recipe) -> str:
    """Return the name of a run: its data, recipe, seed, and what the base has not."""
    was, settings = settings_of(base), settings_of(recipe)
    changes = {
        name: value
        for name, value in settings.items()
        if value != was[name] and not (name in LENGTHS and value is None)
    }
    return run_name(data, recipe.name, seed, changes)


def _check_same(checkpoint: Path, option: str, own: object, given: object) -> None:
    """Refuse what contradicts the checkpoint."""
    if given is not None and given != own:
        raise RecipeError(
            f"{checkpoint}: expected --{option} {own}, as it began, got {given}; "
            f"leave --{option} out"
        )
