"""What a source holds, checked and made into images, labels and class names.

All that training and scoring rely on is true afterwards. What a user should know, but
what is no error, is a warning. Letters in shapes: N images of H rows and W columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from byhand.data.arrays import (
    as_labels,
    as_shaped,
    contiguous,
    is_colour,
    label_names,
    luminance,
)
from byhand.data.formats import Part, Parts
from byhand.data.levels import Levels, as_bytes, find_levels
from byhand.data.names import digits_for, in_order, listed
from byhand.data.orientation import (
    AS_THEY_ARE,
    SAMPLE_PIXELS,
    TRANSPOSED,
    orientation,
)
from byhand.errors import DataError
from byhand.types import Array, Images, Labels

HELD_OUT = 6  # one image in six, where a source has no test set
HOLD_OUT_SEED = 6174
BRIGHT = 140  # level: paper is at least as bright, or ink is
SAMPLE = 1000  # images by which bright ink is distinguished from dark

Labelled = tuple[Images, Labels]


class Cleaned(NamedTuple):
    """Images (N, H, W) and labels (N,) of both sets, and what was found or done."""

    train: Labelled
    test: Labelled
    class_names: tuple[str, ...]
    warnings: tuple[str, ...]


def cleaned(
    parts: Parts, first_label: int = 0, known: bool = False, one_class: bool = False
) -> Cleaned:
    """Return what a source holds, once everything that training relies on is true.

    Args:
        parts: the arrays as they lie.
        first_label: the number of the first class in them.
        known: a published set: only checked, nothing is found out about it.
        one_class: do not refuse images of a single class.

    Raises:
        DataError: images and labels that do not fit, or fewer than two classes.
    """
    both = [part for part in parts[:2] if part]
    images, warnings = _bytes(both)
    numbers, names, said = _numbered(parts, first_label)
    warnings += said
    pairs = list(zip(images, numbers, strict=True))
    for part, pair in zip(both, pairs, strict=True):
        _check_fit(part, *pair, len(names))
    train, *rest = pairs
    _check_classes(parts.train, train[1], one_class)
    if parts.test and train[0].shape[1:] != rest[0][0].shape[1:]:
        raise DataError(
            f"{parts.test.images_from}: expected images of {train[0].shape[1:]} like "
            f"the training images, got {rest[0][0].shape[1:]}"
        )
    if not known:
        pairs, said = _looked_at(pairs, names)
        warnings += said
    train, *rest = pairs
    train, test = (train, rest[0]) if rest else _hold_out(train, parts.train)
    warnings += _empty(np.concatenate([train[1], test[1]]), names)
    return Cleaned(train, test, names, (*parts.warnings, *warnings))


def _numbered(
    parts: Parts, first_label: int
) -> tuple[list[Labels], tuple[str, ...], list[str]]:
    """Return the labels of each set as class numbers, the class names and warnings."""
    both = [part for part in parts[:2] if part]
    words = [label_names(part.labels, part.labels_from) for part in both]
    if words[0] is not None:
        names = parts.class_names or in_order(np.unique(words[0]).tolist())
        numbers = [_in_names(w, names, p) for w, p in zip(words, both, strict=True)]
    else:
        numbers = [_counted_from(part, first_label) for part in both]
        names = parts.class_names or _names_to(int(numbers[0].max()), parts.train)
    if digits := digits_for(names):
        return numbers, digits, [f"the classes {listed(names)} are {listed(digits)}"]
    if words[0] is not None:
        return (
            numbers,
            names,
            [f"labels are words: {len(names)} classes, {listed(names)}"],
        )
    return numbers, names, []


def _names_to(highest: int, part: Part) -> tuple[str, ...]:
    """Return the names 0 to the highest label; refuse more classes than images."""
    if highest >= max(len(part.labels), 2):
        raise DataError(
            f"{part.labels_from}: expected class numbers from 0, got {highest} with "
            f"{len(part.labels)} images; try numbering the classes 0, 1, 2 and so on"
        )
    return tuple(map(str, range(highest + 1)))


def _counted_from(part: Part, first_label: int) -> Labels:
    """Return labels counted from 0."""
    labels = as_labels(part.labels, part.labels_from)
    if first_label and labels.min() < first_label:
        raise DataError(
            f"{part.labels_from}: expected labels from {first_label}, as --first-label "
            f"says, got {labels.min()}"
        )
    return labels - first_label


def _in_names(words: Array | None, names: tuple[str, ...], part: Part) -> Labels:
    """Return labels that are words as numbers of the classes."""
    if words is None:
        raise DataError(
            f"{part.labels_from}: expected words as labels, like the training set's, "
            "got numbers"
        )
    number = {name: k for k, name in enumerate(names)}
    for word in np.unique(words).tolist():
        if word not in number:
            raise DataError(
                f"{part.labels_from}: expected one of the classes {listed(names)}, "
                f"got {word[:40]!r}"
            )
    return np.array([number[word] for word in words.tolist()], np.int64)


def _bytes(parts: Sequence[Part]) -> tuple[list[Images], list[str]]:
    """Return the images of each set as uint8, scaled alike, and warnings."""
    shaped = [as_shaped(part.images, part.images_from) for part in parts]
    levels = _common_levels(shaped, parts)
    images = [
        contiguous(as_bytes(array, own))
        for array, own in zip(shaped, levels, strict=True)
    ]
    warnings = [own.warning for own in levels[:1] if own.warning]
    if all(is_colour(own) and (own == own[..., :1]).all() for own in images):
        images = [contiguous(own[..., 0]) for own in images]
        warnings.append("the three channels are equal: one of them was taken")
    return images, warnings


def _common_levels(arrays: Sequence[Array], parts: Sequence[Part]) -> list[Levels]:
    """Return the levels of each set: of both together, unless their types differ."""
    own = [
        find_levels(array, part.images_from)
        for array, part in zip(arrays, parts, strict=True)
    ]
    if len({array.dtype.kind for array in arrays}) > 1:
        return own
    widest = max(own, key=lambda levels: levels.white - levels.black)
    return [widest] * len(own)


def _check_fit(part: Part, images: Images, labels: Labels, classes: int) -> None:
    """Raise DataError unless each image has a label, and each label a class."""
    if len(images) != len(labels):
        shape = part.images.shape
        turn = shape[-1] == len(labels)
        raise DataError(
            f"{part.labels_from}: expected {len(images)} labels, one for each image of "
            f"{part.images_from}, got {len(labels)}"
            + (f"; the images are {shape}: try numpy.moveaxis(images, -1, 0)" * turn)
        )
    if labels.max() >= classes:
        raise DataError(
            f"{part.labels_from}: expected labels 0 to {classes - 1}, "
            f"got {labels.max()}"
        )


def _check_classes(part: Part, labels: Labels, one_class: bool) -> None:
    if len(labels) < 2:
        raise DataError(f"{part.images_from}: expected two images or more, got 1")
    if (labels == labels[0]).all() and not one_class:
        raise DataError(
            f"{part.labels_from}: expected labels of two classes or more, "
            f"got class {labels[0]} only"
        )


def _looked_at(
    pairs: list[Labelled], names: tuple[str, ...]
) -> tuple[list[Labelled], list[str]]:
    """Return the images the right way round, and what seems wrong with them."""
    images, labels = pairs[0]
    step = max(1, len(images) // SAMPLE)
    if images[0].size > SAMPLE_PIXELS:  # too large to be read for this
        return pairs, []
    images, labels = luminance(images[::step]), labels[::step]
    if _is_dark_on_light(images):
        return pairs, [
            "the images are probably dark ink on light paper, and byhand expects "
            "bright ink on 0; try --prepare"
        ]
    found = orientation(images, labels, names)
    if found == AS_THEY_ARE:
        return pairs, []
    if found != TRANSPOSED:
        return pairs, [f"the digits seem to be {found}: turn the images first"]
    return [_transposed(pair) for pair in pairs], [
        "the digits were stored with rows and columns exchanged, as EMNIST's are: "
        "exchanged again"
    ]


def _is_dark_on_light(images: Images) -> bool:
    """Return whether most pixels are bright, and most of all those at the edges."""
    edges = np.ones(images.shape[1:], bool)
    edges[1:-1, 1:-1] = False
    if edges.all() or np.median(images) < BRIGHT:
        return False
    return bool(images[:, edges].mean() > images[:, ~edges].mean())


def _transposed(pair: Labelled) -> Labelled:
    return np.ascontiguousarray(pair[0].swapaxes(1, 2)), pair[1]


def _empty(labels: Labels, names: tuple[str, ...]) -> list[str]:
    """Return a warning if there is a class that no image has."""
    counts = np.bincount(labels, minlength=len(names))
    empty = [name for name, count in zip(names, counts, strict=True) if count == 0]
    if not empty:
        return []
    first = len(empty)
    if empty == [str(number) for number in range(first)]:
        none = "class 0 has" if first == 1 else f"classes 0 to {first - 1} have"
        return [
            f"{none} no image: the labels are {first} to {len(names) - 1}; if they "
            f"count from {first}, try --first-label {first}"
        ]
    if len(empty) == 1:
        return [f"class {listed(empty)} has no image"]
    return [f"{len(empty)} classes have no image: {listed(empty)}"]


def _hold_out(pair: Labelled, part: Part) -> tuple[Labelled, Labelled]:
    """Return all images but one in six, and those: the same ones each time."""
    images, labels = pair
    order = np.random.default_rng(HOLD_OUT_SEED).permutation(len(labels))
    count = max(1, len(labels) // HELD_OUT)
    test, train = np.sort(order[:count]), np.sort(order[count:])
    return (images[train], labels[train]), (images[test], labels[test])
