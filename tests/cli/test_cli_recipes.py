"""byhand recipes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from byhand import load_dataset, train
from byhand.cli import recipes
from byhand.cli.recipes import as_json, short
from byhand.training.recipes import CLASSIC, MLP, RECIPES


def test_every_recipe_has_a_line(byhand):
    ended = byhand("recipes")
    head, *lines = ended.out.splitlines()
    assert head.split() == [
        *("name", "network", "parameters", "images", "epochs", "cost", "summary")
    ]
    assert [line.split()[0] for line in lines] == list(RECIPES)
    for line, recipe in zip(lines, RECIPES.values(), strict=True):
        assert recipe.summary in line and (recipe.cost or "–") in line
    assert lines[0].split()[1:7] == [
        "784-30-60-10",
        "26,020",
        "60,000",
        "33.3",
        "2",
        "s,",
    ]


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_no_line_is_longer_than_the_terminal_and_no_word_is_cut(
    byhand, monkeypatch, columns: int
):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = byhand("recipes").out
    assert max(map(len, out.splitlines())) <= columns
    words = " ".join(out.split())
    for recipe in RECIPES.values():
        assert recipe.name in words and recipe.cost.split()[0] in words
        if columns == 200:
            assert recipe.summary in words
    assert "26,020" in words and "33.3" in words and "…" not in words


def test_json_says_the_same(byhand):
    found = byhand("recipes", "--json").json
    assert [recipe["name"] for recipe in found] == list(RECIPES)
    classic = found[0]
    assert classic["network"] == "784-30-60-10"
    assert classic["parameters"] == 784 * 30 + 30 + 30 * 60 + 60 + 60 * 10 + 10
    assert classic["images"] == 60_000
    assert classic["epochs"] == pytest.approx(1000 * 2000 / 60_000)
    assert classic["cost"] == CLASSIC.cost != ""
    assert classic["summary"] == CLASSIC.summary


def test_a_recipe_in_epochs_says_how_many_over_what_is_not_held_out():
    found = as_json(replace(MLP, epochs=3, validation=6000))
    assert (found["images"], found["epochs"]) == (54_000, 3)


def test_no_more_than_a_tenth_is_held_out():
    assert as_json(replace(MLP, validation=50_000))["images"] == 54_000


def test_parameters_are_those_of_a_trained_model(make_dataset, monkeypatch):
    for room in ("kernels", "nn.fusion"):  # compiling would take most of the time
        monkeypatch.setattr(f"byhand.{room}.compiled_wanted", lambda: False)
    dataset = make_dataset(train=20, test=3, shape=(28, 28), classes=10)
    for recipe in RECIPES.values():
        model = train(recipe, dataset, steps=1, threads=1).model
        learnt = sum(p.size for p in model.network.params.values())
        assert as_json(recipe)["parameters"] == learnt


def test_the_figures_are_for_mnist():
    mnist = load_dataset("mnist")
    found = (len(mnist.train), mnist.image_shape, len(mnist.class_names))
    assert found == (recipes.IMAGES, recipes.SHAPE, recipes.CLASSES)


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("pixels 1 | flatten | dense 10", "784-10"),
        ("pixels 1 | conv 8 3x3 | relu | flatten | dense 10", "conv 8, dense 10"),
        (
            "pixels 1 | conv 16 5x5 | conv 32 3x3 | flatten | dense 64 | dense 11",
            "conv 16-32, dense 64-11",
        ),
    ],
)
def test_a_network_is_described_in_a_few_words(architecture: str, expected: str):
    assert short(architecture) == expected
