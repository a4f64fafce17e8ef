"""Load a data set: images and labels that have been checked, whatever they came from.

Letters in shapes: N images of H rows and W columns, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from byhand import notebook
from byhand.data import download
from byhand.data.arrays import plain
from byhand.data.checks import Cleaned, cleaned
from byhand.data.finding import read_path
from byhand.data.formats import Part, Parts, find_idx, read_idx
from byhand.data.prepared import AS_IT_LIES, Loading, prepare_all, prepared_parts
from byhand.data.sources import SOURCES, known
from byhand.errors import DataError
from byhand.types import Array, Grey, Images, Labels, Shape
from byhand.words import counted, one_line, shortened

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

    def __repr__(self) -> str:
        return f"Split({_images_of(self)})"

    def _repr_html_(self) -> str:
        """Return its first images as a sheet, for notebooks."""
        first = list(self.images[:40])
        sheet = notebook.sheet(first, 20) if first else np.zeros((1, 1), np.uint8)
        return notebook.block(
            notebook.title(repr(self)),
            notebook.picture(
                sheet, 50 * math.ceil(len(first) / 20), "its first images"
            ),
            notebook.escaped(f"labels {' '.join(map(str, self.labels[:40]))}", 200),
        )

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
        loading: how it was read, so that it can be read again.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    loading: Loading = AS_IT_LIES

    def __repr__(self) -> str:
        train, images = len(self.train), _images_of(self.test)
        count = f"{train} + {images}, {len(self.class_names)} classes"
        return f"Dataset({one_line(self.name, 60)}: {count})"

    def _repr_html_(self) -> str:
        """Return some training images of each class, for notebooks."""
        rows = []
        for number, name in enumerate(self.class_names[:20]):
            found = np.flatnonzero(self.train.labels == number)
            some = [self.train.images[k] for k in found[:12]]
            sheet = notebook.picture(notebook.sheet(some, 12), 32, name) if some else ""
            rows.append(f"<tr><td>{notebook.escaped(name)}</td><td>{len(found):,}</td>"
                        f'<td style="text-align:left">{sheet}</td></tr>')  # fmt: skip
        notes = [notebook.escaped(warning, 300) for warning in self.warnings]
        sheets = f"<table><tbody>{''.join(rows)}</tbody></table>"
        return notebook.block(notebook.title(repr(self)), *notes, sheets)

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
        prepare: bool = False,
        size: Shape = (28, 28),
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
            prepare: see load_dataset; then images may be a list of any sizes.
            size: height and width of what is prepared.
            name: what to call the data set.

        Raises:
            DataError: arrays that do not fit these, or each other, or one class only.
        """
        if (test_images is None) != (test_labels is None):
            raise DataError(
                "from_arrays: expected both test_images and test_labels, or neither"
            )
        to = size if prepare else None
        train = _part(images, labels, to, "")
        test = None
        if test_images is not None:
            test = _part(test_images, test_labels, to, "test ")
        names = None if class_names is None else tuple(map(str, class_names))
        loading = Loading(prepare, size, first_label)
        return _dataset(name, cleaned(Parts(train, test, names), first_label), loading)

    @property
    def image_shape(self) -> Shape:
        """Rows and columns of every image, and channels if it has several."""
        return tuple(self.train.images.shape[1:])


def _images_of(split: Split) -> str:
    """Return how many images of which size there are: "10000 images of 28×28"."""
    sides = "×".join(map(str, split.images.shape[1:]))
    return f"{counted(len(split), 'image')} of {sides}"


def load_dataset(
    name_or_folder: str | Path = "mnist",
    *,
    prepare: bool = False,
    size: Shape = (28, 28),
    first_label: int = 0,
    label_column: str | int | None = None,
    one_class: bool = False,
) -> Dataset:
    """Return a data set by name, or from a folder or file.

    Args:
        name_or_folder: one of known(), fetched first if it is neither in the package
            nor in the cache; or a folder of four IDX files, of one folder a class, or
            of a .npz, .npy, .csv or .zip file; or such a file. A Path is never taken
            for a name.
        prepare: bring each picture to the network's square as predict does it: of any
            size, dark ink on light or bright on dark.
        size: height and width of what is prepared.
        first_label: the number of the first class.
        label_column: of a table, the name or number of the column of labels; found if
            not given.
        one_class: take images of a single class, as a model that has others can be
            trained further on.

    Raises:
        DataError: nothing of that name, or not what a data set should be; its
            subclasses IdxError and DownloadError say so of a file and of a fetch.
    """
    name = str(name_or_folder)
    column = None if label_column is None else str(label_column)
    loading = Loading(prepare, size, first_label, column, one_class)
    if name_or_folder in SOURCES:
        parts = _read_known(name)._replace(class_names=SOURCES[name].class_names)
        if prepare:
            parts = prepared_parts(parts, size)
        return _dataset(name, cleaned(parts, first_label, known=True), loading)
    path = Path(name_or_folder)
    try:
        parts = read_path(path, loading)
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = getattr(error, "strerror", None) or error
        where = shortened(str(path))
        raise DataError(f"{where}: cannot be read: {reason}") from error
    found = cleaned(parts, first_label, one_class=one_class)
    return _dataset(name, found, loading)


def _read_known(name: str) -> Parts:
    if SOURCES[name].mirrors:
        return read_idx(find_idx(download.fetch(name)))
    with resources.as_file(resources.files("byhand.data") / name) as folder:
        return read_idx(find_idx(folder))


def _part(images: object, labels: object, size: Shape | None, which: str) -> Part:
    """Return what a user gave as arrays, named for messages; prepared to a size."""
    of_images, of_labels = f"{which}images", f"{which}labels"
    if size is not None and isinstance(images, Iterable):
        images = prepare_all(images, size, of_images)
    return Part(
        plain(images, of_images), plain(labels, of_labels), of_images, of_labels
    )


def _dataset(name: str, found: Cleaned, loading: Loading = AS_IT_LIES) -> Dataset:
    train, test = Split(*found.train), Split(*found.test)
    return Dataset(name, train, test, found.class_names, found.warnings, loading)
