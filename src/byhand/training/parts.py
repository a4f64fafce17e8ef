"""A training on several sets of images at once, each with its share and augmentation.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset, Split
from byhand.training.batches import Stream, generator
from byhand.training.objective import make_loss
from byhand.training.recipe import Recipe
from byhand.training.state import Job
from byhand.types import Images, Integers, Labels


@dataclass(frozen=True)
class Part:
    """A set of images.

    Attributes:
        split: images, and labels of digits or of the reject class.
        share: of the images of each batch.
        augmentation: how they are changed.
    """

    split: Split
    share: float
    augmentation: Augmentation


@dataclass(frozen=True, repr=False)
class AugmentationOfParts(Augmentation):
    """The augmentation of each part, for images of all parts one after another.

    Attributes:
        begins: the index of each part's first image.
        each: their augmentations.
    """

    begins: tuple[int, ...] = ()
    each: tuple[Augmentation, ...] = field(default=())

    @property
    def random(self) -> bool:
        """Whether anything is drawn."""
        return any(change.random for change in self.each)

    @property
    def moves_only(self) -> bool:
        """Whether nothing is drawn into images: not known of all parts at once."""
        return False

    def __call__(
        self,
        images: Images,
        labels: Labels,
        indices: Integers,
        rng: np.random.Generator | None,
        out: Images,
        reject: int,
        ink: Images | None = None,
    ) -> Labels:
        """Set out to images[indices], changed as their parts are; return the labels."""
        found = np.empty(len(indices), labels.dtype)
        part = np.searchsorted(self.begins, indices, side="right") - 1
        for number in np.unique(part):
            some = np.flatnonzero(part == number)
            result = np.empty((len(some), *out.shape[1:]), out.dtype)
            change = self.each[number]
            found[some] = change(images, labels, indices[some], rng, result, reject)
            out[some] = result
        return found


class BatchesOfParts:
    """The indices of every step's images: of each part its share, drawn at random.

    They are mixed, so that each shard of a batch has images of all parts.

    Args:
        parts: in the order of their images.
        batch: images a step.
        seed: of the run.
        steps_an_epoch: steps after which the held-out images are measured.
    """

    def __init__(
        self, parts: Sequence[Part], batch: int, seed: int, steps_an_epoch: int
    ) -> None:
        self.seed, self.batch, self.steps_an_epoch = seed, batch, steps_an_epoch
        ends = np.cumsum([len(part.split) for part in parts])
        self.begins = (ends - [len(part.split) for part in parts]).tolist()
        shares = np.cumsum([part.share for part in parts])
        edges = np.rint(batch * shares / shares[-1]).astype(int)
        self.counts = np.diff(edges, prepend=0)
        self.sizes = [len(part.split) for part in parts]
        self.indices = np.arange(self.sizes[0])  # of the first part: what is counted

    def __getitem__(self, step: int) -> Integers:
        """Return the indices of step number `step`, counted from 0."""
        rng = generator(self.seed, Stream.ORDER, step)
        return rng.permutation(np.concatenate([
            begin + rng.integers(size, size=count)
            for begin, size, count in zip(
                self.begins, self.sizes, self.counts, strict=True
            )
        ]))  # fmt: skip


def job_of_parts(
    recipe: Recipe,
    dataset: Dataset,
    parts: Sequence[Part],
    held_out: Split,
    seed: int,
    steps_an_epoch: int = 500,
) -> Job:
    """Return a job that trains on parts, each with its own augmentation.

    Args:
        recipe: its augmentation is replaced by those of the parts.
        dataset: whose classes and test images these are.
        parts: the first is the data set's own.
        held_out: on which accuracy, temperature and threshold are measured.
        seed: of all chance.
        steps_an_epoch: steps after which the held-out images are measured.
    """
    splits = [*(part.split for part in parts), held_out]
    train = Split(
        np.concatenate([split.images for split in splits]),
        np.concatenate([split.labels for split in splits]),
    )
    batches = BatchesOfParts(parts, recipe.batch, seed, steps_an_epoch)
    data, count = replace(dataset, train=train), len(train)
    last = np.arange(count - len(held_out), count)
    mixed = AugmentationOfParts(
        begins=tuple(batches.begins), each=tuple(p.augmentation for p in parts)
    )
    loss, steps = make_loss(recipe, dataset), recipe.steps
    if steps is None:
        steps = (recipe.epochs or 0) * steps_an_epoch
    return Job(recipe, data, seed, batches, last, steps, loss, change=mixed)
