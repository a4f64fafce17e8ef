"""byhand recipes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from byhand import load_dataset, train
from byhand.cli import recipes
from byhand.cli.recipes import as_json, short
from byhand.nn.threads import available_threads
from byhand.training.recipe_file import load_recipe
from byhand.training.recipes import CLASSIC, MLP, RECIPES
from byhand.training.speeds import DataSize, Speed, record
from byhand.words import duration


def test_every_recipe_has_a_line(byhand):
    ended = byhand("recipes")
    head, *lines, _ = ended.out.splitlines()
    assert head.split() == [
        *("name", "network", "parameters", "images", "epochs", "time", "here"),
        "summary",
    ]
    assert [line.split()[0] for line in lines] == list(RECIPES)
    for line, recipe in zip(lines, RECIPES.values(), strict=True):
        assert recipe.summary in line
    assert lines[0].split()[1:6] == ["784-30-60-10", "26,020", "60,000", "33.3", "–"]


def test_what_was_not_measured_here_is_said_to_be_measurable(byhand):
    hint = "Not all times are known here: byhand recipes --measure"
    ended = byhand("recipes")
    assert ended.err == "" and ended.out.splitlines()[-1] == hint
    assert "--measure" not in byhand("recipes", "--quiet").out


@pytest.fixture
def known():
    """A record of every recipe on this machine, a hundredth of a second a step."""
    threads = available_threads()
    mnist = DataSize("mnist", recipes.IMAGES, recipes.SHAPE, recipes.CLASSES)
    for recipe in RECIPES.values():
        record(recipe, mnist, threads, Speed(0.01, 0.0))


def test_the_time_is_that_of_this_machines_record(byhand, known):
    ended = byhand("recipes")
    assert ended.err == "" and "–" not in ended.out and "known" not in ended.out
    rows = [line.split("  ") for line in ended.out.splitlines()[1:]]
    times = {row[0].strip(): " ".join(row[1:]) for row in rows}
    found = {row["name"]: row["seconds"] for row in byhand("recipes", "--json").json}
    assert found["fast"] == pytest.approx(0.01 * RECIPES["fast"].steps)
    assert found["mlp"] == pytest.approx(0.01 * 108 * RECIPES["mlp"].epochs)
    assert all(f" {duration(found[name])} " in times[name] for name in RECIPES)


def test_times_are_measured_when_asked_for(byhand, monkeypatch):
    probed = []

    def probe(job, threads, step):
        probed.append((job.recipe.name, job.dataset.name, threads))
        return Speed(0.01, 0.0)

    monkeypatch.setattr("byhand.training.duration.probe", probe)
    ended = byhand("recipes", "--measure", "--json")
    threads = available_threads()
    assert probed == [(name, "mnist", threads) for name in RECIPES]
    assert all(row["seconds"] > 0 for row in ended.json)
    assert ended.err == "" or "compiling" in ended.err
    assert byhand("recipes", "--json").json == ended.json


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_no_line_is_longer_than_the_terminal_and_no_word_is_cut(
    byhand, known, monkeypatch, columns: int
):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = byhand("recipes").out
    assert max(map(len, out.splitlines())) <= columns
    words = " ".join(out.split())
    for recipe in RECIPES.values():
        assert recipe.name in words
        if columns == 200:
            assert recipe.summary in words
    assert "26,020" in words and "33.3" in words and "…" not in words
    seconds = 0.01 * RECIPES["fast"].steps
    assert f"{duration(seconds)} " in words


def test_on_a_narrow_terminal_an_unknown_time_is_said_in_words(byhand, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = " ".join(byhand("recipes").out.split())
    assert words.count("time here not known") == len(RECIPES)


def test_json_says_the_same(byhand):
    found = byhand("recipes", "--json").json
    assert [recipe["name"] for recipe in found] == list(RECIPES)
    classic = found[0]
    assert classic["network"] == "784-30-60-10"
    assert classic["parameters"] == 784 * 30 + 30 + 30 * 60 + 60 + 60 * 10 + 10
    assert classic["images"] == 60_000
    assert classic["epochs"] == pytest.approx(1000 * 2000 / 60_000)
    assert classic["seconds"] is None and "cost" not in classic
    assert classic["summary"] == CLASSIC.summary


def test_a_recipe_in_epochs_says_how_many_over_what_is_not_held_out():
    found = as_json(replace(MLP, epochs=3, validation=6000))
    assert (found["images"], found["epochs"]) == (54_000, 3)


def test_a_recipe_is_printed_as_a_file_that_trains_it(byhand, tmp_path):
    printed = byhand("recipes", "--toml", "small")
    assert (printed.code, printed.err) == (0, "")
    (tmp_path / "x.toml").write_text(printed.out, "utf-8")
    assert load_recipe(tmp_path / "x.toml") == RECIPES["small"]
    again = byhand("recipes", "--toml", tmp_path / "x.toml")
    assert again.out == printed.out
    wrong = byhand("recipes", "--toml", "smal")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err.endswith("got 'smal'; did you mean small?\n")


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
