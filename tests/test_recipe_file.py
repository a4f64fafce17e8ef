"""Recipes as files that people edit, and settings as words of a command line."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

import byhand
from byhand.augment.augmentation import CONSTRAINTS as AUGMENTATION
from byhand.augment.augmentation import Augmentation
from byhand.errors import RecipeError
from byhand.training.changes import INSIDE, SETTINGS, changed
from byhand.training.recipe_file import (
    COLUMNS,
    load_recipe,
    read_setting,
    read_settings,
    recipe_of,
    recipe_toml,
)
from byhand.training.recipes import RECIPES

FAST, MLP = RECIPES["fast"], RECIPES["mlp"]


@pytest.fixture
def written(tmp_path):
    """A function that writes a file my.toml and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "my.toml"
        path.write_text(text, "utf-8")
        return path

    return write


# --- written and read again -----------------------------------------------------------


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_every_recipe_comes_back_from_its_file(recipe, written):
    assert load_recipe(written(recipe_toml(recipe))) == recipe


def test_every_setting_is_there_with_what_it_is_and_may_be():
    lines = recipe_toml(FAST).splitlines()
    found = tomllib.loads("\n".join(lines))
    inside = found.pop("augmentation")
    assert found.keys() | {INSIDE + n for n in inside} == SETTINGS.keys() - {
        "augmentation"
    }
    for name in (*found, *inside):
        (at,) = [n for n, line in enumerate(lines) if line.startswith(f"{name} = ")]
        assert lines[at - 1].startswith("# ") and lines[at - 1].endswith("."), name
    text = recipe_toml(FAST)
    assert "# Images a step. An integer of 1 or more.\nbatch = 200\n" in text
    assert "# Whole pixels down and across. An integer of 0 or more.\nshift" in text
    assert "None" not in text and "True" not in text
    assert all(len(line) <= COLUMNS for line in lines if line.startswith("#"))


def test_a_file_needs_only_what_differs(written):
    path = written(
        'based_on = "fast"\nbatch = 50\nclip = "none"\n[augmentation]\nrotate = 10\n'
    )
    augmentation = dataclasses.replace(FAST.augmentation, rotate=10)
    assert load_recipe(path) == dataclasses.replace(
        FAST, name="my", batch=50, clip=None, augmentation=augmentation
    )


def test_a_length_in_a_file_replaces_the_bases(written):
    found = load_recipe(written('based_on = "fast"\nepochs = 2'))
    assert (found.epochs, found.steps) == (2, None)


def test_without_a_base_the_rest_is_as_a_recipe_has_it(written):
    text = 'architecture = """\npixels 1/255 | flatten\n| dense {classes}"""\nsteps=3'
    assert load_recipe(written(text)) == byhand.Recipe(
        "my", "", "pixels 1/255 | flatten | dense {classes}", steps=3
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batch = 50.0", r"my.toml, batch: expected an integer of 1 or more, got 50.0"),
        ('lr = "high"', r"my.toml, lr: expected a finite number above 0, got 'high'"),
        ("half = 1", r"my.toml, half: expected True or False, got 1"),
        ("bach = 50", r"my.toml: .* got 'bach'; did you mean batch\?"),
        ("rotate = 5", r"my.toml: .* got 'rotate'; did you mean augmentation.rotate\?"),
        ("augmentation = 5", "my.toml, augmentation: expected an Augmentation, got 5"),
        (
            "[augmentation]\nshft = 1",
            r"my.toml: .* got 'augmentation.shft'; did you mean augmentation.shift\?",
        ),
        (
            "[augmentation]\nshift = 1.5",
            "my.toml, augmentation.shift: expected an integer of 0 or more, got 1.5",
        ),
        ("[lr]\nhigh = 1", r"my.toml, lr: expected a finite .*, got {'high': 1}"),
        ("lr = 1\nlr = 2\nbatch = 3", r"my.toml: .*a key is there twice \(at line 3"),
        (
            "lr = \nbatch = 3",
            r"my.toml: expected TOML in UTF-8: Invalid value \(at line 2",
        ),
        ("epochs = 1\nsteps = 1", "my.toml: expected epochs or steps, got both"),
        ('optimizer = "adamw"\nmomentum = 0.5', "my.toml: .*momentum only with"),
    ],
)
def test_what_a_file_may_not_say_is_refused_with_its_key(text, message, written):
    with pytest.raises(RecipeError, match=message) as refused:
        load_recipe(written('based_on = "fast"\n' + text))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps = 1", "my.toml: expected architecture, found none; give it, or based_"),
        ('architecture = "flatten"', "my.toml: expected epochs or steps, found none"),
        ('based_on = "fst"', r"my.toml: recipe: expected .*; did you mean fast\?"),
        ("based_on = 3", "my.toml: recipe: expected one of .* got int"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(text, message, written):
    with pytest.raises(RecipeError, match=message):
        load_recipe(written(text))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(RecipeError, match=r"x.toml: expected a recipe's file, got No "):
        load_recipe(tmp_path / "x.toml")
    (tmp_path / "y.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"y.toml: expected TOML in UTF-8"):
        load_recipe(tmp_path / "y.toml")


# --- by name or path ------------------------------------------------------------------


def test_a_recipe_is_a_name_a_path_or_itself(written, tmp_path, monkeypatch):
    path = written(recipe_toml(MLP))
    monkeypatch.chdir(tmp_path)
    for given in (path, str(path), "my.toml", "./my.toml", Path("my.toml"), "mlp", MLP):
        assert recipe_of(given) == MLP
    with pytest.raises(RecipeError, match=r"expected one of classic, .* got 'my'"):
        recipe_of("my")


def test_the_public_names_do_all_of_it(written, dataset):
    """A file, its recipe with another setting, and a training with one more."""
    path = written('based_on = "mlp"\nbatch = 30')
    recipe = dataclasses.replace(byhand.load_recipe(path), lr=0.25)
    changes = {"steps": 2, "augmentation.shift": 2}
    found = byhand.train(recipe, dataset, threads=1, **changes)
    trained = found.model.info["recipe"]
    assert (trained["batch"], trained["lr"], trained["steps"]) == (30, 0.25, 2)
    assert trained["augmentation"]["shift"] == 2
    assert (
        byhand.train(path, dataset, threads=1, steps=1).model.info["recipe"]["batch"]
        == 30
    )


# --- words of a command line ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("batch=50", "batch", 50),
        ("lr = 1e-2", "lr", 0.01),
        ("lr=.5", "lr", 0.5),
        ("backward=1/3", "backward", 1 / 3),
        ("half=true", "half", True),
        ("half=False", "half", False),
        ("clip=none", "clip", None),
        ("clip=2", "clip", 2.0),
        ("init=normal 0.01", "init", "normal 0.01"),
        ("summary=12", "summary", "12"),
        ("augmentation.rotate=10", "augmentation.rotate", 10.0),
        ("augmentation.shift=2", "augmentation.shift", 2),
        ("architecture=flatten  |dense 3", "architecture", "flatten | dense 3"),
        ("batch=many", "batch", "many"),
        ("batch=5.5", "batch", "5.5"),
        ("nope=a=b", "nope", "a=b"),
    ],
)
def test_a_setting_is_read_as_what_it_may_be(text, name, value):
    found = read_setting(text)
    assert found == (name, value)
    assert type(found[1]) is type(value)


def test_what_is_no_setting_or_is_there_twice_is_refused():
    for text in ("batch", "=5", ""):
        with pytest.raises(RecipeError, match=r"--set: expected NAME=VALUE, got '"):
            read_setting(text)
    with pytest.raises(RecipeError, match=r"got lr twice: 0.1 and 0.2; leave one out"):
        read_settings(["lr=0.1", "batch=3", "lr=0.2"])
    assert read_settings(["lr=0.1", "batch=3"]) == {"lr": 0.1, "batch": 3}


def test_changes_reach_the_augmentation_and_are_checked():
    found = changed(FAST, {"augmentation.rotate": 5, "batch": 10})
    assert found.augmentation == Augmentation(shift=1, rotate=5)
    both = {"augmentation": Augmentation(scale=0.1), "augmentation.rotate": 5}
    assert changed(FAST, both).augmentation == Augmentation(scale=0.1, rotate=5)
    message = "recipe fast, augmentation.roam: expected a number from 0 to 1, got 2"
    with pytest.raises(RecipeError, match=message):
        changed(FAST, {"augmentation.roam": 2})
    assert {INSIDE + name for name in AUGMENTATION} < SETTINGS.keys()
