"""Load a data set: images and labels that have been checked, whatever they came from.

Letters in shapes: N images of H rows and W columns, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from byhand.data import download
from byhand.data.arrays import as_images, as_labels
from byhand.data.class_folders import read_class_folders
from byhand.data.formats import Part, Parts, find_idx, read_csv, read_idx, read_npz
from byhand.data.sources import SOURCES, known
from byhand.errors import DataError
from byhand.types import Images, Labels, Shape

__all__ = ["Dataset", "Split", "known", "load_dataset"]

HELD_OUT = 6  # one image in six, where a source has no test set
HOLD_OUT_SEED = 6174


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, the training or the test set.

    Attributes:
        images: (N, H, W) uint8, ink bright on 0; a read-only memmap if the file is a
            plain one.
        labels: (N,) int64 class numbers, 0 to K - 1.
    """

    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training and a test set of the same classes.

    Attributes:
        name: "mnist", or the path given.
        class_names: K names, ("0", ..., "9") for digits.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]

    @property
    def image_shape(self) -> Shape:
        """Rows and columns of every image, and channels if it has several."""
        return tuple(self.train.images.shape[1:])


def load_dataset(name_or_folder: str | Path = "mnist") -> Dataset:
    """Return a data set by name, or from a folder or file.

    Args:
        name_or_folder: one of known(), fetched first if it is neither in the package
            nor in the cache; or a folder of four IDX files, of one folder a class, or
            of one .npz or .csv file; or such a file. A Path is never taken for a name.

    Raises:
        DataError: nothing of that name, or not what a data set should be; its
            subclasses IdxError and DownloadError say so of a file and of a fetch.
    """
    name = str(name_or_folder)
    if name_or_folder in SOURCES:
        return _checked(name, _read_known(name), SOURCES[name].class_names)
    path = Path(name_or_folder)
    try:
        parts = _read_folder(path) if path.is_dir() else _read_file(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    return _checked(name, parts, parts.class_names)


def _read_known(name: str) -> Parts:
    if SOURCES[name].mirrors:
        return read_idx(find_idx(download.fetch(name)))
    with resources.as_file(resources.files("byhand.data") / name) as folder:
        return read_idx(find_idx(folder))


def _read_file(path: Path) -> Parts:
    if not path.exists():
        raise DataError(
            f"{path}: expected a folder, a .npz or .csv file or one of "
            f"{', '.join(SOURCES)}, got nothing of that name"
        )
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return read_npz(path)
    if suffix == ".csv":
        return Parts(read_csv(path), None)
    raise DataError(
        f"{path}: expected a .npz or .csv file, got {suffix or 'no ending'}; "
        f"try the folder it is in"
    )


def _read_folder(folder: Path) -> Parts:
    """Read whichever kind of data set the folder holds."""
    if files := find_idx(folder):
        return read_idx(files)
    if parts := read_class_folders(folder):
        return parts
    tables = [
        p for p in sorted(folder.iterdir()) if p.suffix.lower() in (".npz", ".csv")
    ]
    if len(tables) == 1:
        return _read_file(tables[0])
    # mnist_train.csv and mnist_test.csv
    csv = {k: p for p in tables for k in ("train", "test") if k in p.stem.lower()}
    if len(tables) == len(csv) == 2 and {p.suffix.lower() for p in tables} == {".csv"}:
        return Parts(read_csv(csv["train"]), read_csv(csv["test"]))
    names = ", ".join(p.name for p in sorted(folder.iterdir())[:5])
    raise DataError(
        f"{folder}: expected four IDX files, one folder a class or one .npz or .csv "
        f"file, got {names or 'nothing'}"
    )


def _checked(name: str, parts: Parts, class_names: tuple[str, ...] | None) -> Dataset:
    """Return the data set, once everything that training relies on is true."""
    train = _split(parts.train)
    if class_names is None:
        class_names = tuple(map(str, range(train.labels.max() + 1)))
    _check_range(train, parts.train, len(class_names))
    if parts.test is None:
        return Dataset(name, *_hold_out(train, parts.train), class_names)
    test = _split(parts.test)
    _check_range(test, parts.test, len(class_names))
    if train.images.shape[1:] != test.images.shape[1:]:
        raise DataError(
            f"{parts.test.images_from}: expected images of {train.images.shape[1:]} "
            f"like the training images, got {test.images.shape[1:]}"
        )
    return Dataset(name, train, test, class_names)


def _split(part: Part) -> Split:
    images = as_images(part.images, part.images_from)
    labels = as_labels(part.labels, part.labels_from)
    if len(images) != len(labels):
        raise DataError(
            f"{part.labels_from}: expected {len(images)} labels, one for each image of "
            f"{part.images_from}, got {len(labels)}"
        )
    return Split(images, labels)


def _check_range(split: Split, part: Part, classes: int) -> None:
    if split.labels.max() >= classes:
        raise DataError(
            f"{part.labels_from}: expected labels 0 to {classes - 1}, "
            f"got {split.labels.max()}"
        )


def _hold_out(split: Split, part: Part) -> tuple[Split, Split]:
    """Return all images but one in six, and those: the same ones each time."""
    if len(split) < 2:
        raise DataError(f"{part.images_from}: expected two images or more, got 1")
    order = np.random.default_rng(HOLD_OUT_SEED).permutation(len(split))
    count = max(1, len(split) // HELD_OUT)
    test, train = np.sort(order[:count]), np.sort(order[count:])
    return (
        Split(split.images[train], split.labels[train]),
        Split(split.images[test], split.labels[test]),
    )
