"""Arrays in files of NumPy: .npz, and .npy in pairs.

Nothing is ever unpickled, and no memory is taken before the headers have been read.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from byhand.data.formats import Part, Parts
from byhand.errors import DataError
from byhand.files import open_regular
from byhand.types import Array, Shape
from byhand.words import shortened

IMAGES = (
    "x",
    "image",
    "images",
    "data",
    "features",
    "pixels",
    "imgs",
    "inputs",
    "arr_0",
)
LABELS = ("y", "label", "labels", "target", "targets", "classes", "class", "arr_1")
SETS = {
    "train": "training|train",
    "test": "testing|test",
    "validation": "validation|valid|val",
}
EXPECTED = "x and y (or images and labels), or x_train, y_train, x_test and y_test"
MUCH = 1 << 26  # bytes: what unpacks to more, and that a hundred times, is no data
FACTOR = 100
PICKLED = (
    "Python objects, which can run any program when they are opened; where you trust "
    "the file, save plain arrays: numpy.savez('data.npz', x=images, y=labels)"
)


class Names(NamedTuple):
    """Which arrays of a file are what; None where there is none."""

    images: str | None
    labels: str | None


def find_names(names: Iterable[str]) -> dict[str, Names]:
    """Return the names of images and labels of each set: train, test, ... or ""."""
    found: dict[str, list[dict[int, str]]] = {}
    for name in names:
        core, which = _core(name.lower())
        for kind, known in enumerate((IMAGES, LABELS)):
            if core in known:
                sets = found.setdefault(which, [{}, {}])
                sets[kind].setdefault(known.index(core), name)
    return {
        which: Names(*(kind[min(kind)] if kind else None for kind in kinds))
        for which, kinds in found.items()
    }


def _core(name: str) -> tuple[str, str]:
    """Return ("x", "train") for x_train, train_x or xtrain, ("x", "") for x."""
    for which, words in SETS.items():
        for pattern in (rf"({words})[-_. ]?(.+)", rf"(.+?)[-_. ]?({words})"):
            if match := re.fullmatch(pattern, name):
                return match[2 if pattern.startswith(f"({words}") else 1], which
    return name, ""


def chosen(names: Iterable[str], where: Path) -> tuple[Names, Names | None, list[str]]:
    """Return the training and the test set among names of arrays, and warnings.

    Raises:
        DataError: images or labels are missing; with the names that are there.
    """
    every = list(names)
    found = {w: n for w, n in find_names(every).items()}
    train = found.get("train") or found.get("")
    if not train or train.images is None or train.labels is None:
        shown = shortened(", ".join(every), 200) or "nothing"
        alone = train and train.images and not train.labels
        hint = "; these images have no labels" if alone else ""
        raise DataError(f"{where}: expected arrays {EXPECTED}, got {shown}{hint}")
    test = found.get("test")
    said = []
    if test and not (test.images and test.labels):
        said.append("the test set has no labels, or no images: left out")
        test = None
    if "validation" in found:
        said.append("the validation set is left out: training holds out its own")
    return train, test, said


def read_npz(path: Path) -> Parts:
    """Read images and labels from a .npz file, by the names of its arrays.

    Raises:
        DataError: not such a file, arrays of other names, or Python objects inside.
    """
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            members = {_stem(info.filename): info for info in archive.infolist()}
            train, test, said = chosen(members, path)
            wanted = [n for n in (*train, *(test or ())) if n is not None]
            arrays = {
                name: _member(archive, members[name], f"{path}[{name}]")
                for name in wanted
            }
    except DataError:
        raise
    except Exception as error:  # a broken zip makes Python raise nearly anything
        raise DataError(
            f"{path}: expected a .npz file of plain arrays, got: {_one_line(error)}"
        ) from error
    return _parts(path, arrays, train, test, said)


def read_npz_images(path: Path) -> Array:
    """Return the images of a .npz file that need no labels: those of the test set.

    Raises:
        DataError: not such a file, or no images in it.
    """
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            members = {_stem(info.filename): info for info in archive.infolist()}
            found = find_names(members)
            sets = [found[which] for which in ("test", "", "train") if which in found]
            names = [own.images for own in sets if own.images]
            if not names:
                shown = shortened(", ".join(members), 200) or "nothing"
                raise DataError(f"{path}: expected an array x or images, got {shown}")
            return _member(archive, members[names[0]], f"{path}[{names[0]}]")
    except DataError:
        raise
    except Exception as error:  # a broken zip makes Python raise nearly anything
        raise DataError(
            f"{path}: expected a .npz file of plain arrays, got: {_one_line(error)}"
        ) from error


def _stem(name: str) -> str:
    return name.removesuffix(".npy")


def _parts(
    path: Path,
    arrays: Mapping[str, Array],
    train: Names,
    test: Names | None,
    said: list[str],
) -> Parts:
    def part(names: Names) -> Part:
        x, y = str(names.images), str(names.labels)
        return Part(arrays[x], arrays[y], f"{path}[{x}]", f"{path}[{y}]")

    return Parts(part(train), part(test) if test else None, warnings=tuple(said))


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> Array:
    """Return one array of a .npz file, once its header has been found sound."""
    with archive.open(info) as stream:
        shape, dtype, header = read_header(stream, where)
    promised = dtype.itemsize * math.prod(shape)
    if promised != info.file_size - header:
        raise DataError(
            f"{where}: header {shortened(shape, 60)} promises {promised} bytes, the "
            f"file holds {info.file_size - header}"
        )
    if promised > MUCH and promised > FACTOR * info.compress_size:
        raise DataError(
            f"{where}: expected images, got {info.compress_size} bytes that unpack to "
            f"{promised}, which no images do"
        )
    with archive.open(info) as stream:
        array: Array = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def read_header(stream: IO[bytes], where: str) -> tuple[Shape, np.dtype[Any], int]:
    """Return the shape and the type that a .npy header says, and its length.

    Raises:
        DataError: no array, or one of Python objects.
    """
    try:
        version = np.lib.format.read_magic(stream)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read(stream)
    except Exception as error:  # its parser raises nearly anything
        raise DataError(
            f"{where}: expected a plain array, got: {_one_line(error)}"
        ) from error
    if dtype.hasobject:
        raise DataError(f"{where}: expected a plain array, got {PICKLED}")
    return shape, dtype, stream.tell()


def read_npy(path: Path) -> Array:
    """Return the array of a .npy file, memory-mapped.

    Raises:
        DataError: not such a file, or one of Python objects.
    """
    try:
        with open_regular(path) as file:
            read_header(file, str(path))
        array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: expected a .npy file, got: {_one_line(error)}"
        ) from error
    return array


def read_npy_folder(folder: Path, files: Iterable[Path]) -> Parts:
    """Read pairs of .npy files, such as x.npy and y.npy, by their names."""
    paths = {path.stem: path for path in files}
    train, test, said = chosen(paths, folder)
    wanted = [n for n in (*train, *(test or ())) if n is not None]
    arrays = {name: read_npy(paths[name]) for name in wanted}
    return _parts(folder, arrays, train, test, said)


def _one_line(error: Exception) -> str:
    return shortened(" ".join(str(error).split()) or type(error).__name__, 200)
