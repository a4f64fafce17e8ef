"""`classic`: the article's training by byhand, in the article's way, and by others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import byhand
from benchmarks import article, machine
from benchmarks.job import DECAY, LEARNING_RATE, draw, start
from benchmarks.peers import SklearnNetwork, TorchNetwork
from benchmarks.report import Report, time_figures, time_rows
from benchmarks.timing import Side, alternate, fastest, ratios

BYHAND = "byhand"
TORCH = "PyTorch eager"
JAX = "JAX, a step compiled"
SKLEARN = "scikit-learn MLPClassifier"
STEPS = 100  # a round
ARTICLE_STEPS = 30  # in all rounds together

TIMER = (
    "All sides: gather 2000 images from memory, forward, loss, gradients, update.\n"
    "byhand: also drawing which images, and the penalty's value. The article's way:\n"
    "also shuffling the whole set, which is how it draws. PyTorch, JAX, scikit-learn:\n"
    "the images drawn before the timer starts. PyTorch, scikit-learn: the variant\n"
    "that short trials found fastest here, of 1 or 2 threads and, for PyTorch, of\n"
    "images kept as uint8 or float32 and SGD fused or not. JAX: images kept as uint8,\n"
    "the step compiled before. Ratio: to byhand in the same round, the median."
)


@dataclass(frozen=True)
class Training:
    """What every side gets: images (N, 784), labels (N,), a number of threads."""

    dataset: byhand.Dataset
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    threads: int


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds of every side."""
    dataset = byhand.load_dataset("mnist")
    images = np.array(dataset.train.images).reshape(len(dataset.train), -1)
    labels = np.array(dataset.train.labels)
    training = Training(dataset, images, labels, machine.threads())
    with threadpool_limits(training.threads):
        sides = [
            _byhand(training),
            _article(training, -(-ARTICLE_STEPS // runs)),
            _torch(training),
            _jax(training),
            _sklearn(training),
        ]
        seconds = alternate(sides, runs, say)
    return _report(sides, seconds)


def _byhand(training: Training) -> Side:
    def one_round() -> float:
        result = byhand.train(
            "classic", training.dataset, steps=STEPS, threads=training.threads
        )
        return result.seconds / result.steps

    return Side(BYHAND, one_round)


def _article(training: Training, steps: int) -> Side:
    rng = np.random.default_rng(0)

    def one_round() -> float:
        return article.seconds_a_step(
            training.images, training.labels, start(rng), steps, rng
        )

    return Side("the article's way", one_round)


def _torch(training: Training) -> Side:
    try:
        import torch
    except ImportError:
        return Side(TORCH, None)
    rng = np.random.default_rng(0)
    labels = torch.from_numpy(training.labels)
    pixels = torch.from_numpy(training.images)
    kinds = {"uint8": pixels, "float32": pixels.float()}

    def train(steps: int, kind: str, fused: bool, threads: int) -> float:
        network = TorchNetwork(start(rng), fused=fused, threads=threads)
        batches = draw(rng, len(labels), steps)
        return network.seconds_a_step(kinds[kind], labels, batches)

    variants = {
        f"{kind}{' fused' * fused}, {_threads(threads)}": partial(
            train, kind=kind, fused=fused, threads=threads
        )
        for kind, fused, threads in product(kinds, (False, True), _counts(training))
    }
    return fastest(TORCH, variants, STEPS)


def _jax(training: Training) -> Side:
    try:
        from benchmarks.jax_peer import JaxNetwork, dense
    except ImportError:
        return Side(JAX, None)
    rng = np.random.default_rng(0)

    def one_round() -> float:
        network = JaxNetwork(
            dense, start(rng), lr=LEARNING_RATE, decay=DECAY, threads=training.threads
        )
        batches = draw(rng, len(training.labels), STEPS)
        return network.seconds_a_step(training.images, training.labels, batches)

    return Side(JAX, one_round)


def _sklearn(training: Training) -> Side:
    rng = np.random.default_rng(0)
    images, labels = training.images.astype(np.float32), training.labels

    def train(steps: int, threads: int) -> float:
        with threadpool_limits(threads):
            network = SklearnNetwork(start(rng), images, labels)
            batches = draw(rng, len(labels), steps)
            return network.seconds_a_step(images, labels, batches)

    variants = {
        _threads(threads): partial(train, threads=threads)
        for threads in _counts(training)
    }
    try:
        return fastest(SKLEARN, variants, STEPS)
    except ImportError:
        return Side(SKLEARN, None)


def _counts(training: Training) -> list[int]:
    """Thread counts to try: on a busy machine one is faster than two that wait."""
    return sorted({1, training.threads})


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _report(sides: Sequence[Side], seconds: dict[str, list[float]]) -> Report:
    relative = ratios(seconds, BYHAND)
    times = {name: [1000 * s for s in rounds] for name, rounds in seconds.items()}
    return Report(
        title="classic: 784-30-60-10, raw pixels, 2000 images a step",
        columns=("", "ms a step", "range", "ratio"),
        rows=time_rows(sides, times, relative),
        timer=TIMER,
        figures={
            **time_figures("seconds a step", sides, seconds, relative),
            "steps_a_round": STEPS,
            "article_steps_in_all": ARTICLE_STEPS,
        },
    )
