"""Many threads on one batch, bit for bit the same with any number of them.

A batch is cut into shards of a fixed size. Forward and backward of each run on scratch
memory of their own; the shards' gradients are added in the shards' order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import numpy as np

from byhand.data.datasets import Split
from byhand.nn.losses import l2_penalty, log_softmax
from byhand.nn.network import Network
from byhand.nn.run import Arena, Run
from byhand.nn.threads import available_threads, one_blas_thread
from byhand.training.batches import Stream, generator
from byhand.training.objective import Examples
from byhand.training.sampling import kept_of, sampled
from byhand.training.state import Job
from byhand.types import Arrays, Images, Integers, Labels

Item = TypeVar("Item")
Found = TypeVar("Found")


class Gradients(NamedTuple):
    """What a pass forward and backward found, of a shard or of a batch.

    Attributes:
        loss: nats an image of the batch; a shard's part of it.
        right: images whose likeliest class is their label's.
        grads: of every parameter; scratch memory, valid until the next pass.
        measured: what layers with a state saw, such as batch norm's means.
    """

    loss: float
    right: int
    grads: Arrays
    measured: Arrays


class Scratch:
    """The memory of a shard: for its images, its pass and what its loss computes."""

    def __init__(self) -> None:
        self.images, self.network, self.loss = Arena(), Arena(), Arena()


class Workers:
    """Threads for shards, with BLAS held to one thread each while they are open."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or available_threads()
        self.scratch: list[Scratch] = []  # one a shard, whichever thread works on it

    def __enter__(self) -> Workers:
        one_blas_thread.__enter__()
        self.pool = ThreadPoolExecutor(self.threads)
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()
        one_blas_thread.__exit__()

    def map(
        self, function: Callable[[Item], Found], items: Iterable[Item]
    ) -> list[Found]:
        """Return function(item) of each, in order.

        This thread takes its share of the items and each other thread one share: to
        wake a thread takes as long as a small shard. Overflow does not warn: a run that
        diverges is caught by its loss.
        """
        todo = list(items)
        found: list[Any] = [None] * len(todo)

        def share(first: int) -> None:
            with np.errstate(over="ignore", invalid="ignore"):
                for number in range(first, len(todo), self.threads):
                    found[number] = function(todo[number])

        shares = range(1, min(self.threads, len(todo)))
        others = [self.pool.submit(share, first) for first in shares]
        share(0)
        for other in others:
            other.result()
        return found

    def gradients(
        self, network: Network, job: Job, step: int, chosen: Integers
    ) -> Gradients:
        """Return loss and gradients over the chosen images, step number `step`.

        The loss is the mean over the images, and the penalty on the weights if the
        recipe has one. The gradients are scratch memory, valid until the next call.
        """
        size = job.recipe.shard
        shards = [chosen[at : at + size] for at in range(0, len(chosen), size)]
        while len(self.scratch) < len(shards):
            self.scratch.append(Scratch())

        def one(number: int) -> Gradients:
            rngs = _generators(network, job, step, number)
            scratch, indices = self.scratch[number], shards[number]
            return shard_gradients(network, job, indices, len(chosen), rngs, scratch)

        total = added_shards(self.map(one, range(len(shards))))
        if not job.recipe.l2:
            return total
        penalty, decay = l2_penalty(network.params, job.recipe.l2)
        return total._replace(
            loss=total.loss + penalty, grads=added([total.grads, decay])
        )


class Generators(NamedTuple):
    """A shard's chance in a step; None where nothing is drawn."""

    images: np.random.Generator | None
    layers: np.random.Generator | None
    backward: np.random.Generator | None


def _generators(network: Network, job: Job, step: int, shard: int) -> Generators:
    """Return the generators of one shard of one step."""
    drawn = (
        (Stream.AUGMENT, job.recipe.augmentation.random),
        (Stream.LAYERS, network.random),
        (Stream.BACKWARD, job.recipe.backward < 1),
    )
    return Generators(
        *(
            generator(job.seed, stream, step, shard) if needed else None
            for stream, needed in drawn
        )
    )


def shard_gradients(
    network: Network,
    job: Job,
    indices: Integers,
    batch: int,
    rngs: Generators,
    scratch: Scratch,
) -> Gradients:
    """Return what one shard adds to the loss and the gradients of its batch.

    Args:
        network: stays as it is.
        job: says how images are changed, and what the loss is.
        indices: (N,) the shard's training images.
        batch: images in the batch, of all its shards.
        rngs: the shard's chance.
        scratch: the shard's memory.
    """
    images, labels = _changed_images(job, indices, rngs.images, scratch.images)
    run = Run(training=True, rng=rngs.layers, arena=scratch.network)
    logits, caches = network.forward(images, run)
    loss, dlogits = job.loss(logits, Examples(images, labels, batch, scratch.loss))
    right = int((logits.argmax(axis=1) == labels).sum())
    if rngs.backward:
        kept = kept_of(len(labels), job.recipe.backward)
        dlogits = sampled(dlogits, batch, kept, rngs.backward.random())
    grads = network.backward(dlogits, caches)
    return Gradients(loss, right, grads, network.measured(caches))


def _changed_images(
    job: Job, indices: Integers, rng: np.random.Generator | None, memory: Arena
) -> tuple[Images, Labels]:
    """Return training images as augmentation changed them, and their labels."""
    data, reject = job.dataset.train, len(job.dataset.class_names)
    memory.rewind()
    images = memory.empty((len(indices), *data.images.shape[1:]), np.uint8)
    change = job.recipe.augmentation
    labels = change(data.images, data.labels, indices, rng, images, reject)
    return images, labels


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
