"""A data set with the classes of a model: labels renumbered by the classes' names.

Letters in shapes: N images, K classes.
"""

from __future__ import annotations

import string
from dataclasses import replace

import numpy as np

from byhand.data.arrays import luminance
from byhand.data.datasets import Dataset, Split
from byhand.data.names import listed
from byhand.errors import DataError
from byhand.types import Integers

DIGITS = tuple(string.digits)


def with_classes(
    dataset: Dataset, wanted: tuple[str, ...], colours: bool = False
) -> Dataset:
    """Return a data set with these classes, which may be more than it has images of.

    Classes are found by their names. Classes without names, 0 to K - 1, may stand for
    any K names.

    Args:
        dataset: its warnings say afterwards what was done.
        wanted: a model's class names.
        colours: whether the model takes images in colour; else they are made grey.

    Raises:
        DataError: a class that is not wanted.
    """
    if not colours and len(dataset.image_shape) == 3:
        dataset = _grey(dataset)
    names = dataset.class_names
    # IDX files do not name their classes: plain numbers may stand for any names.
    unnamed = names == tuple(map(str, range(len(names))))
    if names == wanted or (unnamed and len(names) == len(wanted)):
        return dataset
    number = _numbers(wanted, dataset, unnamed)
    if number is None:
        raise DataError(
            f"evaluate: expected the model's classes, {listed(wanted)}, "
            f"got {listed(names)} in {dataset.name}; "
            "choose data of these classes, or train a model on that data"
        )
    said = _said_of_classes(dataset, wanted, number)
    train, test = (
        Split(s.images, number[s.labels]) for s in (dataset.train, dataset.test)
    )
    empty = tuple(w for w in dataset.warnings if " no image" not in w)
    return replace(
        dataset, train=train, test=test, class_names=wanted, warnings=(*empty, *said)
    )


def _numbers(
    wanted: tuple[str, ...], dataset: Dataset, unnamed: bool
) -> Integers | None:
    """Return the model's class number for each class of the data (K,); None if none.

    A class without images gets 0. Digits labelled 1 to 10 have 10 for 0, as in SVHN.
    """
    numbers = {name: k for k, name in enumerate(wanted)}
    count = len(dataset.class_names)
    used = _counts(dataset.train, count) + _counts(dataset.test, count) > 0
    if unnamed and wanted == DIGITS and count == 11 and not used[0]:
        numbers["10"] = 0
    found = [numbers.get(name) for name in dataset.class_names]
    for k, number in enumerate(found):
        if number is None and (used[k] or not unnamed):
            return None
    if not any(used[k] and found[k] is not None for k in range(count)):
        return None
    return np.array([number or 0 for number in found], np.int64)


def _counts(split: Split, classes: int) -> Integers:
    return np.bincount(split.labels, minlength=classes)


def _said_of_classes(
    dataset: Dataset, wanted: tuple[str, ...], number: Integers
) -> list[str]:
    """Return what was done to the classes, for the user."""
    said = []
    if dataset.class_names[-1] == "10" and number[-1] == 0:
        said.append(
            "labels 1 to 10: 10 was taken for the digit 0, as in SVHN; where 1 stands "
            "for 0, try --first-label 1"
        )
    there = set(np.unique(number[dataset.test.labels]).tolist())
    there |= set(np.unique(number[dataset.train.labels]).tolist())
    missing = [name for k, name in enumerate(wanted) if k not in there]
    if missing:
        said.append(
            f"the data has {len(there)} of the model's {len(wanted)} classes: "
            f"no image of {listed(missing)}"
        )
    return said


def _grey(dataset: Dataset) -> Dataset:
    """Return a data set in colour as grey levels."""
    train, test = (
        Split(luminance(s.images), s.labels) for s in (dataset.train, dataset.test)
    )
    said = "the images have colours, the model takes grey ones: made grey"
    return replace(dataset, train=train, test=test, warnings=(*dataset.warnings, said))
