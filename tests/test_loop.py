"""The training loop: the same again bit for bit, resumed or not; what it returns."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand import tensors
from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset, Split, load_dataset
from byhand.errors import (
    DataError,
    DivergedError,
    RecipeError,
    ShapeError,
    TrainingStopped,
)
from byhand.nn import softmax_cross_entropy
from byhand.training.batches import split
from byhand.training.loop import Progress, train
from byhand.training.outcome import Result
from byhand.training.recipe import Recipe, read_recipe
from byhand.training.state import Epoch

SMALL = Recipe(
    name="small",
    summary="for tests",
    architecture="pixels 1/255 | flatten | dense 12 | relu | dense {classes}",
    epochs=4,
    batch=20,  # of 81 images: five steps an epoch, the last of one image
    shard=8,
    lr=0.1,
    schedule="constant",
    momentum=0.9,
    validation=9,
)
CHANCE = "pixels 1/255 | flatten | dense 12 | relu | dropout 0.3 | dense {classes}"
RECIPES = {
    "momentum and best kept": SMALL,
    "adamw and dropout": dataclasses.replace(
        SMALL,
        architecture=CHANCE,
        optimizer="adamw",
        momentum=0.0,
        lr=0.01,
        weight_decay=0.1,
    ),
    "batch norm": dataclasses.replace(
        SMALL,
        architecture="pixels 1/255 | flatten | dense 12 | batchnorm | relu "
        "| dense {classes}",
    ),
    "per batch, without validation": dataclasses.replace(
        SMALL, replacement="per_batch", validation=0
    ),
    "moved, clipped, cosine": dataclasses.replace(
        SMALL, augmentation=Augmentation(shift=1), clip=0.5, l2=0.01, schedule="cosine"
    ),
    "everything changed, ema, smoothed": dataclasses.replace(
        SMALL,
        augmentation=Augmentation(
            rotate=9, elastic=0.5, roam=0.2, damage=0.3, european=0.5, nondigits=0.3
        ),
        ema_decay=0.9,
        label_smoothing=0.1,
    ),
}
each_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def bits(result: Result) -> dict[str, bytes]:
    return {name: p.tobytes() for name, p in result.model.network.params.items()}


def story(result: Result) -> list[Epoch]:
    """Return the history without the times."""
    return [dataclasses.replace(epoch, seconds=0.0) for epoch in result.history]


def stop_after(step: int) -> dict[str, Callable[..., Any]]:
    """Return the arguments that stop a run after some steps."""
    steps: list[int] = []
    return {
        "on_progress": lambda progress: steps.append(progress.step),
        "should_stop": lambda: steps[-1] == step,
    }


# --- the same again -------------------------------------------------------------------


@each_recipe
def test_the_same_seed_gives_the_same_bits_with_any_number_of_threads(recipe, dataset):
    one = train(recipe, dataset, seed=3, threads=1)
    two = train(recipe, dataset, seed=3, threads=2)
    assert story(one) == story(two)
    assert bits(one) == bits(two)


@each_recipe
def test_another_seed_gives_another_start_and_another_history(recipe, dataset):
    one = train(recipe, dataset, seed=3, threads=1)
    two = train(recipe, dataset, seed=4, threads=1)
    assert story(one)[0].loss != story(two)[0].loss
    assert set(bits(one).values()).isdisjoint(bits(two).values())


@each_recipe
@pytest.mark.parametrize("after", [1, 5, 13, 19])
def test_a_run_that_was_stopped_goes_on_with_the_same_bits(
    recipe, after, dataset, tmp_path
):
    throughout = train(recipe, dataset, seed=3, threads=1)
    path = tmp_path / "run.checkpoint"
    with pytest.raises(TrainingStopped):
        train(recipe, dataset, seed=3, threads=1, checkpoint=path, **stop_after(after))
    resumed = train(resume=path, dataset=dataset, threads=2)
    assert story(resumed) == story(throughout)
    assert bits(resumed) == bits(throughout)
    assert (resumed.steps, resumed.images) == (throughout.steps, throughout.images)


def test_a_run_may_be_stopped_after_every_step(dataset, tmp_path):
    throughout = train(SMALL, dataset, epochs=2, seed=3, threads=1)
    path = tmp_path / "run.checkpoint"
    arguments: dict[str, Any] = {"recipe": SMALL, "epochs": 2, "seed": 3}
    for _ in range(9):
        with pytest.raises(TrainingStopped):
            train(
                dataset=dataset,
                threads=1,
                checkpoint=path,
                should_stop=lambda: True,
                **arguments,
            )
        arguments = {"resume": path}
    resumed = train(dataset=dataset, threads=1, **arguments)
    assert story(resumed) == story(throughout)
    assert bits(resumed) == bits(throughout)


def test_the_best_from_before_a_stop_is_kept(dataset, tmp_path):
    # no step after the stop changes anything for the better: their rate is tiny
    path = tmp_path / "run.checkpoint"
    recipe = dataclasses.replace(SMALL, schedule="step", epochs=20)
    throughout = train(recipe, dataset, seed=3, threads=1)
    with pytest.raises(TrainingStopped):
        train(recipe, dataset, seed=3, checkpoint=path, **stop_after(97))
    resumed = train(resume=path, dataset=dataset, threads=1)
    assert bits(resumed) == bits(throughout)


def test_a_finished_run_that_is_resumed_is_the_same(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("byhand.training.checkpoint.SECONDS_BETWEEN", -1.0)
    path = tmp_path / "run.checkpoint"
    throughout = train(SMALL, dataset, threads=1, checkpoint=path)
    again = train(resume=path, dataset=dataset, threads=1)
    assert again.history == throughout.history
    assert bits(again) == bits(throughout)


# --- stopping -------------------------------------------------------------------------


def test_a_run_asked_to_stop_saves_and_says_where(dataset, tmp_path):
    path = tmp_path / "folder" / "run.checkpoint"
    with pytest.raises(TrainingStopped, match="stopped after step 7 of 20") as caught:
        train(SMALL, dataset, threads=1, checkpoint=path, **stop_after(7))
    assert caught.value.checkpoint == path
    assert path.is_file()


def test_a_run_asked_to_stop_without_a_checkpoint_saves_nothing(dataset):
    with pytest.raises(TrainingStopped) as caught:
        train(SMALL, dataset, threads=1, should_stop=lambda: True)
    assert caught.value.checkpoint is None


def test_a_run_is_not_asked_to_stop_when_it_is_done(dataset):
    asked: list[bool] = []
    train(SMALL, dataset, threads=1, should_stop=lambda: bool(asked.append(True)))
    assert len(asked) == 19


# --- learning -------------------------------------------------------------------------


def test_64_images_of_noise_are_learnt_by_heart(rng):
    images = rng.integers(0, 256, (64, 9, 8)).astype(np.uint8)
    part = Split(images, rng.integers(0, 10, 64))
    noise = Dataset("noise", part, part, tuple("0123456789"))
    recipe = dataclasses.replace(SMALL, epochs=100, schedule="one-cycle", validation=0)
    result = train(recipe, noise, threads=1)
    assert result.history[-1].training_accuracy == 1.0
    assert_array_equal(result.model.predict(images), part.labels)


def test_mnist_is_mostly_learnt_in_forty_steps():
    mnist = load_dataset("mnist")
    result = train("mlp", mnist, steps=40, validation=1000)
    guesses = result.model.predict(mnist.test.images[:1000])
    assert (guesses == mnist.test.labels[:1000]).mean() > 0.8


@pytest.mark.parametrize("shape", [(28, 28), (5, 13), (1, 1)])
@pytest.mark.parametrize("classes", [1, 2, 5])
def test_images_of_any_size_and_any_number_of_classes_are_learnt(
    shape, classes, make_dataset
):
    data = make_dataset(shape=shape, classes=classes, train=40, test=10)
    result = train(SMALL, data, epochs=1, threads=1)
    assert result.model.predict_proba(data.test.images).shape == (10, classes)
    assert result.model.image_shape == shape
    assert result.model.class_names == tuple("abcde"[:classes])


def parameters(path: Path) -> np.ndarray:
    """Return all parameters in a checkpoint in one row."""
    _, arrays = tensors.read(path, "checkpoint")
    network = {n: a for n, a in arrays.items() if n.startswith("network/")}
    return np.concatenate([network[name].ravel() for name in sorted(network)])


@pytest.mark.parametrize(("step", "rate"), [(3, 0.1), (4, 0.01), (6, 0.001)])
def test_a_step_goes_as_far_as_the_schedule_and_the_clipping_let_it(
    step, rate, dataset, tmp_path
):
    recipe = dataclasses.replace(
        SMALL, schedule="step", clip=0.01, momentum=0.0, validation=0
    )
    places = []
    for after in (step, step + 1):
        path = tmp_path / "run.checkpoint"
        stop = stop_after(after)
        with pytest.raises(TrainingStopped):
            train(recipe, dataset, steps=8, threads=1, checkpoint=path, **stop)
        places.append(parameters(path))
    distance = np.linalg.norm(places[1] - places[0])
    assert distance == pytest.approx(rate * 0.01, rel=0.01)


@pytest.mark.parametrize("init", ["he", "normal 0.01"])
def test_a_run_starts_as_its_recipe_says(init, dataset):
    recipe = dataclasses.replace(SMALL, init=init, lr=1e-12)
    params = train(recipe, dataset, steps=1, threads=1).model.network.params
    assert (params["2.b"] != 0).all() == (init == "normal 0.01")
    expected = 0.01 if init == "normal 0.01" else math.sqrt(2 / 42)
    assert params["2.w"].std() == pytest.approx(expected, rel=0.1)


def test_what_batch_norm_measures_is_remembered(dataset):
    recipe = RECIPES["batch norm"]
    state = train(recipe, dataset, steps=1, threads=1).model.network.state
    assert (state["3.mean"] != 0).all()
    assert (state["3.var"] != 1).all()


# --- diverging ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"lr": 1e25},
        {"lr": 1e38, "clip": 1.0, "l2": 0.1},
        {"lr": 1e300},
        {"lr": 1e30, "optimizer": "adamw", "momentum": 0.0, "weight_decay": 1.0},
        {"lr": 1e30, "batch": 1000},  # measured on validation after each step
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_that_diverges_stops_at_once_and_without_warnings(
    change, threads, dataset
):
    seen: list[Progress] = []
    recipe = dataclasses.replace(SMALL, **change)
    with pytest.raises(
        DivergedError, match=r"step \d: expected a finite loss, got nan"
    ):
        train(recipe, dataset, threads=threads, on_progress=seen.append)
    assert len(seen) <= 3


def test_a_run_that_diverges_says_what_to_try(dataset):
    recipe = dataclasses.replace(SMALL, lr=2e30)
    with pytest.raises(DivergedError, match=r"a smaller learning rate, as --lr 2e\+29"):
        train(recipe, dataset, threads=1)


def test_a_run_that_diverges_in_its_last_step_gives_no_model(dataset):
    recipe = dataclasses.replace(SMALL, lr=1e300)
    with pytest.raises(DivergedError, match="step 1: expected finite weights at the"):
        train(recipe, dataset, steps=1, threads=1)


def test_a_run_that_ends_with_an_absurd_loss_has_diverged(dataset, monkeypatch):
    network = "pixels 1 | flatten | dense 12 | relu | dense {classes}"
    recipe = dataclasses.replace(SMALL, architecture=network, lr=30.0, momentum=0.0)
    with pytest.raises(DivergedError, match=r"a training loss below \d+, got .*e"):
        train(recipe, dataset, steps=3, threads=1)


def test_an_absurd_validation_loss_alone_is_enough(dataset):
    # a loss of our own may have any scale; this one asks for wrong answers
    def away(logits, labels):
        dlogits = np.zeros_like(logits)
        dlogits[np.arange(len(labels)), labels] = 1.0
        return 1e20, dlogits

    linear = "pixels 1/255 | flatten | dense {classes}"
    recipe = dataclasses.replace(SMALL, architecture=linear, lr=10.0, momentum=0.0)
    with pytest.raises(DivergedError, match=r"a validation loss below \d+, got"):
        train(recipe, dataset, threads=1, loss=away)
    assert train(recipe, dataset, steps=1, threads=1, loss=away, lr=0.01)


def test_the_advice_of_a_run_that_diverged_leads_to_one_that_trains(dataset):
    lr, tried = 1e38, []
    while len(tried) < 60:
        tried.append(lr)
        try:
            result = train("mlp", dataset, steps=20, threads=1, lr=lr)
            break
        except DivergedError as error:
            lr = float(str(error).rpartition("--lr ")[2])
    assert result.history[-1].loss < 3
    assert 1 < len(tried) < 6, tried


def test_the_rate_of_a_recipe_by_name_is_the_first_to_be_advised(dataset):
    with pytest.raises(DivergedError, match=r"as --lr 0\.3$"):
        train("mlp", dataset, steps=20, threads=1, lr=1e38)


# --- progress and history -------------------------------------------------------------


def test_every_step_is_reported(dataset):
    seen: list[Progress] = []
    result = train(SMALL, dataset, threads=1, on_progress=seen.append)
    assert [p.step for p in seen] == list(range(1, 21))
    assert {p.steps for p in seen} == {20}
    assert all(math.isfinite(p.loss) and p.images_per_second > 0 for p in seen)
    assert all(a.seconds < b.seconds for a, b in itertools.pairwise(seen))
    epochs = [p.epoch for p in seen if p.epoch]
    assert [p.step for p in seen if p.epoch] == [5, 10, 15, 20]
    assert tuple(epochs) == result.history


def test_the_history_has_the_means_over_each_epoch(dataset):
    seen: list[Progress] = []
    result = train(SMALL, dataset, threads=1, on_progress=seen.append)
    sizes = [20, 20, 20, 20, 1]
    for number, epoch in enumerate(result.history):
        losses = [p.loss for p in seen[5 * number : 5 * number + 5]]
        expected = sum(a * b for a, b in zip(sizes, losses, strict=True)) / 81
        assert epoch.loss == pytest.approx(expected, rel=1e-12)
        assert epoch.number == number + 1
        assert (81 * epoch.training_accuracy) % 1 == pytest.approx(0, abs=1e-9)


def test_the_loss_of_a_step_has_the_penalty_in_it(dataset):
    losses = {}
    for l2 in (0.0, 0.5):
        recipe = dataclasses.replace(SMALL, l2=l2)
        result = train(recipe, dataset, steps=1, threads=1)
        losses[l2] = result.history[0].loss
    assert losses[0.5] > losses[0.0] + 0.1


def test_the_history_says_what_was_measured_before_each_step(dataset):
    # one step an epoch: epoch 2 is measured with the weights that epoch 1 left
    recipe = dataclasses.replace(SMALL, batch=1000, validation=0)
    first = train(recipe, dataset, epochs=1, threads=1)
    second = train(recipe, dataset, epochs=2, threads=1).history[1]
    logits = first.model.logits(dataset.train.images)
    loss, _ = softmax_cross_entropy(logits, dataset.train.labels)
    right = (logits.argmax(axis=1) == dataset.train.labels).mean()
    assert second.loss == pytest.approx(loss, rel=1e-5)
    assert second.training_accuracy == right


def test_a_run_that_ends_within_an_epoch_has_an_entry_for_the_rest(dataset):
    history = train(SMALL, dataset, steps=7, threads=1).history
    assert [(e.number, e.step) for e in history] == [(1, 5), (2, 7)]


def test_the_history_has_the_learning_rate_of_the_last_step(dataset):
    recipe = dataclasses.replace(SMALL, schedule="cosine")
    history = train(recipe, dataset, threads=1).history
    expected = [0.05 * (1 + math.cos(math.pi * step / 20)) for step in (4, 9, 14, 19)]
    assert [e.lr for e in history] == pytest.approx(expected, rel=1e-12)


def test_the_time_of_an_epoch_is_when_it_ended(dataset):
    recipe = dataclasses.replace(SMALL, batch=1000)  # each step ends an epoch
    result = train(recipe, dataset, threads=1)
    times = [0.0, *(e.seconds for e in result.history), result.seconds]
    assert all(a < b for a, b in itertools.pairwise(times))


def test_the_result_counts_steps_and_images(dataset):
    result = train(SMALL, dataset, threads=1)
    assert (result.steps, result.images) == (20, 4 * 81)
    assert result.images_per_second == result.images / result.seconds
    recipe = dataclasses.replace(SMALL, replacement="per_batch")
    result = train(recipe, dataset, threads=1)
    assert (result.steps, result.images) == (20, 400)


def test_the_model_says_how_it_came_about(dataset):
    result = train(SMALL, dataset, seed=3, threads=1)
    info = result.model.info
    assert read_recipe(info["recipe"]) == SMALL
    assert info["seed"] == 3
    assert info["dataset"]["name"] == "toy"
    assert info["trained_on"] == 81
    assert info["seconds"] == result.seconds
    assert info["history"] == [dataclasses.asdict(e) for e in result.history]
    assert info["versions"].keys() == {"byhand", "numpy"}


# --- validation -----------------------------------------------------------------------


def restless(dataset: Dataset) -> Recipe:
    """Return a recipe whose accuracy goes up and down."""
    return dataclasses.replace(SMALL, lr=0.4, epochs=12)


def test_of_all_epochs_the_best_on_validation_is_kept(make_dataset):
    data = make_dataset(train=100, noise=140.0)
    result = train(restless(data), data, seed=1, threads=1)
    accuracies = [e.validation_accuracy for e in result.history]
    best = max(n for n, a in enumerate(accuracies, 1) if a == max(accuracies))
    assert 1 < best < len(accuracies)  # so it is neither the first nor the last
    assert accuracies[-1] < max(accuracies)

    _, held_out = split(100, 9)
    guesses = result.model.predict(data.train.images[held_out])
    assert (guesses == data.train.labels[held_out]).mean() == max(accuracies)
    # the rate is constant, so a run of that many epochs has the same weights
    shorter = train(restless(data), data, seed=1, threads=1, epochs=best)
    assert bits(shorter) == bits(result)


def test_of_equally_good_epochs_the_last_is_kept(make_dataset):
    data = make_dataset(noise=5.0)
    long, short = (train(SMALL, data, threads=1, epochs=n) for n in (8, 7))
    assert [e.validation_accuracy for e in long.history[6:]] == [1.0, 1.0]
    assert bits(long) != bits(short)


def test_the_validation_loss_is_that_of_the_network_after_the_epoch(dataset):
    result = train(SMALL, dataset, epochs=1, threads=1)  # one epoch: it is the best
    _, held_out = split(90, 9)
    logits = result.model.network.forward(dataset.train.images[held_out])[0]
    expected, _ = softmax_cross_entropy(logits, dataset.train.labels[held_out])
    assert result.history[0].validation_loss == pytest.approx(expected, rel=1e-5)


def test_without_validation_there_is_no_validation_loss(dataset):
    result = train(SMALL, dataset, validation=0, epochs=1, threads=1)
    assert result.history[0].validation_loss is None
    assert result.history[0].validation_accuracy is None


def test_images_held_out_are_never_trained_on(dataset):
    _, held_out = split(90, 9)
    images = dataset.train.images.copy()
    images[held_out] = 255 - images[held_out]
    other = dataclasses.replace(dataset, train=Split(images, dataset.train.labels))
    one, two = (train(SMALL, d, steps=3, threads=1) for d in (dataset, other))
    assert bits(one) == bits(two)
    assert one.history[0].loss == two.history[0].loss


def test_without_validation_all_images_are_trained_on_and_the_last_is_kept(
    make_dataset,
):
    data = make_dataset(train=100, noise=140.0)
    recipe = dataclasses.replace(restless(data), validation=0)
    result = train(recipe, data, seed=1, threads=1)
    assert {e.validation_accuracy for e in result.history} == {None}
    assert result.images == 12 * 100
    assert result.model.info["trained_on"] == 100


@pytest.mark.parametrize(
    ("asked", "train_count", "trained_on"),
    [(9, 90, 81), (5000, 90, 81), (5, 90, 85), (0, 90, 90), (9, 9, 9), (5000, 12, 11)],
)
def test_a_tenth_is_held_out_at_most(asked, train_count, trained_on, make_dataset):
    data = make_dataset(train=train_count)
    result = train(SMALL, data, steps=1, validation=asked, threads=1)
    assert result.model.info["trained_on"] == trained_on


# --- what it is asked -----------------------------------------------------------------


def test_the_length_of_a_recipe_can_be_set(dataset):
    assert train(SMALL, dataset, epochs=2, threads=1).steps == 10
    assert train(SMALL, dataset, steps=2, threads=1).steps == 2


def test_the_length_that_was_set_is_that_of_the_resumed_run(dataset, tmp_path):
    path = tmp_path / "run.checkpoint"
    with pytest.raises(TrainingStopped):
        train(SMALL, dataset, steps=8, checkpoint=path, **stop_after(3))
    assert train(resume=path, dataset=dataset, threads=1).steps == 8


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"epochs": 1, "steps": 1}, RecipeError, "expected epochs or steps, got both"),
        ({"epochs": 0}, RecipeError, "epochs: expected an integer of 1 or more"),
        ({"steps": -1}, RecipeError, "steps: expected an integer of 1 or more"),
        ({"validation": -1}, RecipeError, "validation: expected an integer of 0 or"),
        ({"seed": -1}, RecipeError, "expected a seed of 0 or more, got -1"),
        ({"recipe": "nonesuch"}, RecipeError, "expected one of classic, mlp"),
        ({"dataset": "nonesuch"}, DataError, "nonesuch"),
    ],
)
def test_what_cannot_be_is_refused(arguments, error, message, dataset):
    with pytest.raises(error, match=message):
        train(**{"recipe": SMALL, "dataset": dataset, "threads": 1, **arguments})


def test_a_data_set_without_images_is_refused(dataset):
    nothing = Split(dataset.train.images[:0], dataset.train.labels[:0])
    empty = dataclasses.replace(dataset, train=nothing)
    with pytest.raises(DataError, match="toy: expected training images, got none"):
        train(SMALL, empty, threads=1)


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ("flatten | magic 3", "expected one of .*, got 'magic'"),
        ("flatten | dense {", "cannot read 'dense {'"),
        ("flatten | dense {colours}", "cannot read 'dense {colours}'"),
    ],
)
def test_a_recipe_of_a_network_that_does_not_exist_is_refused(
    architecture, message, dataset
):
    recipe = dataclasses.replace(SMALL, architecture=architecture)
    with pytest.raises(ShapeError, match=message):
        train(recipe, dataset, threads=1)


def test_by_default_the_standard_recipe_is_trained_on_mnist(monkeypatch, make_dataset):
    asked: list[str | Path] = []

    def load(name: str | Path, **_: object) -> Dataset:
        asked.append(name)
        return make_dataset(classes=10, shape=(28, 28))

    monkeypatch.setattr("byhand.training.start.load_dataset", load)
    result = train(steps=1, threads=1)
    assert result.model.info["recipe"]["name"] == "standard"
    assert asked == ["mnist"]


# --- the exponential moving average ---------------------------------------------------


def test_the_model_is_the_average_of_the_weights_of_all_steps(dataset):
    """Followed by hand from runs that are one step longer each."""
    recipe = dataclasses.replace(
        SMALL, validation=0, epochs=None, steps=1, ema_decay=0.5
    )
    plain = dataclasses.replace(recipe, ema_decay=0.0)
    mean = None
    for step in range(5):
        run = train(dataclasses.replace(plain, steps=step + 1), dataset, threads=1)
        weights = run.model.network.params["2.w"]
        if mean is None:
            start = train(dataclasses.replace(plain, steps=1, lr=1e-30), dataset)
            mean = start.model.network.params["2.w"]
        keep = min(0.5, (step + 1) / (step + 10))
        mean = mean + (1 - keep) * (weights - mean)
    found = train(dataclasses.replace(recipe, steps=5), dataset, threads=1)
    assert_allclose(found.model.network.params["2.w"], mean, rtol=1e-4, atol=1e-6)
    assert np.abs(mean - weights).max() > 1e-3


def test_the_average_is_what_is_measured(dataset):
    recipe = dataclasses.replace(SMALL, ema_decay=0.9, lr=0.5)
    result = train(recipe, dataset, threads=1)
    held_out = split(90, 9)[1]
    images, labels = dataset.train.images[held_out], dataset.train.labels[held_out]
    best = max(e.validation_accuracy for e in result.history)
    assert (result.model.predict(images) == labels).mean() == best


# --- the reject class -----------------------------------------------------------------


def test_where_non_digits_are_shown_the_network_has_one_output_more(dataset):
    recipe = dataclasses.replace(
        SMALL, augmentation=Augmentation(nondigits=0.5), epochs=3
    )
    model = train(recipe, dataset, threads=1).model
    images = dataset.test.images
    assert model.scores(images).shape == (30, 4)
    assert model.predict_proba(images).shape == (30, 3)
    assert model.calibration.threshold > -10
    assert model.is_digit(images).shape == (30,)


def test_what_was_held_out_decides_temperature_and_threshold(dataset):
    assert "calibration" in train(SMALL, dataset, threads=1).model.info
    without = dataclasses.replace(SMALL, validation=0)
    model = train(without, dataset, threads=1).model
    assert "calibration" not in model.info
    assert model.calibration.temperature == 1


# --- a teacher ------------------------------------------------------------------------


def test_a_network_can_learn_from_the_model_in_the_package_alone(make_dataset):
    """All labels are wrong, and the share of the teacher is all."""
    digits = load_dataset("mnist").test
    images, labels = digits.images[:500], digits.labels[:500]
    dataset = make_dataset(train=9, test=3, shape=(28, 28), classes=10)
    dataset = dataclasses.replace(
        dataset, train=Split(images, (labels + 1) % 10), test=Split(images, labels)
    )
    recipe = dataclasses.replace(SMALL, epochs=40, lr=0.02, validation=0, distill=1.0)
    model = train(recipe, dataset, threads=2).model
    assert (model.predict(images) == labels).mean() > 0.9


def test_a_teacher_of_other_images_is_refused(dataset):
    recipe = dataclasses.replace(SMALL, distill=0.5)
    with pytest.raises(RecipeError, match="as its teacher knows them, got"):
        train(recipe, dataset, threads=1)
