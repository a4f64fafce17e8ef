"""Load a data set: images and labels that have been checked, whatever they came from.

Letters in shapes: N images of H rows and W columns, K classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from byhand.data import download
from byhand.data.arrays import plain
from byhand.data.checks import Cleaned, cleaned
from byhand.data.class_folders import read_class_folders
from byhand.data.formats import Part, Parts, find_idx, read_csv, read_idx, read_npz
from byhand.data.sources import SOURCES, known
from byhand.errors import DataError
from byhand.types import Array, Grey, Images, Labels, Shape

__all__ = ["Dataset", "Split", "known", "load_dataset"]


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, the training or the test set.

    Attributes:
        images: (N, H, W) or (N, H, W, 3) uint8, ink bright on 0; a read-only memmap if
            the file is a plain one.
        labels: (N,) int64 class numbers, 0 to K - 1.
    """

    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Array]:
        """Give the images and the labels: ``x, y = mnist.train``."""
        yield self.images
        yield self.labels

    @overload
    def __getitem__(self, index: int) -> tuple[Grey, int]: ...
    @overload
    def __getitem__(self, index: slice | Array | Sequence[int]) -> Split: ...

    def __getitem__(
        self, index: int | slice | Array | Sequence[int]
    ) -> tuple[Grey, int] | Split:
        """Return one image and its label, or the split of several.

        Args:
            index: a number; a slice, an array of numbers or of True and False.
        """
        if isinstance(index, int | np.integer):
            return self.images[index], int(self.labels[index])
        chosen = index if isinstance(index, slice) else np.asarray(index)
        return Split(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training and a test set of the same classes.

    Attributes:
        name: "mnist", or the path given.
        class_names: K names, ("0", ..., "9") for digits.
        warnings: what a user should know: what was done to the images, or what seems
            wrong with them; one sentence each.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_arrays(
        cls,
        images: npt.ArrayLike,
        labels: npt.ArrayLike,
        test_images: npt.ArrayLike | None = None,
        test_labels: npt.ArrayLike | None = None,
        *,
        class_names: Sequence[str] | None = None,
        first_label: int = 0,
        name: str = "arrays",
    ) -> Dataset:
        """Return a data set of images and labels that are in memory.

        Args:
            images: (N, H, W), (N, H, W, 1), (N, H, W, 3) or, square, (N, H * W), of any
                real type: 0 to 1 or 0 to 255; another range is scaled, with a warning.
            labels: (N,) whole numbers from first_label, of any type, or words, which
                name the classes.
            test_images: as images; without them one image in six is held out.
            test_labels: as labels.
            class_names: a name for each class number.
            first_label: the number of the first class in labels.
            name: what to call the data set.

        Raises:
            DataError: arrays that do not fit these, or each other, or one class only.
        """
        if (test_images is None) != (test_labels is None):
            raise DataError(
                "from_arrays: expected both test_images and test_labels, or neither"
            )
        train = _part(images, labels, "")
        test = None if test_images is None else _part(test_images, test_labels, "test ")
        names = None if class_names is None else tuple(map(str, class_names))
        return _dataset(name, cleaned(Parts(train, test, names), first_label))

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
        parts = _read_known(name)._replace(class_names=SOURCES[name].class_names)
        return _dataset(name, cleaned(parts, known=True))
    path = Path(name_or_folder)
    try:
        parts = _read_folder(path) if path.is_dir() else _read_file(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    return _dataset(name, cleaned(parts))


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


def _part(images: object, labels: object, which: str) -> Part:
    """Return what a user gave as arrays, with names for messages."""
    of_images, of_labels = f"{which}images", f"{which}labels"
    return Part(
        plain(images, of_images), plain(labels, of_labels), of_images, of_labels
    )


def _dataset(name: str, found: Cleaned) -> Dataset:
    train, test = Split(*found.train), Split(*found.test)
    return Dataset(name, train, test, found.class_names, found.warnings)
