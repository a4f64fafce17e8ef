"""Read pictures sorted into folders, one folder a class.

Letters in shapes: N images of H rows and W columns.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from byhand.data.formats import Part, Parts
from byhand.data.names import in_order, listed
from byhand.data.prepared import AS_IT_LIES, Loading, blank, prepare_file
from byhand.errors import DataError, PictureError
from byhand.types import Grey, Images
from byhand.words import counted

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
HEIC = {".heic", ".heif"}
TRAIN = {"train", "training"}
TEST = {"test", "testing"}


def read_class_folders(folder: Path, loading: Loading = AS_IT_LIES) -> Parts | None:
    """Read FOLDER/CLASS/PICTURE, or the same under FOLDER/train and FOLDER/test.

    Pictures are made grey and otherwise taken as they are, so that ink must be bright
    on black; or each is prepared, if so asked. Classes are numbered in the order of
    their names, 2 before 10.

    Returns:
        The images and labels; None if the folder has no such folders in it.

    Raises:
        DataError: one class only, a class of the test set that is not in the training
            set, no pictures, or pictures that cannot be read or differ in size.
    """
    train, test, said = _parts(folder)
    classes = tuple(path.name for path in _folders(train))
    if not classes:
        return None
    if len(classes) < 2 and not loading.one_class:
        raise DataError(
            f"{train}: expected a folder for each of two classes or more, "
            f"got {classes[0]} only; try {train / classes[0]}"
        )
    for path in _folders(test) if test else []:
        if path.name not in classes:
            raise DataError(f"{path}: expected a class that {train} has too")
    opened = _Opened(loading)
    trained = _read_part(train, classes, opened)
    tested = _read_part(test, classes, opened) if test else None
    if loading.prepare:
        opened.said += blank([part.images for part in (trained, tested) if part])
    return Parts(trained, tested, classes, (*said, *opened.warnings()))


def _parts(folder: Path) -> tuple[Path, Path | None, list[str]]:
    """Return the folders of the training and of the test set, if there is one."""
    inside = _folders(folder)
    train = next((path for path in inside if path.name.lower() in TRAIN), None)
    if train is None:
        return folder, None, []  # "test" would be a class of that name
    left = [p.name for p in inside if p.name.lower() not in TRAIN | TEST]
    said = [f"beside {train.name} and the test set, left out: {listed(left)}"]
    test = next((path for path in inside if path.name.lower() in TEST), None)
    return train, test, said if left else []


def _folders(folder: Path) -> list[Path]:
    """Return the folders inside, in natural order, without hidden ones."""
    inside = (path for path in folder.iterdir() if path.is_dir())
    shown = (path for path in inside if not path.name.startswith((".", "__")))
    return [folder / name for name in in_order(path.name for path in shown)]


def has_pictures(folder: Path) -> bool:
    """Return whether there are pictures in the folder itself."""
    return any(path.suffix.lower() in ENDINGS | HEIC for path in folder.iterdir())


def _read_part(folder: Path, classes: tuple[str, ...], opened: _Opened) -> Part:
    """Read all pictures of all classes, class by class."""
    found = [
        (path, label)
        for label, name in enumerate(classes)
        if (folder / name).is_dir()
        for path in sorted((folder / name).iterdir())
        if path.suffix.lower() in ENDINGS | HEIC and not path.name.startswith(".")
    ]
    if not found:
        raise DataError(
            f"{folder}: expected pictures ({', '.join(sorted(ENDINGS))}) "
            f"in {len(classes)} class folders, got none"
        )
    labels = np.array([label for _, label in found])
    images = _read_pictures([path for path, _ in found], opened)
    return Part(images, labels, str(folder), str(folder))


def _read_pictures(paths: list[Path], opened: Callable[[Path], Grey]) -> Images:
    """Return pictures of one size as an array (N, H, W)."""
    first = opened(paths[0])
    images = np.empty((len(paths), *first.shape), np.uint8)
    images[0] = first
    for image, path in zip(images[1:], paths[1:], strict=True):
        grey = opened(path)
        if grey.shape != first.shape:
            raise DataError(
                f"{path}: expected {_size(first)} pixels like {paths[0]}, "
                f"got {_size(grey)}; try --prepare, which takes any size"
            )
        image[:] = grey
    return images


def _size(image: Grey) -> str:
    """Return width × height, as programs for pictures say it."""
    return f"{image.shape[1]}×{image.shape[0]}"


class _Opened:
    """Opens pictures, prepared or as they are, and counts what was done to them."""

    def __init__(self, loading: Loading) -> None:
        self.loading = loading
        self.transparent = 0
        self.deep = 0
        self.said: tuple[str, ...] = ()

    def __call__(self, path: Path) -> Grey:
        """Return a picture (H, W) as grey levels 0-255, or prepared."""
        if self.loading.prepare:
            return prepare_file(path, self.loading.size)
        from byhand.pictures.convert import grey_levels
        from byhand.pictures.opening import open_picture

        try:
            image = open_picture(path)
            grey = grey_levels(image, max(image.size))
        except PictureError as error:
            raise DataError(str(error)) from error
        self.deep += image.mode[0] in "IF"
        if not _is_mostly_transparent(image):
            return grey
        self.transparent += 1
        return grey if grey.mean() < 128 else 255 - grey

    def warnings(self) -> list[str]:
        """Return a sentence for each kind of picture that was changed."""
        found = list(self.said)
        if self.transparent:
            pictures = counted(self.transparent, "transparent picture")
            found.append(f"{pictures}: laid on paper, the ink made bright on 0")
        if self.deep:
            pictures = counted(self.deep, "picture")
            found.append(f"{pictures} of 16 or 32 bits: each scaled by its range")
        return found


def _is_mostly_transparent(image: Image) -> bool:
    """Return whether a picture is ink on nothing, without paper of its own."""
    if not image.has_transparency_data:
        return False
    alpha = np.asarray(image.convert("RGBA").getchannel("A"))
    return bool(np.mean(alpha < 128) > 0.5)
