"""Drawings by people who do not exist, unlike MNIST's, to train a model further on.

Letters: N drawings of h × w pixels; K points of a stroke.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from byhand import kernels
from byhand.augment.augmentation import inverse_maps
from byhand.augment.elastic import elastic_fields
from byhand.data.datasets import Split
from byhand.synthesis import handwriting
from byhand.synthesis.drawing import log_uniform
from byhand.synthesis.letters import Skeleton, read_skeletons
from byhand.types import Floats, Grey


def bent_hand(source: Split, per_class: int, seed: int) -> Split:
    """Return digits (N, 28, 28) in a hand that bends those of a source.

    Every digit is turned, slanted, stretched and bent by the same field, which is the
    hand; a little more is its own. So other digits than the source's become usual.

    Args:
        source: images (M, 28, 28) and their labels.
        per_class: digits of each class, none twice.
        seed: whose hand it is, and which digits.
    """
    rng = np.random.default_rng((16, seed))
    every = [rng.permutation(np.flatnonzero(source.labels == k)) for k in range(10)]
    chosen = np.concatenate([of_k[:per_class] for of_k in every])
    n, shape = len(chosen), source.images.shape[1:]
    sides = rng.choice([-1.0, 1.0], 3)

    def about(low: float, high: float, side: float, spread: float) -> np.ndarray:
        drawn = side * rng.uniform(low, high) + rng.normal(0, spread, n)
        return drawn.astype(np.float32)

    matrices = inverse_maps(
        about(0.2, 0.5, sides[0], 0.05),  # radians
        np.exp(about(-0.1, 0.1, 1.0, 0.03)),
        np.exp(about(0.15, 0.35, sides[1], 0.03)),
        about(0.3, 0.7, sides[2], 0.05),
        np.zeros((2, n), np.float32),
    )
    fields = elastic_fields(n, shape, 0.5, rng)
    fields += elastic_fields(1, shape, float(rng.uniform(1.0, 1.8)), rng)
    images = np.empty((n, *shape), np.uint8)
    kernels.warped()(source.images, chosen, matrices, fields, images)
    return Split(images, np.asarray(source.labels[chosen], np.int64))


# an angular hand: a point that is there twice is a corner; and two signs that nobody
# uses, a gable over a line with a post, and a curl
FORMS = """
0 4,0 4,0 8,5 8,5 4,10 4,10 0,5 0,5 4,0
1 0,10 4,0 4,0 8,10
2 0,0 7,0 7,0 0,10 0,10 7,10
3 0,0 6,0 6,0 1,5 1,5 6,10 6,10 0,10
4 0,0 0,5 0,5 7,5 / 7,0 7,10
5 7,0 0,0 0,0 0,5 0,5 7,5 7,5 7,10 7,10 0,10
6 0,0 0,10 0,10 6,10 6,10 6,5 6,5 0,5
7 0,3 0,0 0,0 7,0 7,0 7,10
8 0,0 7,0 7,0 0,10 0,10 7,10 7,10 0,0
9 7,10 7,0 7,0 0,0 0,0 0,5 0,5 7,5
gable 0,6 4,0 4,0 8,6 / 0,9.5 8,9.5 / 4,4 4,9
curl 8,9 3,10 0,6 2,1 6,1 7.5,4.5 5,7 3,5 4.2,3.6
"""
SIZES = 40, 300  # pixels of a drawing's longer side


def write_drawings(folder: Path, per_class: int, seed: int = 0) -> None:
    """Write FOLDER/CLASS/NUMBER.png: digits and two signs, by one hand, with a pen.

    Its digits are angular, and lean to the right. Pictures are of any size; half are
    bright ink on dark, and every third has grey, uneven paper, as photos have.
    """
    rng = np.random.default_rng((17, seed))
    by = handwriting.Hand(lean=0.3, narrow=0.9, jitter=0.035)
    for name, (form,) in read_skeletons(FORMS).items():
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            picture = photographed(drawing(form, by, rng), number, rng)
            Image.fromarray(picture).save(folder / name / f"{number}.png")


def drawing(form: Skeleton, by: handwriting.Hand, rng: np.random.Generator) -> Grey:
    """Return the ink (h, w) of a skeleton as a hand draws it this time."""
    size = log_uniform(rng, *SIZES) / handwriting.UNITS
    leaning = np.array([[by.narrow, 0], [-by.lean, 1]]) * size
    width = size * rng.uniform(0.6, 1.1)
    moved = [_moved(stroke, by.jitter * handwriting.UNITS, rng) for stroke in form]
    return handwriting.drawn([stroke @ leaning for stroke in moved], width)


def _moved(stroke: Floats, by: float, rng: np.random.Generator) -> Floats:
    """Return a stroke with its points moved; a corner stays one."""
    moved = stroke + rng.normal(0, by, stroke.shape)
    again = (stroke[1:] == stroke[:-1]).all(axis=1)
    moved[1:][again] = moved[:-1][again]
    return moved


def photographed(ink: Grey, number: int, rng: np.random.Generator) -> Grey:
    """Return ink on paper: bright on dark, dark on light, every third on grey paper."""
    margin = rng.integers(3, 3 + max(ink.shape) // 4, 4)
    coverage = np.pad(ink, margin.reshape(2, 2)) / 255
    paper, pen = 255.0, 20.0
    if number % 3 == 2:
        paper, pen = rng.uniform(150, 200), rng.uniform(30, 70)
    light = 1 - 0.2 * np.linspace(0, rng.random(), coverage.shape[1])
    shown = light * (paper + (pen - paper) * coverage)
    if number % 3 == 2:
        shown = shown + rng.normal(0, 4, shown.shape)
    elif number % 2:
        shown = 255 - shown
    return shown.clip(0, 255).astype(np.uint8)
