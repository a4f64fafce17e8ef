"""A shard's pass: its images changed, forward, loss, backward.

The first pass over as many images runs the stages one by one and records the kernels
that they launch; each later one replays the record in a single call, without Python's
lock (`kernels.tape`). The result is the same to the last bit, since the calls are. What
does anything outside kernels, such as a layer of one's own, is never recorded.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from byhand.augment.recorded_change import RecordedChange, recorded_change
from byhand.kernels.cache import compiled_wanted
from byhand.nn.caches import Caches
from byhand.nn.network import Network
from byhand.nn.run import Arena, Run, aligned, call
from byhand.training.batches import Stream, generator, uniform
from byhand.training.objective import Examples
from byhand.training.sampling import FLOOR, kept_of, sampled
from byhand.training.state import Job
from byhand.types import Array, Arrays, Images, Integers


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


class Generators(NamedTuple):
    """A shard's chance in a step; None where nothing is drawn.

    Attributes:
        images: changes them.
        layers: is dropout's.
        backward: decides which images go backward, from 0 to below 1.
    """

    images: np.random.Generator | None
    layers: np.random.Generator | None
    backward: float | None


def generators(network: Network, job: Job, step: int, shard: int) -> Generators:
    """Return the generators of one shard of one step."""
    seed, recipe = job.seed, job.recipe
    change, samples = job.augmentation.random, recipe.backward < 1
    return Generators(
        generator(seed, Stream.AUGMENT, step, shard) if change else None,
        generator(seed, Stream.LAYERS, step, shard) if network.random else None,
        uniform(seed, Stream.BACKWARD, step, shard) if samples else None,
    )


class Scratch:
    """The memory of a shard, and its passes: one for each size that occurs."""

    def __init__(self) -> None:
        self.network, self.loss = Arena(), Arena()
        self.passes: dict[tuple[int, int], ShardPass] = {}

    def shard_pass(self, count: int, batch: int) -> ShardPass:
        """Return the pass of `count` images of a batch of `batch`."""
        key = (count, batch)
        if key not in self.passes:
            self.passes[key] = ShardPass(count, batch, self)
        return self.passes[key]


class Recorded(NamedTuple):
    """A pass that can be replayed.

    Attributes:
        network: whose pass it is.
        job: whose images and loss.
        arrays: its parameters and state then; replayed, they are read where they were.
        tape: the kernels.
        draw: what layers draw before the kernels run.
    """

    network: Network
    job: Job
    arrays: list[Array]
    tape: Any
    draw: list[Callable[[np.random.Generator], None]]


class ShardPass:
    """The pass of the shards of one size, on memory of its own.

    Args:
        count: images in the shard.
        batch: images in the batch, of all its shards.
        scratch: the shard's memory.
    """

    def __init__(self, count: int, batch: int, scratch: Scratch) -> None:
        self.count, self.batch, self.scratch = count, batch, scratch
        self.labels = np.zeros(count, np.int64)
        self.u = np.zeros(1)  # the chance of which images go backward
        self.images: Images | None = None
        self.change: RecordedChange | None = None
        self.recorded: Recorded | None = None

    def ready(self, network: Network, job: Job) -> bool:
        """Whether there is a record of this very pass."""
        recorded = self.recorded
        return (
            recorded is not None
            and recorded.network is network
            and recorded.job is job
            and _same(recorded, network)
        )

    @property
    def quick(self) -> bool:
        """Whether kernels change the images, so that `prepare` only draws."""
        return self.change is not None

    def run(
        self, network: Network, job: Job, indices: Integers, rngs: Generators
    ) -> None:
        """Run forward, loss and backward.

        Args:
            network: stays as it is.
            job: says how images are changed, and what the loss is.
            indices: (N,) the shard's training images.
            rngs: the shard's chance.
        """
        if self.ready(network, job):
            self.prepare(job, indices, rngs)
            self.tape.replay()
        else:
            self._record(network, job, indices, rngs)

    def prepare(self, job: Job, indices: Integers, rngs: Generators) -> None:
        """Set all that the recorded kernels read; then `tape` may be replayed."""
        assert self.recorded
        self._draw(job, indices, rngs)
        for draw in self.recorded.draw:
            assert rngs.layers is not None
            draw(rngs.layers)

    @property
    def tape(self) -> Any:
        """The recorded kernels."""
        assert self.recorded
        return self.recorded.tape

    def found(self, network: Network) -> Gradients:
        """Return what the shard adds to the loss and the gradients of its batch."""
        loss, right = float(np.sum(self.loss)), int(np.sum(self.right))
        return Gradients(loss, right, self.grads, network.measured(self.caches))

    def _record(
        self, network: Network, job: Job, indices: Integers, rngs: Generators
    ) -> None:
        """Run stage by stage, and record what is launched if that is all."""
        launch, self.recorded, self.change = call, None, None
        images = self._images_like(job.dataset.train.images)
        draw: list[Any] = []
        if self._recordable(network, job):
            from byhand.kernels.tape import Tape

            launch = Tape()
            self.recorded = Recorded(network, job, _arrays(network), launch, draw)
            self.change = recorded_change(
                job.augmentation, job.dataset.train.images, images
            )
        self._draw(job, indices, rngs)
        if self.change:
            self.change.launch(launch)
        run = Run(True, rngs.layers, self.scratch.network, launch=launch, draws=draw)
        logits, self.caches = network.forward(images, run)
        self.scratch.loss.rewind()
        examples = Examples(images, self.labels, self.batch, self.scratch.loss, launch)
        self.loss, dlogits = job.loss(logits, examples)
        self._count_right(logits, launch)
        caches = self.caches
        if rngs.backward is not None and caches is not None:
            dlogits, caches = self._sampled(network, job, dlogits, caches, launch)
        self.grads = network.backward(dlogits, caches)

    def _recordable(self, network: Network, job: Job) -> bool:
        """Whether all that the pass does is launching kernels."""
        samples = job.recipe.backward < 1
        loss = getattr(job.loss, "recordable", False)
        return loss and network.recordable and (network.divisible or not samples)

    def _sampled(
        self,
        network: Network,
        job: Job,
        dlogits: Array,
        caches: Caches,
        launch: Callable[..., None],
    ) -> tuple[Array, Caches]:
        """Return the gradient and the caches of the images that go backward."""
        kept = kept_of(self.count, job.recipe.backward)
        if not (compiled_wanted() and network.divisible):
            return sampled(dlogits, self.batch, kept, float(self.u[0])), caches
        from byhand.kernels import sampling

        chosen, pi = np.zeros(kept, np.int64), np.zeros(self.count)
        some = np.empty((kept, dlogits.shape[1]), dlogits.dtype)
        floor = np.array([FLOOR])
        launch(sampling.sample, dlogits, self.u, floor, pi, chosen, some, self.batch)
        return some, network.kept(caches, chosen)

    def _count_right(self, logits: Array, launch: Callable[..., None]) -> None:
        if not compiled_wanted():
            self.right = (logits.argmax(axis=1) == self.labels).sum()
            return
        from byhand.kernels import softmax

        self.right = np.zeros(1, np.int64)
        launch(softmax.count_right, logits, self.labels, self.right)

    def _images_like(self, images: Images) -> Images:
        """Return memory for the shard's images, the same again for the same shape."""
        shape = (self.count, *images.shape[1:])
        if self.images is None or self.images.shape != shape:
            self.images = aligned(math.prod(shape)).reshape(shape)
        return self.images

    def _draw(self, job: Job, indices: Integers, rngs: Generators) -> None:
        """Set the labels, and the images or what `change` makes them of."""
        data, reject = job.dataset.train, len(job.dataset.class_names)
        self.u[0] = rngs.backward or 0.0
        if self.change:
            self.change.draw(indices, rngs.images)
            self.labels[:] = data.labels[indices]
            return
        assert self.images is not None
        self.labels[:] = job.augmentation(
            data.images, data.labels, indices, rngs.images, self.images, reject
        )
        if job.own_augmentation:
            assert rngs.images is not None
            job.own_augmentation(self.images, rngs.images)


def _arrays(network: Network) -> list[Array]:
    return [
        array
        for layer in network.layers
        for array in (*layer.params.values(), *layer.state.values())
    ]


def _same(recorded: Recorded, network: Network) -> bool:
    """Return whether the network's arrays are still those that were recorded."""
    now, then = _arrays(network), recorded.arrays
    return len(now) == len(then) and all(map(operator.is_, now, then))
