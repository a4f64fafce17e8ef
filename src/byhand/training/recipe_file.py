"""Recipes as TOML files that people edit, and settings as words of a command line."""

from __future__ import annotations

import inspect
import os
import re
import textwrap
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from byhand.augment.augmentation import Augmentation
from byhand.constraints import Optional, Real
from byhand.errors import ByhandError, RecipeError
from byhand.toml_file import read_toml
from byhand.training.changes import INSIDE, SETTINGS, changed
from byhand.training.recipe import Recipe
from byhand.training.recipes import find_recipe

SUFFIX = ".toml"
BASE = "based_on"  # the key of a file that says whose the settings left out are
NONE = "none"  # TOML has no null
WORDS = {"true": True, "false": False}
COLUMNS = 88
ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.M)  # of a docstring
HEADING = """A recipe of byhand, for: byhand train --recipe FILE.toml
A setting that is left out is as byhand.Recipe has it, or as another recipe has it
that is named first: based_on = "standard".
"""


def recipe_of(given: str | Path | Recipe) -> Recipe:
    """Return the recipe of a name, or that in a file; a Recipe as it is.

    A text is a path if it ends in .toml or has a / in it.

    Raises:
        RecipeError: there is no such recipe or no such file, or the file has none.
    """
    if isinstance(given, Recipe):
        return given
    if isinstance(given, Path) or (isinstance(given, str) and _is_path(given)):
        return load_recipe(given)
    return find_recipe(given)


def _is_path(text: str) -> bool:
    return text.endswith(SUFFIX) or "/" in text or os.sep in text


def load_recipe(path: str | Path) -> Recipe:
    """Return the recipe in a TOML file, as `byhand recipes --toml NAME` writes it.

    Its keys are the settings of a `Recipe`; those of its augmentation are in a table
    [augmentation]. Of a recipe named by `based_on` it needs only what differs. Without
    a name it is called as its file. "none" stands for None.

    Raises:
        RecipeError: the file cannot be read or is no TOML; or a setting does not exist
            or has a value it cannot have: file, key, what was expected.
    """
    path = Path(path)
    advice = f"; byhand recipes --toml standard > {path.name} makes one"
    settings = _flat(read_toml(path, "a recipe's file", advice))
    start = settings.pop(BASE, None)
    settings.setdefault("name", path.stem)
    if "architecture" in settings:
        settings["architecture"] = _one_line(settings["architecture"])
    if start is None:
        _check_complete(path, settings)
    try:
        base = Recipe("", "", "", epochs=1) if start is None else find_recipe(start)
        return changed(base, settings, str(path))
    except ByhandError as error:
        message = str(error)
        if message.startswith(str(path)):
            raise
        raise RecipeError(f"{path}: {message}") from error


def _check_complete(path: Path, settings: dict[str, Any]) -> None:
    """Raise RecipeError where a file lacks what no recipe has by default."""
    for names in (("architecture",), ("epochs", "steps")):
        if settings.keys().isdisjoint(names):
            raise RecipeError(
                f"{path}: expected {' or '.join(names)}, found none; give it, or"
                f' {BASE} = "standard" to take what is left out from there'
            )


def _flat(found: dict[str, Any]) -> dict[str, Any]:
    """Return the settings under the names that `changed` knows."""
    flat: dict[str, Any] = {}
    for name, value in found.items():
        if name + "." == INSIDE and isinstance(value, dict):
            flat |= {INSIDE + inner: v for inner, v in value.items()}
        else:
            flat[name] = value
    return {name: _none(name, value) for name, value in flat.items()}


def _none(name: str, value: Any) -> Any:
    """Return None for the word that stands for it, where the setting may be that."""
    optional = isinstance(SETTINGS.get(name), Optional)
    return None if optional and value == NONE else value


def _one_line(architecture: Any) -> Any:
    """Return an architecture that was written on several lines as one."""
    if not isinstance(architecture, str):
        return architecture
    return " | ".join(" ".join(layer.split()) for layer in architecture.split("|"))


def read_setting(text: str) -> tuple[str, Any]:
    """Return the name and the value of "NAME=VALUE", as of `byhand train --set`.

    The value is read as what the setting may be: "lr=0.1", "half=true", "clip=none",
    "backward=1/3", "augmentation.rotate=10", "optimizer=adamw".

    Raises:
        RecipeError: there is no = in it.
    """
    name, equals, value = text.partition("=")
    if not (equals and name.strip()):
        raise RecipeError(f"--set: expected NAME=VALUE, got {text!r:.60}; try batch=50")
    return name.strip(), value_of(name.strip(), value.strip())


def value_of(name: str, text: str) -> Any:
    """Return the value of a setting from its text; the text itself where it is none."""
    constraint = SETTINGS.get(name)
    if name == "architecture":
        return _one_line(text)
    if _none(name, text) is None:
        return None
    if constraint is None or constraint.allows(text):
        return text
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    inner = constraint.other if isinstance(constraint, Optional) else constraint
    try:
        if isinstance(inner, Real):
            above, slash, below = text.partition("/")
            return float(above) / float(below) if slash else float(text)
        return int(text)
    except (ValueError, ZeroDivisionError):
        return text


def read_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Return the settings of many "NAME=VALUE", none of them given twice.

    Raises:
        RecipeError: one is given twice, or has no =.
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, value = read_setting(text)
        if name in found:
            raise RecipeError(
                f"--set: expected each setting once, got {name} twice:"
                f" {found[name]!r:.60} and {value!r:.60}; leave one out"
            )
        found[name] = value
    return found


def recipe_toml(recipe: Recipe) -> str:
    """Return a recipe as TOML, with a comment before each setting.

    `load_recipe` reads the same recipe from it.
    """
    import tomlkit

    document = tomlkit.document()
    for line in HEADING.splitlines():
        document.add(tomlkit.comment(line))
    for field in fields(Recipe):
        if field.name + "." != INSIDE:
            value = getattr(recipe, field.name)
            _add(document, field.name, value, _notes(Recipe)[field.name])
    document.add(tomlkit.nl())
    changes = tomlkit.table()
    for name, value in vars(recipe.augmentation).items():
        _add(changes, name, value, _notes(Augmentation)[name], INSIDE)
    document.add(tomlkit.comment("How training images are changed, each time."))
    document.add(INSIDE.rstrip("."), changes)
    return tomlkit.dumps(document)


def _add(table: Any, name: str, value: Any, note: str, prefix: str = "") -> None:
    """Add a setting to a table, with what it is and what it may be before it."""
    import tomlkit

    table.add(tomlkit.nl())
    text = f"{note} {_sentence(prefix + name)}"
    for line in textwrap.wrap(text, COLUMNS - 2, break_on_hyphens=False):
        table.add(tomlkit.comment(line))
    table.add(name, NONE if value is None else value)


def _notes(kind: type) -> dict[str, str]:
    """Return what the docstring of a class says of each of its attributes."""
    found = ATTRIBUTE.findall(inspect.getdoc(kind) or "")
    notes = {name: " ".join(text.split()) for name, text in found}
    return {n: _for_toml(t[0].upper() + t[1:]) for n, t in notes.items()}


def _sentence(name: str) -> str:
    """Return what a setting may be, as a sentence."""
    text = str(SETTINGS[name])
    return _for_toml(f"{text[0].upper()}{text[1:]}.")


def _for_toml(text: str) -> str:
    """Return a text with the words that TOML has for None, True and False."""
    for word, new in (("None", f'"{NONE}"'), ("True", "true"), ("False", "false")):
        text = re.sub(rf"\b{word}\b", new, text)
    return text
