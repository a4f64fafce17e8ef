"""How long a run takes on this machine, and how many epochs take a given time."""

from __future__ import annotations

import sys
import time
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from byhand.constraints import Real
from byhand.data.datasets import Dataset
from byhand.errors import ByhandError, RecipeError
from byhand.model import Model
from byhand.nn.threads import available_threads
from byhand.training.fitting import fitted
from byhand.training.own import Own
from byhand.training.recipe import Recipe
from byhand.training.recipes import FAST
from byhand.training.shards import Workers, measure
from byhand.training.speeds import Speed, record, recorded, size_of
from byhand.training.start import first_state, make_job
from byhand.training.state import Job, State
from byhand.words import counted, duration

MARGIN = 0.9  # share of the time asked for that is planned with
LONG = 300.0  # seconds after which a recipe that takes seconds is named
PROBE_SECONDS, PROBE_SHARE = 1.0, 0.1  # a probe takes the shorter: of time, of a run
FEWEST_STEPS = 30  # of a run that a probe is worth
MEASURED = 1000  # images held out that a probe measures, at most

# one step of the training loop: job, state, workers and learning rate in, the loss out
Step = Callable[[Job, State, Workers, float], float]
Clock = Callable[[], float]


class Length(NamedTuple):
    """How much there is to do in a run: steps, and images held out after each epoch."""

    steps: int
    steps_an_epoch: int
    held_out: int

    def seconds(self, speed: Speed) -> float:
        """Return how long that takes."""
        # the last measurement also where a run ends within an epoch
        measurements = -(-self.steps // self.steps_an_epoch)
        return self.steps * speed.step + measurements * self.held_out * speed.held_out


def length_of(recipe: Recipe, count: int) -> Length:
    """Return the length of a run on that many training images."""
    held_out = min(recipe.validation, count // 10)
    trained_on = max(count - held_out, 1)
    steps_an_epoch = -(-trained_on // min(recipe.batch, trained_on))  # rounded up
    steps = recipe.steps or (recipe.epochs or 0) * steps_an_epoch
    return Length(steps, steps_an_epoch, held_out)


def seconds_of(recipe: Recipe, count: int, speed: Speed) -> float:
    """Return how long a recipe trains on that many images."""
    return length_of(recipe, count).seconds(speed)


def probe(
    job: Job, threads: int, step: Step, clock: Clock = time.perf_counter
) -> Speed:
    """Return how fast this machine is, from some real steps of a run.

    The network they train is thrown away. All chance depends on the number of a step,
    so nothing of the run itself changes. The learning rate is 0: no step can diverge.
    """
    state, times = first_state(job, drawn=True), list[float]()
    share = PROBE_SHARE * job.steps
    quiet = np.errstate(over="ignore", invalid="ignore")
    with Workers(threads) as workers, quiet:
        step(job, state, workers, 0.0)  # compiles the kernels, allocates memory
        while len(times) < 2 or (len(times) < share and sum(times) < PROBE_SECONDS):
            began = clock()
            step(job, state, workers, 0.0)
            times.append(clock() - began)
        held_out = _seconds_held_out(job, state, workers, clock)
    mean = sum(times[1:]) / len(times[1:])  # the first is still slower
    return Speed(max(mean, sys.float_info.min), held_out)


def _seconds_held_out(job: Job, state: State, workers: Workers, clock: Clock) -> float:
    """Return the seconds that measuring takes for each image held out."""
    data, classes = job.dataset.train, len(job.dataset.class_names)
    chosen = job.held_out[:MEASURED]
    if not len(chosen):
        return 0.0
    chunk = -(-len(chosen) // workers.threads)
    measure(workers, state.outcome, data, chosen[:1], classes)  # compiles
    began = clock()
    measure(workers, state.outcome, data, chosen, classes, chunk)
    return (clock() - began) / len(chosen)


@dataclass
class Timing:
    """What runs on one data set take on this machine.

    Attributes:
        dataset: what is trained on.
        step: the loop's own step, for probes.
        threads: of the run; all processors unless given.
        seed: of the run.
        own: what is not the recipe's.
        setting: how a setting and its value are written where the caller sets them.
        model: what is trained further; None for a new network.
    """

    dataset: Dataset
    step: Step
    threads: int | None = None
    seed: int = 0
    own: Own = field(default_factory=Own)
    setting: str = "--{} {}"
    model: Model | None = None
    jobs: dict[Recipe, Job] = field(default_factory=dict, repr=False, init=False)

    def recorded(self, recipe: Recipe) -> Speed | None:
        """Return how fast earlier runs were; None where there is no record."""
        if self.own != Own():
            return None
        if self.model is not None:
            job = self._job(recipe)
            return recorded(job.recipe, size_of(job.dataset), self._threads)
        built = fitted(recipe, self.dataset.image_shape)
        return recorded(built, size_of(self.dataset), self._threads)

    def probed(self, recipe: Recipe) -> Speed:
        """Return how fast the machine is now, from a probe of about a second."""
        return probe(self._job(recipe), self._threads, self.step)

    def measure(self, recipe: Recipe) -> None:
        """Probe how fast the machine is, and record it."""
        built = fitted(recipe, self.dataset.image_shape)
        record(built, size_of(self.dataset), self._threads, self.probed(built))

    def seconds(self, recipe: Recipe, speed: Speed | None = None) -> float:
        """Return how long a recipe trains, by the record or else by a probe."""
        speed = speed or self.recorded(recipe) or self.probed(recipe)
        return self._length(recipe).seconds(speed)

    def line(self, recipe: Recipe) -> str:
        """Return a line on how long a run takes; "" for one that ends at once.

        Of a run that takes long, it names the recipe that takes seconds.
        """
        if self._length(recipe).steps < FEWEST_STEPS:
            return ""
        seconds = self.seconds(recipe)
        line = f"{_taking(recipe, seconds)} on this machine"
        quick = self._quick(recipe) if seconds > LONG else None
        if quick and quick < LONG:
            fast = self.setting.format("recipe", FAST.name)
            line += f"; {fast} takes about {duration(quick)}"
        return line

    def _quick(self, recipe: Recipe) -> float | None:
        """Return how long the recipe that takes seconds does; None if this is it."""
        if recipe.name == FAST.name:
            return None
        with suppress(ByhandError):  # images that it cannot be fitted to
            return self.seconds(FAST)
        return None

    def within(self, minutes: float, recipe: Recipe) -> tuple[Recipe, str]:
        """Return the recipe, of a length for at most that time, and a line on it.

        It is never longer than its own length. Planned is with the slower of the
        record and of a probe, and nine tenths of the time: the machine may be busy.

        Raises:
            RecipeError: the time is too short for an epoch, or for a step of a recipe
                that is given in steps.
        """
        speeds = filter(None, (self.recorded(recipe), self.probed(recipe)))
        speed = Speed(*map(max, zip(*speeds, strict=True)))
        unit = "steps" if recipe.epochs is None else "epochs"
        number = self._number(recipe, speed, minutes)
        if not number:
            raise self._too_short(recipe, speed, minutes)
        chosen = _of_length(recipe, number)
        seconds, again = self.seconds(chosen, speed), self.setting.format(unit, number)
        return chosen, f"{_taking(chosen, seconds)}; repeat with {again}"

    def _number(self, recipe: Recipe, speed: Speed, minutes: float) -> int:
        """Return how many epochs or steps fit, up to the recipe's own number."""
        most = recipe.epochs or recipe.steps or 0
        return bisect_right(
            range(1, min(most, sys.maxsize - 1) + 1),
            MARGIN * 60 * minutes,
            key=lambda number: self.seconds(_of_length(recipe, number), speed),
        )

    def _too_short(self, recipe: Recipe, speed: Speed, minutes: float) -> RecipeError:
        """Return the error of a time that is too short, with what fits."""
        unit = "steps" if recipe.epochs is None else "epochs"
        one = self.seconds(_of_length(recipe, 1), speed)
        count = self._length(recipe).steps_an_epoch
        in_steps = replace(recipe, epochs=None, steps=count)
        steps = self._number(in_steps, speed, minutes)
        tries = [self.setting.format("minutes", round(one / MARGIN / 60 + 0.005, 2))]
        if steps and unit == "epochs":
            tries = [self.setting.format("steps", steps)]
        quick = self._quick(recipe)
        if quick and quick <= MARGIN * 60 * minutes:
            fast = self.setting.format("recipe", FAST.name)
            tries.insert(0, f"{fast}, about {duration(quick)}")
        return RecipeError(
            f"recipe {recipe.name}, minutes: expected time for one {unit[:-1]}, about"
            f" {duration(one)} here, got {duration(60 * minutes)}; try"
            f" {', or '.join(tries)}"
        )

    def _length(self, recipe: Recipe) -> Length:
        if self.model is None:
            return length_of(recipe, len(self.dataset.train))
        job = self._job(recipe)
        each = job.batches.steps_an_epoch
        steps = recipe.steps or (recipe.epochs or 0) * each
        return Length(steps, each, len(job.held_out))

    def _job(self, recipe: Recipe) -> Job:
        """Return the job of a recipe; its length is that of another, if need be."""
        built, like = recipe, replace(recipe, epochs=1, steps=None)
        if self.model is None:
            built = fitted(recipe, self.dataset.image_shape)
        elif like in self.jobs:  # to join the images of all parts takes long
            return self.jobs[like]
        job = make_job(built, self.dataset, self.seed, self.own, self.model)
        if self.model is not None:
            self.jobs[like] = job
        return job

    @property
    def _threads(self) -> int:
        return self.threads or available_threads()


def _of_length(recipe: Recipe, number: int) -> Recipe:
    """Return the recipe with that many epochs, or steps if it is given in steps."""
    if recipe.epochs is None:
        return replace(recipe, steps=number)
    return replace(recipe, epochs=number)


def _taking(recipe: Recipe, seconds: float) -> str:
    """Return "recipe mlp: 7 epochs, about 4 s"."""
    number, unit = (recipe.epochs, "epoch") if recipe.epochs else (recipe.steps, "step")
    length = counted(number or 0, unit)
    return f"recipe {recipe.name}: {length}, about {duration(seconds)}"


def check_minutes(minutes: float, **others: object) -> None:
    """Refuse a time that is none, or given beside what also says how long to train.

    Raises:
        RecipeError: it is not a finite number above 0, or another is not None.
    """
    given = [name for name, value in others.items() if value is not None]
    if given:
        raise RecipeError(f"train: expected minutes or {given[0]}, got both")
    if not Real(0, above=True).allows(minutes):
        raise RecipeError(
            f"train, minutes: expected {Real(0, above=True)}, got {minutes!r:.60}"
        )
