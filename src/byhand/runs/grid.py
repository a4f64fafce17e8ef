"""The runs of a sweep: every combination of settings, with every seed."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

from byhand.data.datasets import known
from byhand.errors import RecipeError
from byhand.runs.files import in_folder
from byhand.runs.plan import DATA, Plan, new_plan
from byhand.toml_file import read_toml
from byhand.training.changes import INSIDE
from byhand.training.recipe_file import value_of
from byhand.training.recipes import DEFAULT
from byhand.words import meant

Grid = Mapping[str, Sequence[Any]]  # the values of each setting
UNCUT = "architecture"  # the setting whose values may have commas in them
VALIDATION = "validation"  # how many images are held out, by which runs are compared
HELD_OUT = 5000  # of them, for recipes that hold out none
KEYS = ("recipe", "from", "data", "seeds", "set")


@dataclass(frozen=True)
class PlannedRun:
    """One run of a sweep.

    Attributes:
        number: its place in the sweep.
        settings: what is not the recipe's, by name.
        plan: of the run, its paths absolute.
        file: the model's path as results name it, in runs/.
    """

    number: int
    settings: Mapping[str, Any]
    plan: Plan
    file: str

    @property
    def folder(self) -> str:
        """The run's folder, as results name it."""
        return self.file.rpartition("/")[0]


@dataclass(frozen=True)
class Sweep:
    """What is swept.

    Attributes:
        recipe: its name, or the path of its file.
        data: a data set's name or its folder.
        seeds: how many; 0, 1, 2 and so on.
        grid: the values of each setting.
        loading: how the data set is read, for load_dataset.
        start: the file of a model to train further, or "shipped"; instead of a recipe.
    """

    recipe: str = DEFAULT
    data: str = DATA
    seeds: int = 1
    grid: Grid = field(default_factory=dict)
    loading: Mapping[str, Any] = field(default_factory=dict)
    start: str | None = None

    def runs(self) -> list[PlannedRun]:
        """Return the runs of all combinations, as `runs_of` does."""
        _check_held_out(self.grid)
        return self.runs_of(
            dict(zip(self.grid, values, strict=True))
            for values in product(*self.grid.values())
        )

    def runs_of(self, changes: Iterable[Mapping[str, Any]]) -> list[PlannedRun]:
        """Return the runs with these settings, the seeds of each one after another.

        A recipe that trains on all images holds out HELD_OUT.

        Args:
            changes: what is not the recipe's, by name, of each combination.

        Raises:
            RecipeError: no such recipe, or settings that it cannot have.
            ModelError: no such model.
        """
        planned: dict[str, PlannedRun] = {}
        for settings in changes:
            for seed in range(self.seeds):
                plan = self._plan(settings, seed)
                file = plan.files.model.as_posix()
                run = PlannedRun(len(planned), settings, absolute(plan), file)
                planned.setdefault(file, run)  # a value may be given twice
        return list(planned.values())

    def _plan(self, settings: Mapping[str, Any], seed: int) -> Plan:
        """Return the plan of one run."""
        plan = functools.partial(
            new_plan, None if self.start else self.recipe, seed, self.data,
            loading=self.loading, start=self.start,
        )  # fmt: skip
        found = plan(changes=settings)
        if found.recipe.validation:
            return found
        return plan(changes={**settings, VALIDATION: HELD_OUT})


def _check_held_out(grid: Grid) -> None:
    """Refuse runs that hold out no images, or not the same ones."""
    values = grid.get(VALIDATION, [HELD_OUT])
    if 0 in values or len({*values}) > 1:
        raise RecipeError(
            f"sweep, {VALIDATION}: expected one number of 1 or more, since runs are"
            f" compared by the images held out, got {', '.join(map(str, values))}"
        )


def absolute(plan: Plan) -> Plan:
    """Return the plan with absolute paths: other processes have other folders."""
    data = plan.data if plan.data in known() else str(Path(plan.data).absolute())
    files = in_folder(plan.files.model.parent.absolute())
    return replace(plan, data=data, files=files)


def read_grid(texts: Iterable[str]) -> dict[str, list[Any]]:
    """Return the values of each setting, from "NAME=VALUE,VALUE" as of --set.

    A setting given again gets more values. Those of the architecture are not cut at
    commas.

    Raises:
        RecipeError: there is no = in one.
    """
    grid: dict[str, list[Any]] = {}
    for text in texts:
        name, equals, values = (part.strip() for part in text.partition("="))
        if not (equals and name):
            raise RecipeError(
                f"--set: expected NAME=VALUE,VALUE, got {text!r:.60}; try lr=0.1,0.2"
            )
        found = [values] if name == UNCUT else values.split(",")
        grid.setdefault(name, []).extend(value_of(name, v.strip()) for v in found)
    return grid


def load_sweep(path: Path) -> Sweep:
    """Return the sweep in a TOML file.

        recipe = "fast"
        data = "mnist"
        seeds = 3
        [set]
        lr = [0.2, 0.4]
        augmentation.shift = [1, 2]

    Instead of a recipe it may have `from = "shipped"`, or another model's file.

    Raises:
        RecipeError: the file cannot be read, or has another key or value: which.
    """
    found = _read(path)
    grid = {n: _values(n, v) for n, v in _flat(path, found.pop("set", {})).items()}
    for key, value in found.items():
        number = key == "seeds"
        right = type(value) is int and value >= 1 if number else isinstance(value, str)
        if not right:
            words = "an integer of 1 or more" if number else "a text"
            raise RecipeError(f"{path}, {key}: expected {words}, got {value!r:.60}")
    start = found.pop("from", None)
    return Sweep(**found, grid=grid, start=start)


def _read(path: Path) -> dict[str, Any]:
    """Return what is in a TOML file; RecipeError where that is no sweep's."""
    found = read_toml(path, "a sweep's file")
    for key in found.keys() - {*KEYS}:
        advice = meant(key, KEYS)
        raise RecipeError(f"{path}: expected a key of a sweep, got {key!r}; {advice}")
    return found


def _flat(path: Path, table: Any) -> dict[str, Any]:
    """Return the settings of a table, those of a table in it as "augmentation.NAME"."""
    if not isinstance(table, dict):
        raise RecipeError(f"{path}, set: expected a table [set], got {table!r:.60}")
    inside = table.pop(INSIDE.rstrip("."), {})
    if not isinstance(inside, dict):
        raise RecipeError(
            f"{path}, {INSIDE.rstrip('.')}: expected a table, got {inside!r:.60}"
        )
    return table | {INSIDE + name: value for name, value in inside.items()}


def _values(name: str, given: Any) -> list[Any]:
    """Return the values of a setting: of a list, or one."""
    values = given if isinstance(given, list) else [given]
    return [value_of(name, v) if isinstance(v, str) else v for v in values]
