"""Digits that are stored with rows and columns exchanged, as EMNIST's are.

A sample is classified by MNIST's mean image of each digit, as it is, transposed and
rotated: in the right orientation most are right, in any other few.
Letters in shapes: N images of H rows and W columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources

import numpy as np

from byhand.data.formats import find_idx
from byhand.data.idx import load_idx
from byhand.types import Array, Floats, Images, Labels

SAMPLE_PIXELS = 1 << 20  # of an image that is not too large to be examined
SAMPLE = 300  # images that are classified
REFERENCE = 1000  # images of MNIST that the means are of
SIDE = 14  # cells on a side of what is compared
FEWEST_DIGITS = 3
FEWEST_IMAGES = 20
RIGHT = 0.5  # of the images, at least, in the orientation that is the right one
MORE = 0.2  # of the images, at least: more than as they are

Turn = Callable[[Array], Array]

TRANSPOSED = "with rows and columns exchanged"
AS_THEY_ARE = "as they are"
ORIENTATIONS: dict[str, Turn] = {
    AS_THEY_ARE: lambda x: x,
    TRANSPOSED: lambda x: x.swapaxes(-1, -2),
    "rotated by 90° to the left": lambda x: np.rot90(x, -1, (-2, -1)),
    "rotated by 90° to the right": lambda x: np.rot90(x, 1, (-2, -1)),
    "upside down": lambda x: np.rot90(x, 2, (-2, -1)),
    "mirrored": lambda x: x[..., ::-1],
    "mirrored upside down": lambda x: x[..., ::-1, :],
}


def orientation(images: Images, labels: Labels, names: Sequence[str]) -> str:
    """Return how digits lie, a key of ORIENTATIONS; AS_THEY_ARE where in doubt.

    Args:
        images: (N, H, W), ink bright on 0.
        labels: (N,) class numbers.
        names: the classes'; those that are digits are compared.
    """
    digits = np.array([int(n) if n in set("0123456789") else -1 for n in names])
    truth = digits[labels]
    chosen = np.flatnonzero(truth >= 0)
    if len(chosen) < FEWEST_IMAGES or len(np.unique(truth[chosen])) < FEWEST_DIGITS:
        return AS_THEY_ARE
    if len(chosen) > SAMPLE:
        chosen = chosen[np.linspace(0, len(chosen) - 1, SAMPLE).astype(int)]
    ink = np.stack([cells(image) for image in images[chosen]])
    right = {
        name: float((_nearest(turn(ink)) == truth[chosen]).mean())
        for name, turn in ORIENTATIONS.items()
    }
    best = max(right, key=lambda name: right[name])
    clear = right[best] >= RIGHT and right[best] >= right[AS_THEY_ARE] + MORE
    return best if clear else AS_THEY_ARE


def _nearest(ink: Floats) -> Labels:
    """Return the digit whose mean is most like each image: (N, S, S) -> (N,)."""
    likeness = np.einsum("nij,kij->nk", ink, _means())  # (N, S, S), (K, S, S) -> (N, K)
    digits: Labels = likeness.argmax(axis=1)
    return digits


@cache
def _means() -> Floats:
    """Return the mean cells of MNIST's digits, (10, S, S)."""
    with resources.as_file(resources.files("byhand.data") / "mnist") as folder:
        files = find_idx(folder)
        images = load_idx(files["test-images"])[:REFERENCE]
        labels = load_idx(files["test-labels"])[:REFERENCE]
    ink = np.stack([cells(image) for image in images])
    return np.stack([ink[labels == k].mean(axis=0) for k in range(10)])


def cells(image: Array) -> Floats:
    """Return the ink of an image, in the middle of a square, as S × S mean levels.

    Their mean is 0 and the sum of their squares 1; all are 0 where there is no ink.
    """
    grey = image.astype(np.float64)
    strong = grey > grey.max() / 3
    if not strong.any():
        return np.zeros((SIDE, SIDE))
    rows, columns = (
        np.flatnonzero(strong.any(axis=1)),
        np.flatnonzero(strong.any(axis=0)),
    )
    ink = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(ink.shape)
    top, left = (side - ink.shape[0]) // 2, (side - ink.shape[1]) // 2
    square = np.zeros((side, side))
    square[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    means = _shares(side) @ square @ _shares(side).T  # (S, side) (side, side) (side, S)
    means -= means.mean()
    length = np.linalg.norm(means)
    centred: Floats = means / length if length else means
    return centred


@cache
def _shares(side: int) -> Floats:
    """Return how much of each of `side` pixels lies in each cell, (S, side)."""
    edges = np.linspace(0, side, SIDE + 1)
    pixels = np.arange(side)
    inside = np.minimum(edges[1:, None], pixels + 1) - np.maximum(
        edges[:-1, None], pixels
    )
    return inside.clip(0)
