"""Settings that change while a run goes on: which, and after how many steps.

A recipe has them as a text, "120 lr=0.01 momentum=0.8 | 300 augmentation.rotate=10":
after 120 steps and after 300. So a run that was adjusted by hand can be repeated.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from byhand.constraints import Constraint, Real, check_setting
from byhand.errors import RecipeError
from byhand.nn import Optimizer
from byhand.nn.layers import Dropout
from byhand.training.changes import INSIDE, SETTINGS, changed, plain
from byhand.training.recipe import Recipe
from byhand.training.recipe_file import value_of
from byhand.training.state import Job, State

DROPOUT = "dropout"  # the rate of all such layers, which a recipe has in its network
STAYS = {INSIDE + "nondigits", INSIDE + "own"}  # one more class, and unknown words
ADJUSTABLE: dict[str, Constraint] = {
    **{name: SETTINGS[name] for name in ("lr", "momentum", "weight_decay", "l2")},
    "clip": SETTINGS["clip"],
    DROPOUT: Real(0, 1, below=True),
    **{n: c for n, c in SETTINGS.items() if n.startswith(INSIDE) and n not in STAYS},
}
Adjust = Callable[[Job, State], Mapping[str, Any]]


def no_adjustments(job: Job, state: State) -> Mapping[str, Any]:
    """Return nothing: the settings stay."""
    return {}


def read_adjustments(recipe: Recipe) -> list[tuple[int, dict[str, Any]]]:
    """Return the steps done before each change, ascending, and the settings then.

    Raises:
        RecipeError: the text says none, or a setting that cannot be changed so.
    """
    where, found = f"recipe {recipe.name}, adjustments", list[tuple[int, Any]]()
    for part in filter(None, recipe.adjustments.split("|")):
        step, *words = part.split()
        if not re.fullmatch(r"\d{1,15}", step) or not words:
            raise RecipeError(
                f"{where}: expected steps and settings, got {part.strip()!r:.60};"
                ' try "120 lr=0.01 | 300 momentum=0.8"'
            )
        if found and int(step) <= found[-1][0]:
            raise RecipeError(
                f"{where}: expected steps in order, got {step} after {found[-1][0]}"
            )
        pairs = [word.partition("=") for word in words]
        settings = {name: _value(name, text) for name, _, text in pairs}
        check_adjusted(where, settings)
        found.append((int(step), settings))
    return found


def _value(name: str, text: str) -> Any:
    """Return the value of a setting; of a dropout's rate, like that of a share."""
    return value_of("momentum" if name == DROPOUT else name, text)


def check_adjusted(where: str, settings: Mapping[str, Any]) -> None:
    """Raise RecipeError unless these settings may change while a run goes on."""
    for name, value in settings.items():
        if name not in ADJUSTABLE:
            near = difflib.get_close_matches(name, ADJUSTABLE, 1)
            advice = f"did you mean {near[0]}?" if near else "others stay as they began"
            known = ", ".join(n for n in ADJUSTABLE if not n.startswith(INSIDE))
            raise RecipeError(
                f"{where}: expected one of {known} or of the augmentation,"
                f" got {name!r:.60}; {advice}"
            )
        check_setting(where, name, value, ADJUSTABLE[name])


def adjusted(recipe: Recipe, step: int) -> tuple[Recipe, float | None]:
    """Return the settings after that many steps, and the dropout's rate if it changed.

    Raises:
        RecipeError: settings that exclude each other.
    """
    dropout = None
    for after, settings in read_adjustments(recipe):
        if after <= step:
            rest = {name: v for name, v in settings.items() if name != DROPOUT}
            dropout = settings.get(DROPOUT, dropout)
            recipe = changed(recipe, rest, f"recipe {recipe.name}, after step {after}")
    return recipe, dropout


def with_adjustment(recipe: Recipe, step: int, settings: Mapping[str, Any]) -> Recipe:
    """Return the recipe with settings that change after that many steps.

    What was to change later is forgotten.

    Raises:
        RecipeError: settings that cannot be changed so.
    """
    settings = {name: plain(value) for name, value in settings.items()}
    check_adjusted(f"recipe {recipe.name}, adjustments", settings)
    kept = [pair for pair in read_adjustments(recipe) if pair[0] <= step]
    if kept and kept[-1][0] == step:
        settings = kept.pop()[1] | settings
    text = " | ".join(_written(*pair) for pair in [*kept, (step, settings)])
    new = replace(recipe, adjustments=text)
    adjusted(new, step)
    return new


def _written(step: int, settings: Mapping[str, Any]) -> str:
    words = (f"{name}={_text(value)}" for name, value in settings.items())
    return f"{step} {' '.join(words)}"


def _text(value: Any) -> str:
    return "none" if value is None else repr(value)


def check_adjustments(job: Job) -> None:
    """Refuse adjustments that a job cannot have.

    Raises:
        RecipeError: a text that says none; augmentation where a model is trained
            further; dropout without such a layer.
    """
    for after, settings in read_adjustments(job.recipe):
        _check_fit(job, settings)
        adjusted(job.recipe, after)


def _check_fit(job: Job, settings: Mapping[str, Any]) -> None:
    where = f"recipe {job.recipe.name}, adjustments"
    if job.change and any(name.startswith(INSIDE) for name in settings):
        raise RecipeError(
            f"{where}: expected the augmentation to stay where a model is trained"
            " further; leave it out"
        )
    if DROPOUT in settings and DROPOUT not in job.recipe.architecture:
        raise RecipeError(
            f"{where}: expected a network with a layer dropout, got"
            f" {job.recipe.architecture:.200}; leave dropout out"
        )


class Adjusted:
    """A job step by step, with the settings of each step.

    Attributes:
        job: as it can be repeated: its recipe has all adjustments so far.
        now: with the settings that hold now; the same object while they stay.
    """

    def __init__(self, job: Job, adjust: Adjust) -> None:
        check_adjustments(job)
        self.job = self.now = job
        self.adjust = adjust
        self.made = -1  # steps done before the last change that was made

    def at(self, state: State) -> Job:
        """Return the job of the next step, and set optimiser and layers as it says."""
        new = self.adjust(self.job, state)
        if new:
            _check_fit(self.job, new)
            recipe = with_adjustment(self.job.recipe, state.step, new)
            self.job = replace(self.job, recipe=recipe)
        elif not self.job.recipe.adjustments:
            return self.now
        due = [s for s, _ in read_adjustments(self.job.recipe) if s <= state.step]
        if due and (new or due[-1] > self.made):
            self.made = due[-1]
            self._make(state)
        return self.now

    def _make(self, state: State) -> None:
        recipe, rate = adjusted(self.job.recipe, state.step)
        self.now = replace(self.job, recipe=recipe)
        if self.job.own.optimizer is None:
            _set(state.optimizer, recipe.make_optimizer())
        for layer in state.network.layers:
            if rate is not None and isinstance(layer, Dropout):
                layer.rate = rate


def _set(optimizer: Optimizer, like: Optimizer) -> None:
    """Give an optimiser the settings of another; what it remembers stays."""
    for name, value in vars(like).items():
        if name != "state":
            setattr(optimizer, name, value)
