"""How long a run takes, and how many epochs take a given time."""

from __future__ import annotations

import dataclasses
import itertools
import math
import types

import pytest

from byhand import load_dataset, train, words
from byhand.errors import DataError, RecipeError, TrainingStopped
from byhand.nn import SGD
from byhand.training import duration, loop, speeds
from byhand.training.duration import (
    Timing,
    check_minutes,
    length_of,
    probe,
    seconds_of,
)
from byhand.training.own import Own
from byhand.training.recipe import Recipe
from byhand.training.recipes import RECIPES
from byhand.training.speeds import Speed, record, size_of
from byhand.training.start import make_job

SMALL = Recipe(
    name="small",
    summary="for tests",
    architecture="pixels 1/255 | flatten | dense 12 | relu | dropout 0.3 "
    "| dense {classes}",
    epochs=40,
    batch=20,  # of 81 images: five steps an epoch
    shard=8,
    lr=0.1,
    momentum=0.9,
    ema_decay=0.9,
    validation=9,
)
IN_STEPS = dataclasses.replace(SMALL, epochs=None, steps=400, validation=0)
# a step of a second, an image held out of a tenth: 5.9 s an epoch
SPEED = Speed(1.0, 0.1)


@pytest.fixture
def at_speed(monkeypatch):
    """The function that says how fast a probe finds the machine."""

    def set_speed(speed: Speed) -> None:
        monkeypatch.setattr(duration, "probe", lambda *_: speed)

    return set_speed


def nothing(*_):
    pytest.fail("a probe, where there is a record")


# --- how long -------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", [*RECIPES.values(), SMALL, IN_STEPS])
@pytest.mark.parametrize("count", [1, 9, 81, 90])
def test_the_length_of_a_run_is_that_of_its_job(recipe, count, make_dataset):
    dataset = make_dataset(train=count, shape=(28, 28))
    recipe = dataclasses.replace(recipe, distill=0.0)
    job = make_job(recipe, dataset, 0)
    found = length_of(recipe, count)
    assert found.steps == job.steps
    assert found.steps_an_epoch == job.batches.steps_an_epoch
    assert found.held_out == len(job.held_out)


def test_a_run_takes_its_steps_and_a_measurement_after_each_epoch():
    assert seconds_of(SMALL, 90, SPEED) == pytest.approx(40 * (5 + 0.9))
    in_steps = dataclasses.replace(IN_STEPS, steps=6, validation=9)
    assert seconds_of(in_steps, 90, SPEED) == pytest.approx(6 + 2 * 0.9)


def test_no_images_take_no_steps_of_an_epoch():
    assert length_of(SMALL, 0).held_out == 0


# --- the probe ------------------------------------------------------------------------


class Clock:
    """A clock that moves by what was done: the seconds of a step or a measurement."""

    def __init__(self, monkeypatch, step_seconds, image_seconds: float = 0.1) -> None:
        self.now, self.steps = 0.0, 0
        self.step_seconds, self.image_seconds = iter(step_seconds), image_seconds
        monkeypatch.setattr(duration, "measure", self.measure)

    def step(self, job, state, workers, lr):
        assert lr == 0.0
        self.steps += 1
        self.now += next(self.step_seconds)

    def measure(self, workers, network, data, chosen, classes, chunk=1000):
        self.now += self.image_seconds * len(chosen)

    def __call__(self) -> float:
        return self.now


def test_a_probe_leaves_out_the_first_steps_which_compile_and_allocate(
    dataset, monkeypatch
):
    clock = Clock(monkeypatch, itertools.chain([60.0, 9.0], itertools.repeat(0.25)))
    found = probe(make_job(SMALL, dataset, 0), 1, clock.step, clock)
    assert found == pytest.approx((0.25, 0.1))


def test_a_probe_takes_a_second(dataset, monkeypatch):
    clock = Clock(monkeypatch, itertools.repeat(0.125), 0.0)
    probe(make_job(dataclasses.replace(SMALL, epochs=1000), dataset, 0), 1, clock.step,
          clock)  # fmt: skip
    assert clock.steps == 1 + 8


def test_a_probe_of_a_short_run_takes_a_tenth_of_it(dataset, monkeypatch):
    clock = Clock(monkeypatch, itertools.repeat(0.01))
    probe(make_job(SMALL, dataset, 0), 1, clock.step, clock)  # 200 steps
    assert clock.steps == 1 + 20


def test_slow_steps_are_few(dataset, monkeypatch):
    clock = Clock(monkeypatch, itertools.repeat(50.0))
    found = probe(make_job(SMALL, dataset, 0), 1, clock.step, clock)
    assert clock.steps == 3 and found.step == 50


def test_a_clock_that_stands_still_gives_a_time_above_0(dataset, monkeypatch):
    clock = Clock(monkeypatch, itertools.repeat(0.0), 0.0)
    found = probe(make_job(SMALL, dataset, 0), 1, clock.step, clock)
    assert found.step > 0 and found.held_out == 0


@pytest.mark.parametrize("recipe", [SMALL, IN_STEPS], ids=["held out", "none held out"])
def test_a_probe_takes_real_steps(recipe, dataset):
    found = probe(make_job(recipe, dataset, 0), 2, loop.step)
    assert 0 < found.step < 10
    assert (found.held_out > 0) == (recipe is SMALL)


def test_a_rate_with_which_a_run_diverges_does_not_stop_a_probe(dataset):
    wild = dataclasses.replace(SMALL, lr=1e38)
    assert probe(make_job(wild, dataset, 0), 1, loop.step).step > 0


# --- the line before the start --------------------------------------------------------


def test_the_line_says_how_long_by_a_probe(dataset, at_speed):
    at_speed(SPEED)
    line = Timing(dataset, loop.step).line(SMALL)
    assert line == "recipe small: 40 epochs, about 3.9 minutes on this machine"


def test_the_record_is_better_than_a_probe(dataset, monkeypatch):
    monkeypatch.setattr(duration, "probe", nothing)
    record(SMALL, size_of(dataset), 3, Speed(0.01, 0.0))
    line = Timing(dataset, loop.step, threads=3).line(SMALL)
    assert line == "recipe small: 40 epochs, about 2.0 s on this machine"


def test_steps_are_said_of_a_recipe_in_steps(dataset, at_speed):
    at_speed(Speed(0.1, 0.1))
    line = Timing(dataset, loop.step).line(IN_STEPS)
    assert line == "recipe small: 400 steps, about 40 s on this machine"


def test_a_run_of_a_few_steps_begins_at_once(dataset, monkeypatch):
    monkeypatch.setattr(duration, "probe", nothing)
    assert Timing(dataset, loop.step).line(dataclasses.replace(SMALL, epochs=5)) == ""


def test_where_it_takes_long_the_recipe_that_takes_seconds_is_named(dataset, at_speed):
    at_speed(Speed(0.1, 4.0))  # fast holds no image out
    line = Timing(dataset, loop.step).line(SMALL)
    quick = words.duration(0.1 * (RECIPES["fast"].steps or 0))
    assert line == (
        "recipe small: 40 epochs, about 24 minutes on this machine; "
        f"--recipe fast takes about {quick}"
    )
    keyword = Timing(dataset, loop.step, setting="{}={!r}")
    assert keyword.line(SMALL).endswith(f"; recipe='fast' takes about {quick}")


def test_a_recipe_that_would_not_take_seconds_is_not_named(dataset, at_speed):
    at_speed(Speed(9.0, 0.0))
    assert "fast" not in Timing(dataset, loop.step).line(SMALL)
    at_speed(Speed(1.0, 0.0))
    assert "--recipe" not in Timing(dataset, loop.step).line(RECIPES["fast"])


def test_a_loss_of_the_callers_own_is_not_looked_up(dataset, at_speed):
    record(SMALL, size_of(dataset), 1, Speed(0.01, 0.0))
    at_speed(SPEED)
    timing = Timing(dataset, loop.step, 1, own=Own(optimizer=SGD()))
    assert timing.recorded(SMALL) is None and timing.seconds(SMALL) > 100


def test_what_was_measured_is_recorded(dataset, at_speed, monkeypatch):
    at_speed(SPEED)
    timing = Timing(dataset, loop.step)
    timing.measure(SMALL)
    monkeypatch.setattr(duration, "probe", nothing)
    assert timing.recorded(SMALL) == SPEED
    assert timing.seconds(SMALL) == pytest.approx(40 * 5.9)


# --- a given time ---------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [0.11, 0.2, 1, 2.5, 3.9])
def test_as_many_epochs_are_chosen_as_fit_with_a_margin(minutes, dataset, at_speed):
    at_speed(SPEED)
    chosen, line = Timing(dataset, loop.step).within(minutes, SMALL)
    assert chosen.epochs is not None
    assert chosen == dataclasses.replace(SMALL, epochs=chosen.epochs)
    assert chosen.epochs * 5.9 <= 0.9 * 60 * minutes < (chosen.epochs + 1) * 5.9
    assert line.endswith(f"; repeat with --epochs {chosen.epochs}")


def test_the_line_says_how_many_and_how_long(dataset, at_speed):
    at_speed(SPEED)
    _, line = Timing(dataset, loop.step).within(2, SMALL)
    assert line == (
        "recipe small: 18 epochs, about 1.8 minutes; repeat with --epochs 18"
    )


@pytest.mark.parametrize("minutes", [0.05, 1, 6])
def test_of_a_recipe_in_steps_steps_are_chosen(minutes, dataset, at_speed):
    at_speed(SPEED)
    chosen, line = Timing(dataset, loop.step).within(minutes, IN_STEPS)
    assert (chosen.epochs, chosen.steps) == (None, int(0.9 * 60 * minutes))
    assert line.endswith(f"; repeat with --steps {chosen.steps}")


def test_steps_that_end_within_an_epoch_are_measured_too(dataset, at_speed):
    at_speed(SPEED)
    recipe = dataclasses.replace(IN_STEPS, validation=9)
    for seconds, steps in ((5.8, 4), (5.9, 5), (6.9, 5), (7.8, 6)):
        minutes = (seconds + 1e-9) / 0.9 / 60
        assert Timing(dataset, loop.step).within(minutes, recipe)[0].steps == steps


@pytest.mark.parametrize("minutes", [7, 1e9, 1e308])
@pytest.mark.parametrize("recipe", [SMALL, IN_STEPS])
def test_a_recipe_is_never_longer_than_its_own(minutes, recipe, dataset, at_speed):
    at_speed(Speed(0.5, 0.0))
    assert Timing(dataset, loop.step).within(minutes, recipe)[0] == recipe


def test_a_recipe_of_any_length_is_cut(dataset, at_speed):
    at_speed(SPEED)
    endless = dataclasses.replace(IN_STEPS, steps=10**30)
    assert Timing(dataset, loop.step).within(1, endless)[0].steps == 54


@pytest.mark.parametrize("known", [Speed(0.1, 0.0), Speed(3.0, 0.0)])
def test_the_slower_of_record_and_probe_is_planned_with(known, dataset, at_speed):
    at_speed(Speed(1.0, 0.1))
    record(SMALL, size_of(dataset), 1, known)
    chosen, _ = Timing(dataset, loop.step, 1).within(2, SMALL)
    step = max(known.step, 1.0)
    assert chosen.epochs == int(0.9 * 120 / (5 * step + 0.9))


# fast takes 500 steps; a step of SMALL takes as long here
@pytest.mark.parametrize(
    ("recipe", "minutes", "message"),
    [
        (
            SMALL,
            0.1,
            "recipe small, minutes: expected time for one epoch, about 5.9 s here, got "
            "6.0 s; try --steps 4",
        ),
        (
            SMALL,
            0.02,
            "recipe small, minutes: expected time for one epoch, about 5.9 s here, got "
            "1.2 s; try --minutes 0.11",
        ),
        (
            IN_STEPS,
            1e-300,
            "recipe small, minutes: expected time for one step, about 1.0 s here, got "
            "0.0 s; try --minutes 0.02",
        ),
    ],
)
def test_a_time_that_is_too_short_is_refused_with_what_fits(
    recipe, minutes, message, dataset, at_speed
):
    at_speed(SPEED)
    with pytest.raises(RecipeError) as caught:
        Timing(dataset, loop.step).within(minutes, recipe)
    assert str(caught.value) == message


def test_what_fits_is_true(dataset, at_speed):
    at_speed(SPEED)
    timing = Timing(dataset, loop.step)
    assert timing.within(0.11, SMALL)[0].epochs == 1
    assert timing.within(0.02, IN_STEPS)[0].steps == 1
    in_steps = dataclasses.replace(SMALL, epochs=None, steps=4)
    assert timing.seconds(in_steps) <= 0.9 * 6


def test_where_the_recipe_that_takes_seconds_fits_it_is_named(dataset, at_speed):
    at_speed(Speed(0.01, 40.0))
    with pytest.raises(
        RecipeError, match=r"try --recipe fast, about \d\.0 s, or --min"
    ):
        Timing(dataset, loop.step).within(0.2, SMALL)
    keyword = Timing(dataset, loop.step, setting="{}={!r}")
    with pytest.raises(
        RecipeError, match=r"try recipe='fast', about \d\.0 s, or minut"
    ):
        keyword.within(0.2, SMALL)


@pytest.mark.parametrize(
    "minutes", [0, -1, math.nan, math.inf, -math.inf, True, "5", 10**400]
)
def test_a_time_that_is_none_is_refused(minutes, dataset):
    with pytest.raises(RecipeError, match=r"train, minutes: expected a finite number"):
        check_minutes(minutes)
    with pytest.raises(RecipeError, match=r"train, minutes: expected a finite number"):
        train(SMALL, dataset, minutes=minutes)


@pytest.mark.parametrize(
    "other", [{"epochs": 1}, {"steps": 9}, {"resume": "run.checkpoint"}]
)
def test_a_time_beside_another_length_is_refused(other, dataset):
    (name,) = other
    with pytest.raises(RecipeError, match=f"expected minutes or {name}, got both"):
        train(SMALL, dataset, minutes=1, **other)


def test_no_images_are_refused_as_ever(make_dataset):
    with pytest.raises(DataError, match="expected training images, got none"):
        train(SMALL, make_dataset(train=0), minutes=1)


# --- the run itself -------------------------------------------------------------------


def bits(result):
    arrays = result.model.network.arrays
    return {name: array.tobytes() for name, array in arrays.items()}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"steps": 12, "epochs": None},
        {"optimizer": "adamw", "momentum": 0.0, "ema_decay": 0.0},
        {"augmentation": RECIPES["shipped"].augmentation},
        {"replacement": "per_batch"},
    ],
    ids=str,
)
def test_a_run_of_some_minutes_has_the_bits_of_one_of_as_many_epochs(
    change, dataset, at_speed
):
    # real probes take steps; their times are set aside
    recipe = dataclasses.replace(SMALL, **change)
    real = duration.probe
    probed = []

    def probe_both(*arguments):
        probed.append(real(*arguments))
        return SPEED

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duration, "probe", probe_both)
        some = train(recipe, dataset, seed=3, minutes=0.2, threads=2)
    number = {"steps": 9} if recipe.steps else {"epochs": 1}
    again = train(recipe, dataset, seed=3, threads=1, **number)
    assert len(probed) == 1
    assert bits(some) == bits(again)
    info = some.model.info["recipe"]
    assert info == again.model.info["recipe"]
    assert {name: info[name] for name in number} == number


def test_a_probe_changes_nothing_of_what_it_is_given(dataset):
    optimizer = SGD(0.9)
    job = make_job(SMALL, dataset, 3, Own(optimizer=optimizer))
    before = dataset.train.images.copy()
    probe(job, 2, loop.step)
    assert optimizer.state == {}
    assert (dataset.train.images == before).all()


def test_a_resumed_run_keeps_the_number(dataset, at_speed, tmp_path):
    at_speed(SPEED)
    path = tmp_path / "run.checkpoint"
    with pytest.raises(TrainingStopped):
        train(SMALL, dataset, minutes=0.3, checkpoint=path, should_stop=lambda: True)
    at_speed(Speed(1e-9, 0.0))
    resumed = train(resume=path, dataset=dataset)
    assert resumed.model.info["recipe"]["epochs"] == 2
    assert bits(resumed) == bits(train(SMALL, dataset, epochs=2))


def test_in_a_notebook_the_line_has_keywords(dataset, at_speed, monkeypatch):
    at_speed(SPEED)
    said = []
    display = types.SimpleNamespace(say=said.append)
    monkeypatch.setattr(loop, "display_for", lambda shown: _shown(display))
    train(SMALL, dataset, minutes=0.2, progress=True)
    assert [line for line in said if line] == [
        "recipe small: 1 epoch, about 5.9 s; repeat with epochs=1"
    ]


def _shown(display):
    class Shown:
        def __enter__(self):
            return self

        def __exit__(self, *_): ...

        def __call__(self, now): ...

        say = staticmethod(display.say)

    return Shown()


def test_the_probe_of_mnist_is_of_its_own_images():
    mnist = load_dataset("mnist")
    found = Timing(mnist, loop.step).probed(RECIPES["mlp"])
    assert found.step > 0 and found.held_out > 0
    assert speeds.recorded(RECIPES["mlp"], size_of(mnist), 1) is None
