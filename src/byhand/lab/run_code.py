"""A run as code: Python and a command that train the same network again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from byhand.data.datasets import Dataset
from byhand.data.sources import SOURCES
from byhand.training.changes import LENGTHS, settings_of
from byhand.training.recipe import Recipe
from byhand.training.recipes import RECIPES

MODEL = "model.safetensors"


def differences(recipe: Recipe) -> dict[str, Any]:
    """Return the settings that are not those of the recipe of its name."""
    base = settings_of(RECIPES[recipe.name])
    new = {n: v for n, v in settings_of(recipe).items() if v != base[n]}
    return {n: v for n, v in new.items() if not (n in LENGTHS and v is None)}


def as_python(recipe: Recipe, seed: int, data: Dataset) -> str:
    """Return a program that trains the same network, bit for bit."""
    settings = differences(recipe)
    plain = {name: v for name, v in settings.items() if name.isidentifier()}
    inside = {name: v for name, v in settings.items() if name not in plain}
    given = [repr(recipe.name), _data(data), f"seed={seed}"]
    given += [f"{name}={value!r}" for name, value in plain.items()]
    given += [f"**{inside!r}"] if inside else []
    lines = "".join(f"    {argument},\n" for argument in given)
    call = f"result = byhand.train(\n{lines})"
    return f"import byhand\n\n{call}\nresult.model.save({MODEL!r})\n"


def as_command(recipe: Recipe, seed: int, data: Dataset) -> str:
    """Return the line of a shell that trains the same network, bit for bit."""
    words = ["byhand", "train", "--recipe", recipe.name, "--data", data.name]
    words += ["--seed", str(seed)]
    for option, value in _loading(data).items():
        name = "--" + option.replace("_", "-")
        words += [name] if value is True else [name, str(value)]
    for name, value in differences(recipe).items():
        words += ["--set", f"{name}={'none' if value is None else value}"]
    return shlex.join([*words, "--out", MODEL])


def _data(data: Dataset) -> str:
    loading = _loading(data)
    if not loading:
        return repr(data.name)
    given = "".join(f", {name}={value!r}" for name, value in loading.items())
    return f"byhand.load_dataset({data.name!r}{given})"


def _loading(data: Dataset) -> Mapping[str, Any]:
    """Return how the data was read, where not as usual."""
    found = data.loading._asdict()
    usual = type(data.loading)()._asdict()
    ours = data.name in SOURCES and not data.loading.prepare
    names = [n for n in found if n != "size" and found[n] != usual[n] and not ours]
    return {name: found[name] for name in names}
