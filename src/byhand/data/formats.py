"""What every reader of a data set returns, and the reader of IDX files.

Nothing is judged here but the file itself: byhand.data.checks judges what the arrays
hold. Letters in shapes: N images of H rows and W columns, K classes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from byhand.data.idx import load_idx
from byhand.errors import DataError
from byhand.types import Array


class Part(NamedTuple):
    """Images and labels as they lie, each with where it came from, for messages."""

    images: Array
    labels: Array
    images_from: str
    labels_from: str


class Parts(NamedTuple):
    """What a source holds: test is None where it says nothing of a test set."""

    train: Part
    test: Part | None
    class_names: tuple[str, ...] | None = None
    warnings: tuple[str, ...] = ()


# train-images-idx3-ubyte.gz, t10k-labels.idx1-ubyte, qmnist-test-labels-idx2-int, ...
IDX_NAME = re.compile(
    r"(?P<prefix>.*?)[-_.]?(?P<split>train|t10k|test)[-_.](?P<kind>images|labels)"
    r"([-_.](idx\d?|ubyte|int))*(\.gz)?",
    re.IGNORECASE,
)


def find_idx(folder: Path) -> dict[str, Path]:
    """Return a folder's IDX files as train-images, train-labels, test-images, ...

    Raises:
        DataError: some of the four are there but not all, or one is there twice.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):  # name before name.gz: the plain one is taken
        match = IDX_NAME.fullmatch(path.name)
        if not match or path.name.startswith(".") or not path.is_file():
            continue
        split = "train" if match["split"].lower() == "train" else "test"
        first = found.setdefault(f"{split}-{match['kind'].lower()}", path)
        if path.name.removesuffix(".gz") != first.name.removesuffix(".gz"):
            raise DataError(
                f"{folder}: expected one data set, got both {first.name} and "
                f"{path.name}; try a folder for each"
            )
    wanted = ("train-images", "train-labels", "test-images", "test-labels")
    if found and (missing := [kind for kind in wanted if kind not in found]):
        raise DataError(
            f"{folder}: expected four IDX files, got none for {', '.join(missing)}"
        )
    return found


def read_idx(files: dict[str, Path]) -> Parts:
    """Read the four files that find_idx found, undoing what two makers did to theirs.

    EMNIST's images are stored with rows and columns exchanged, and its letters are
    labelled from 1. QMNIST's labels are rows of 8 integers, the class first.

    Sources: arXiv:1702.05373; github.com/facebookresearch/qmnist, section 2.2.
    """
    return Parts(
        _idx_part(files["train-images"], files["train-labels"]),
        _idx_part(files["test-images"], files["test-labels"]),
    )


def _idx_part(images_path: Path, labels_path: Path) -> Part:
    images, labels = load_idx(images_path), load_idx(labels_path)
    name = images_path.name.lower()
    if name.startswith("emnist-") and images.ndim == 3:
        images = images.transpose(0, 2, 1)  # a view: a mapped file stays mapped
    if name.startswith("emnist-letters-"):
        labels = labels.astype(np.int64) - 1
    if labels.ndim == 2 and labels.shape[1] == 8 and labels.dtype.itemsize == 4:
        labels = labels[:, 0]  # (N, 8) -> (N,)
    return Part(images, labels, str(images_path), str(labels_path))
