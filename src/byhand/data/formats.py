"""The file formats of data sets, each read into plain arrays.

Nothing is judged here but the file itself: byhand.data.datasets checks what the arrays
hold. Letters in shapes: N images of H rows and W columns, K classes.
"""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
        if not match or path.name.startswith(".") or path.is_dir():
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


def read_npz(path: Path) -> Parts:
    """Read x_train, y_train, x_test, y_test, or x and y, from a .npz file.

    Raises:
        DataError: not such a file, or one with Python objects inside, which are never
            unpickled.
    """
    arrays: dict[str, Array] = {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as npz:
            for name in npz.files:
                if re.fullmatch("[xy](_train|_test)?", name, re.IGNORECASE):
                    arrays[name.lower()] = npz[name]
    except Exception as error:  # a broken zip makes NumPy raise nearly anything
        raise DataError(
            f"{path}: expected a .npz file of plain arrays, got: {_one_line(error)}"
        ) from error
    for ending in ("_train", ""):
        if f"x{ending}" in arrays and f"y{ending}" in arrays:
            break
    else:
        raise DataError(
            f"{path}: expected arrays x and y, or x_train, y_train, x_test and y_test, "
            f"got {', '.join(sorted(arrays)) or 'none of them'}"
        )
    both = "x_test" in arrays and "y_test" in arrays
    return Parts(
        _npz_part(path, arrays, ending),
        _npz_part(path, arrays, "_test") if both else None,
    )


def _npz_part(path: Path, arrays: dict[str, Array], ending: str) -> Part:
    x, y = f"x{ending}", f"y{ending}"
    return Part(arrays[x], arrays[y], f"{path}[{x}]", f"{path}[{y}]")


def read_csv(path: Path) -> Part:
    """Read a table with one image a row: its label, then its pixels row by row.

    The first line may name the columns, as Kaggle's does; then the label may stand in
    any column named "label". Images are taken to be square.

    Raises:
        DataError: not a table of numbers, or no square images in it.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            names = [name.strip(' "\n').lower() for name in file.readline().split(",")]
        has_header = not _is_number(names[0])
        table = _load_table(path, skip=int(has_header))
    except (OSError, ValueError, OverflowError) as error:
        raise DataError(
            f"{path}: expected a table of numbers, got: {_one_line(error)}"
        ) from error
    rows, columns = table.shape
    side = math.isqrt(max(columns - 1, 0))
    if side == 0 or side * side != columns - 1:
        raise DataError(
            f"{path}: expected rows of a label and a square number of pixels, "
            f"got {rows} rows of {columns} numbers"
        )
    column = names.index("label") if "label" in names else 0
    labels, pixels = table[:, column], np.delete(table, column, axis=1)
    images = pixels.reshape(rows, side, side)  # (N, H * W) -> (N, H, W)
    return Part(images, labels, str(path), str(path))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _load_table(path: Path, skip: int) -> Array:
    """Return the numbers of a CSV file, (rows, columns)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "loadtxt: input contained no data")
        # NumPy used to cut 3.5 down to the integer 3, with a warning.
        warnings.simplefilter("error", DeprecationWarning)

        def load(dtype: npt.DTypeLike) -> Array:
            return np.loadtxt(
                path,
                dtype,
                None,
                ",",
                skiprows=skip,
                ndmin=2,
                encoding="utf-8-sig",
                quotechar='"',
            )

        try:
            return load(np.int32)  # eight times as fast as floats
        except (ValueError, DeprecationWarning):
            return load(np.float32)
