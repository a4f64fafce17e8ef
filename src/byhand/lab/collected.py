"""Drawings that a person has said the classes of, kept as a data set of PNG files.

FOLDER/CLASS/NUMBER.png, each as the network sees it: what `--data FOLDER` reads, at any
time. Letters: H × W pixels.
"""

from __future__ import annotations

import io
import re
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from byhand.data.datasets import load_dataset
from byhand.data.idx import save_idx
from byhand.data.relabel import with_classes
from byhand.errors import PictureError
from byhand.files import replacing
from byhand.lab.security import Refused
from byhand.model import Model
from byhand.pictures.convert import grey_levels
from byhand.pictures.opening import open_picture
from byhand.training.fine_tuning import classes_of
from byhand.types import Grey, Shape

MOST = 2000  # drawings
MOST_CLASSES = 100
# letters and digits of any script, and what every system's file names may have
NAME = re.compile(r"[\w+\-=#%&@!$€£~^(){}\[\],;' ]{1,30}")
RESERVED = {"train", "training", "test", "testing", "con", "prn", "aux", "nul"}
FILE = re.compile(r"(\d{1,16})\.png")
IDX = {
    "train-images-idx3-ubyte": ("train", "images"),
    "train-labels-idx1-ubyte": ("train", "labels"),
    "t10k-images-idx3-ubyte": ("test", "images"),
    "t10k-labels-idx1-ubyte": ("test", "labels"),
}


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing, (H, W) with ink bright on 0, of a class; numbers grow with time."""

    number: int
    name: str
    image: Grey


class Drawings:
    """The drawings of a folder.

    Args:
        folder: made with the first drawing; other files in it are left alone.
        shape: (H, W) of a drawing.
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder, self.shape = folder, (shape[0], shape[1])
        self._opened: dict[Path, Grey | None] = {}

    def all(self) -> list[Drawing]:
        """Return the drawings that are there now, oldest first."""
        found = [
            Drawing(int(match[1]), path.parent.name, image)
            for path in self.folder.glob("*/*.png")
            if (match := FILE.fullmatch(path.name))
            and (image := self._image(path)) is not None
        ]
        return sorted(found, key=lambda drawing: drawing.number)[:MOST]

    def add(self, name: str, pixels: bytes) -> Drawing:
        """Keep a drawing; it is on the disk when this returns.

        Raises:
            Refused: no name of a class, pixels of another number, too many, or the
                disk cannot be written to.
        """
        name, there = class_name(name), self.all()
        if len(pixels) != self.shape[0] * self.shape[1]:
            raise Refused(422, "pixels: expected one byte for each of the network's")
        if len(there) >= MOST:
            raise Refused(409, f"expected at most {MOST} drawings; export them")
        names = {drawing.name for drawing in there}
        if name not in names and len(names) >= MOST_CLASSES:
            raise Refused(409, f"expected at most {MOST_CLASSES} classes")
        if name not in names and (self.folder / name).exists():
            if name not in [path.name for path in self.folder.iterdir()]:
                raise Refused(422, "this disk takes this class for another's folder")
        image = np.frombuffer(pixels, np.uint8).reshape(self.shape)
        last = there[-1].number if there else 0
        number = max(time.time_ns() // 1000, last + 1)
        path = self.folder / name / f"{number}.png"
        try:
            with replacing(path) as temporary:
                Image.fromarray(image).save(temporary, "PNG")
        except OSError as error:
            raise Refused(
                507, "the drawing could not be written to the disk"
            ) from error
        self._opened[path] = image
        return Drawing(number, name, image)

    def remove(self, numbers: Collection[int]) -> int:
        """Remove drawings by their numbers; return how many there were."""
        count = 0
        for drawing in self.all():
            if drawing.number in numbers:
                path = self.folder / drawing.name / f"{drawing.number}.png"
                path.unlink(missing_ok=True)
                count += 1
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()
        return count

    def zipped(self, form: str, model: Model) -> bytes:
        """Return a zip file with a data set that `--data` reads.

        Args:
            form: "png", a folder for each class; or "idx", four files, one drawing in
                six in those of the test set.
            model: labels of "idx" are numbers of its classes, new ones behind them.
        """
        if not self.all():
            raise Refused(409, "expected drawings, there are none yet")
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            if form == "png":
                for drawing in self.all():
                    name = f"{drawing.name}/{drawing.number}.png"
                    archive.write(self.folder / name, name)
            else:
                self._write_idx(archive, model)
        return file.getvalue()

    def _write_idx(self, archive: zipfile.ZipFile, model: Model) -> None:
        data = load_dataset(self.folder, one_class=True)
        data = with_classes(data, classes_of(model, data))
        with tempfile.TemporaryDirectory(prefix="byhand-") as folder:
            for name, (split, part) in IDX.items():
                path = Path(folder) / name
                array: Any = getattr(getattr(data, split), part)
                save_idx(path, np.asarray(array, np.uint8))
                archive.write(path, name)

    def _image(self, path: Path) -> Grey | None:
        """Return a drawing's pixels; None if the file is of another size, or none."""
        if path not in self._opened:
            try:
                image = open_picture(path)
                grey = grey_levels(image, max(image.size))
            except PictureError:
                return None
            self._opened[path] = grey if grey.shape == self.shape else None
        return self._opened[path]


def class_name(name: str) -> str:
    """Return a class's name as its folder has it.

    Raises:
        Refused: it would be no folder of a data set.
    """
    name = unicodedata.normalize("NFC", name).strip()
    right = NAME.fullmatch(name) and not name.startswith("__")
    if not right or name.lower() in RESERVED:
        raise Refused(
            422, "a class: expected 1 to 30 letters, digits or signs as + - = # %"
        )
    return name
