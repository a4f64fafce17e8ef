"""A run as code: Python and a command that train the same network again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from byhand.data import prepared
from byhand.training.changes import LENGTHS, settings_of
from byhand.training.recipe import Recipe
from byhand.training.recipes import DEFAULT, RECIPES

MODEL = "model.safetensors"
Loading = Mapping[str, Any]


def differences(recipe: Recipe) -> tuple[str, dict[str, Any]]:
    """Return a named recipe, and the settings that are not those of it."""
    name = recipe.name if recipe.name in RECIPES else DEFAULT
    base = settings_of(RECIPES[name])
    new = {n: v for n, v in settings_of(recipe).items() if v != base[n]}
    return name, {n: v for n, v in new.items() if not (n in LENGTHS and v is None)}


def as_python(recipe: Recipe, seed: int, data: str, loading: Loading) -> str:
    """Return a program that trains the same network, bit for bit.

    Args:
        recipe: of the run.
        seed: of the run.
        data: the data set's name, or its folder.
        loading: how it is read.
    """
    base, settings = differences(recipe)
    plain = {name: v for name, v in settings.items() if name.isidentifier()}
    inside = {name: v for name, v in settings.items() if name not in plain}
    given = [repr(base), _data(data, loading), f"seed={seed}"]
    given += [f"{name}={value!r}" for name, value in plain.items()]
    given += [f"**{inside!r}"] if inside else []
    lines = "".join(f"    {argument},\n" for argument in given)
    call = f"result = byhand.train(\n{lines})"
    return f"import byhand\n\n{call}\nresult.model.save({MODEL!r})\n"


def as_command(recipe: Recipe, seed: int, data: str, loading: Loading) -> str:
    """Return the line of a shell that does the same as the program."""
    base, settings = differences(recipe)
    words = ["byhand", "train", "--recipe", base, "--data", data, "--seed", str(seed)]
    for option, value in _unusual(loading).items():
        name = "--" + option.replace("_", "-")
        words += [name] if value is True else [name, str(value)]
    for name, value in settings.items():
        words += ["--set", f"{name}={'none' if value is None else value}"]
    return shlex.join([*words, "--out", MODEL])


def _data(name: str, loading: Loading) -> str:
    given = "".join(f", {n}={value!r}" for n, value in _unusual(loading).items())
    return f"byhand.load_dataset({name!r}{given})" if given else repr(name)


def _unusual(loading: Loading) -> Loading:
    """Return how data is read, where not as it usually is; a size is the model's."""
    usual = prepared.Loading()._asdict()
    return {n: v for n, v in loading.items() if n != "size" and v != usual.get(n)}
