"""Read pictures sorted into folders, one folder a class.

Letters in shapes: N images of H rows and W columns.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from byhand.data.formats import Part, Parts
from byhand.data.names import in_order
from byhand.errors import DataError
from byhand.types import Grey, Images

ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
TRAIN = {"train", "training"}
TEST = {"test", "testing"}


def read_class_folders(folder: Path) -> Parts | None:
    """Read FOLDER/CLASS/PICTURE, or the same under FOLDER/train and FOLDER/test.

    Pictures are taken as they are, made grey: ink must be bright on black.
    Classes are numbered in the order of their names, 2 before 10.

    Returns:
        The images and labels; None if the folder has no such folders in it.

    Raises:
        DataError: one class only, a class of the test set that is not in the training
            set, no pictures, or pictures that cannot be read or differ in size.
    """
    train, test = _parts(folder)
    classes = tuple(path.name for path in _folders(train))
    if not classes:
        return None
    if len(classes) < 2:
        raise DataError(
            f"{train}: expected a folder for each of two classes or more, "
            f"got {classes[0]} only; try {train / classes[0]}"
        )
    for path in _folders(test) if test else []:
        if path.name not in classes:
            raise DataError(f"{path}: expected a class that {train} has too")
    tested = _read_part(test, classes) if test else None
    return Parts(_read_part(train, classes), tested, classes)


def _parts(folder: Path) -> tuple[Path, Path | None]:
    """Return the folders of the training set and of the test set, if there is one."""
    inside = _folders(folder)
    train = next((path for path in inside if path.name.lower() in TRAIN), None)
    if train is None:
        return folder, None  # "test" would be a class of that name
    return train, next((path for path in inside if path.name.lower() in TEST), None)


def _folders(folder: Path) -> list[Path]:
    """Return the folders inside, in natural order, without hidden ones."""
    inside = (path for path in folder.iterdir() if path.is_dir())
    shown = (path for path in inside if not path.name.startswith((".", "__")))
    return [folder / name for name in in_order(path.name for path in shown)]


def _read_part(folder: Path, classes: tuple[str, ...]) -> Part:
    """Read all pictures of all classes, class by class."""
    found = [
        (path, label)
        for label, name in enumerate(classes)
        if (folder / name).is_dir()
        for path in sorted((folder / name).iterdir())
        if path.suffix.lower() in ENDINGS and not path.name.startswith(".")
    ]
    if not found:
        raise DataError(
            f"{folder}: expected pictures ({', '.join(sorted(ENDINGS))}) "
            f"in {len(classes)} class folders, got none"
        )
    labels = np.array([label for _, label in found])
    images = _read_pictures([path for path, _ in found])
    return Part(images, labels, str(folder), str(folder))


def _read_pictures(paths: list[Path]) -> Images:
    """Return pictures of one size as an array (N, H, W)."""
    first = _read_grey(paths[0])
    images = np.empty((len(paths), *first.shape), np.uint8)
    for image, path in zip(images, paths, strict=True):
        grey = _read_grey(path)
        if grey.shape != first.shape:
            raise DataError(
                f"{path}: expected {_size(first)} pixels like {paths[0]}, "
                f"got {_size(grey)}; try resizing all to one size"
            )
        image[:] = grey
    return images


def _size(image: Grey) -> str:
    """Return width × height, as programs for pictures say it."""
    return f"{image.shape[1]}×{image.shape[0]}"


def _read_grey(path: Path) -> Grey:
    """Return a picture (H, W) as grey levels 0-255; transparency is dropped."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                if picture.mode.startswith("I"):  # 16 bits: Pillow would cut off
                    return (np.asarray(picture) // 257).astype(np.uint8)
                return np.asarray(picture.convert("L"))
    except Exception as error:  # decoders raise nearly anything for a broken file
        raise DataError(f"{path}: expected a picture, got: {error}") from error
