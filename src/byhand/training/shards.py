"""Many threads on one batch, and the same bits with any number of them.

A batch is cut into shards of a fixed size. Forward and backward of each run on scratch
memory of their own; the shards' gradients are added in the shards' order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from byhand.data.datasets import Split
from byhand.nn.inference import available_threads
from byhand.nn.losses import distillation, l2_penalty, softmax_cross_entropy
from byhand.nn.network import Network
from byhand.nn.run import Arena, Arrays, Run
from byhand.training.batches import Stream, generator
from byhand.training.recipes import Recipe

TEMPERATURE = 2.0  # at which a teacher's answers are learnt
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Workers:
    """Threads for shards, with BLAS held to one thread each while they are open."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or available_threads()
        # scratch memory for each shard's images, its pass and its teacher's pass;
        # a shard keeps its own, whichever thread works on it
        self.arenas: list[tuple[Arena, Arena, Arena]] = []

    def __enter__(self) -> Workers:
        self.limits = threadpool_limits(1, user_api="blas")
        self.pool = ThreadPoolExecutor(self.threads)
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()
        self.limits.restore_original_limits()

    def map(
        self, function: Callable[[Item], Answer], items: Iterable[Item]
    ) -> list[Answer]:
        """Return function(item) of each, in order.

        This thread takes its share of the items and each other thread one share: to
        wake a thread takes as long as a small shard. Overflow does not warn: a run that
        diverges is caught by its loss.
        """
        todo = list(items)
        answers: list[Any] = [None] * len(todo)

        def share(first: int) -> None:
            with np.errstate(over="ignore", invalid="ignore"):
                for number in range(first, len(todo), self.threads):
                    answers[number] = function(todo[number])

        shares = range(1, min(self.threads, len(todo)))
        others = [self.pool.submit(share, first) for first in shares]
        share(0)
        for other in others:
            other.result()
        return answers

    def gradients(
        self,
        network: Network,
        data: Split,
        chosen: NDArray[np.int64],
        recipe: Recipe,
        seed: int,
        step: int,
        teacher: Network | None = None,
    ) -> tuple[float, int, Arrays, Arrays]:
        """Return loss, number right, gradients and measured state over chosen images.

        The loss is the mean cross-entropy and the penalty on the weights, if the recipe
        has one; of a share of it the teacher decides, if there is one. The gradients
        are scratch memory, valid until the next call. What batch norm measured is the
        mean over the shards.
        """
        size = recipe.shard
        pieces = [chosen[at : at + size] for at in range(0, len(chosen), size)]
        while len(self.arenas) < len(pieces):
            self.arenas.append((Arena(), Arena(), Arena()))

        change = recipe.augmentation

        def work(number: int) -> tuple[float, int, Arrays, Arrays]:
            indices, (memory, scratch, other) = pieces[number], self.arenas[number]
            rng = (
                generator(seed, Stream.LAYERS, step, number) if network.random else None
            )
            run = Run(training=True, rng=rng, arena=scratch)
            memory.rewind()
            images = memory.empty((len(indices), *data.images.shape[1:]), np.uint8)
            chance = (
                generator(seed, Stream.AUGMENT, step, number) if change.random else None
            )
            labels = change(data.images, data.labels, indices, chance, images)
            logits, caches = network.forward(images, run)
            labels = np.where(labels < 0, logits.shape[1] - 1, labels)
            loss, dlogits = softmax_cross_entropy(
                logits, labels, len(chosen), recipe.label_smoothing
            )
            if teacher:
                answers = teacher.forward(images, Run(arena=other))[0]
                soft, dsoft = distillation(
                    logits, answers[:, : logits.shape[1]], len(chosen), TEMPERATURE
                )
                loss = (1 - recipe.distill) * loss + recipe.distill * soft
                dlogits = (1 - recipe.distill) * dlogits + recipe.distill * dsoft
            right = int((logits.argmax(axis=1) == labels).sum())
            grads = network.backward(dlogits, caches)
            return loss, right, grads, network.measured(caches)

        losses, rights, gradients, measured = zip(
            *self.map(work, range(len(pieces))), strict=True
        )
        loss, grads = sum(losses), added(gradients)
        if recipe.l2:
            penalty, decay = l2_penalty(network.params, recipe.l2)
            loss, grads = loss + penalty, added([grads, decay])
        state = {name: a / len(pieces) for name, a in added(measured).items()}
        return loss, sum(rights), grads, state


def added(grads: Sequence[Arrays]) -> Arrays:
    """Return the sum of several gradients, added into the first, in order."""
    total = grads[0]
    for more in grads[1:]:
        for name, g in more.items():
            total[name] += g
    return total


def count_right(
    workers: Workers,
    network: Network,
    data: Split,
    indices: NDArray[np.int64],
    classes: int,
    chunk: int = 1000,
) -> int:
    """Return how many of the images at `indices` the network has right.

    It is asked which of the classes it is; an output for "something else" is ignored.
    """

    def right(at: int) -> int:
        part = indices[at : at + chunk]
        logits = network.forward(data.images[part])[0][:, :classes]
        return int((logits.argmax(axis=1) == data.labels[part]).sum())

    return sum(workers.map(right, range(0, len(indices), chunk)))
