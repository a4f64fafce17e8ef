"""A run on disk, from its plan to its report, without a command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand import load
from byhand.errors import ModelError, RecipeError, TrainingStopped
from byhand.runs.finish import finish
from byhand.runs.plan import Plan, new_plan, resumed_plan
from byhand.runs.report import draw_report, example_of
from byhand.runs.run import run
from byhand.training.fitting import fitted
from byhand.training.recipes import RECIPES


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


SHORT = {"steps": 8, "lr": 0.1}


def stopped(plan: Plan, dataset, after: int) -> Path:
    """Return the checkpoint of a run of the plan, stopped after some steps."""
    steps: list[int] = []
    with pytest.raises(TrainingStopped):
        run(
            plan,
            dataset,
            1,
            on_progress=lambda progress: steps.append(progress.step),
            should_stop=lambda: steps[-1] == after,
        )
    return plan.files.checkpoint


# --- the plan -------------------------------------------------------------------------


def test_without_anything_the_default_recipe_is_planned_on_mnist():
    plan = new_plan()
    assert plan.recipe == RECIPES["standard"]
    assert (plan.seed, plan.data, plan.resume) == (0, "mnist", None)
    assert plan.files.model == Path("runs/mnist-standard-0/model.safetensors")


def test_settings_replace_the_recipes_and_a_length_replaces_the_other():
    plan = new_plan("mlp", changes={"steps": 9, "lr": 0.5, "validation": 7})
    recipe = plan.recipe
    assert (recipe.epochs, recipe.steps, recipe.lr) == (None, 9, 0.5)
    assert recipe.validation == 7
    assert new_plan("classic", changes={"epochs": 2}).recipe.steps is None


def test_a_run_of_a_file_is_named_by_it_and_by_what_is_set_besides():
    Path("own.toml").write_text('based_on = "mlp"\nbatch = 50\n')
    assert new_plan("own.toml").files.model == Path(
        "runs/mnist-own-0/model.safetensors"
    )
    plan = new_plan("own.toml", changes={"l2": 0.1, "augmentation.shift": 2})
    assert plan.files.model.parent == Path("runs/mnist-own-0-l2-0.1-shift-2")
    assert (plan.recipe.batch, plan.recipe.l2) == (50, 0.1)


def test_a_file_with_the_name_of_a_recipe_is_named_by_what_differs():
    Path("my.toml").write_text('based_on = "mlp"\nname = "mlp"\nbatch = 50\n')
    plan = new_plan("my.toml", changes={"lr": 0.5})
    assert plan.files.model.parent == Path("runs/mnist-mlp-0-batch-50-lr-0.5")


@pytest.mark.parametrize(
    "changes", [{"epochs": 1, "steps": 1}, {"lr": -1}, {"momentum": 5}]
)
def test_settings_that_cannot_be_are_refused(changes):
    with pytest.raises(RecipeError, match="recipe mlp"):
        new_plan("mlp", changes=changes)


# --- the run --------------------------------------------------------------------------


def test_a_run_leaves_its_model_with_test_figures_and_no_checkpoint(dataset):
    plan = new_plan("mlp", seed=2, changes=SHORT)
    seen: list[int] = []
    result = run(plan, dataset, 1, on_progress=lambda now: seen.append(now.step))
    assert seen == list(range(1, 9))
    plan.files.checkpoint.write_bytes(b"state")
    scores = finish(plan, dataset, result)
    assert not plan.files.checkpoint.exists()
    test = load(plan.files.model).info["test"]
    assert (test["accuracy"], test["count"]) == (scores.accuracy, 30)


def test_a_stopped_run_goes_on_from_its_checkpoint_alone(dataset):
    plan = new_plan("mlp", seed=2, changes=SHORT)
    checkpoint = stopped(plan, dataset, after=3)
    resumed = resumed_plan(checkpoint)
    built = fitted(plan.recipe, dataset.image_shape)
    assert (resumed.recipe, resumed.seed) == (built, 2)
    assert (resumed.files, resumed.resume) == (plan.files, checkpoint)
    assert resumed.data == "toy"
    seen: list[int] = []
    result = run(resumed, dataset, 1, on_progress=lambda now: seen.append(now.step))
    assert seen == [4, 5, 6, 7, 8]
    throughout = run(new_plan("mlp", 2, changes=SHORT, force=True), dataset, 1)
    expected = throughout.model.network.arrays
    for name, array in result.model.network.arrays.items():
        assert_array_equal(array, expected[name])


@pytest.mark.parametrize(("given", "own"), [({"seed": 1}, "2"), ({"recipe": "x"}, "m")])
def test_what_contradicts_a_checkpoint_is_refused(given, own, dataset):
    checkpoint = stopped(new_plan("mlp", 2, changes=SHORT), dataset, after=3)
    with pytest.raises(RecipeError, match=f"expected --{next(iter(given))} {own}"):
        resumed_plan(checkpoint, **given)


def test_a_place_that_cannot_be_written_is_refused_before_training(dataset):
    Path("there").mkdir()
    plan = new_plan("mlp", out=Path("there"))
    with pytest.raises(ModelError, match="there: cannot be written"):
        run(plan, dataset, on_progress=lambda now: pytest.fail("it has begun"))


# --- the report -----------------------------------------------------------------------


def test_a_report_is_four_pictures_one_of_them_to_try(dataset, monkeypatch):
    pytest.importorskip("matplotlib")
    plan = new_plan("mlp", changes=SHORT)
    result = run(plan, dataset, 1)
    scores = finish(plan, dataset, result)
    drawn = draw_report(plan.files.report, result, scores, dataset)
    assert len(drawn) == 4
    assert all(path.parent == plan.files.report and path.exists() for path in drawn)
    example = example_of(drawn)
    assert example is not None and example.name == "example.png"
    assert example_of([]) is None


def test_the_example_is_the_first_test_image(dataset):
    pytest.importorskip("matplotlib")
    from PIL import Image

    plan = new_plan("mlp", changes=SHORT)
    result = run(plan, dataset, 1)
    drawn = draw_report(Path("here"), result, finish(plan, dataset, result), dataset)
    with Image.open(drawn[-1]) as picture:
        assert_array_equal(np.asarray(picture), dataset.test.images[0])
