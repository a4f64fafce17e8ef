"""Many threads on one batch, bit for bit the same with any number of them.

A batch is cut into shards of a fixed size. Forward and backward of each run on scratch
memory of their own; the shards' gradients are added in the shards' order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from byhand.data.datasets import Split
from byhand.nn.losses import l2_penalty, log_softmax
from byhand.nn.network import Network
from byhand.nn.run import Run
from byhand.nn.threads import Found, Item, available_threads, one_blas_thread, spread
from byhand.training.shard_pass import Generators, Gradients, Scratch, generators
from byhand.training.state import Job
from byhand.types import Arrays, Integers


class Workers:
    """Threads for shards, with BLAS held to one thread each while they are open."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or available_threads()
        self.scratch: list[Scratch] = []  # one a shard, whichever thread works on it

    def __enter__(self) -> Workers:
        one_blas_thread.__enter__()
        self.pool = ThreadPoolExecutor(self.threads)
        self._team: Any = None
        return self

    @property
    def team(self) -> Any:
        """The threads for recorded passes, made when they are first needed."""
        if self._team is None:
            from byhand.kernels.team import Team  # takes long to import

            self._team = Team(self.threads)
        return self._team

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()
        if self._team:
            self._team.close()
        one_blas_thread.__exit__()

    def map(
        self, function: Callable[[Item], Found], items: Iterable[Item]
    ) -> list[Found]:
        """Return function(item) of each, in order.

        Overflow does not warn: a run that diverges is caught by its loss.
        """

        def quietly(item: Item) -> Found:
            with np.errstate(over="ignore", invalid="ignore"):
                return function(item)

        return spread(self.pool, self.threads, quietly, list(items))

    def gradients(
        self, network: Network, job: Job, step: int, chosen: Integers
    ) -> Gradients:
        """Return loss and gradients over the chosen images, step number `step`.

        The loss is the mean over the images, and the penalty on the weights if the
        recipe has one. The gradients are scratch memory, valid until the next call.
        """
        total = added_shards(self._shards(network, job, step, chosen))
        if not job.recipe.l2:
            return total
        penalty, decay = l2_penalty(network.params, job.recipe.l2)
        return total._replace(
            loss=total.loss + penalty, grads=added([total.grads, decay])
        )

    def _shards(
        self, network: Network, job: Job, step: int, chosen: Integers
    ) -> list[Gradients]:
        """Return what each shard adds, in order."""
        size = job.recipe.shard
        shards = [chosen[at : at + size] for at in range(0, len(chosen), size)]
        while len(self.scratch) < len(shards):
            self.scratch.append(Scratch())
        passes = [
            scratch.shard_pass(len(indices), len(chosen))
            for scratch, indices in zip(self.scratch, shards, strict=False)
        ]

        def rngs(number: int) -> Generators:
            return generators(network, job, step, number)

        def run(number: int) -> None:
            passes[number].run(network, job, shards[number], rngs(number))

        if all(p.ready(network, job) and p.quick for p in passes):
            for number, p in enumerate(passes):
                p.prepare(job, shards[number], rngs(number))
            self.team.run([p.tape for p in passes])
        else:
            self.map(run, range(len(shards)))
        return [p.found(network) for p in passes]


def added_shards(shards: Sequence[Gradients]) -> Gradients:
    """Return the sums over shards, in order; of what was measured the mean."""
    losses, rights, grads, measured = zip(*shards, strict=True)
    means = {name: a / len(shards) for name, a in added(measured).items()}
    return Gradients(sum(losses), sum(rights), added(grads), means)


def added(grads: Sequence[Arrays]) -> Arrays:
    """Return the sum of several gradients, added into the first, in order."""
    total = grads[0]
    for more in grads[1:]:
        for name, g in more.items():
            total[name] += g
    return total


class Measured(NamedTuple):
    """What a network makes of labelled images.

    Attributes:
        right: how many it has right. Only the classes compete; an output for the reject
            class is ignored.
        loss: sum of the cross-entropies of all outputs with the labels, nats.
    """

    right: int
    loss: float


def measure(
    workers: Workers,
    network: Network,
    data: Split,
    indices: Integers,
    classes: int,
    chunk: int = 1000,
) -> Measured:
    """Return what the network makes of the images at `indices`, in one pass."""

    def part(at: int) -> Measured:
        chosen = indices[at : at + chunk]
        labels = data.labels[chosen]
        scores, _ = network.forward(data.images[chosen], Run(gradients=False))
        right = int((scores[:, :classes].argmax(axis=1) == labels).sum())
        logs = log_softmax(scores.astype(np.float64))  # (N, K)
        return Measured(right, -float(logs[np.arange(len(labels)), labels].sum()))

    parts = workers.map(part, range(0, len(indices), chunk))
    return Measured(sum(p.right for p in parts), sum(p.loss for p in parts))
