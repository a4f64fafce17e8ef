"""MNIST's training images in two: those that every recipe holds out, and the others."""

from __future__ import annotations

import byhand
from byhand.data.datasets import Split
from byhand.training.batches import split

HELD_OUT = 5000  # of MNIST's training images, in every recipe


def kept_and_held_out() -> tuple[Split, Split]:
    """Return the images that trainings see, and those that they hold out."""
    train = byhand.load_dataset("mnist").train
    parts = split(len(train), HELD_OUT)
    kept, held = (Split(train.images[part], train.labels[part]) for part in parts)
    return kept, held
