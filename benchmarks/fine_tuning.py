"""`fine_tuning`: what ten drawings a class gain, and what they cost on MNIST.

Hands on which settings were chosen are others than those that are measured.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import byhand
from benchmarks import machine
from benchmarks.accuracy import spread
from benchmarks.hands import bent_hand, write_drawings
from benchmarks.held_out import kept_and_held_out
from benchmarks.report import Report
from byhand.data.datasets import Dataset
from byhand.data.relabel import DIGITS
from byhand.synthesis.nondigits import draw_nondigits

TEN, MORE = 10, 20  # drawings of each class: to learn from, and to be measured on
FIRST = 100  # number of the first hand that is measured; choices were made on 0 to 19
STUDENT = "12 classes, drawn"
NONDIGITS, SEED = 2000, 1  # things that are no digit; trainings draw others
TIMER = (
    "byhand.train(shipped, ten drawings of each class): its steps and measuring\n"
    "held-out images, as Result.seconds has them; opening and preparing pictures and\n"
    "MNIST's test images not. Hands bend MNIST's held-out digits, each in its own\n"
    "sense; the last row has angular digits and two signs as picture files of any\n"
    "size. No digits: of 2,000 drawn things that are none, those that pass as one."
)


@dataclass(frozen=True)
class Outcome:
    """Accuracies before and after, fractions; of the hand's other drawings, and MNIST.

    Attributes:
        seconds: of training.
        nondigits: of things that are no digit, the share that passes as one.
    """

    hand: float
    hand_after: float
    mnist: float
    mnist_after: float
    seconds: float
    nondigits: float = 0.0
    nondigits_after: float = 0.0


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Train the model in the package further for `runs` hands, and for a student."""
    found: dict[str, list[Outcome]] = {"a bent hand": [], STUDENT: []}
    for number in range(FIRST, FIRST + runs):
        say(f"hand {number}")
        found["a bent hand"].append(tuned(bent(number), number))
    say("a student")
    found[STUDENT].append(tuned(student(), 0))
    return report(found)


def bent(number: int) -> Dataset:
    """Return ten digits of each class of a hand to train on, and others to test."""
    drawn = bent_hand(kept_and_held_out()[1], TEN + MORE, number)
    each = np.arange(len(drawn)).reshape(10, -1)
    train, test = (drawn[part.ravel()] for part in np.split(each, [TEN], axis=1))
    return Dataset(f"hand {number}", train, test, DIGITS)


def student() -> Dataset:
    """Return a student's drawings, prepared, and as many by the same hand to test."""
    with tempfile.TemporaryDirectory() as folder:
        for part, seed in (("train", 0), ("test", 1)):
            write_drawings(Path(folder) / part, TEN, seed)
        return byhand.load_dataset(folder, prepare=True)


def tuned(data: Dataset, seed: int) -> Outcome:
    """Return what the model in the package gains on data, and loses on MNIST."""
    threads = machine.threads()
    model, none = byhand.load(), draw_nondigits(NONDIGITS, SEED)
    result = byhand.train(model, data, seed=seed, threads=threads)
    mine, mnist = result.gains
    accepted = [float(m.is_digit(none).mean()) for m in (model, result.model)]
    return Outcome(
        mine.before, mine.after, mnist.before, mnist.after, result.seconds, *accepted
    )


def report(found: Mapping[str, Sequence[Outcome]]) -> Report:
    """Return the errors in percent, as mean ± deviation over hands."""
    rows = []
    for name, outcomes in found.items():
        error, after, mnist, mnist_after = (
            [100 * (1 - getattr(o, key)) for o in outcomes]
            for key in ("hand", "hand_after", "mnist", "mnist_after")
        )
        left = [b / a for a, b in zip(error, after, strict=True) if a]
        rows.append((
            name, spread(error), spread(after), f"{1 - np.mean(left):.0%}",
            spread(mnist), spread(mnist_after), spread([o.seconds for o in outcomes]),
            *(spread([100 * getattr(o, key) for o in outcomes])
              for key in ("nondigits", "nondigits_after")),
        ))  # fmt: skip
    return Report(
        title="fine_tuning: ten drawings of each class; errors in %",
        columns=(
            "who", "error before", "after", "gained",
            "MNIST before", "after", "seconds", "no digits accepted before", "after",
        ),
        rows=rows,
        timer=TIMER,
        figures={
            name: [asdict(outcome) for outcome in outcomes]
            for name, outcomes in found.items()
        },
    )  # fmt: skip
